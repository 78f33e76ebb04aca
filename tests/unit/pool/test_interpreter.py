"""Whose Python: the order in which an interpreter is looked for."""

from pathlib import Path

import pytest

from revo_edge.contract.workers import Attempt
from revo_edge.engines.base import ItemFailed
from revo_edge.pool.interpreter import find_python


def _program(path: Path) -> str:
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def _attempt(cwd: Path, python: str | None = None, **env: str) -> Attempt:
    return Attempt("a", "T", "k", cwd=str(cwd), python=python, env=env)


def test_the_named_interpreter_comes_first(tmp_path: Path) -> None:
    _program(tmp_path / ".venv/bin/python")
    named = _program(tmp_path / "mine/python")
    assert find_python(_attempt(tmp_path, "mine/python"), "m:f") == named
    assert find_python(_attempt(tmp_path, "python", PATH=str(tmp_path / "mine")), "m:f") == named


def test_then_the_venv_of_the_folder_then_that_of_the_file(tmp_path: Path) -> None:
    of_file = _program(tmp_path / "other/.venv/bin/python")
    (tmp_path / "here").mkdir()
    attempt = _attempt(tmp_path / "here", VIRTUAL_ENV="/nowhere")
    assert find_python(attempt, "../other/deep/f.py:f") == of_file
    of_folder = _program(tmp_path / "here/.venv/bin/python")
    assert find_python(attempt, "../other/deep/f.py:f") == of_folder


def test_then_the_active_environment_then_python3_on_path(tmp_path: Path) -> None:
    on_path = _program(tmp_path / "bin/python3")
    active = _program(tmp_path / "env/bin/python")
    path = str(tmp_path / "bin")
    assert find_python(_attempt(tmp_path, PATH=path), "m:f") == on_path
    environment = str(tmp_path / "env")
    assert find_python(_attempt(tmp_path, PATH=path, VIRTUAL_ENV=environment), "m:f") == active


@pytest.mark.parametrize("python", ["nosuch", None])
def test_when_there_is_none_the_error_names_the_option(tmp_path: Path, python: str | None) -> None:
    with pytest.raises(ItemFailed, match="--python") as caught:
        find_python(_attempt(tmp_path, python, PATH=str(tmp_path)), "m:f")
    assert caught.value.error.code == "spawn_failed"

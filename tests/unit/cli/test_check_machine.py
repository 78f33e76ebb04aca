import resource
import sys
from pathlib import Path

import pytest

from revo_edge.cli import check_machine as module
from revo_edge.cli.check_machine import check_machine
from revo_edge.cli.verdict import Check, Verdict


def look() -> dict[str, Check]:
    return {check.name: check for check in check_machine()}


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_python_of_the_folder_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert "no .venv here and no VIRTUAL_ENV" in look()["function python"].detail
    python = program(tmp_path / ".venv/bin/python", "echo 3.9.1")
    found = look()["function python"]
    assert (found.ok, found.detail) == (True, f"Python 3.9.1, {python}: the .venv of this folder")
    program(python, "echo 3.7.1")
    assert not look()["function python"].ok
    program(python, "echo broken >&2; exit 3")
    assert "does not run: broken" in look()["function python"].detail


def test_no_python_at_all_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))  # no ruff beside it
    found = look()
    assert not found["function python"].ok
    assert found["git"].verdict is found["ruff"].verdict is Verdict.WARNING


def test_a_tool_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    ruff = program(tmp_path / "ruff", "")
    assert (look()["ruff"].verdict, look()["ruff"].detail) == (Verdict.OK, str(ruff))


def test_few_open_files_are_a_warning() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        assert look()["open files"].verdict is Verdict.WARNING
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_inotify_is_measured_or_said_to_be_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "instances used by you" in look()["inotify"].detail
    monkeypatch.setattr(module, "_INOTIFY", tmp_path)
    assert look()["inotify"].verdict is Verdict.UNCHECKED
    (tmp_path / "max_user_instances").write_text("3\n")
    (tmp_path / "max_user_watches").write_text("8\n")
    found = look()["inotify"]
    assert found.verdict is Verdict.WARNING
    assert found.mend == "sudo sysctl fs.inotify.max_user_instances=6"


def test_libraries_that_are_missing_are_named_with_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = program(tmp_path / "ask", "echo libgl1; echo libegl1")
    monkeypatch.setattr(module, "desktop_command", lambda _flag: [str(asked)])
    found = look()["desktop libraries"]
    assert (found.verdict, found.mend) == (
        Verdict.WARNING,
        "sudo apt-get install libgl1 libegl1",
    )
    program(asked, "echo no >&2; exit 1")
    assert look()["desktop libraries"].verdict is Verdict.UNCHECKED


def test_without_the_desktop_its_parts_are_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look()["fonts"].verdict is Verdict.OK
    monkeypatch.setattr(module, "is_installed", lambda: False)
    found = look()
    assert found["fonts"].verdict is found["desktop libraries"].verdict is Verdict.UNCHECKED


def test_a_program_that_does_not_end_counts_as_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASK_LIMIT_S", 0.1)
    said = module._ask([str(program(tmp_path / "slow", "exec sleep 60"))])
    assert (said.returncode, said.stderr) == (1, "no end within 0.1 s")

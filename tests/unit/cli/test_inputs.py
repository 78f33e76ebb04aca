import json
import sys
from pathlib import Path

import click
import pytest

from revo_edge.cli.inputs import absolute_function, absolute_python, environment, read_inputs
from revo_edge.errors import NotFound


def read(words: list[str], **source: str) -> list[object]:
    return read_inputs(
        words,
        as_globs=bool(source.get("globs")),
        lines_from=source.get("lines"),
        json_list=source.get("values"),
    )


def test_arguments_come_before_lines_and_lists(tmp_path: Path) -> None:
    lines, values = tmp_path / "lines", tmp_path / "values"
    lines.write_bytes(b"two\r\n\nthr\xffee\n")
    values.write_text(json.dumps([4, {"five": 5}]))
    found = read(["one"], lines=str(lines), values=str(values))
    assert found == ["one", "two", "thr\udcffee", 4, {"five": 5}]


def test_patterns_become_sorted_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    for name in ("b.md", "a.md", "deep/c.md"):
        (tmp_path / name).touch()
    assert read(["**/*.md"], globs="yes") == ["a.md", "b.md", "deep/c.md"]
    with pytest.raises(NotFound, match="No file fits"):
        read(["*.rst"], globs="yes")


def test_no_source_of_inputs_is_a_wrong_command_line() -> None:
    with pytest.raises(click.UsageError, match="--from FILE"):
        read([])


def test_a_missing_file_and_a_wrong_list_are_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text('{"a": 1}')
    with pytest.raises(NotFound, match="nowhere"):
        read([], lines="nowhere")
    with pytest.raises(click.UsageError, match="must hold a JSON list"):
        read([], values=str(wrong))
    wrong.write_text("{")
    with pytest.raises(click.UsageError, match="is not JSON"):
        read([], values=str(wrong))


def test_a_file_of_a_function_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tools.py").touch()
    assert absolute_function("tools.py:count") == f"{tmp_path}/tools.py:count"
    assert absolute_function("package.module:count") == "package.module:count"
    with pytest.raises(NotFound, match="There is no file other"):
        absolute_function("other.py:count")


@pytest.mark.parametrize("text", ["tools.py", "tools:", ":count", ""])
def test_what_is_no_function_is_refused(text: str) -> None:
    with pytest.raises(click.UsageError, match="neither"):
        absolute_function(text)


def test_the_symlink_of_a_venv_is_kept(tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    assert absolute_python(str(link)) == str(link)
    assert absolute_python(None) is None
    with pytest.raises(NotFound, match="no interpreter"):
        absolute_python("no-such-python")


def test_only_listed_variables_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setenv("VIRTUAL_ENV", "/venv")
    found = environment(["A=b=c"])
    assert found["A"] == "b=c"
    assert found["VIRTUAL_ENV"] == "/venv"
    assert "SECRET" not in found
    with pytest.raises(click.UsageError, match="NAME=VALUE"):
        environment(["A"])

"""Lint: what the real ruff says of a tree, and what is said when it cannot."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import CommandResult, ItemFailed
from revo_edge.engines.files.tree import walk
from revo_edge.engines.parallel.lint import (
    Lint,
    Linted,
    LintFinding,
    explain,
    find_configs,
    find_ruff,
    level,
    parse_lint,
    read_lint,
    sum_up,
    verdict,
)
from tests.unit.engines.parallel.git_tree import run

LATER_NS = 2**62
UNUSED = "import os\n\n\ndef f() -> int:\n    return undefined\n"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def linted(root: Path, ruff: str = "", kept: Linted | None = None) -> Linted:
    tree = walk(str(root), settled_ns=LATER_NS)
    return read_lint(str(root), tree, run, ruff=ruff or find_ruff(), recall=lambda _key: kept)


def lint(root: Path, ruff: str = "") -> Lint:
    return linted(root, ruff).lint


def program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "tree", {"a.py": UNUSED, "p/b.py": "import os, sys\n"})


def test_findings_are_those_of_ruff_with_its_default_rules(root: Path) -> None:
    found = lint(root)
    ruff = [find_ruff(), "check", "--isolated", "--no-cache", "--exit-zero"]
    said = subprocess.run(
        [*ruff, "--output-format", "json", str(root)], capture_output=True, check=True
    )
    theirs = sorted(
        (os.path.relpath(one["filename"], root), one["location"]["row"], one["code"])
        for one in json.loads(said.stdout)
    )
    assert sorted((one.path, one.line, one.rule) for one in found.findings) == theirs
    assert ("a.py", 5, "F821") in theirs
    assert (found.files, found.config, found.unavailable) == (2, "", "")
    assert found.count == sum(rule.findings for rule in found.rules) == len(theirs)
    assert sum(file.findings for file in found.worst_files) == found.count
    assert verdict(found).startswith(f"ruff {found.version} with its own default rules: ")


def test_the_trees_own_configuration_counts_with_what_it_excludes(root: Path) -> None:
    write(root, {"pyproject.toml": '[tool.ruff]\nexclude = ["p"]\nlint.select = ["F401"]\n'})
    found = lint(root)
    assert [(one.path, one.rule) for one in found.findings] == [("a.py", "F401")]
    assert (found.files, found.config) == (1, "pyproject.toml")
    assert not (root / ".ruff_cache").exists()


def test_fixes_of_the_configuration_are_not_applied(root: Path) -> None:
    write(root, {"ruff.toml": "fix = true\nunsafe-fixes = true\n"})
    assert lint(root).count
    assert (root / "a.py").read_text() == UNUSED


def test_the_configuration_above_counts_within_the_repository_only(root: Path) -> None:
    above = root.parent
    write(above, {"ruff.toml": 'lint.select = ["F401"]\n'})
    tree = walk(str(root))
    assert find_configs(str(root), tree) == []
    (above / ".git").mkdir()
    assert find_configs(str(root), tree) == [str(above / "ruff.toml")]
    assert lint(root).config == "../ruff.toml"
    write(root, {"pyvenv.cfg": ""})
    assert find_configs(str(root), tree) == []
    write(root, {"p/ruff.toml": "", "pyproject.toml": "[tool.other]\n"})
    assert find_configs(str(root), walk(str(root))) == [str(root / "p/ruff.toml")]


def test_ignored_and_foreign_files_are_not_in_it(root: Path) -> None:
    write(root, {".gitignore": "p/\n", "notes.ipynb": "{}"})
    assert {one.path for one in lint(root).findings} == {"a.py"}


def test_a_tree_without_python_asks_nobody(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": ""})
    assert lint(tmp_path, "/nowhere/ruff") == Lint()
    assert verdict(Lint()) == ""


def test_without_ruff_it_is_said_what_to_type(root: Path) -> None:
    found = read_lint(str(root), walk(str(root)), run, ruff="").lint
    assert found.unavailable == "ruff is not installed. Type: python3 -m pip install ruff"
    assert verdict(found).startswith("Not measured. ruff is not installed.")


def test_a_ruff_that_fails_is_named_with_the_next_step(root: Path, tmp_path: Path) -> None:
    said = 'if [ "$1" = --version ]; then echo ruff 0.0.1; exit; fi\n'
    old = "echo \"error: unexpected argument '--output-file' found\" >&2; exit 2"
    ruff = program(tmp_path / "ruff", said + old)
    assert "too old. Type: python3 -m pip install ruff --upgrade" in lint(root, ruff).unavailable
    program(tmp_path / "ruff", said + "kill -SEGV $$")
    assert lint(root, ruff).unavailable.startswith("ruff ended with -11")
    program(tmp_path / "ruff", "exit 3")
    assert "does not run" in lint(root, ruff).unavailable
    program(tmp_path / "ruff", "echo something else 1.0")
    assert "does not run" in lint(root, ruff).unavailable


def test_a_wrong_configuration_is_the_trees_affair(root: Path) -> None:
    write(root, {"ruff.toml": 'lint.select = ["NOPE"]\n'})
    found = lint(root).unavailable
    assert found.startswith("ruff refuses its configuration: ")
    assert "NOPE" in found
    assert found.endswith("Correct it and survey again.")
    write(root, {"ruff.toml": "", "pyproject.toml": "[tool.ruff\n"})
    (root / "ruff.toml").unlink()
    assert "refuses its configuration" in lint(root).unavailable


def test_a_time_out_is_said(root: Path) -> None:
    def slow(argv: Sequence[str], *, timeout_s: float | None = None) -> CommandResult:
        assert argv
        return run(["sleep", "9"], timeout_s=0.01 if timeout_s else None)

    found = read_lint(str(root), walk(str(root)), slow, ruff="ruff")
    assert "ran longer" in found.lint.unavailable
    assert found.key == b""


def test_a_cancel_is_let_through(root: Path) -> None:
    class Stop(Exception):
        pass

    def stop(argv: Sequence[str], *, timeout_s: float | None = None) -> CommandResult:
        raise Stop(argv, timeout_s)

    with pytest.raises(Stop):
        read_lint(str(root), walk(str(root)), stop, ruff="ruff")


def test_what_is_kept_is_used_while_nothing_changed(root: Path) -> None:
    first = linted(root)
    marked = Linted(Lint(version="kept"), first.key)
    assert linted(root, kept=marked).lint.version == "kept"
    write(root, {"a.py": UNUSED + "\n"})
    assert linted(root, kept=marked).lint.version == first.lint.version
    second = linted(root)
    write(root, {"pyproject.toml": "[project]\nname = 'x'\nrequires-python = '>=3.8'\n"})
    assert linted(root).key not in (first.key, second.key)
    write(root, {"ruff.toml": 'extend = "../other.toml"\n'})
    write(root.parent, {"other.toml": ""})
    assert linted(root).key == b""
    fresh = read_lint(str(root), walk(str(root)), run, ruff=find_ruff())
    assert fresh.key == b""  # the files have only just been written


def test_what_stands_beside_the_configuration_above_counts_too(root: Path) -> None:
    (root.parent / ".git").mkdir()
    write(root.parent, {"ruff.toml": ""})
    first = linted(root).key
    assert first == linted(root).key
    write(root.parent, {"pyproject.toml": "[project]\nrequires-python = '>=3.8'\n"})
    assert linted(root).key not in (b"", first)


def test_a_pipe_is_no_configuration(root: Path) -> None:
    (root.parent / ".git").mkdir()
    os.mkfifo(root.parent / "pyproject.toml")
    assert lint(root).config == ""


def test_the_users_own_settings_are_not_the_trees(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "config", {"ruff/ruff.toml": 'lint.select = ["D100"]\n'})
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert "D100" not in {one.rule for one in lint(root).findings}


def test_lines_of_any_version_are_read() -> None:
    lines = [
        b'{"filename":"/r/a.py","message":"m","code":null}',
        b'{"filename":"/r/a.py","message":"n","code":"F401","location":{"row":3,"column":2}}',
        b'{"filename":"/r/other.py","message":"n","code":"F401"}',
        b"{broken",
    ]
    assert parse_lint("/r", lines, {"a.py"}) == [
        LintFinding("a.py", 1, 1, "invalid-syntax", "m"),
        LintFinding("a.py", 3, 2, "F401", "n"),
    ]


def test_rules_and_files_with_the_most_findings_come_first() -> None:
    found = [
        LintFinding(path, line, 1, rule, "m")
        for path, line, rule in [("a", 1, "E1"), ("b", 1, "F1"), ("b", 2, "F1"), ("c", 1, "F1")]
    ]
    lint = sum_up(found, Lint(version="1", files=3))
    assert [(one.rule, one.findings, one.files, one.path) for one in lint.rules] == [
        ("F1", 3, 2, "b"),
        ("E1", 1, 1, "a"),
    ]
    assert [(one.path, one.findings) for one in lint.worst_files] == [("b", 2), ("a", 1), ("c", 1)]
    assert verdict(lint).endswith("4 findings in 3 Python files.")


def test_levels() -> None:
    assert {level(rule) for rule in ("E902", "F821", "PLE0101", "invalid-syntax")} == {"error"}
    assert {level(rule) for rule in ("F401", "B008", "S110", "BLE001")} == {"warning"}
    assert {level(rule) for rule in ("E501", "I001", "FBT001", "FURB101", "RUF022", "SIM102")} == {
        "note"
    }


def test_the_ruff_beside_our_python_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    assert find_ruff() == ""
    on_path = program(tmp_path / "ruff", "")
    assert find_ruff() == on_path
    (tmp_path / "bin").mkdir()
    assert find_ruff() == on_path
    assert program(tmp_path / "bin" / "ruff", "") == find_ruff()


def test_a_failed_start_is_said(root: Path) -> None:
    def refuse(argv: Sequence[str], *, timeout_s: float | None = None) -> CommandResult:
        raise ItemFailed(ErrorInfo("spawn_failed", f"{argv} {timeout_s}"))

    assert "x y" in read_lint(str(root), walk(str(root)), refuse, ruff="x y").lint.unavailable


def test_an_end_without_a_word() -> None:
    assert "without a word" in explain(CommandResult(4, "", "", 0))

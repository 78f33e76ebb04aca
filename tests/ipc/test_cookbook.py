"""The cookbook: every block of shell is run as printed, one after the other, on one real daemon."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from revo_edge.clock import utc_now
from revo_edge.paths import Paths
from tests.harness import REPOSITORY
from tests.ipc.cli import revo
from tests.pages import blocks, shell
from tests.unit.engines.parallel.git_tree import DAY, NOW, git

PAGE = REPOSITORY / "docs" / "cookbook.md"
WORK, BELL = blocks(PAGE, "python")
HARD = "def hard(a, b):\n    if a:\n        return b\n    return a\n"
AGAIN = """\
from pathlib import Path

def test_again():
    seen = Path(__file__).with_name("seen")
    if not seen.exists():
        seen.touch()
        raise AssertionError("the first time it fails")

def test_always():
    pass
"""
FILES = 20


@pytest.fixture
def tree(short_dir: Path, home: Paths) -> Iterator[Path]:
    """Give a small repository with a history; the daemon that the recipes start ends here."""
    tree = short_dir / "tree"
    for folder in ("src", "tests", "data"):
        (tree / folder).mkdir(parents=True)
    # Qt and hypothesis would be imported at each start of pytest, for tests that use neither
    quick = "[pytest]\naddopts = -p no:pytest-qt -p no:hypothesispytest\n"
    (tree / "pytest.ini").write_text(quick)
    (tree / "work.py").write_text(WORK)
    (tree / "bell.py").write_text(BELL)
    (tree / "tests" / "test_one.py").write_text("def test_one():\n    assert True\n")
    (tree / "tests" / "test_again.py").write_text("def test_always():\n    pass\n")
    for number in range(FILES):
        (tree / "data" / f"{number}.txt").write_text("a few words\n" * number)
    git(tree, "init", "-q")
    for turn in range(3):
        (tree / "src" / "hard.py").write_text(f"# turn {turn}\n{HARD}")
        git(tree, "add", "-A")
        git(tree, "commit", "-qm", f"turn {turn}", days_ago=(NOW - utc_now()) / DAY + 1)
    yield tree
    assert revo("down").returncode == 0


@pytest.mark.timeout(180)
def test_every_recipe_works_as_printed(tree: Path) -> None:
    out = tree.parent / "out"
    away = tree.parent / f"{tree.name}-bin"
    away.mkdir()
    (away / "ssh").write_text('#!/bin/sh\nshift\nexec "$@"\n')  # the other machine is this one
    (away / "ssh").chmod(0o755)
    printed = {}
    for recipe in blocks(PAGE, "sh"):
        if "test_again" in recipe:
            (tree / "tests" / "test_again.py").write_text(AGAIN)
        done = shell(recipe, tree, {"REVO_WORKERS_MIN": "2", "REVO_WORKERS_MAX": "2"})
        assert done.returncode == 0, f"{recipe}\n{done.stderr}{done.stdout}"
        printed[recipe.splitlines()[0]] = done.stdout
    assert {file.name for file in (out / "survey").iterdir()} >= {"report.sarif", "report.html"}
    assert "src/hard.py: changed 3 times" in printed["revo survey . --json > ../out/survey.json"]
    for name in ("words", "all", "sums"):
        lines = [json.loads(line) for line in (out / f"{name}.jsonl").read_text().splitlines()]
        assert sorted(line["index"] for line in lines) == list(range(FILES))
        assert all(line["ok"] for line in lines)
    assert "<testsuite" in (out / "junit.xml").read_text()
    again = next(text for line, text in printed.items() if "test_again" in line)
    assert "1 failed" in again
    assert "1 passed" in again.partition("mend it, then:")[2]
    night = next(text for line, text in printed.items() if "22:00" in line)
    assert night.count("queued") == 2
    schema = json.loads((out / "schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads((out / "result.json").read_text())["reports"]


def test_the_bell_rings_for_a_task_that_has_ended(tree: Path) -> None:
    assert revo("up").returncode == 0
    bell = subprocess.Popen(
        [sys.executable, "-I", "bell.py"], cwd=tree, stdout=subprocess.PIPE, text=True
    )
    with bell:
        try:
            assert bell.stdout is not None
            assert bell.stdout.readline() == "listening\n"
            revo("map", "--cmd", "true {}", "a", "-q")
            assert bell.stdout.readline().startswith("\asucceeded")
        finally:
            bell.kill()


def test_no_shell_block_of_the_page_is_left_out() -> None:
    text = PAGE.read_text()
    assert text.count("```sh\n") == len(blocks(PAGE, "sh"))
    assert text.count("\n## ") == 10
    assert {"```sh", "```python", "```yaml", "```"} == {
        line for line in text.splitlines() if line.startswith("```")
    }

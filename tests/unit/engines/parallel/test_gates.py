"""Gates: read, held against a report, told in words."""

from pathlib import Path

import msgspec
import pytest

from revo_edge.engines.parallel.gates import Gate, check_gates, is_broken, read_gate, tell
from revo_edge.engines.parallel.lint import Lint
from revo_edge.errors import BadRequest
from tests.unit.engines.parallel.sample_report import NASTY, nasty_report, survey


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("complexity>30", ("complexity", 30)),
        (" lines >= 500 ", ("lines", 499)),
        ("unparsed>0", ("unparsed", 0)),
    ],
)
def test_a_gate_is_a_measure_and_the_most_that_passes(text: str, read: tuple[str, int]) -> None:
    assert read_gate(text) == read


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("complexty>3", 'Did you mean "complexity"'),
        ("complexity<3", "Write MEASURE>NUMBER"),
        ("complexity>-1", "Write MEASURE>NUMBER"),
        ("", "Write MEASURE>NUMBER"),
        ("lines>5; rm -r", "Write MEASURE>NUMBER"),
    ],
)
def test_what_is_no_gate_is_refused_with_what_would_be(text: str, hint: str) -> None:
    with pytest.raises(BadRequest, match=hint):
        read_gate(text)


def checked(text: str, root: Path) -> Gate:
    (gate,) = check_gates([text], nasty_report(root))
    return gate


def test_the_limit_itself_passes(tmp_path: Path) -> None:
    assert checked("complexity>15", tmp_path).count == 0
    gate = checked("complexity>=15", tmp_path)
    assert [(f.path, f.line, f.name, f.value) for f in gate.findings] == [(NASTY, 1, "hard", 15)]


def test_the_worst_comes_first(tmp_path: Path) -> None:
    assert [f.value for f in checked("complexity>0", tmp_path).findings] == [15, 1]
    assert checked("lines>1", tmp_path).findings[0].value == 15
    assert checked("hotspot>0", tmp_path).findings[0].path == NASTY


def test_files_that_do_not_parse_are_counted_in_all(tmp_path: Path) -> None:
    assert checked("unparsed>1", tmp_path).count == 0
    assert checked("unparsed>0", tmp_path).count == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("complexity>99", "complexity>99: passed"),
        ("complexity>9", f"complexity>9: 1 function, first hard() in {NASTY}:1 with 15"),
        ("lines>0", f"lines>0: 4 files, first {NASTY} with 15"),
        ("unparsed>0", f"unparsed>0: 1 file, first broken{NASTY}:1"),
    ],
)
def test_a_gate_is_told_in_a_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    assert tell(checked(text, tmp_path)) == sentence


def test_cycles_are_counted_in_all_and_named_by_their_way_round(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import b")
    (tmp_path / "b.py").write_text("def f():\n    import a")
    (tmp_path / "c.py").write_text("import d")
    (tmp_path / "d.py").write_text("import c")
    every, early, passed = check_gates(
        ["cycles>0", "import_time_cycles>0", "cycles>2"], survey(tmp_path)
    )
    assert tell(every) == "cycles>0: 2 import cycles, first a -> b -> a in a.py:1"
    assert (
        tell(early) == "import_time_cycles>0: 1 cycle at import time, first c -> d -> c in c.py:1"
    )
    assert tell(passed) == "cycles>2: passed"


def test_findings_of_ruff_are_counted_in_all(tmp_path: Path) -> None:
    report = nasty_report(tmp_path)
    broken, passed = check_gates(["lint>1", "lint>2"], report)
    assert tell(broken) == f"lint>1: 2 findings of ruff, first F821 in {NASTY}:1"
    assert (tell(passed), is_broken(passed)) == ("lint>2: passed", False)


def test_the_age_of_a_marked_comment_is_in_days(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text("# FIXME\n")
    old, passed = check_gates(["todo_age_days>1000", "todo_age_days>1095"], nasty_report(tmp_path))
    assert tell(old) == "todo_age_days>1000: 1 marked comment, first TODO in easy.py:1 with 1,095"
    assert not is_broken(passed)


def test_what_was_not_measured_does_not_pass(tmp_path: Path) -> None:
    report = survey(tmp_path, lint=Lint("ruff is not installed."))
    report = msgspec.structs.replace(report, ages_unavailable="git is not installed.")
    lint, age = check_gates(["lint>9", "todo_age_days>9"], report)
    assert is_broken(lint)
    assert is_broken(age)
    assert tell(lint) == "lint>9: not measured. ruff is not installed."
    assert tell(age) == "todo_age_days>9: not measured. git is not installed."

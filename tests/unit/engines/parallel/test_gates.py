"""Gates: read, held against a report, told in words."""

from pathlib import Path

import pytest

from revo_edge.engines.parallel.gates import Gate, check_gates, read_gate, tell
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

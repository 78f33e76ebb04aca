from pathlib import Path

from revo_edge.engines.parallel.shards import Outcome
from revo_edge.engines.parallel.suite_files import (
    MOST_ASKED,
    Plan,
    Round,
    Tail,
    append,
    keep_notes,
    read_notes,
)

ODD = "test_\udcff.py::t"


def test_a_plan_comes_back_whatever_its_names_are(tmp_path: Path) -> None:
    plan = Plan([[ODD], ["b.py::t"]], [Outcome("c.py", "error", 0.0, "no")], "/r", "", 2, "/j")
    round_ = Round(tmp_path / "round")
    round_.begin()
    assert (round_.plan(), round_.claimed()) == (None, 0)
    round_.publish(plan)
    assert round_.plan() == plan


def test_a_tail_reads_each_whole_line_once(tmp_path: Path) -> None:
    file = tmp_path / "outcomes"
    tail = Tail(file)
    assert tail.read() == []
    append(file, [Outcome(ODD, "failed", 0.5, "x", "a:1", "why")])
    assert tail.read() == [Outcome("test_\\udcff.py::t", "failed", 0.5, "x", "a:1", "why")]
    with file.open("a") as half:
        half.write('{"id": "u", "outco')
    assert tail.read() == []
    with file.open("a") as half:
        half.write('me": "passed"}\n')
    assert tail.read() == [Outcome("u", "passed")]


def test_notes_keep_what_did_not_run_again(tmp_path: Path) -> None:
    file = tmp_path / "notes"
    keep_notes(file, [Outcome("a", "failed", 1.0), Outcome("b", "error", 2.0)], "/r", "")
    keep_notes(file, [Outcome("a", "passed", 3.0)], "", "")
    notes = read_notes(file)
    assert (notes.failed, notes.lasts_s, notes.root) == (["b"], {"a": 3.0, "b": 2.0}, "/r")
    file.write_bytes(b"{")
    assert read_notes(file).failed == []


def test_notes_remember_only_the_newest_ways_to_ask(tmp_path: Path) -> None:
    file = tmp_path / "notes"
    for number in range(MOST_ASKED + 2):
        keep_notes(file, [Outcome("a", "passed", 1.5)], "", "", str(number))
    assert list(read_notes(file).busy_s) == [str(number) for number in range(2, MOST_ASKED + 2)]

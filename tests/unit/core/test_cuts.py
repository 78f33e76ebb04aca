"""Cuts: one `s` over all pages, whatever happens meanwhile."""

import pytest

from revo_edge.contract.record import Record
from revo_edge.contract.requests import StateGet
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.core.cuts import KEEP_S, LIMIT, Cuts
from revo_edge.errors import BadRequest, NotFound


def _record(count: int) -> Record:
    record = Record()
    for number in range(count):
        record.fold(TaskInfo(f"t{number}", "k", TaskState.QUEUED))
    return record


def test_all_pages_show_the_record_at_the_s_of_the_first() -> None:
    cuts, record = Cuts("b"), _record(5)
    first = cuts.first(record, 7, StateGet(limit=2), 0.0)
    record.fold(TaskInfo("t4", "k", TaskState.FAILED))
    assert first.cursor is not None
    second = cuts.next(first.cursor, 2, 1.0)
    assert second.cursor is not None
    third = cuts.next(second.cursor, 2, 2.0)
    tasks = first.tasks + second.tasks + third.tasks
    assert [task.id for task in tasks] == ["t0", "t1", "t2", "t3", "t4"]
    assert {task.state for task in tasks} == {TaskState.QUEUED}
    assert (second.s, third.s, third.cursor) == (7, 7, None)


def test_a_page_can_be_asked_again_until_the_cut_is_forgotten() -> None:
    cuts = Cuts("b")
    cursor = cuts.first(_record(3), 1, StateGet(limit=2), 0.0).cursor
    assert cursor is not None
    assert cuts.next(cursor, 2, KEEP_S - 1) == cuts.next(cursor, 2, KEEP_S)
    with pytest.raises(NotFound, match="Start over"):
        cuts.next(cursor, 2, 2 * KEEP_S + 1)


def test_the_cut_unused_for_longest_goes_when_there_are_too_many() -> None:
    cuts, record = Cuts("b"), _record(3)
    cursors = [cuts.first(record, 1, StateGet(limit=2), 0.0).cursor or "" for _ in range(LIMIT)]
    cuts.next(cursors[0], 2, 0.0)
    cuts.first(record, 1, StateGet(limit=2), 0.0)
    assert cuts.next(cursors[0], 2, 0.0).tasks
    with pytest.raises(NotFound):
        cuts.next(cursors[1], 2, 0.0)


def test_a_cut_has_only_what_was_asked() -> None:
    cuts, record = Cuts("b"), _record(3)
    assert cuts.first(record, 1, StateGet(streams=("worker",)), 0.0).tasks == ()
    some = cuts.first(record, 1, StateGet(tasks=("t1", "gone")), 0.0).tasks
    assert [task.id for task in some] == ["t1"]


@pytest.mark.parametrize("cursor", ["", "x", "1", "1:", ":2", "-1:2", "1:x", "²:1"])
def test_what_is_no_cursor_is_said_to_be_none(cursor: str) -> None:
    with pytest.raises((BadRequest, NotFound)):
        Cuts("b").next(cursor, 2, 0.0)

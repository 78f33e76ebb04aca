import msgspec
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract.events import METRIC, PROGRESS, TASK, Event
from revo_edge.contract.requests import StreamEvent
from revo_edge.contract.tasks import ErrorInfo, Progress, TaskInfo, TaskState
from revo_gui.link import Missed
from revo_gui.models.overview_rows import (
    counts,
    first_tasks,
    following_tasks,
    listed,
    reordered,
    task_row,
)

STATES = st.sampled_from((TaskState.RUNNING, TaskState.QUEUED, TaskState.SUCCEEDED))
TIMES = st.integers(0, 50).map(float)
TASKS = st.lists(
    st.builds(
        TaskInfo,
        id=st.uuids().map(str),
        kind=st.just("k"),
        state=st.sampled_from(TaskState),
        created_at=TIMES,
    ),
    max_size=80,
)


@given(TASKS, st.integers(1, 50))
def test_what_runs_is_first_and_the_newest_before_the_older(
    tasks: list[TaskInfo], limit: int
) -> None:
    shown = first_tasks(tasks, limit)
    assert len(shown) == min(limit, len(tasks))
    keys = [(info.state is TaskState.RUNNING, info.created_at) for info in shown]
    assert keys == sorted(keys, reverse=True)
    rest = [info for info in tasks if info not in shown]
    assert all(
        (info.state is TaskState.RUNNING, info.created_at) <= keys[-1] for info in rest if keys
    )


@given(st.data())
def test_following_changes_finds_the_same_as_looking_at_all(data: st.DataObject) -> None:
    every: dict[str, TaskInfo] = {}
    shown: list[TaskInfo] = []
    for _ in range(3):
        names = data.draw(st.sets(st.integers(0, 99), max_size=90))
        changed = [
            TaskInfo(str(name), "k", data.draw(STATES), created_at=data.draw(TIMES))
            for name in names
        ]
        every.update({info.id: info for info in changed})
        for gone in data.draw(st.sets(st.integers(0, 99), max_size=20)):
            every.pop(str(gone), None)
        shown = following_tasks(shown, changed, every)
        assert shown == first_tasks(every.values())


@given(TASKS.filter(bool), st.data())
def test_progress_alone_never_changes_the_order(tasks: list[TaskInfo], data: st.DataObject) -> None:
    shown = first_tasks(tasks)
    some = data.draw(st.sampled_from(shown))
    further = msgspec.structs.replace(some, progress=Progress(done=1, total=2))
    assert not reordered(shown, [further])
    ended = TaskState.FAILED if some.state is not TaskState.FAILED else TaskState.RUNNING
    assert reordered(shown, [msgspec.structs.replace(some, state=ended)])
    assert reordered(shown, [msgspec.structs.replace(some, id="new")])


def test_counts_leave_out_what_is_zero() -> None:
    states = [TaskState.RUNNING, TaskState.QUEUED, TaskState.HELD, TaskState.SUCCEEDED]
    assert counts([TaskInfo(str(n), "k", state) for n, state in enumerate(states)]) == (
        "1 running, 2 waiting"
    )
    assert counts([]) == ""


def test_a_running_task_shows_how_far_it_is_or_for_how_long() -> None:
    running = TaskInfo("a", "k", TaskState.RUNNING, started_at=100.0)
    far = msgspec.structs.replace(running, progress=Progress(done=41, total=100))
    assert (task_row(far, 110.0).side, task_row(far, 110.0).ratio) == ("41 %", 0.41)
    assert (task_row(running, 107.9).side, task_row(running, 107.9).ratio) == ("7 s", None)
    assert task_row(running, None).side == "-"


def test_an_ended_task_shows_why_and_when() -> None:
    failed = TaskInfo(
        "a",
        "parallel.map",
        TaskState.FAILED,
        created_at=1.0,
        started_at=2.0,
        ended_at=4.0,
        error=ErrorInfo("user_error", "no\nluck\x1b[0m"),
        progress=Progress(done=1, total=2),
    )
    row = task_row(failed, 130.0)
    assert (row.icon, row.tone, row.side, row.ratio) == ("failed", "failed", "2 m ago", None)
    assert row.text == "Failed  ·  no luck\\x1b[0m  ·  parallel.map"
    held = TaskInfo("b", "k", TaskState.PROPOSED)
    assert task_row(held, 1.0).icon == "held"


def test_progress_and_metrics_are_not_listed_but_gaps_are() -> None:
    def line(kind: str) -> StreamEvent:
        return StreamEvent("task.a.", Event("b", 1, 0, 0.0, kind, msgspec.Raw(b"\xc0")))

    assert [listed(one) for one in (line(TASK), line(PROGRESS), line(METRIC), Missed.GAP)] == [
        True,
        False,
        False,
        True,
    ]

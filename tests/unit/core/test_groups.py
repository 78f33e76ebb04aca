"""Groups: tasks held, released and cancelled part by part, and what they add up to."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract.tasks import Outlook, Progress, TaskInfo, TaskSpec, TaskState
from revo_edge.core.groups import Change, summed
from revo_edge.core.records import Saved
from revo_edge.errors import NotFound
from tests.unit.core.world import BROKEN, EMPTY, World


def change(
    w: World,
    what: Change,
    part: int = 100,
    between: Callable[[], object] = lambda: None,
    grace_s: float = 0.0,
) -> int:
    """Change group `g` part by part; `between` happens after each."""
    ids = w.scheduler.group_members("g", what)
    changed = 0
    for first in range(0, len(ids), part):
        actions, more = w.scheduler.change_group(ids[first : first + part], what, grace_s, w.now)
        w.do(actions)
        changed += more
        between()
    return changed


def states(w: World, *names: str) -> list[str]:
    return [w.state(name).value for name in names]


def test_a_group_is_held_and_released_and_others_are_not() -> None:
    w = World(workers=1, workers_max=1)
    w.submit("runs", group="g")
    for name in ("a", "b"):
        w.submit(name, group="g")
    w.submit("other", group="h")
    w.submit("alone")
    assert change(w, Change.HOLD) == 2
    assert states(w, "runs", "a", "b", "other", "alone") == [
        "running", "held", "held", "queued", "queued",
    ]  # fmt: skip
    assert change(w, Change.HOLD) == 0
    assert change(w, Change.RELEASE) == 2
    assert change(w, Change.RELEASE) == 0
    assert states(w, "a", "b") == ["queued", "queued"]


def test_a_group_that_no_task_names_is_not_found() -> None:
    w = World()
    w.submit("t", group="h")
    with pytest.raises(NotFound, match="no group g"):
        w.scheduler.group_members("g", Change.HOLD)


def test_a_cancel_takes_what_runs_too_and_asks_once() -> None:
    w = World(workers=1, workers_max=1)
    for name in ("runs", "waits"):
        w.submit(name, group="g")
    assert change(w, Change.CANCEL, grace_s=5.0) == 2
    assert states(w, "runs", "waits") == ["running", "cancelled"]
    assert change(w, Change.CANCEL, grace_s=5.0) == 0
    w.after(5.0)
    assert w.state("runs") is TaskState.CANCELLED


@pytest.mark.parametrize("part", [1, 2, 100])
def test_a_cancel_fails_no_task_that_waits_for_another_of_its_group(part: int) -> None:
    w = World(workers=1, workers_max=1)
    w.submit("busy")
    w.submit("a", group="g")
    w.submit("b", group="g", after=("a",))
    w.submit("c", group="g", after=("b",))
    w.submit("outside", after=("c",))
    assert change(w, Change.CANCEL, part) == 3
    assert states(w, "a", "b", "c", "outside") == ["cancelled"] * 3 + ["failed"]


def test_a_release_leaves_out_what_can_never_start() -> None:
    w = World(workers=1, workers_max=1)
    w.submit("first")
    w.submit("t", group="g", after=("first",))
    w.submit("u", group="g")
    assert change(w, Change.HOLD) == 2
    w.end(w.attempt("first"), BROKEN)
    assert change(w, Change.RELEASE) == 1
    assert states(w, "t", "u") == ["held", "running"]


def test_a_held_group_outlives_the_daemon() -> None:
    w = World(workers=1, workers_max=1)
    w.submit("busy")
    for name in "abc":
        w.submit(name, group="g")
    change(w, Change.HOLD, part=1)
    again = World(workers=1, workers_max=1, start=False)
    for name in "abc":
        again.do(
            again.scheduler.restore(Saved(w.info(name), TaskSpec("work", group="g"), EMPTY), 0.0)
        )
    again.do(
        again.scheduler.restore_ended(TaskInfo("old", "work", TaskState.FAILED, group="g"), 0.0)
    )
    again.do(again.scheduler.start(again.now))
    assert again.info("old").group == "g"
    assert states(again, *"abc") == ["held"] * 3
    assert change(again, Change.RELEASE) == 3


@given(
    names=st.lists(st.sampled_from("gh"), min_size=1, max_size=25),
    waits=st.lists(st.integers(0, 12), max_size=20),
    what=st.sampled_from(Change),
    part=st.integers(1, 7),
    ends=st.booleans(),
)
def test_however_it_is_cut_the_whole_group_is_changed_and_nothing_else(
    *, names: list[str], waits: list[int], what: Change, part: int, ends: bool
) -> None:
    """Between two parts tasks end and others start; each waits for at most one earlier one."""
    w = World(workers=2, workers_max=2)
    for number, name in enumerate(names):
        after = (f"t{waits[number]}",) if number < len(waits) and waits[number] < number else ()
        w.submit(f"t{number}", group=name, after=after)
    mine = [f"t{number}" for number, name in enumerate(names) if name == "g"]
    others = {f"t{number}" for number, name in enumerate(names) if name == "h"}
    if not mine:
        return
    if what is Change.RELEASE:
        change(w, Change.HOLD)

    def between() -> None:
        running = [n for n in w.running if w.state(n) is TaskState.RUNNING]
        if ends and running:
            w.end(w.attempt(running[0]))

    change(w, what, part, between, grace_s=9.0)
    w.after(9.0)
    found = {w.state(name) for name in mine}
    if what is Change.CANCEL:
        assert found <= {TaskState.CANCELLED, TaskState.SUCCEEDED}
    elif what is Change.HOLD:
        assert TaskState.QUEUED not in found
    else:
        assert TaskState.HELD not in found
    assert all("held by a person" not in w.notes(name) for name in others)
    cancelled = {name for name in others if w.error(name) == "cancelled"}
    assert cancelled == set()


def info(name: str, state: TaskState, group: str | None = "g", **more: object) -> TaskInfo:
    return TaskInfo(name, "work", state, group=group, **more)  # type: ignore[arg-type]  # a test's shorthand


def test_a_sum_counts_states_shares_and_times() -> None:
    tasks = [
        info("a", TaskState.SUCCEEDED, created_at=5.0, started_at=7.0, ended_at=9.0),
        info("b", TaskState.RUNNING, created_at=6.0, started_at=8.0, progress=Progress(1, 2)),
        info("c", TaskState.RUNNING, created_at=6.0, started_at=8.0, progress=Progress(1, 0)),
        info("d", TaskState.FAILED, created_at=6.0, ended_at=11.0),
        info("e", TaskState.QUEUED, created_at=6.0, progress=Progress(1, 2)),
        info("x", TaskState.QUEUED, group=None),
        info("y", TaskState.CANCELLED, group="later", created_at=50.0, ended_at=51.0),
    ]
    later, group = summed(tasks, {})
    assert (later.name, later.cancelled, later.done_ratio, later.live) == ("later", 1, 1.0, 0)
    assert (group.queued, group.running, group.succeeded, group.failed) == (1, 2, 1, 1)
    assert (group.total, group.live) == (5, 3)
    assert group.done_ratio == pytest.approx((1 + 0.5 + 0 + 1 + 0) / 5)
    assert (group.created_at, group.started_at, group.ended_at) == (5.0, 7.0, 11.0)


def test_the_end_of_a_group_is_known_only_if_that_of_each_task_is() -> None:
    tasks = [info("a", TaskState.RUNNING), info("b", TaskState.QUEUED), info("c", TaskState.FAILED)]
    ends = {
        "a": Outlook("a", end_p50_at=10.0, end_p90_at=12.0),
        "b": Outlook("b", 1, end_p50_at=20.0),
    }
    (group,) = summed(tasks, ends)
    assert (group.end_p50_at, group.end_p90_at) == (20.0, None)
    (group,) = summed([*tasks, info("d", TaskState.HELD)], ends)
    assert group.end_p50_at is None
    (group,) = summed([info("c", TaskState.FAILED)], ends)
    assert group.end_p50_at is None


@given(st.lists(st.tuples(st.sampled_from(TaskState), st.sampled_from(["g", "h", None]))))
def test_every_task_with_a_group_is_counted_once(found: list[tuple[TaskState, str | None]]) -> None:
    tasks = [info(str(number), state, group) for number, (state, group) in enumerate(found)]
    known = [t for t in tasks if t.state is not TaskState.UNKNOWN]
    groups = summed(known, {})
    assert sum(group.total for group in groups) == sum(t.group is not None for t in known)
    assert all(0.0 <= group.done_ratio <= 1.0 for group in groups)
    assert [g.created_at for g in groups] == sorted((g.created_at for g in groups), reverse=True)

"""Durations of kinds: what is kept of the runs, and what they say of the next ones."""

import random
from statistics import median

import pytest

from revo_edge.contract.tasks import Progress, TaskInfo, TaskState
from revo_edge.core.durations import KEPT, LEAST, Durations
from tests.unit.core.world import BROKEN, World


def run(duration_s: float, total: int = 0, **more: object) -> TaskInfo:
    fields: dict[str, object] = {"state": TaskState.SUCCEEDED, "attempt": 1, **more}
    progress = Progress(done=total, total=total) if total else None
    return TaskInfo(
        id="t",
        kind="work",
        started_at=1000.0,
        ended_at=1000.0 + duration_s,
        progress=progress,
        **fields,  # type: ignore[arg-type]  # the names are those of the Struct
    )


def fed(*durations_s: float) -> Durations:
    durations = Durations()
    for duration_s in durations_s:
        durations.ended(run(duration_s))
    return durations


def test_nothing_is_said_before_five_runs() -> None:
    durations = fed(*[2.0] * (LEAST - 1))
    assert durations.whole("work") is None
    assert durations.left("work", 1.0, None) is None
    durations.ended(run(2.0))
    expected = durations.whole("work")
    assert expected is not None
    assert (expected.p50_s, expected.p90_s, expected.mean_s) == (2.0, 2.0, 2.0)
    assert durations.whole("other") is None


def test_the_middle_and_the_slow_end_are_told_apart() -> None:
    expected = fed(*map(float, range(1, 11))).whole("work")
    assert expected is not None
    assert (expected.p50_s, expected.p90_s) == (5.5, 10.0)


def test_only_whole_succeeded_runs_count() -> None:
    durations = fed(*[1.0] * (LEAST - 1))
    durations.ended(run(1.0, state=TaskState.FAILED))
    durations.ended(run(-1.0))
    durations.ended(run(1.0, items=5, attempt=2))
    assert durations.whole("work") is None
    durations.ended(run(1.0, attempt=2))
    assert durations.whole("work") is not None


def test_old_runs_are_forgotten() -> None:
    durations = fed(*[100.0] * 50, *[1.0] * KEPT)
    expected = durations.whole("work")
    assert expected is not None
    assert expected.mean_s == 1.0


def test_size_counts_only_where_it_explains_the_time() -> None:
    sized, steady = Durations(), Durations()
    for total in (10, 20, 40, 80, 160):
        sized.ended(run(total * 0.5, total))
        steady.ended(run(7.0 + total / 1000, total))
    expected = sized.whole("work", 1000)
    assert expected is not None
    assert expected.p50_s == pytest.approx(500.0)
    expected = steady.whole("work", 1000)
    assert expected is not None
    assert expected.p50_s == pytest.approx(7.04)


def test_after_20_runs_the_next_50_are_predicted_within_30_percent() -> None:
    seeded = random.Random(7)  # noqa: S311 - draws durations, guards nothing
    durations = Durations()

    def draw() -> tuple[float, int]:
        total = int(seeded.lognormvariate(5.0, 1.0)) + 1
        return (1.0 + total * 0.05) * seeded.lognormvariate(0.0, 0.25), total

    for _ in range(20):
        durations.ended(run(*draw()))
    errors: list[float] = []
    for _ in range(50):
        duration_s, total = draw()
        expected = durations.whole("work", total)
        assert expected is not None
        errors.append(abs(expected.p50_s - duration_s) / duration_s)
        durations.ended(run(duration_s, total))
    assert median(errors) < 0.30


def test_a_task_that_outlasts_all_others_is_not_foreseen() -> None:
    durations = fed(1.0, 2.0, 3.0, 4.0, 5.0)
    left = durations.left("work", 3.5, None)
    assert left is not None
    assert left.p50_s == 1.0
    assert durations.left("work", 6.0, None) is None


def test_its_own_pace_counts_more_the_further_it_is() -> None:
    durations = fed(*[10.0] * LEAST)
    began = durations.left("work", 2.0, Progress(done=4, total=100))  # at this pace 50 s
    middle = durations.left("work", 25.0, Progress(done=50, total=100))
    nearly = durations.left("work", 49.5, Progress(done=99, total=100))
    assert began is not None
    assert middle is not None
    assert nearly is not None
    assert 10.0 < began.p50_s + 2.0 < 20.0
    assert 15.0 < middle.p50_s < 25.0
    assert nearly.p50_s == pytest.approx(0.5, rel=0.02)


def test_its_own_pace_is_enough_without_a_history_but_has_no_p90() -> None:
    left = Durations().left("work", 5.0, Progress(done=1, total=4))
    assert left is not None
    assert (left.p50_s, left.p90_s) == (15.0, None)
    assert Durations().left("work", 5.0, Progress(done=3)) is None


def test_the_scheduler_learns_from_succeeded_tasks_and_from_restored_ones() -> None:
    w = World(workers=1)
    durations = w.scheduler.durations
    for number in range(LEAST):
        w.submit(f"bad{number}")
        w.end(w.attempt(f"bad{number}"), BROKEN)
    assert durations.whole("work") is None
    for number in range(LEAST):
        w.submit(f"t{number}")
        w.after(2.0)
        w.end(w.attempt(f"t{number}"))
    expected = durations.whole("work")
    assert expected is not None
    assert expected.p50_s == 2.0
    again = World(workers=1, start=False)
    for number in range(LEAST):
        again.do(again.scheduler.restore_ended(w.info(f"t{number}"), 0.0))
    assert again.scheduler.durations.whole("work") == expected

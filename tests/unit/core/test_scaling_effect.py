"""What a change of the number of workers brought is counted, or it is said why it is not."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract.events import Scaling, ScalingEffect
from revo_edge.core.scaling_effect import (
    LEAST_S,
    READY_S,
    WINDOW_S,
    Effects,
    Tally,
)

EPOCH = 1000.0
LOOK_S = 0.25


@dataclass
class Bench:
    """Time passes look by look while `rate` items of a kind end a second."""

    effects: Effects = field(default_factory=Effects)
    tally: Tally = field(default_factory=Tally)
    now: float = 0.0
    told: list[ScalingEffect] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    _due: float = 0.0

    def run(
        self,
        seconds: float,
        rate: float,
        *,
        kind: str = "k",
        queued: int = 9,
        ready: bool = True,
        wait_s: float = 0.5,
    ) -> "Bench":
        until = self.now + seconds - 1e-9
        while self.now < until:
            self.now += LOOK_S
            self._due += rate * LOOK_S
            while self._due >= 1.0 - 1e-9:
                self._due -= 1.0
                self.tally.ended[kind] += 1
                self.tally.start(wait_s)
                self.ends.append(self.now)
            self._note(
                self.effects.look(self.now, EPOCH + self.now, self.tally, queued, ready=ready)
            )
        return self

    def scale(self, before: int, after: int, queued: int = 9) -> "Bench":
        change = Scaling(EPOCH + self.now, before, after, "why")
        self._note(self.effects.scaled(change, self.now, queued))
        return self

    def _note(self, effect: ScalingEffect | None) -> None:
        if effect:
            self.told.append(effect)

    @property
    def only(self) -> ScalingEffect:
        (effect,) = self.told
        return effect


def test_a_growth_under_steady_load_is_measured_on_both_sides() -> None:
    bench = Bench().run(8, 20, wait_s=0.8).scale(4, 6).run(0.5, 20, ready=False)
    bench.run(WINDOW_S + LOOK_S, 30, wait_s=0.25)
    effect = bench.only
    assert (effect.scaling_at, effect.before, effect.after, effect.reason) == (1008.0, 4, 6, "")
    old, new = effect.pace_before, effect.pace_after
    assert old is not None
    assert new is not None
    assert old.ended_per_s == pytest.approx(20)
    assert new.ended_per_s == pytest.approx(30, rel=0.02)
    assert (old.mean_wait_s, new.mean_wait_s) == (0.8, 0.25)
    assert 4.5 <= old.window_s <= WINDOW_S
    assert old.ended == pytest.approx(old.window_s * 20)
    assert not bench.effects.pending


def test_waves_of_equal_tasks_do_not_blur_a_pace() -> None:
    """Four tasks of a second end together: four a second, wherever the window begins."""
    bench = Bench()
    for _ in range(6):
        bench.run(0.75, 0).run(0.25, 16)
    bench.run(0.5, 0).scale(4, 6).run(0.25, 0)
    for _ in range(6):
        bench.run(0.75, 0).run(0.25, 24)
    effect = bench.only
    assert effect.pace_before is not None
    assert effect.pace_after is not None
    assert (effect.pace_before.ended_per_s, effect.pace_after.ended_per_s) == (4.0, 6.0)


@pytest.mark.parametrize(
    ("bench", "reason"),
    [
        (Bench().run(1, 5).scale(4, 6).run(6, 30), "too little ended before it: 4 in 0.8 s"),
        (Bench().scale(4, 6).run(6, 30), "too little ended before it: 0 in 0.0 s"),
        (Bench().run(5, 20).scale(4, 6).run(6, 1), "too little ended after it: 5 in 5.0 s"),
        (
            Bench().run(5, 20).scale(4, 6).run(6, 20, kind="other"),
            "the load changed from k to other",
        ),
        (
            Bench().run(5, 20).scale(4, 6).run(0.75, 20).run(1, 20, queued=0),
            "nothing waited any more 0.8 s later",
        ),
        (
            Bench().run(5, 20).scale(4, 6).run(11, 20, ready=False),
            "the new workers were not ready within 10 s",
        ),
        (
            Bench().run(5, 20).scale(4, 6).run(1, 20, ready=False).scale(6, 9),
            "the number changed again before new workers were ready",
        ),
        (
            Bench().run(5, 20).scale(4, 6).run(0.5, 20).scale(6, 9),
            "the number changed again 0.2 s later",
        ),
    ],
)
def test_what_cannot_be_measured_is_not(bench: Bench, reason: str) -> None:
    assert bench.only.reason.startswith(reason)
    assert bench.only.pace_before is None
    assert bench.only.pace_after is None


def test_a_window_that_ends_early_counts_if_enough_ended_in_it() -> None:
    bench = Bench().run(5, 20).scale(4, 6).run(2, 40).scale(6, 9)
    pace = bench.only.pace_after
    assert pace is not None
    assert pace.window_s < 2.0
    assert pace.ended_per_s == pytest.approx(40)
    bench = Bench().run(5, 20).scale(4, 6).run(2, 40).run(1, 1, queued=0)
    assert bench.only.pace_after is not None


def test_before_a_growth_counts_only_the_time_in_which_something_waited() -> None:
    bench = Bench().run(3, 2, queued=0).run(2, 40).scale(4, 6).run(6, 60)
    pace = bench.only.pace_before
    assert pace is not None
    assert pace.ended_per_s == pytest.approx(40)


def test_workers_that_had_nothing_to_do_may_go_and_their_load_is_still_measured() -> None:
    bench = Bench().run(6, 20, queued=0, wait_s=0.0).scale(6, 4, queued=0).run(6, 20, queued=0)
    effect = bench.only
    assert effect.pace_before is not None
    assert effect.pace_before.mean_wait_s == 0.0


def test_the_first_workers_and_a_change_that_is_none_have_no_effect() -> None:
    bench = Bench().scale(0, 4).scale(4, 4)
    assert not bench.effects.pending
    assert bench.run(20, 20).told == []


def test_a_time_in_which_nobody_looked_is_not_counted() -> None:
    bench = Bench().run(5, 20)
    bench.now += 60
    bench.run(0.5, 20).scale(4, 6).run(6, 30)
    assert bench.only.reason.startswith("too little ended before it")


_STEPS = st.lists(
    st.tuples(
        st.floats(0.25, 7.0),
        st.sampled_from([0.0, 3.0, 20.0, 90.0]),
        st.sampled_from([0, 5]),
        st.booleans(),
        st.sampled_from(["a", "b"]),
        st.integers(1, 16),
    ),
    max_size=12,
)


@given(_STEPS)
def test_each_change_is_told_once_in_order_and_only_with_what_was_seen(
    steps: list[tuple[float, float, int, bool, str, int]],
) -> None:
    bench, workers, changes = Bench(), 4, []
    for seconds, rate, queued, ready, kind, target in steps:
        bench.run(seconds, rate, queued=queued, ready=ready, kind=kind)
        if target != workers:
            changes.append(EPOCH + bench.now)
            bench.scale(workers, target, queued)
            workers = target
    bench.run(READY_S + 2 * WINDOW_S, 5)
    assert [effect.scaling_at for effect in bench.told] == changes
    for effect in bench.told:
        check(bench, effect)


def check(bench: Bench, effect: ScalingEffect) -> None:
    paces = [pace for pace in (effect.pace_before, effect.pace_after) if pace]
    assert len(paces) == (0 if effect.reason else 2)
    assert effect.at >= effect.scaling_at
    for pace, workers in zip(paces, (effect.before, effect.after), strict=False):
        assert LEAST_S <= pace.window_s <= WINDOW_S + 1e-6
        assert pace.ended >= max(5, 3 * workers)
        assert pace.ended_per_s == pytest.approx(pace.ended / pace.window_s, rel=0.01)
    if paces:
        moment = effect.scaling_at - EPOCH
        after = sum(moment < end <= effect.at - EPOCH for end in bench.ends)
        before = sum(moment - WINDOW_S <= end <= moment for end in bench.ends)
        assert paces[0].ended <= before
        assert paces[1].ended <= after

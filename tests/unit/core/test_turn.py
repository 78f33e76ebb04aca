"""Timers fire once, in order, unless they were cancelled."""

from revo_edge.core.turn import Timers, Turn


def test_timers_fire_in_order_and_only_when_due() -> None:
    timers, fired = Timers(), list[str]()
    timers.arm(2.0, lambda: fired.append("late"))
    timers.arm(1.0, lambda: fired.append("early"))
    timers.fire_due(1.9)
    assert fired == ["early"]
    assert timers.next() == 2.0
    timers.fire_due(2.0)
    assert fired == ["early", "late"]
    assert timers.next() is None


def test_a_cancelled_timer_never_fires() -> None:
    timers, fired = Timers(), list[str]()
    timer = timers.arm(1.0, lambda: fired.append("x"))
    timers.cancel(timer)
    timers.cancel(timer)
    timers.fire_due(5.0)
    assert not fired


def test_cancelled_timers_do_not_pile_up() -> None:
    timers = Timers()
    keep = timers.arm(1e9, lambda: None)
    for _ in range(10_000):
        timers.cancel(timers.arm(1e9, lambda: None))
    assert len(timers._heap) < 200
    assert keep.live
    timers.clear()
    assert timers.next() is None


def test_a_turn_knows_wall_time_from_its_epoch() -> None:
    turn = Turn()
    turn.epoch = 1000.0
    turn.begin(2.5)
    assert turn.at == 1002.5

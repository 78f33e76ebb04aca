from collections.abc import Callable

from revo_edge.contract.requests import Request
from revo_edge.daemon.asks import Ask, Desk
from revo_edge.daemon.waiters import Waiters, wait_until


class Poll:
    """A long poll that has something to say once it is `ready`."""

    def __init__(self, *, ready: bool = False) -> None:
        self.ready = ready
        self.asked: list[bool] = []

    def __call__(self, time_is_up: bool) -> bool:  # noqa: FBT001 - the shape of a waiter
        self.asked.append(time_is_up)
        return self.ready or time_is_up


def test_what_is_there_already_is_answered_at_once() -> None:
    waiters, poll = Waiters(), Poll(ready=True)
    waiters.add("task", 10.0, poll)
    assert poll.asked == [False]
    assert waiters.next_deadline() is None


def test_only_the_waiters_of_a_topic_are_asked_again() -> None:
    waiters, mine, other = Waiters(), Poll(), Poll()
    waiters.add("a", 10.0, mine)
    waiters.add("b", 20.0, other)
    waiters.changed("a")
    mine.ready = True
    waiters.changed("a")
    waiters.changed("a")
    assert (mine.asked, other.asked) == ([False, False, False], [False])
    assert waiters.next_deadline() == 10.0


def test_a_wait_ends_in_time_and_once() -> None:
    waiters, early, late = Waiters(), Poll(), Poll()
    waiters.add("a", 5.0, early)
    waiters.add("a", 9.0, late)
    waiters.tick(4.9)
    assert early.asked == [False]
    waiters.tick(5.0)
    assert (early.asked, late.asked) == ([False, True], [False])
    waiters.changed("a")
    assert early.asked == [False, True]  # answered: not asked any more
    assert waiters.next_deadline() == 9.0
    waiters.tick(99.0)
    assert waiters.next_deadline() is None
    waiters.changed("a")
    assert late.asked == [False, False, True]


def test_one_that_was_answered_by_a_change_is_not_answered_by_its_timer() -> None:
    waiters, poll = Waiters(), Poll()
    waiters.add("a", 5.0, poll)
    poll.ready = True
    waiters.changed("a")
    waiters.tick(6.0)
    assert poll.asked == [False, False]


def ask(desk: Callable[[], Desk], dl: int | None) -> Ask:
    return Ask([], Request(id=1, m="task.wait", dl=dl), False, 100.0, desk())


def test_a_poll_ends_a_little_before_its_callers_deadline(desk: Callable[[], Desk]) -> None:
    assert wait_until(ask(desk, None), 2_000) == 102.0
    assert wait_until(ask(desk, 10_000), 2_000) == 102.0
    assert 100.5 < wait_until(ask(desk, 1_000), 2_000) < 101.0

"""At most one message per key and interval, and the newest always arrives."""

from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import given

from revo_edge.core.conflation import Conflator


def test_the_first_goes_at_once_and_the_newest_of_the_rest_when_due() -> None:
    c: Conflator[str] = Conflator()
    assert c.offer("k", "1", 0.1, now=0.0)
    assert not c.offer("k", "2", 0.1, now=0.01)
    assert not c.offer("k", "3", 0.1, now=0.02)
    assert c.next_due() == 0.1
    assert c.take_due(0.09) == []
    assert c.take_due(0.1) == ["3"]
    assert c.next_due() is None
    assert not c.offer("k", "4", 0.1, now=0.15)
    assert c.take_due(0.25) == ["4"]


def test_nothing_wakes_the_loop_while_nothing_waits() -> None:
    c: Conflator[str] = Conflator()
    assert c.offer("k", "1", 0.1, now=0.0)
    assert c.next_due() is None


def test_what_was_dropped_does_not_come() -> None:
    c: Conflator[str] = Conflator()
    c.offer("k", "1", 0.1, now=0.0)
    c.offer("k", "2", 0.1, now=0.0)
    c.drop("k")
    assert c.next_due() is None
    assert c.take_due(1.0) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 0.3)), max_size=60))
def test_no_key_is_heard_too_often_and_each_last_value_is_heard(
    offers: list[tuple[str, float]],
) -> None:
    c: Conflator[tuple[str, int]] = Conflator()
    heard: dict[str, list[tuple[float, int]]] = {}
    now = 0.0
    for number, (key, step) in enumerate(offers):
        now += step
        for waited_key, value in c.take_due(now):
            heard[waited_key].append((now, value))
        if c.offer(key, (key, number), 0.1, now):
            heard.setdefault(key, []).append((now, number))
    for key, value in c.take_due(now + 0.2):
        heard[key].append((now + 0.2, value))
    for key, times in heard.items():
        gaps = [b[0] - a[0] for a, b in pairwise(times)]
        assert all(gap >= 0.0999 for gap in gaps)
        assert times[-1][1] == max(n for n, (k, _) in enumerate(offers) if k == key)
    assert c.next_due() is None

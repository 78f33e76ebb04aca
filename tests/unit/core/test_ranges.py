"""The set of done indexes equals a plain set, whatever the order of adding."""

from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import given

from revo_edge.core.ranges import IndexSet


def test_neighbours_become_one_range() -> None:
    indexes = IndexSet()
    for index in (1, 3, 2):
        assert indexes.add(index)
    assert indexes.ranges() == ((1, 3),)
    assert not indexes.add(2)


@given(st.lists(st.integers(0, 40)))
def test_it_holds_what_a_set_holds(added: list[int]) -> None:
    indexes, plain = IndexSet(), set[int]()
    for index in added:
        assert indexes.add(index) is (index not in plain)
        plain.add(index)
    assert indexes.count == len(plain)
    assert [i for i in range(42) if i in indexes] == sorted(plain)
    ranges = indexes.ranges()
    assert all(a[1] + 1 < b[0] for a, b in pairwise(ranges))
    assert IndexSet(ranges).count == indexes.count

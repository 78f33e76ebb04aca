import json

from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.parallel.shards import (
    MOST_BATCH_TESTS,
    Found,
    Outcome,
    plan,
    spoken,
    unstable,
    worst,
)


def line(**event: object) -> bytes:
    return json.dumps(event).encode()


@given(
    st.dictionaries(
        st.sampled_from([f"{f}.py::t{n}" for f in "abc" for n in range(40)]), st.floats(0, 9)
    ),
    st.integers(1, 16),
    st.sets(st.sampled_from([f"{f}.py::t{n}" for f in "abc" for n in range(40)])),
)
def test_every_test_is_in_one_batch(known_s: dict[str, float], slots: int, first: set[str]) -> None:
    ids = [f"{name}.py::t{number}" for name in "abc" for number in range(40)]
    batches = plan(ids, known_s, slots, first)
    assert sorted(name for batch in batches for name in batch) == sorted(ids)
    assert all(batches)


def test_a_small_file_stays_together() -> None:
    ids = [f"{name}.py::t{number}" for name in "abc" for number in range(3)]
    batches = plan(ids, dict.fromkeys(ids, 0.05), 1)
    assert [[name[0] for name in batch] for batch in batches] == [["a"] * 3, ["b"] * 3, ["c"] * 3]


def test_a_big_file_is_cut_and_batches_get_smaller() -> None:
    ids = [f"a.py::t{number}" for number in range(100)]
    sizes = [len(batch) for batch in plan(ids, dict.fromkeys(ids, 0.1), 2)]
    assert len(sizes) > 4
    assert sizes[0] > sizes[-1]


def test_a_batch_is_bounded_whatever_is_known() -> None:
    ids = [f"a.py::t[{number}]" for number in range(50_000)]
    assert max(map(len, plan(ids, {}, 4))) <= 26  # 5 s of unknown tests, taken to last 0.2 s
    assert max(map(len, plan(ids, dict.fromkeys(ids, 0.0), 4))) == MOST_BATCH_TESTS


def test_what_failed_comes_first_then_the_longest() -> None:
    known_s = {"a::x": 0.1, "a::y": 60.0, "b::z": 0.1}
    assert plan(list(known_s), known_s, 2, ["b::z"])[:2] == [["b::z"], ["a::y"]]


def test_no_tests_make_no_batches() -> None:
    assert plan([], {}, 4) == []


def test_a_stream_becomes_outcomes_and_names_what_was_running() -> None:
    found = Found()
    found.take(line(event="claim", batch=3))
    found.take(line(event="start", id="t", at=1.0))
    words = {"text": "boom", "where": "t.py:1", "reason": "bo"}
    found.take(line(event="end", id="t", duration_s=1.0, outcome="failed", **words))
    found.take(line(event="start", id="u", at=2.0))
    found.take(b'{"half')
    assert found.ended == [Outcome("t", "failed", 1.0, "boom", "t.py:1", "bo")]
    assert (found.running, found.started, found.claims) == ("u", 2.0, [3])


def test_half_characters_are_written_out() -> None:
    assert spoken("a\udc80\U0001f600") == "a\\udc80\U0001f600"


def test_a_test_that_ends_in_two_ways_is_unstable_and_counts_as_bad() -> None:
    both = [Outcome("t", "passed"), Outcome("t", "failed")]
    assert unstable({"t": both, "u": both[:1]}) == {"t": {"failed": 1, "passed": 1}}
    assert worst(both).outcome == "failed"

import json

from revo_edge.engines.parallel.shards import Found, Outcome, halves, plan, unstable, worst


def line(**event: object) -> bytes:
    return json.dumps(event).encode()


def test_a_file_stays_together_and_every_test_is_in_one_shard() -> None:
    ids = [f"{name}.py::t{number}" for name in "abc" for number in range(3)]
    shards = plan(ids, dict.fromkeys(ids, 1.0), 1)
    assert sorted(name for shard in shards for name in shard) == ids
    assert all(len({name[0] for name in shard}) == 1 for shard in shards[:1])


def test_a_big_file_is_cut_and_shards_get_smaller() -> None:
    ids = [f"a.py::t{number}" for number in range(100)]
    sizes = [len(shard) for shard in plan(ids, dict.fromkeys(ids, 1.0), 2)]
    assert len(sizes) > 4
    assert sum(sizes) == 100
    assert sizes[0] > sizes[-1]


def test_what_failed_comes_first() -> None:
    assert plan(["a::x", "a::y", "b::z"], {}, 2, ["b::z"])[0] == ["b::z"]


def test_no_tests_make_no_shards() -> None:
    assert plan([], {}, 4) == []


def test_halves_lose_nothing() -> None:
    assert halves(["a", "b", "c"]) == [["a", "b"], ["c"]]
    assert halves([]) == []


def test_a_stream_becomes_outcomes_and_names_what_was_running() -> None:
    found = Found()
    phase = {"event": "phase", "id": "t", "duration_s": 0.5}
    found.take(line(event="start", id="t"))
    found.take(line(**phase, phase="setup", outcome="passed"))
    found.take(line(**phase, phase="call", outcome="failed", text="boom"))
    found.take(line(event="end", id="t"))
    found.take(line(event="start", id="u"))
    found.take(b'{"half')
    assert found.outcomes == {"t": Outcome("t", "failed", 1.0, "boom")}
    assert found.running == "u"


def test_a_test_that_ends_in_two_ways_is_unstable_and_counts_as_bad() -> None:
    both = [Outcome("t", "passed"), Outcome("t", "failed")]
    assert unstable({"t": both, "u": both[:1]}) == {"t": {"failed": 1, "passed": 1}}
    assert worst(both).outcome == "failed"

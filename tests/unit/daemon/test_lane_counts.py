"""What the calls of a lane come to."""

from revo_edge.contract import events
from revo_edge.contract.calls import CALLS
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.daemon.lane_counts import USE_S, LaneCounts

SEARCH, STORE = CALLS["recall.search"], CALLS["recall.store"]


def test_nothing_is_known_before_anything_was_asked() -> None:
    sample = LaneCounts().sample(0, 1.0)
    assert (sample.reads, sample.in_time_ratio, sample.cache_hit_ratio) == (0, None, None)
    assert (sample.items, sample.embedded_ratio, sample.retrieval.p95_ms) == (None, None, None)


def test_reads_and_writes_are_measured_apart_and_the_share_in_time_is_kept() -> None:
    counts = LaneCounts()
    for ms in (5.0, 20.0, 99.0, 150.0):
        counts.answered(SEARCH, ms, 3, None, 1.0)
    counts.answered(STORE, 900.0, 1, None, 1.0)
    sample = counts.sample(2, 1.5)
    assert (sample.reads, sample.writes, sample.waiting) == (4, 1, 2)
    assert sample.in_time_ratio == 0.75
    assert sample.retrieval.count == 4
    assert sample.storing.p50_ms is not None
    assert sample.storing.p50_ms > 800


def test_a_failed_call_is_no_duration() -> None:
    counts = LaneCounts()
    counts.answered(SEARCH, 5.0, 0, ErrorInfo("UNAVAILABLE", "No."), 1.0)
    assert (counts.read, counts.reads.summary(1.0).count, counts.last_error) == (0, 0, "No.")


def test_a_wrong_question_is_no_error_of_the_memory() -> None:
    counts = LaneCounts()
    counts.answered(SEARCH, 5.0, 0, ErrorInfo("NOT_FOUND", "No."), 1.0)
    assert (counts.read, counts.last_error) == (0, "")
    assert [use.failed for _, use in counts.take_uses(2.0)] == [1]


def test_figures_of_all_processes_are_added_up() -> None:
    counts = LaneCounts()
    counts.figures["recall-writer-1"] = {"items": 10, "embedded": 4, "bytes": 100, "stored": 10}
    counts.figures["recall-reader-2"] = {"cache_hits": 3, "cache_misses": 1}
    counts.figures["recall-reader-3"] = {"cache_hits": 0, "cache_misses": 4}
    sample = counts.sample(0, 1.0)
    assert (sample.items, sample.embedded_ratio, sample.store_bytes) == (10, 0.4, 100)
    assert sample.cache_hit_ratio == 3 / 8


def test_many_calls_are_one_event() -> None:
    counts = LaneCounts()
    assert counts.next_use() is None
    counts.answered(SEARCH, 5.0, 3, None, 10.0)
    ((kind, use),) = counts.take_uses(10.0)
    assert (kind, use.calls, use.items) == (events.CONTEXT_RETRIEVED, 1, 3)
    for ms in (5.0, 8.0):
        counts.answered(SEARCH, ms, 2, None, 10.01)
    counts.answered(STORE, 1.0, 1, ErrorInfo("CONFLICT", "No."), 10.01)
    assert [kind for kind, _ in counts.take_uses(10.02)] == [events.CONTEXT_STORED]
    assert counts.next_use() == 10.0 + USE_S
    ((_, use),) = counts.take_uses(10.0 + USE_S)
    assert (use.calls, use.items, use.slowest_ms, use.failed) == (2, 4, 8.0, 0)
    assert counts.next_use() is None

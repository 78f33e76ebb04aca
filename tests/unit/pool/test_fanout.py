"""The window of children: chunks, order, replay, cancel; what is sent is answered by hand."""

import itertools
from collections.abc import Iterator

import msgspec
import pytest

from revo_edge.contract import codec
from revo_edge.contract.tasks import ErrorInfo, ItemResult, Ranges
from revo_edge.contract.workers import (
    Attempt,
    Children,
    ChildResults,
    FromWorker,
    ReadChildren,
)
from revo_edge.engines.base import Cancelled, MapPlan
from revo_edge.errors import TooLarge
from revo_edge.pool.fanout import CHUNK_BYTES, CHUNK_ITEMS, WINDOW_CHUNKS, Fanout
from revo_edge.pool.link import Running
from tests.engines.probe import Probe


class Daemon:
    """Answers at once: `duration_s` for each item; recorded outcomes by pages of three."""

    def __init__(self, done: Ranges = (), duration_s: float = 0.1) -> None:
        self.running = Running(Attempt("a1", "T", "probe.fan", done=done))
        self.fanout = Fanout(self.running, self.take)
        self.sent: list[Children] = []
        self.waiting: list[Children] = []
        self.recorded = [i for first, last in done for i in range(first, last + 1)]
        self.reads = 0
        self.duration_s = duration_s
        self.is_slow = False

    def take(self, message: FromWorker) -> None:
        if isinstance(message, Children):
            self.sent.append(message)
            self.waiting.append(message)
            if not self.is_slow:
                self.answer()
        elif isinstance(message, ReadChildren):
            self.reads += 1
            page = self.recorded[message.cursor : message.cursor + 3]
            end = message.cursor + len(page)
            self.running.replies.put(
                ChildResults(
                    "a1",
                    tuple(map(self.result, page)),
                    replay=True,
                    next_cursor=end if end < len(self.recorded) else None,
                )
            )

    def result(self, index: int) -> ItemResult:
        return ItemResult(index, duration_s=self.duration_s)

    def answer(self, place: int = 0) -> None:
        chunk = self.waiting.pop(place)
        results = tuple(self.result(index) for index, _ in chunk.items)
        self.running.replies.put(ChildResults("a1", results))

    def map(self, count: int, plan: MapPlan | None = None) -> Iterator[int]:
        params = (Probe(value=i) for i in range(count))
        return (result.index for result in self.fanout.map("probe.echo", params, plan or MapPlan()))

    @property
    def sizes(self) -> list[int]:
        return [len(chunk.items) for chunk in self.sent]


def test_every_child_has_one_outcome() -> None:
    assert sorted(Daemon().map(100)) == list(range(100))
    assert list(Daemon().map(0)) == []


def test_slow_items_travel_alone_and_short_ones_together() -> None:
    slow, short = Daemon(duration_s=0.1), Daemon(duration_s=0.000_01)
    assert len(list(slow.map(100))) == len(list(short.map(3000))) + 100 - 3000
    assert set(slow.sizes) == {1}
    assert short.sizes[0] == 1
    assert max(short.sizes) == CHUNK_ITEMS
    assert sum(short.sizes) == 3000


def test_a_chunk_takes_about_twenty_milliseconds() -> None:
    daemon = Daemon(duration_s=0.002)
    list(daemon.map(1000))
    assert max(daemon.sizes) == 10


def test_each_item_of_a_message_counts_in_the_mean() -> None:
    fanout = Daemon().fanout
    fanout._measure(0.1, 1)
    for _ in range(6):
        fanout._measure(0.001, 10)
    assert fanout._size == 19


def test_a_chunk_is_also_bounded_by_bytes() -> None:
    daemon = Daemon(duration_s=0.000_01)
    params = (Probe(value="x" * (CHUNK_BYTES // 4)) for _ in range(100))
    list(daemon.fanout.map("probe.echo", params, MapPlan()))
    assert max(daemon.sizes) == 4


def test_an_item_that_no_message_holds_is_refused() -> None:
    daemon = Daemon()
    params = (Probe(value="x" * 9_000_000) for _ in range(1))
    with pytest.raises(TooLarge, match="item 0"):
        list(daemon.fanout.map("probe.echo", params, MapPlan()))


@pytest.mark.parametrize(("concurrency", "most"), [(0, WINDOW_CHUNKS), (3, 3)])
def test_inputs_are_taken_only_as_the_window_allows(concurrency: int, most: int) -> None:
    daemon = Daemon()
    daemon.is_slow = True
    taken = itertools.count()
    params = (Probe(value=next(taken)) for _ in range(100_000))
    outcomes = daemon.fanout.map("probe.echo", params, MapPlan(concurrency=concurrency))
    daemon.running.replies.put(ChildResults("a1", ()))
    daemon.running.replies.put(None)
    with pytest.raises(Cancelled):
        next(outcomes)
    assert next(taken) == most == len(daemon.sent)


def test_the_plan_goes_with_each_chunk() -> None:
    daemon = Daemon()
    list(daemon.map(1, MapPlan(timeout_s=5.0, retries=2)))
    (chunk,) = daemon.sent
    assert (chunk.attempt, chunk.kind, chunk.timeout_s, chunk.retries) == (
        "a1",
        "probe.echo",
        5.0,
        2,
    )
    assert codec.decode_as(chunk.items[0][1], Probe) == Probe(value=0)


class Backwards(Daemon):
    """Answers four chunks at a time, the last one first."""

    def take(self, message: FromWorker) -> None:
        self.is_slow = True
        super().take(message)
        if len(self.waiting) == 4:
            while self.waiting:
                self.answer(-1)


def test_in_order_a_late_outcome_holds_back_the_later_ones() -> None:
    assert list(Backwards().map(8)) == [3, 2, 1, 0, 7, 6, 5, 4]
    assert list(Backwards().map(8, MapPlan(ordered=True))) == list(range(8))


def test_done_children_do_not_run_again_and_are_yielded() -> None:
    daemon = Daemon(done=((0, 4), (7, 7)))
    assert sorted(daemon.map(10)) == list(range(10))
    assert sorted(i for chunk in daemon.sent for i, _ in chunk.items) == [5, 6, 8, 9]
    assert daemon.reads == 2


def test_without_replay_only_the_rest_is_yielded() -> None:
    daemon = Daemon(done=((0, 4), (7, 7)))
    assert list(daemon.map(10, MapPlan(ordered=True, replay=False))) == [5, 6, 8, 9]
    assert daemon.reads == 0


def test_replay_in_order_mixes_old_and_new() -> None:
    daemon = Daemon(done=((1, 2), (5, 5)))
    daemon.recorded = [5, 2, 1]
    assert list(daemon.map(7, MapPlan(ordered=True))) == list(range(7))


def test_all_done_means_nothing_is_sent() -> None:
    daemon = Daemon(done=((0, 9),))
    assert sorted(daemon.map(10)) == list(range(10))
    assert daemon.sent == []


def test_what_was_committed_meanwhile_is_not_yielded_twice() -> None:
    daemon = Daemon(done=((0, 1),))
    daemon.recorded = [0, 1, 2, 3]  # 2 and 3 were committed while the page was read
    assert sorted(daemon.map(4)) == [0, 1, 2, 3]


def test_maps_follow_one_another_with_indexes_of_their_own() -> None:
    daemon = Daemon(done=((0, 1), (4, 4)))
    assert sorted(daemon.map(3)) == [0, 1, 2]
    assert sorted(daemon.map(3)) == [3, 4, 5]
    assert sorted(i for chunk in daemon.sent for i, _ in chunk.items) == [2, 3, 5]


def test_a_map_that_does_not_want_replay_leaves_it_to_none() -> None:
    daemon = Daemon(done=((0, 1), (4, 4)))
    assert sorted(daemon.map(3, MapPlan(replay=False))) == [2]
    assert sorted(daemon.map(3)) == [3, 4, 5]


def test_a_map_left_half_way_does_not_disturb_the_next() -> None:
    daemon = Daemon()
    outcomes = daemon.fanout.map("probe.echo", (Probe() for _ in range(50)), MapPlan())
    next(outcomes)
    with pytest.raises(RuntimeError, match="one at a time"):
        next(daemon.fanout.map("probe.echo", iter([Probe()]), MapPlan()))
    outcomes.close()  # type: ignore[attr-defined]  # an iterator that is a generator
    first = daemon.fanout._next_index
    assert sorted(daemon.map(3)) == [first, first + 1, first + 2]


def test_errors_are_outcomes_like_any_other() -> None:
    daemon = Daemon()
    daemon.is_slow = True
    error = ErrorInfo("user_error", "no")
    outcomes = daemon.fanout.map("probe.echo", iter([Probe()]), MapPlan())
    daemon.running.replies.put(ChildResults("a1", (ItemResult(0, error=error),)))
    assert [result.error for result in outcomes] == [error]


def test_values_pass_as_they_are() -> None:
    daemon = Daemon()
    daemon.is_slow = True
    value = msgspec.Raw(codec.encode({"a": 1}))
    daemon.running.replies.put(ChildResults("a1", (ItemResult(0, value=value),)))
    (result,) = daemon.fanout.map("probe.echo", iter([Probe()]), MapPlan())
    assert bytes(result.value) == codec.encode({"a": 1})


def test_a_driver_may_do_something_while_it_waits_and_only_then() -> None:
    daemon = Daemon()
    daemon.is_slow = True
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(len(ticks))
        if len(ticks) == 2:
            daemon.answer()

    assert list(daemon.map(1, MapPlan(tick=tick))) == [0]
    assert ticks == [0, 1]
    daemon.is_slow = False
    assert sorted(daemon.map(3)) == [1, 2, 3]
    assert ticks == [0, 1]

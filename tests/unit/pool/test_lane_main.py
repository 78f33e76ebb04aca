"""A process of the resident lane answers whatever it is asked."""

import threading

import msgspec
import pytest
import zmq

from revo_edge.contract.codec import encode
from revo_edge.contract.events import MemoryKept
from revo_edge.contract.params import Params
from revo_edge.contract.recall import RecallGet, RecallSearch, SearchReply
from revo_edge.contract.workers import Exit, LaneCall
from revo_edge.errors import NotFound
from revo_edge.pool import lane_main
from revo_edge.pool.lane_main import answer


class Small:
    """A resident that knows one search."""

    def call(
        self, method: str, params: Params, key: str | None = None
    ) -> msgspec.Struct | msgspec.Raw:
        assert key is None
        if isinstance(params, RecallGet):
            raise NotFound("No.", after_ms=3, detail={"id": 1})
        assert isinstance(params, RecallSearch)
        if params.query == "bug":
            raise ZeroDivisionError("by nothing")
        if params.query == "raw":
            return msgspec.Raw(b"\x81\xa1a\x01")
        return SearchReply((), 7, 1.5)

    rests = 0

    def rest(self, now: float) -> float | None:
        self.rests += 1
        return None

    def note(self) -> dict[str, float]:
        return {}

    def news(self) -> tuple[MemoryKept, ...]:
        return ()

    def close(self) -> None:
        """Hold nothing."""


def ask(method: str, params: object) -> tuple[object, str, str]:
    reply = answer(Small(), LaneCall(5, method, msgspec.Raw(encode(params))))
    assert reply.call == 5
    if reply.error is None:
        return msgspec.msgpack.decode(reply.result), "", ""
    return None, reply.error.code, reply.error.msg


def test_a_reply_is_encoded_and_one_that_is_encoded_goes_out_as_it_is() -> None:
    found, _, _ = ask("recall.search", {"query": "x"})
    assert isinstance(found, dict)
    assert found["generation"] == 7
    assert ask("recall.search", {"query": "raw"})[0] == {"a": 1}


@pytest.mark.parametrize(
    ("method", "params", "code", "says"),
    [
        ("recall.search", {"query": ""}, "BAD_REQUEST", "$.query"),
        ("recall.search", {"query": "x", "k": 0}, "BAD_REQUEST", "$.k"),
        ("recall.search", {"query": "x", "k": 1_000_000}, "BAD_REQUEST", "$.k"),
        ("recall.search", {"qeury": "x"}, "BAD_REQUEST", "query"),
        ("recall.get", {"ids": ["01ARZ3NDEKTSV4RRFFQ69G5FAV"]}, "NOT_FOUND", "No."),
        ("recall.search", {"query": "bug"}, "INTERNAL", "ZeroDivisionError: by nothing"),
    ],
)
def test_what_is_wrong_is_said_and_ends_nothing(
    method: str, params: object, code: str, says: str
) -> None:
    _, found, text = ask(method, params)
    assert found == code
    assert says in text


def test_the_facts_of_an_error_and_the_trace_of_a_bug_come_along() -> None:
    call = LaneCall(1, "recall.get", msgspec.Raw(encode({"ids": ["01ARZ3NDEKTSV4RRFFQ69G5FAV"]})))
    error = answer(Small(), call).error
    assert error is not None
    assert (error.after_ms, error.detail) == (3, {"id": 1})
    bug = answer(Small(), LaneCall(1, "recall.search", msgspec.Raw(encode({"query": "bug"})))).error
    assert bug is not None
    assert "ZeroDivisionError" in (bug.detail or {})["traceback"]


def test_calls_without_a_pause_do_not_keep_it_from_its_other_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lane_main, "QUIET_S", 60.0)
    monkeypatch.setattr(lane_main, "BUSY_S", 0.05)
    small = Small()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    with context.socket(zmq.PAIR) as daemon, context.socket(zmq.PAIR) as socket:
        daemon.bind("inproc://lane")
        socket.connect("inproc://lane")
        serving = threading.Thread(target=lane_main.LaneProcess(socket).serve, args=(small,))
        serving.start()
        asked = 0
        while not small.rests:
            daemon.send(
                encode(LaneCall(asked, "recall.search", msgspec.Raw(encode({"query": "x"}))))
            )
            asked += 1
            assert daemon.poll(10_000)
            daemon.recv()
        daemon.send(encode(Exit()))
        serving.join(10)
        assert not serving.is_alive()
    context.term()
    assert asked > 1

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import zmq

from revo_edge.contract import codec
from revo_edge.contract.params import Params
from revo_edge.contract.requests import Done, Request
from revo_edge.daemon.asks import Ask, Desk, RecentReplies
from revo_edge.errors import NotFound

Socket = zmq.Socket[bytes]
NOW = 50.0


class Talk:
    """One request and its answers through real sockets, turned by hand."""

    def __init__(self, desk: Desk, router: Socket, dealer: Socket) -> None:
        self.desk, self.router, self.dealer = desk, router, dealer

    def __call__(self, payload: bytes) -> dict[str, Any]:
        self.dealer.send_multipart([b"", payload])
        self.desk.receive(self.router.recv_multipart(), NOW)
        return self.answer()

    def answer(self) -> dict[str, Any]:
        assert self.dealer.poll(2_000)
        empty, reply = self.dealer.recv_multipart()
        assert empty == b""
        decode = msgspec.json.decode if reply[:1] == b"{" else msgspec.msgpack.decode
        found: dict[str, Any] = decode(reply)
        return found


@pytest.fixture
def talk(desk: Callable[[], Desk], pair: tuple[Socket, Socket]) -> Talk:
    return Talk(desk(), *pair)


def request(method: str, **fields: Any) -> bytes:
    return codec.encode({"v": 1, "id": "x", "m": method, "p": {}} | fields)


def test_a_method_answers_at_once_or_later(talk: Talk) -> None:
    kept: list[Ask] = []

    def later(ask: Ask, _params: Params) -> None:
        kept.append(ask)

    talk.desk.methods = {"health": lambda _ask, _params: Done(), "hello": later}
    reply = talk(request("health"))
    assert (reply["ok"], reply["id"], reply["boot"], reply["s"]) == (True, "x", "b00t", 42)
    talk.dealer.send_multipart([b"", request("hello")])
    talk.desk.receive(talk.router.recv_multipart(), NOW)
    assert talk.dealer.poll(0) == 0
    kept[0].ok(Done())
    kept[0].fail(NotFound("too late"))  # exactly one answer
    assert talk.answer()["ok"]
    assert talk.dealer.poll(0) == 0
    assert (talk.desk.requests, talk.desk.errors) == (2, 0)


def test_an_error_is_answered_with_its_code(talk: Talk) -> None:
    def missing(_ask: Ask, _params: Params) -> None:
        raise NotFound("nothing here", after_ms=5, detail={"a": 1})

    talk.desk.methods = {"health": missing}
    error = talk(request("health"))["e"]
    assert error == {"code": "NOT_FOUND", "msg": "nothing here", "after_ms": 5, "detail": {"a": 1}}
    assert talk.desk.errors == 1


def test_a_bug_of_a_method_is_said_to_be_one(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    talk.desk.methods = {"health": lambda _ask, _params: 1 // 0}  # type: ignore[dict-item,return-value]  # the bug
    error = talk(request("health"))["e"]
    assert error["code"] == "INTERNAL"
    assert "ZeroDivisionError" in error["msg"]
    assert "revo daemon logs" in error["msg"]
    assert "Traceback" not in error["msg"]
    assert "ZeroDivisionError" in caplog.text


def test_a_submission_needs_a_key(talk: Talk) -> None:
    spec = {"spec": {"kind": "x"}}
    error = talk(request("task.submit", p=spec))["e"]
    assert (error["code"], "`key`" in error["msg"]) == ("BAD_REQUEST", True)


def test_what_json_cannot_say_is_answered_all_the_same(talk: Talk) -> None:
    odd = msgspec.Raw(codec.encode({"r": {None: 1}}))

    def answer(ask: Ask, _params: Params) -> None:
        ask.ok(odd)

    talk.desk.methods = {"health": answer}
    reply = talk(b'{"v":1,"id":"x","m":"health"}')
    assert (reply["id"], reply["e"]["code"]) == ("x", "BAD_REQUEST")
    assert "msgpack" in reply["e"]["msg"]
    assert talk(request("health"))["r"] == {"r": {None: 1}}


def test_a_peer_that_is_gone_costs_nothing(talk: Talk) -> None:
    talk.desk.methods = {"health": lambda _ask, _params: Done()}
    talk.desk.receive([b"nobody", b"", request("health")], NOW)
    assert talk.desk.requests == 1


def test_a_deadline_counts_from_the_request(talk: Talk) -> None:
    ask = Ask([b"nobody"], Request(id=1, m="task.wait", dl=2_000), False, NOW, talk.desk)
    assert ask.deadline == NOW + 2


def test_recent_replies_forget_the_oldest() -> None:
    recent = RecentReplies(limit=2)
    for key in "abc":
        recent.put(key, "m", "hash", key.encode())
    assert recent.get("a") is None
    assert recent.get("c") == ("m", "hash", b"c")

"""Requests: deadlines, safe retry, restarts and answers that are none."""

import time
from collections.abc import Iterator

import msgspec
import pytest
import zmq

from revo_edge.client.connection import Connection, Context, decode_result
from revo_edge.contract.codec import REQUEST_LIMIT_BYTES, encode
from revo_edge.contract.events import Notice
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.params import Params
from revo_edge.contract.requests import Done, HelloReply, Request
from revo_edge.contract.task_requests import TaskRef
from revo_edge.errors import (
    DaemonUnreachable,
    DeadlineExceeded,
    InternalError,
    NotFound,
    TooLarge,
    UnknownMethod,
)
from revo_edge.paths import Paths
from tests.unit.client.small_daemon import SmallDaemon

NOTHING = msgspec.Raw(b"\x80")


@pytest.fixture
def connection(home: Paths) -> Iterator[Connection]:
    context: Context = zmq.Context()
    yield Connection(home, context)
    context.destroy(linger=0)


def test_a_request_is_answered(home: Paths, connection: Connection) -> None:
    daemon = SmallDaemon(home)
    daemon.heartbeats = False
    daemon.publisher.notice(Notice("info", "x"), 0, 0)
    with daemon:
        reply = decode_result(connection.ask("hello", NOTHING), HelloReply)
        assert reply.boot == daemon.publisher.boot == connection.boot
        assert connection.s == 1


def test_the_error_of_the_reply_is_raised(home: Paths, connection: Connection) -> None:
    with SmallDaemon(home):
        with pytest.raises(NotFound, match="no task x"):
            connection.ask("task.get", msgspec.Raw(encode(TaskRef("x"))))
        with pytest.raises(UnknownMethod, match='Did you mean "hello"'):
            connection.ask("helo", NOTHING)


def test_without_a_daemon_it_is_said_at_once(connection: Connection) -> None:
    began = time.monotonic()
    with pytest.raises(DaemonUnreachable):
        connection.ask("hello", NOTHING)
    assert time.monotonic() - began < 0.5


def test_a_late_answer_is_asked_again_with_the_same_key(
    home: Paths, connection: Connection
) -> None:
    def third_time(_request: Request, _params: Params) -> msgspec.Struct | None:
        return Done() if len(daemon.requests) == 3 else None

    key = new_ulid()
    with SmallDaemon(home) as daemon:
        daemon.answers["task.remove"] = third_time
        params = msgspec.Raw(encode(TaskRef("a")))
        connection.ask("task.remove", params, key=key, deadline_s=0.9)
        assert [request.key for request in daemon.requests] == [key] * 3
        budgets = [request.dl or 0 for request in daemon.requests]
        assert budgets == sorted(budgets, reverse=True)
        assert budgets[0] <= 901


def test_a_silent_daemon_is_a_deadline_after_three_tries(
    home: Paths, connection: Connection
) -> None:
    with SmallDaemon(home) as daemon:
        daemon.answers["health"] = lambda _request, _params: None
        began = time.monotonic()
        with pytest.raises(DeadlineExceeded, match=r"health within 0\.3 s"):
            connection.ask("health", NOTHING, deadline_s=0.3)
        assert 0.25 < time.monotonic() - began < 1.0
        assert daemon.methods_asked() == ["health"] * 3


def test_a_long_poll_is_not_asked_twice(home: Paths, connection: Connection) -> None:
    with SmallDaemon(home) as daemon:
        daemon.answers["health"] = lambda _request, _params: None
        with pytest.raises(DeadlineExceeded):
            connection.ask("health", NOTHING, deadline_s=0.3, wait_s=0.5)
        assert len(daemon.requests) == 2  # at once, and when the wait had passed


def test_a_restarted_daemon_is_found_by_the_next_request(
    home: Paths, connection: Connection
) -> None:
    boots = []
    for _ in range(3):
        with SmallDaemon(home):
            connection.ask("hello", NOTHING)
            boots.append(connection.boot)
    assert len(set(boots)) == 3
    with pytest.raises(DaemonUnreachable):
        connection.ask("hello", NOTHING)


def test_what_is_too_large_is_not_sent(home: Paths, connection: Connection) -> None:
    with SmallDaemon(home) as daemon:
        with pytest.raises(TooLarge, match=r"task\.submit"):
            connection.ask("task.submit", msgspec.Raw(encode(b"x" * REQUEST_LIMIT_BYTES)))
        assert daemon.requests == []


def test_a_result_of_another_shape_is_an_internal_error() -> None:
    with pytest.raises(InternalError, match="cannot be read"):
        decode_result(msgspec.Raw(b"\x01"), HelloReply)

"""hello, health, state.get, events.since: what followers of the stream ask."""

import os
import time
from dataclasses import dataclass, field
from typing import cast

import msgspec

from revo_edge._version import __version__
from revo_edge.contract import codec
from revo_edge.contract import requests as rq
from revo_edge.contract.calls import PUBLIC_CALLS
from revo_edge.contract.params import Params
from revo_edge.contract.requests import METHODS
from revo_edge.core.routing import Publisher
from revo_edge.daemon.asks import PEER_ROLE, Answer, Ask
from revo_edge.daemon.sampler import Sampler
from revo_edge.daemon.waiters import Waiters, wait_until
from revo_edge.paths import Paths

LIMITS = {
    "request_bytes": codec.REQUEST_LIMIT_BYTES,
    "blob_chunk_bytes": codec.BLOB_CHUNK_BYTES,
    "message_bytes": codec.MESSAGE_LIMIT_BYTES,
    "inline_bytes": codec.INLINE_LIMIT_BYTES,
}


@dataclass(slots=True)
class StreamMethods:
    """The methods that say who answers and what the stream has said so far."""

    boot: str
    paths: Paths
    publisher: Publisher
    waiters: Waiters
    sampler: Sampler
    _greeting: msgspec.Raw = field(init=False)

    def __post_init__(self) -> None:
        self._greeting = self._greet()

    def table(self) -> dict[str, Answer]:
        """Return method name -> function."""
        return {
            "hello": self._hello,
            "health": self._health,
            "state.get": self._state,
            "events.since": self._since,
        }

    def _hello(self, ask: Ask, _params: Params) -> None:
        ask.ok(self._greeting)

    def _greet(self) -> msgspec.Raw:
        greeting = rq.HelloReply(
            version=__version__,
            proto=(codec.PROTOCOL_VERSION, codec.PROTOCOL_VERSION),
            minor=codec.PROTOCOL_MINOR,
            boot=self.boot,
            pid=os.getpid(),
            role=PEER_ROLE.value,
            methods=(*METHODS, *PUBLIC_CALLS),
            limits=LIMITS,
        )
        return msgspec.Raw(codec.encode(greeting))

    def _health(self, _ask: Ask, _params: Params) -> msgspec.Struct:
        found = self.sampler.problems()
        return rq.HealthReply(
            status="degraded" if found else "ok",
            pid=os.getpid(),
            version=__version__,
            uptime_s=round(self.sampler.uptime_s(time.monotonic()), 3),
            rss_bytes=self.sampler.rss_bytes,
            home=str(self.paths.home),
            problems=found,
        )

    def _state(self, _ask: Ask, params: Params) -> msgspec.Struct:
        query = cast("rq.StateGet", params)
        reply = self.publisher.cut(time.monotonic(), query)
        if query.history and reply.cursor is None:
            return msgspec.structs.replace(reply, metrics=self.sampler.history())
        return reply

    def _since(self, ask: Ask, params: Params) -> None:
        query = cast("rq.EventsSince", params)

        def attempt(time_is_up: bool) -> bool:  # noqa: FBT001 - the shape of a waiter
            reply = self.publisher.since(query)
            if not (reply.events or reply.too_old or time_is_up or query.wait_ms == 0):
                return False
            ask.ok(reply)
            return True

        self.waiters.add("", wait_until(ask, query.wait_ms), attempt)

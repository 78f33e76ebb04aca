"""Requests on their way to an answer: decoding, access, the deadline and the reply frame."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import zmq

from revo_edge.contract import codec
from revo_edge.contract.calls import PUBLIC_CALLS
from revo_edge.contract.kinds import Role
from revo_edge.contract.params import NOTHING, Params
from revo_edge.contract.requests import METHODS, Reply, Request
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.core import access
from revo_edge.core.health import Latencies
from revo_edge.daemon.sockets import send
from revo_edge.errors import (
    BadRequest,
    InternalError,
    RevoError,
    TooLarge,
    VersionMismatch,
)

log = logging.getLogger(__name__)

PEER_ROLE = Role.ADMIN
"""The socket folder is the user's alone (0700), so whoever reaches it is the owner."""


@dataclass(slots=True)
class Ask:
    """One decoded request; exactly one of `ok` and `fail` is called, now or later."""

    envelope: list[bytes]
    request: Request
    as_json: bool
    began: float
    desk: "Desk"
    answered: bool = False

    @property
    def key(self) -> str | None:
        """The idempotency key."""
        return self.request.key

    @property
    def deadline(self) -> float | None:
        """When the caller stops waiting (monotonic seconds)."""
        return None if self.request.dl is None else self.began + self.request.dl / 1000

    def ok(self, reply: msgspec.Struct | msgspec.Raw) -> None:
        """Answer with the method's reply."""
        raw = reply if isinstance(reply, msgspec.Raw) else msgspec.Raw(codec.encode(reply))
        self.desk.send(self, raw, None)

    def fail(self, error: BaseException) -> None:
        """Answer with an error; anything but a RevoError is a bug and goes to the log."""
        if not isinstance(error, RevoError):
            log.error("%s failed", self.request.m, exc_info=error)
            error = InternalError(
                f"{self.request.m} failed inside the daemon ({type(error).__name__}). "
                "`revo daemon logs` has the traceback."
            )
        self.desk.send(self, None, error_info(error))


def error_info(error: RevoError) -> ErrorInfo:
    """Return the error as it goes on the wire."""
    return ErrorInfo(error.code, error.msg, error.retryable, error.after_ms, error.detail)


Answer = Callable[[Ask, Params], msgspec.Struct | None]
"""A method: returns the reply, or None when it answers later through the Ask."""


@dataclass(slots=True)
class Desk:
    """Takes requests from the control socket and sends each exactly one answer."""

    socket: zmq.Socket[bytes]
    boot: str
    stream_s: Callable[[], int]
    methods: dict[str, Answer] = field(default_factory=dict)
    forward: Callable[[Ask], None] = lambda ask: None
    """Takes the calls of the resident lane."""
    latencies: Latencies = field(default_factory=Latencies)
    requests: int = 0
    errors: int = 0
    drops: int = 0

    def receive(self, frames: list[bytes], now: float) -> None:
        """Deal with one message of the control socket."""
        self.requests += 1
        envelope, payload = frames[:-1], frames[-1]
        as_json = codec.is_json(payload)
        ask = Ask(envelope, _UNDECODED, as_json, now, self)
        try:
            if len(payload) > codec.REQUEST_LIMIT_BYTES:
                raise TooLarge(  # noqa: TRY301 - the border around one request is here
                    f"A request of {len(payload)} bytes is over the limit of "
                    f"{codec.REQUEST_LIMIT_BYTES}. Send large params as blob.put chunks."
                )
            ask.request = codec.decode_request(payload)
            self._serve(ask)
        except Exception as error:  # noqa: BLE001 - border: one bad request never stops the loop
            ask.fail(error)

    def _serve(self, ask: Ask) -> None:
        request = ask.request
        if request.v != codec.PROTOCOL_VERSION:
            raise VersionMismatch(
                f"This daemon speaks revo/{codec.PROTOCOL_VERSION}, the request is revo/{request.v}. "
                "Restart the daemon with `revo restart`, or update the client."
            )
        if request.m in PUBLIC_CALLS:
            access.check(request.m, PEER_ROLE)
            self.forward(ask)
            return
        params = codec.decode_params(request)
        access.check(request.m, PEER_ROLE)
        if METHODS[request.m].mutates and request.m in NEEDS_KEY and request.key is None:
            raise BadRequest(f"{request.m} needs a `key`: a ULID that becomes the task's id.")
        reply = self.methods[request.m](ask, params)
        if reply is not None:
            ask.ok(reply)

    def send(self, ask: Ask, result: msgspec.Raw | None, error: ErrorInfo | None) -> None:
        """Send the one answer; a caller that is gone or does not read costs a count."""
        if ask.answered:
            return
        ask.answered = True
        now = time.monotonic()
        self.latencies.add((now - ask.began) * 1000, now)
        self.errors += error is not None
        request_id = None if ask.request is _UNDECODED else ask.request.id
        reply = Reply(
            codec.PROTOCOL_VERSION,
            request_id,
            error is None,
            self.boot,
            self.stream_s(),
            NOTHING if result is None else result,
            error,
        )
        try:
            payload = _encoded(reply, as_json=ask.as_json)
            send(self.socket, [*ask.envelope, payload])
        except zmq.ZMQError:
            self.drops += 1


def _encoded(reply: Reply, *, as_json: bool) -> bytes:
    """Encode the reply, or else an error that can be encoded: JSON cannot say everything."""
    try:
        return codec.encode_reply(reply, as_json=as_json)
    except (TypeError, OverflowError, RecursionError) as why:
        error = BadRequest(f"The answer cannot be said in JSON: {why}. Ask for it in msgpack.")
        known = None if isinstance(why, OverflowError) else reply.id  # an id beyond 64 bits
        failed = Reply(reply.v, known, False, reply.boot, reply.s, e=error_info(error))
        return codec.encode_reply(failed, as_json=as_json)


NEEDS_KEY = frozenset({"task.submit", "task.batch"})
_UNDECODED = Request(id=0, m="")


class RecentReplies:
    """Replies of mutating methods by key: the same key gets the same reply, run once."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._replies: OrderedDict[str, tuple[str, str, bytes]] = OrderedDict()

    def put(self, key: str, method: str, params_hash: str, reply: bytes) -> None:
        """Remember a committed reply."""
        self._replies[key] = (method, params_hash, reply)
        while len(self._replies) > self._limit:
            self._replies.popitem(last=False)

    def get(self, key: str) -> tuple[str, str, bytes] | None:
        """Return (method, params hash, reply) of the key."""
        return self._replies.get(key)

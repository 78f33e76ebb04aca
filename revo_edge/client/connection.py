"""The control connection: one request at a time, with a deadline and safe retry."""

import time
from typing import Any

import msgspec
import zmq

from revo_edge.client.endpoint import read_endpoint, require_endpoint
from revo_edge.contract.codec import (
    MESSAGE_LIMIT_BYTES,
    PROTOCOL_VERSION,
    REQUEST_LIMIT_BYTES,
    decode_reply,
    encode,
)
from revo_edge.contract.endpoint import Endpoint
from revo_edge.contract.requests import Reply, Request
from revo_edge.errors import DeadlineExceeded, InternalError, TooLarge, by_code
from revo_edge.paths import Paths
from revo_edge.procfs import is_alive

TRIES = 3
"""A request is sent again in a third and two thirds of its deadline; its key makes that safe."""
_LOOK_MS = 250
"""While waiting, so often look whether the same daemon still runs."""

Socket = zmq.Socket[bytes]
Context = zmq.Context[Socket]


class Connection:
    """Asks the daemon of one REVO_HOME; finds it anew after each restart.

    Belongs to one thread. `boot` and `s` are those of the last reply.
    """

    def __init__(self, paths: Paths, context: Context) -> None:
        self._paths = paths
        self._context = context
        self._socket: Socket | None = None
        self._endpoint: Endpoint | None = None
        self._sent = 0
        self.boot = ""
        self.s = 0

    def ask(
        self,
        method: str,
        params: msgspec.Raw,
        *,
        key: str | None = None,
        deadline_s: float = 10.0,
        wait_s: float = 0.0,
    ) -> msgspec.Raw:
        """Return the result of a request.

        `wait_s` is how long the daemon was asked to hold the answer back; it comes on top of the
        deadline. Raises the error of the reply's code, TooLarge before sending, DeadlineExceeded,
        DaemonUnreachable when there is no daemon (any more).
        """
        end = time.monotonic() + deadline_s + wait_s
        self._sent += 1
        for _ in range(TRIES):
            left_s = end - time.monotonic()
            if left_s <= 0:
                break
            request = Request(
                id=self._sent,
                m=method,
                v=PROTOCOL_VERSION,
                p=params,
                dl=min(3_600_000, int(left_s * 1000) + 1),
                key=key,
            )
            socket = self._send(method, encode(request))
            reply = self._receive(socket, min(left_s, deadline_s / TRIES + wait_s))
            if reply is not None:
                return self._open(reply)
            self.close()
        raise DeadlineExceeded(
            f"The daemon did not answer {method} within {deadline_s:g} s. "
            "`revo health` tells whether it is busy."
        )

    def close(self) -> None:
        """Close the socket; the next request opens a fresh one."""
        if self._socket is not None:
            self._socket.close(linger=0)
            self._socket = None

    def _send(self, method: str, payload: bytes) -> Socket:
        if len(payload) > REQUEST_LIMIT_BYTES:
            raise TooLarge(
                f"The request {method} has {len(payload)} bytes; the limit is "
                f"{REQUEST_LIMIT_BYTES}. Send less at once."
            )
        at = self._endpoint
        if at is not None and not is_alive(at.pid, at.start_ticks):
            self.close()
        if self._socket is None:
            self._endpoint = require_endpoint(self._paths)
            self._socket = self._open_socket(self._endpoint.control)
        self._socket.send(payload)
        return self._socket

    def _open_socket(self, address: str) -> Socket:
        socket: Socket = self._context.socket(zmq.DEALER)
        socket.linger = 0
        socket.maxmsgsize = MESSAGE_LIMIT_BYTES
        socket.heartbeat_ivl = 1000
        socket.heartbeat_timeout = 2000
        socket.connect(address)
        return socket

    def _receive(self, socket: Socket, timeout_s: float) -> Reply | None:
        """Return the reply to the last request; None after the timeout or a daemon's death."""
        end = time.monotonic() + timeout_s
        while (left_s := end - time.monotonic()) > 0:
            socket.rcvtimeo = min(_LOOK_MS, int(left_s * 1000) + 1)
            try:
                reply = _decode(socket.recv_multipart()[-1])
            except zmq.Again:
                if read_endpoint(self._paths) != self._endpoint:
                    return None
                continue
            if reply.id in (self._sent, None):  # None: the daemon could not read the request
                return reply
        return None

    def _open(self, reply: Reply) -> msgspec.Raw:
        self.boot, self.s = reply.boot, reply.s
        if reply.e is not None:
            raise by_code(reply.e.code)(
                reply.e.msg, after_ms=reply.e.after_ms, detail=reply.e.detail
            )
        return reply.r


def _decode(payload: bytes) -> Reply:
    try:
        return decode_reply(payload)
    except msgspec.MsgspecError as error:
        raise InternalError(f"The daemon's answer cannot be read: {error}.") from None


def decode_result(raw: msgspec.Raw, kind: Any) -> Any:
    """Decode a result into `kind`, tolerating new fields; raise InternalError."""
    try:
        return msgspec.msgpack.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InternalError(f"The daemon's answer cannot be read: {error}.") from None

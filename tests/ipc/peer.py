"""A bare peer on the control socket: what a script has that knows only zmq and msgpack."""

import json
from types import TracebackType
from typing import Any, Self

import msgpack
import zmq

ANSWER_MS = 8_000


class Peer:
    """One socket of its own context; `kind` is DEALER or REQ."""

    def __init__(self, address: str, kind: int = zmq.DEALER) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.socket = self._context.socket(kind)
        self.socket.linger = 0
        self.socket.connect(address)
        self._sent = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._context.destroy(linger=0)

    def send(self, *frames: bytes) -> None:
        """Send the frames as they are."""
        self.socket.send_multipart(frames)

    def receive(self, wait_ms: int = ANSWER_MS) -> list[bytes]:
        """Return the frames of one answer; fail when none comes."""
        assert self.socket.poll(wait_ms), f"no answer within {wait_ms} ms"
        return self.socket.recv_multipart()

    def reply(self) -> dict[str, Any]:
        """Return the last frame of one answer, decoded."""
        return decoded(self.receive()[-1])

    def post(self, method: str, params: Any = None, **fields: Any) -> int:
        """Send a msgpack request and return its id; `fields` go into the envelope."""
        self._sent += 1
        request = {"v": 1, "id": self._sent, "m": method, "p": params or {}} | fields
        self.send(msgpack.packb(request))
        return self._sent

    def ask(self, method: str, params: Any = None, **fields: Any) -> dict[str, Any]:
        """Send a msgpack request and return the reply."""
        self.post(method, params, **fields)
        return self.reply()

    def ask_json(self, method: str, params: Any = None, **fields: Any) -> dict[str, Any]:
        """Send a JSON request and return the reply, which must be JSON too."""
        request = {"v": 1, "id": "j", "m": method, "p": params or {}} | fields
        self.send(json.dumps(request).encode())
        answer = self.receive()[-1]
        assert answer[:1] == b"{"
        return decoded(answer)

    def refused(self, method: str, params: Any = None, **fields: Any) -> tuple[str, str]:
        """Return the code and the sentence of an error."""
        reply = self.ask(method, params, **fields)
        assert not reply["ok"], reply
        return reply["e"]["code"], reply["e"]["msg"]


def decoded(payload: bytes) -> dict[str, Any]:
    """Decode a reply in either encoding."""
    found: dict[str, Any] = (
        json.loads(payload)
        if payload[:1] == b"{"
        else msgpack.unpackb(payload, strict_map_key=False)
    )
    return found

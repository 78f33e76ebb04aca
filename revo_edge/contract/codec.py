"""Frames: how Structs become bytes, and what is said when they do not.

A payload that starts with `{` is JSON and is answered in JSON; everything else is msgpack.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from revo_edge.contract.events import Event
from revo_edge.contract.params import Params
from revo_edge.contract.requests import METHODS, Reply, Request
from revo_edge.contract.workers import FromWorker, ToWorker
from revo_edge.errors import BadRequest, UnknownMethod, did_you_mean

PROTOCOL_VERSION = 1
PROTOCOL_MINOR = 4

REQUEST_LIMIT_BYTES = 256 * 1024
"""A larger request frame is answered TOO_LARGE undecoded (decoding 1 MiB blocks the loop 6 ms)."""
INLINE_LIMIT_BYTES = 256 * 1024
"""Larger params and results are spool files."""
BLOB_CHUNK_BYTES = 192 * 1024
MESSAGE_LIMIT_BYTES = 16 * 1024 * 1024
"""libzmq's MAXMSGSIZE; a client checks it before sending, since libzmq just disconnects."""

UNDECODABLE = (
    msgspec.MsgspecError,
    UnicodeDecodeError,
    RecursionError,
    OverflowError,  # a JSON number beyond 64 bits
    TypeError,  # a map as the key of a map
)
"""What decoding somebody else's bytes may raise."""

T = TypeVar("T")

encode = msgspec.msgpack.Encoder().encode
encode_json = msgspec.json.Encoder().encode
_request_msgpack = msgspec.msgpack.Decoder(Request)
_from_worker: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(FromWorker)
_to_worker: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
_event = msgspec.msgpack.Decoder(Event)
_reply = msgspec.msgpack.Decoder(Reply)


class _JsonRequest(Request, frozen=True, forbid_unknown_fields=True):
    p: Any = {}


_request_json = msgspec.json.Decoder(_JsonRequest)


def is_json(payload: bytes) -> bool:
    """Tell whether a request payload is JSON."""
    return payload[:1] == b"{"


def decode_request(payload: bytes) -> Request:
    """Decode a request in either encoding; raise BadRequest with the field's path."""
    try:
        if not is_json(payload):
            return _request_msgpack.decode(payload)
        request = _request_json.decode(payload)
        return msgspec.structs.replace(request, p=msgspec.Raw(encode(request.p)))
    except UNDECODABLE as error:
        raise BadRequest(
            f"Not a revo/1 request: {error}. Send one msgpack (or JSON) map "
            "{v, id, m, p} in the last frame."
        ) from None


def decode_params(request: Request) -> Params:
    """Decode the params of a known method strictly; raise BadRequest or UnknownMethod."""
    method = METHODS.get(request.m)
    if method is None:
        from revo_edge.contract.calls import PUBLIC_CALLS  # noqa: PLC0415 - `revo status` has no use

        hint = did_you_mean(request.m, [*METHODS, *PUBLIC_CALLS])
        raise UnknownMethod(f'There is no method "{request.m}".{hint} `hello` lists them all.')
    return decode_as(request.p, method.params)


def decode_as(raw: bytes | msgspec.Raw, kind: type[T]) -> T:
    """Decode msgpack into a Struct; raise BadRequest that names field, path and nearest name."""
    try:
        return msgspec.msgpack.decode(raw, type=kind, strict=False)
    except UNDECODABLE as error:
        raise BadRequest(f"{error}.{_suggest(str(error), kind)}") from None


def convert(value: object, kind: type[T]) -> T:
    """Fit plain values into a Struct; raise BadRequest that names field, path and nearest name."""
    try:
        return msgspec.convert(value, kind)
    except UNDECODABLE as error:
        raise BadRequest(f"{error}.{_suggest(str(error), kind)}") from None


def _suggest(text: str, kind: type[Any]) -> str:
    if "unknown field" not in text:
        return ""
    word = text.split("`")[1]
    return did_you_mean(word, _field_names(kind))


def _field_names(kind: type[Any], depth: int = 2) -> list[str]:
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return []
    fields = msgspec.structs.fields(kind)
    names = [field.encode_name for field in fields]
    inner = [_field_names(field.type, depth - 1) for field in fields] if depth else []
    return names + [name for found in inner for name in found]


def decode_reply(payload: bytes) -> Reply:
    """Decode a msgpack reply, tolerating new fields; raise msgspec.MsgspecError."""
    return _reply.decode(payload)


def decode_event(payload: bytes) -> Event:
    """Decode the second frame of a stream message; raise msgspec.MsgspecError."""
    return _event.decode(payload)


def decode_from_worker(payload: bytes) -> FromWorker:
    """Decode a message of a worker; raise msgspec.MsgspecError."""
    return _from_worker.decode(payload)


def decode_to_worker(payload: bytes) -> ToWorker:
    """Decode a message to a worker; raise msgspec.MsgspecError."""
    return _to_worker.decode(payload)


def encode_reply(reply: Reply, *, as_json: bool) -> bytes:
    """Encode a reply in the encoding of its request; bytes become base64 in JSON."""
    if not as_json:
        return encode(reply)
    return encode_json(msgspec.msgpack.decode(encode(reply)))


def topic(*levels: str) -> str:
    """Join levels into a topic; each level ends with a dot."""
    return "".join(f"{level}." for level in levels)


def matches(topic_name: str, prefixes: Sequence[str]) -> bool:
    """Tell whether a topic starts with one of the prefixes, as a SUB socket would."""
    return any(topic_name.startswith(prefix) for prefix in prefixes)

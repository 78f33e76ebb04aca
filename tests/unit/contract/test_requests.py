"""The wire keeps its promises: golden bytes of each released protocol, and strictness."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from revo_edge.contract import codec
from revo_edge.contract.calls import PUBLIC_CALLS
from revo_edge.contract.requests import METHODS, Reply, Request
from revo_edge.errors import BadRequest
from tests.golden import files, samples

NOW = {name: (struct, data) for name, struct, data in samples.messages()}
GOLDEN = [
    pytest.param(file, name, data, id=f"{file.stem}:{name}")
    for file in files.FILES
    for name, data in files.read(file).items()
]


def holds(new: Any, old: Any) -> bool:
    """Tell whether `new` has everything that `old` has; more fields in a map are fine."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(holds(new.get(key), old[key]) for key in old)
    if isinstance(old, list):
        return len(new) == len(old) and all(map(holds, new, old))
    return bool(new == old)


@pytest.mark.parametrize(("file", "name", "data"), GOLDEN)
def test_a_message_of_a_released_protocol_keeps_every_name_and_value(
    file: Path, name: str, data: bytes
) -> None:
    struct, _ = NOW[name]
    again = codec.encode(msgspec.msgpack.decode(data, type=struct))
    assert holds(msgspec.msgpack.decode(again), msgspec.msgpack.decode(data)), file


def test_every_message_of_this_protocol_has_golden_bytes() -> None:
    golden = files.read(files.current_file())
    assert golden == {name: data for name, (_, data) in NOW.items()}, (
        "the protocol changed: after a release raise PROTOCOL_MINOR, then python -m tests.golden"
    )


@pytest.mark.parametrize("name", METHODS)
def test_params_reject_a_field_that_they_do_not_know(name: str) -> None:
    request = Request(id=1, m=name, p=msgspec.Raw(codec.encode({"no_such_field": 1})))
    with pytest.raises(BadRequest, match="no_such_field"):
        codec.decode_params(request)


@pytest.mark.parametrize("name", METHODS)
def test_replies_accept_a_field_that_they_do_not_know(name: str) -> None:
    plain = msgspec.msgpack.decode(NOW[f"reply/{name}"][1])
    newer = codec.encode({**plain, "a_field_of_tomorrow": 1})
    msgspec.msgpack.decode(newer, type=METHODS[name].reply)


def test_an_ok_reply_carries_its_result() -> None:
    sent = Reply(1, "a", ok=True, boot="b", s=3, r=msgspec.Raw(codec.encode({"x": 1})))
    reply = codec.decode_reply(codec.encode_reply(sent, as_json=False))
    assert reply.r is not None
    assert msgspec.msgpack.decode(reply.r) == {"x": 1}


def test_a_key_must_be_a_ulid() -> None:
    with pytest.raises(BadRequest, match=r"\$\.key"):
        codec.decode_request(codec.encode({"id": 1, "m": "hello", "key": "mine"}))


def test_resident_methods_are_not_among_the_served_ones() -> None:
    assert not METHODS.keys() & PUBLIC_CALLS.keys()

"""Messages between daemon and workers: every one survives the way, in both directions."""

import typing
from typing import Any

import msgspec
import pytest

from revo_edge.contract import codec
from revo_edge.contract.workers import FromWorker, ToWorker, WorkerInfo, WorkerState
from tests.golden.samples import sample

TO = typing.get_args(ToWorker)
FROM = typing.get_args(FromWorker)


def tagged(struct: type[msgspec.Struct]) -> Any:
    plain = msgspec.msgpack.decode(sample(struct))
    return {"type": struct.__struct_config__.tag, **plain}


@pytest.mark.parametrize("struct", TO)
def test_a_message_to_a_worker_survives(struct: type[msgspec.Struct]) -> None:
    message = codec.decode_to_worker(codec.encode(tagged(struct)))
    assert isinstance(message, struct)
    assert msgspec.msgpack.decode(codec.encode(message)) == tagged(struct)


@pytest.mark.parametrize("struct", FROM)
def test_a_message_from_a_worker_survives(struct: type[msgspec.Struct]) -> None:
    message = codec.decode_from_worker(codec.encode(tagged(struct)))
    assert isinstance(message, struct)
    assert msgspec.msgpack.decode(codec.encode(message)) == tagged(struct)


def test_no_two_messages_share_a_tag() -> None:
    assert len({struct.__struct_config__.tag for struct in TO + FROM}) == len(TO + FROM)


def test_a_worker_state_of_a_newer_daemon_is_unknown() -> None:
    newer = codec.encode({"id": "w1", "lane": "orbit", "state": "asleep"})
    assert msgspec.msgpack.decode(newer, type=WorkerInfo).state is WorkerState.UNKNOWN

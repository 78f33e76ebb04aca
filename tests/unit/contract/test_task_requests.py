"""What is asked about tasks has bounds, and a raw value that is left out stays out."""

import msgspec
import pytest

from revo_edge.contract import codec
from revo_edge.contract.task_requests import (
    ResultReply,
    Spot,
    TaskBatch,
    TaskList,
    TaskMove,
    TaskPriority,
    TaskWait,
)


@pytest.mark.parametrize(
    ("struct", "given"),
    [
        (TaskBatch, {"specs": []}),
        (TaskList, {"limit": 0}),
        (TaskList, {"limit": 1001}),
        (TaskList, {"group": "no group"}),
        (TaskWait, {"ids": ["a"], "wait_ms": 60_001}),
        (TaskPriority, {"id": "a", "priority": 101}),
    ],
)
def test_what_is_out_of_bounds_is_refused(
    struct: type[msgspec.Struct], given: dict[str, object]
) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(codec.encode(given), type=struct)


def test_a_result_without_a_value_says_nothing_of_one() -> None:
    sent = msgspec.msgpack.decode(codec.encode(ResultReply(total_bytes=3, data=b"abc")))
    assert sent == {"total_bytes": 3, "data": b"abc"}


def test_a_place_of_tomorrow_is_unknown_and_no_broken_message() -> None:
    sent = codec.encode({"id": "a", "to": "aside"})
    assert msgspec.msgpack.decode(sent, type=TaskMove).to is Spot.UNKNOWN

"""Tasks on the wire: bounds of a spec, and states of a newer daemon."""

import msgspec
import pytest

from revo_edge.contract import codec
from revo_edge.contract.tasks import ErrorInfo, ItemResult, TaskInfo, TaskSpec, TaskState, Why


@pytest.mark.parametrize(
    "wrong",
    [
        {"priority": 101},
        {"timeout_s": 0},
        {"retries": -1},
        {"queue": ""},
        {"title": "x" * 201},
        {"params": []},
        {"unknown": 1},
    ],
)
def test_a_spec_out_of_bounds_is_rejected(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "probe.echo", **wrong}, TaskSpec)


def test_a_state_of_a_newer_daemon_decodes_to_unknown() -> None:
    newer = codec.encode({"id": "a", "kind": "k", "state": "dreaming", "why": "moon", "x": 1})
    info = msgspec.msgpack.decode(newer, type=TaskInfo)
    assert (info.state, info.why) == (TaskState.UNKNOWN, Why.UNKNOWN)


def test_exactly_three_states_are_final() -> None:
    assert {state.value for state in TaskState if state.final} == {
        "succeeded",
        "failed",
        "cancelled",
    }


def test_a_default_costs_no_bytes() -> None:
    small = msgspec.msgpack.decode(codec.encode(TaskInfo("a", "k", TaskState.QUEUED)))
    assert small == {"id": "a", "kind": "k", "state": "queued"}


def test_an_item_has_a_value_of_any_kind_or_an_error() -> None:
    value = ItemResult(3, value=msgspec.Raw(codec.encode([1, None])))
    error = ItemResult(4, error=ErrorInfo("timeout", "too long"))
    again = msgspec.msgpack.decode(codec.encode((value, error)), type=tuple[ItemResult, ...])
    assert msgspec.msgpack.decode(again[0].value) == [1, None]
    assert again[1].error == error.error

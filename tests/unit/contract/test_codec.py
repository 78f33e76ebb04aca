"""Frames in both encodings, what is said about a bad one, and topics."""

import contextlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract import codec
from revo_edge.contract.requests import Reply, Request
from revo_edge.contract.task_requests import TaskSubmit
from revo_edge.contract.tasks import ErrorInfo, TaskSpec
from revo_edge.contract.workers import Ready
from revo_edge.errors import BadRequest, UnknownMethod


def submit(spec: dict[str, object]) -> Request:
    return Request(id=1, m="task.submit", p=msgspec.Raw(codec.encode({"spec": spec})))


def test_json_and_msgpack_requests_mean_the_same() -> None:
    plain = {"v": 1, "id": "a", "m": "task.get", "p": {"id": "x"}}
    from_json = codec.decode_request(json.dumps(plain).encode())
    from_msgpack = codec.decode_request(codec.encode(plain))
    assert codec.decode_params(from_json) == codec.decode_params(from_msgpack)
    assert (from_json.id, from_json.m) == (from_msgpack.id, from_msgpack.m)


@given(st.binary(max_size=64))
def test_any_bytes_are_a_request_or_a_bad_request(payload: bytes) -> None:
    with contextlib.suppress(BadRequest):
        codec.decode_request(payload)


def test_deep_nesting_is_a_bad_request() -> None:
    with pytest.raises(BadRequest):
        codec.decode_request(b'{"id":1,"m":"hello","p":' + b"[" * 100_000)


def test_an_unknown_method_names_the_nearest() -> None:
    with pytest.raises(UnknownMethod, match=r'Did you mean "task\.submit"'):
        codec.decode_params(Request(id=1, m="task.submitt"))


def test_an_unknown_field_is_named_with_its_path_and_the_nearest() -> None:
    with pytest.raises(BadRequest, match=r'`prioritty` - at `\$\.spec`.*Did you mean "priority"'):
        codec.decode_params(submit({"kind": "probe.echo", "prioritty": 1}))


def test_a_bad_value_is_named_with_its_path() -> None:
    with pytest.raises(BadRequest, match=r"\$\.spec\.priority"):
        codec.decode_params(submit({"kind": "probe.echo", "priority": 1000}))


def test_plain_values_become_structs() -> None:
    made = codec.convert({"spec": {"kind": "probe.echo"}}, TaskSubmit)
    assert made == TaskSubmit(TaskSpec("probe.echo"))
    with pytest.raises(BadRequest, match="Did you mean"):
        codec.convert({"spec": {"kid": "probe.echo"}}, TaskSubmit)


def test_a_json_reply_has_bytes_as_base64() -> None:
    reply = Reply(
        1, "a", ok=True, boot="b", s=1, r=msgspec.Raw(codec.encode({"data": b"\x00\x01"}))
    )
    assert json.loads(codec.encode_reply(reply, as_json=True))["r"] == {"data": "AAE="}


def test_an_error_reply_says_what_and_when_to_retry() -> None:
    error = ErrorInfo("QUEUE_FULL", "full", retry=True, after_ms=500)
    reply = Reply(1, None, ok=False, boot="b", s=1, e=error)
    assert codec.decode_reply(codec.encode_reply(reply, as_json=False)).e == error
    assert json.loads(codec.encode_reply(reply, as_json=True)) == {
        "v": 1,
        "id": None,
        "ok": False,
        "boot": "b",
        "s": 1,
        "e": {"code": "QUEUE_FULL", "msg": "full", "retry": True, "after_ms": 500},
    }


def test_workers_and_daemon_know_each_others_messages_by_tag() -> None:
    ready = Ready(pid=1, start_ticks=2)
    assert codec.decode_from_worker(codec.encode(ready)) == ready
    with pytest.raises(msgspec.MsgspecError):
        codec.decode_to_worker(codec.encode(ready))


def test_a_topic_does_not_match_a_longer_neighbour() -> None:
    assert codec.topic("task", "1") == "task.1."
    assert codec.matches("task.1.", ["task."])
    assert not codec.matches("task.12.", ["task.1."])
    assert codec.matches("metric.host.", [""])

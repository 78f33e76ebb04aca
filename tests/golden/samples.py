"""One filled sample of every public message, made from the Structs themselves.

`messages()` is what a protocol version puts on the wire: each field of each message has a value
that is not its default, so that a golden file made of it shows every name and type.
"""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import inspect

from revo_edge.contract import alerts, codec, events, metrics, tasks, workers
from revo_edge.contract.calls import PUBLIC_CALLS
from revo_edge.contract.endpoint import Endpoint
from revo_edge.contract.requests import METHODS, Reply, Request

EVENTS: dict[str, Any] = {
    events.TASK: tasks.TaskInfo,
    events.PROGRESS: events.TaskProgress,
    events.REMOVED: events.TaskRemoved,
    events.WORKER: workers.WorkerInfo,
    events.ENGINE: events.EngineInfo,
    events.QUEUE: events.QueueInfo,
    events.SCALING: events.Scaling,
    events.SCALING_EFFECT: events.ScalingEffect,
    events.CONTEXT_STORED: events.MemoryUse,
    events.CONTEXT_RETRIEVED: events.MemoryUse,
    events.MEMORY_OPTIMIZED: events.MemoryKept,
    f"{events.METRIC}.engine": metrics.EngineSample,
    f"{events.METRIC}.host": metrics.HostSample,
    f"{events.METRIC}.self": metrics.SelfSample,
    events.LOG: events.LogGrown,
    events.HELLO: events.Hello,
    events.HEARTBEAT: events.Heartbeat,
    events.NOTICE: events.Notice,
    events.ALERT_RAISED: alerts.Alert,
    events.ALERT_CLEARED: alerts.Alert,
}
"""The Struct in `d` of each kind of event (`metric` has three sources)."""

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
_TEXTS = {"^[0-9A-HJKMNP-TV-Z]{26}$": ULID, "^[0-9a-f]{64}$": "0123456789abcdef" * 4}


def messages() -> Iterator[tuple[str, type[Any], bytes]]:
    """Yield (name, Struct, bytes) of every message that leaves or enters the daemon."""
    yield "envelope/request", Request, sample(Request)
    yield "envelope/reply", Reply, sample(Reply)
    yield "envelope/event", events.Event, sample(events.Event)
    yield "file/endpoint", Endpoint, sample(Endpoint)
    for name, method in METHODS.items():
        yield f"request/{name}", method.params, sample(method.params)
        yield f"reply/{name}", method.reply, sample(method.reply)
    for name, call in PUBLIC_CALLS.items():
        yield f"request/{name}", call.params, sample(call.params)
        yield f"reply/{name}", call.reply, sample(call.reply)
    for name, struct in EVENTS.items():
        yield f"event/{name}", struct, sample(struct)


def sample(struct: type[Any]) -> bytes:
    """Return msgpack of the Struct with a value in every field."""
    return codec.encode(_value(inspect.type_info(struct)))


def _value(kind: inspect.Type) -> Any:
    return _SAMPLES[type(kind)](kind)


def _field(field: inspect.Field) -> Any:
    if isinstance(field.type, inspect.BoolType):
        return field.default is not True
    if isinstance(field.type, inspect.LiteralType):
        return next(value for value in field.type.values if value != field.default)
    return _value(field.type)


_SAMPLES: dict[type[inspect.Type], Callable[[Any], Any]] = {
    inspect.StructType: lambda kind: {f.encode_name: _field(f) for f in kind.fields},
    inspect.Metadata: lambda kind: _value(kind.type),
    inspect.UnionType: lambda kind: _value(
        next(one for one in kind.types if not isinstance(one, inspect.NoneType))
    ),
    inspect.VarTupleType: lambda kind: [_value(kind.item_type)],
    inspect.ListType: lambda kind: [_value(kind.item_type)],
    inspect.TupleType: lambda kind: [_value(one) for one in kind.item_types],
    inspect.DictType: lambda kind: {_value(kind.key_type): _value(kind.value_type)},
    inspect.StrType: lambda kind: _TEXTS.get(kind.pattern, "text"),
    inspect.IntType: lambda kind: max(7, kind.ge or 0),
    inspect.FloatType: lambda kind: 1.5 if kind.le is None else kind.le / 4,
    inspect.BoolType: lambda _: True,
    inspect.BytesType: lambda _: b"bytes",
    inspect.LiteralType: lambda kind: kind.values[-1],
    inspect.EnumType: lambda kind: list(kind.cls)[-2].value,  # the last one is UNKNOWN
    inspect.RawType: lambda _: {"raw": 1},
    inspect.AnyType: lambda _: "any",
}

"""A JSON Schema for what each command prints with --json; nothing may be missing or unknown."""

from typing import Any

import msgspec

from revo_edge.cli.verdict import Check
from revo_edge.contract import recall
from revo_edge.contract.alerts import Alert, AlertListReply
from revo_edge.contract.events import EngineInfo, QueueInfo
from revo_edge.contract.history import MetricHistoryReply
from revo_edge.contract.metrics import EngineSample, HostSample, SelfSample
from revo_edge.contract.requests import EngineListReply, HealthReply, WorkerListReply
from revo_edge.contract.tasks import ErrorInfo, Outlook, Story, TaskInfo, TaskSpec
from revo_edge.contract.workers import WorkerInfo

Schema = dict[str, Any]


def of(kind: Any) -> Schema:
    """Return the schema of a Struct as it is printed: every field is there, no other one is."""
    schema = msgspec.json.schema(kind)
    for found in schema.get("$defs", {}).values():
        if found.get("type") == "object" and "properties" in found:
            found["required"] = list(found["properties"])
            found["additionalProperties"] = False
    return schema


def shape(**properties: Schema) -> Schema:
    """Return the schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


ANY: Schema = {}
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}

ERROR = shape(
    error=shape(
        code=TEXT,
        msg=TEXT,
        retry=FLAG,
        after_ms={"type": ["integer", "null"]},
        detail={"type": ["object", "null"]},
    )
)


class Latest(msgspec.Struct):
    """The newest samples in it."""

    engines: dict[str, EngineSample]
    host: HostSample | None
    self_: SelfSample | None = msgspec.field(name="self")


class Status(msgspec.Struct):
    """`revo status --json`."""

    running: bool
    status: str
    pid: int
    version: str
    uptime_s: float
    rss_bytes: int
    home: str
    problems: tuple[str, ...]
    alerts: tuple[Alert, ...]
    engines: tuple[EngineInfo, ...]
    workers: WorkerListReply
    queues: tuple[QueueInfo, ...]
    tasks: tuple[TaskInfo, ...]
    recent: tuple[TaskInfo, ...]
    metrics: Latest


class Shown(TaskInfo, frozen=True, omit_defaults=False):
    """`revo task show --json`: the record with what was asked and its history."""

    spec: TaskSpec | None = None
    story: tuple[Story, ...] = ()
    outlook: Outlook | None = None


class Doctor(msgspec.Struct):
    """`revo doctor --json`."""

    schema: int
    ok: bool
    fixed: tuple[str, ...]
    checks: tuple[Check, ...]


STOPPED = shape(running={"const": False}, status={"const": "stopped"}, pid={"type": "null"})
STATUS = of(Status)
ALERTS = of(AlertListReply)
METRIC_HISTORY = of(MetricHistoryReply)
HEALTH = of(HealthReply)
TASK = of(TaskInfo)
TASKS = of(tuple[TaskInfo, ...])
SHOWN = of(Shown)
WORKERS = of(tuple[WorkerInfo, ...])
SCALED = of(WorkerListReply)
QUEUES = of(tuple[QueueInfo, ...])
ENGINES = of(EngineListReply)
DOCTOR = of(Doctor)
UP = shape(running={"const": True}, started=FLAG, pid=INTEGER, version=TEXT, home=TEXT)
DOWN = shape(running={"const": False}, stopped=FLAG)
VERSION = shape(client=TEXT, daemon=MAYBE_TEXT, proto={"type": ["array", "null"]})
ID = shape(id=TEXT)
REMOVED = shape(removed={"type": "array", "items": TEXT})
LOG_LINE = shape(line=TEXT)
TASK_LOG = shape(offset=INTEGER, text=TEXT)
EVENT = shape(topic=TEXT, s=INTEGER, ts=NUMBER, k=TEXT, d={"type": "object"})
PATHS = shape(settings=TEXT, home=TEXT, sockets=TEXT, log=TEXT, reports=TEXT)
COMPLETION = shape(shell=TEXT, script=TEXT)
METRICS: Schema = {
    "type": "object",
    "minProperties": 10,
    "propertyNames": {"pattern": r"^[a-z]+\.[a-z0-9_.]+$"},
    "additionalProperties": {"type": ["number", "string", "null"]},
}
SETTINGS: Schema = {
    "type": "object",
    "minProperties": 10,
    "additionalProperties": shape(value=ANY, **{"from": TEXT}),
}
OBJECT: Schema = {"type": "object"}

_ITEM = {"index": INTEGER, "input": ANY, "ok": FLAG, "duration_s": NUMBER, "attempt": INTEGER}
ITEM: Schema = {
    "oneOf": [
        shape(**_ITEM | {"ok": {"const": True}}, value=ANY),
        shape(**_ITEM | {"ok": {"const": False}}, error=of(ErrorInfo)["$defs"]["ErrorInfo"]),
    ]
}
REPORT: Schema = {
    "type": "object",
    "required": ["schema", "version", "root", "totals", "worst_functions", "skipped", "files"],
    "properties": {
        "files": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "language", "lines"],
                "properties": {"path": {"type": "string", "pattern": "^[^/]"}},
            },
        }
    },
}
STORED = of(recall.Stored)
SEARCH = of(recall.SearchReply)
REMEMBERED = of(recall.Item)
LIST = of(recall.ListReply)
CONTEXT = of(recall.ContextReply)
STATS = of(recall.StatsReply)
FORGET = of(recall.ForgetReply)

"""Events in plain words: plain functions, without Qt."""

from enum import Enum
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from revo_edge.client.scaling_words import effect_words
from revo_edge.client.units import duration, milliseconds, size
from revo_edge.contract import events
from revo_edge.contract.alerts import Alert
from revo_edge.contract.events import (
    EngineInfo,
    LogGrown,
    MemoryKept,
    MemoryUse,
    Notice,
    QueueInfo,
    Scaling,
    ScalingEffect,
    TaskProgress,
    TaskRemoved,
)
from revo_edge.contract.record import decode_body
from revo_edge.contract.requests import StreamEvent
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.contract.workers import WorkerInfo, WorkerState
from revo_edge.errors import InternalError
from revo_gui.link import Line, Missed
from revo_gui.models.alert_words import level_of
from revo_gui.models.engines import engine_icon
from revo_gui.models.task_words import progress_words, state_icon, title_of, waits
from revo_gui.models.text import one_line

_MEMORY = "Perfect Recall"
MISSED = "Some events were missed here; tasks and workers are complete again"


class Source(Enum):
    """What an event is about."""

    TASKS = "Tasks"
    WORKERS = "Workers"
    ENGINES = "Engines"
    SYSTEM = "System"


class Level(Enum):
    """How much an event should alarm; in this order."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class EventWords(NamedTuple):
    """An event as a person says it. `at` is UTC epoch seconds, None for a gap."""

    at: float | None
    level: Level
    source: Source
    subject: str
    text: str
    icon: str = "info"
    tone: str = "info"
    """A task state, engine status or level: Tokens.state has its colour."""
    task: str = ""
    """Id of the task it is about."""


class _Said(NamedTuple):
    subject: str
    text: str
    icon: str = "info"
    tone: str = "info"
    task: str = ""
    level: Level = Level.INFO


_SOURCES = MappingProxyType(
    {"task": Source.TASKS, "log": Source.TASKS, "worker": Source.WORKERS, "engine": Source.ENGINES}
)
_LEVELS = MappingProxyType({level.value: level for level in Level})
_TASK_LEVELS = MappingProxyType({TaskState.FAILED: Level.ERROR, TaskState.HELD: Level.WARNING})
_WORKER_WORDS = MappingProxyType(
    {WorkerState.STARTING: "Is starting", WorkerState.STOPPING: "Is stopping"}
)
_ENGINE_WORDS = MappingProxyType(
    {"online": "Online", "busy": "Busy", "error": "In error", "absent": "Not available"}
)


def words(line: Line) -> EventWords:
    """Say what happened; an event that cannot be read, or of a newer daemon, is named."""
    if isinstance(line, Missed):
        return EventWords(None, Level.WARNING, Source.SYSTEM, "", MISSED, "warning", "warning")
    event = line.event
    try:
        said = _said(decode_body(line.topic, event), line)
    except InternalError as error:
        said = _Said(_subject(line), one_line(error.msg), "warning", "warning", level=Level.WARNING)
    source = _SOURCES.get(line.topic.partition(".")[0], Source.SYSTEM)
    if event.k in (events.SCALING, events.SCALING_EFFECT):
        source = Source.WORKERS
    return EventWords(
        event.ts, said.level, source, said.subject, said.text, said.icon, said.tone, said.task
    )


def _subject(line: StreamEvent) -> str:
    return one_line(line.topic.rstrip("."))


def _said(body: msgspec.Struct | None, line: StreamEvent) -> _Said:  # noqa: C901, PLR0911 - one case a kind
    match body:
        case TaskInfo():
            return _task(body)
        case TaskProgress():
            return _progress(body)
        case WorkerInfo():
            return _worker(body)
        case EngineInfo():
            return _engine(body)
        case QueueInfo():
            return _queue(body)
        case Scaling() | ScalingEffect():
            return _scaling(body)
        case Notice():
            level = _LEVELS.get(body.level, Level.INFO)
            mark = "info" if level is Level.INFO else "warning"
            return _Said("Daemon", one_line(body.text), mark, level.value, level=level)
        case Alert():
            return _alert(body)
        case MemoryUse() | MemoryKept():
            return _memory(body, stored=line.event.k == events.CONTEXT_STORED)
        case TaskRemoved() | LogGrown():
            return _aside(body)
    return _Said(_subject(line), one_line(line.event.k), "unknown", "none")


def _aside(note: TaskRemoved | LogGrown) -> _Said:
    if isinstance(note, TaskRemoved):
        return _Said(note.id, "No longer kept by the daemon", "remove", "none", note.id)
    text = f"Log has grown to {size(note.size_bytes)}"
    return _Said(one_line(note.source), text, "file", "none")


def _alert(alert: Alert) -> _Said:
    if alert.cleared_at is not None:
        lasted = duration(max(0.0, alert.cleared_at - alert.raised_at))
        text = f"Alert cleared after {lasted}: {one_line(alert.text)}"
        return _Said(one_line(alert.title), text, "succeeded", "ok")
    level = level_of(alert)
    mark = "info" if level == "info" else "warning"
    text = f"Alert: {one_line(alert.text)}"
    return _Said(one_line(alert.title), text, mark, level, level=_LEVELS[level])


def _task(info: TaskInfo) -> _Said:
    tone = info.state.value
    level = _TASK_LEVELS.get(info.state, Level.INFO)
    return _Said(title_of(info), _task_text(info), state_icon(info.state), tone, info.id, level)


def _task_text(info: TaskInfo) -> str:
    if info.cancelling and not info.state.final:
        return "Is being cancelled"
    if waiting := waits(info):
        return waiting
    if info.state is TaskState.RUNNING:
        return f"Running, attempt {info.attempt}" if info.attempt > 1 else "Running"
    text = info.state.value.capitalize()
    if info.started_at is not None and info.ended_at is not None:
        text += f" after {duration(max(0.0, info.ended_at - info.started_at))}"
    return (
        f"{text}: {one_line(info.error.msg)} ({one_line(info.error.code)})" if info.error else text
    )


def _scaling(body: Scaling | ScalingEffect) -> _Said:
    sizes = f"{body.before} to {body.after}"
    if isinstance(body, Scaling):
        return _Said("Number of workers", f"{sizes}: {one_line(body.reason)}", "parallel")
    text = f"{sizes}, effect: {one_line(effect_words(body))}"
    return _Said("Number of workers", text, "parallel", "none")


def _progress(note: TaskProgress) -> _Said:
    found = note.progress
    failed = f"{found.failed:,} failed" if found.failed else ""
    parts = (progress_words(found), failed, one_line(found.note))
    text = ", ".join(part for part in parts if part) or "Running"
    return _Said(note.id, text, "running", "running", note.id)


def _worker(worker: WorkerInfo) -> _Said:
    say = partial(_Said, f"Worker {one_line(worker.id)}")
    task = worker.task or ""
    if worker.gone:
        return say(f"Ended, {worker.tasks_done:,} done", "power", "none", task)
    if worker.state is WorkerState.BUSY:
        return say(f"Busy with {one_line(worker.kind or 'a task')}", "parallel", "busy", task)
    if worker.state is WorkerState.IDLE:
        return say(f"Idle, {worker.tasks_done:,} done", "parallel", "none")
    return say(_WORKER_WORDS.get(worker.state, "Unknown state"), "parallel", "queued", task)


def _engine(engine: EngineInfo) -> _Said:
    failed = engine.status == "error"
    text = _ENGINE_WORDS.get(engine.status, one_line(engine.status))
    return _Said(
        one_line(engine.title or engine.name),
        f"{text}: {one_line(engine.detail)}" if engine.detail else text,
        engine_icon(engine.name, engine.icon),
        engine.status,
        level=Level.ERROR if failed else Level.INFO,
    )


def _memory(use: MemoryUse | MemoryKept, *, stored: bool) -> _Said:
    if isinstance(use, MemoryKept):
        tone, level = ("warning", Level.WARNING) if use.dropped else ("info", Level.INFO)
        return _Said(_MEMORY, one_line(use.text), "recall", tone, level=level)
    items = "1 item" if use.items == 1 else f"{use.items:,} items"
    calls = "1 call" if use.calls == 1 else f"{use.calls:,} calls"
    text = f"{items} {'changed' if stored else 'found'} in {calls}"
    if not use.items:  # counts, and what memory keeps for itself
        text = f"{calls} {'taken in' if stored else 'answered'}"
    text += f", the slowest took {milliseconds(use.slowest_ms)}"
    if use.failed:
        text += f", {use.failed:,} failed"
    level = Level.WARNING if use.failed else Level.INFO
    return _Said(_MEMORY, text, "recall", "warning" if use.failed else "info", level=level)


def _queue(queue: QueueInfo) -> _Said:
    figures = f"{queue.queued:,} waiting, {queue.running:,} running"
    if queue.concurrency is not None:
        figures += f", at most {queue.concurrency:,} at once"
    text = f"{'Paused' if queue.paused else 'Open'}, {figures}"
    tone = "warning" if queue.paused else "none"
    return _Said(f"Queue {one_line(queue.name)}", text, "pause" if queue.paused else "tasks", tone)

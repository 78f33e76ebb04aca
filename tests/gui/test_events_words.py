import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract import events
from revo_edge.contract.alerts import Alert, Severity
from revo_edge.contract.codec import encode
from revo_edge.contract.events import (
    EngineInfo,
    Event,
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
from revo_edge.contract.kinds import Lane
from revo_edge.contract.requests import StreamEvent
from revo_edge.contract.tasks import ErrorInfo, Progress, TaskInfo, TaskState, Why
from revo_edge.contract.workers import WorkerInfo, WorkerState
from revo_gui.link import Missed
from revo_gui.models.event_rules import ALL, EventRow, Repeats, Rules, as_json
from revo_gui.models.event_words import MISSED, Level, Source, words

ICONS = Path(__file__).parents[2] / "gui" / "revo_gui" / "resources" / "icons"
ALERT = Alert("disk", "Disk space", Severity.ERROR, "9 MB of disk free", 9.0, 10.0, 20.0, 10.0)
TASK = TaskInfo("T1", "parallel.map", TaskState.QUEUED, title="count words", why=Why.SLOT)


def line(topic: str, kind: str, body: object) -> StreamEvent:
    return StreamEvent(topic, Event("boot", 7, 6, 100.5, kind, msgspec.Raw(encode(body))))


def task(**changed: object) -> StreamEvent:
    return line("task.T1.", events.TASK, msgspec.structs.replace(TASK, **changed))


def worker(state: WorkerState, **more: object) -> StreamEvent:
    info = WorkerInfo("w2", Lane.ELASTIC, state, tasks_done=5, **more)  # type: ignore[arg-type]  # named fields of any type
    return line("worker.w2.", events.WORKER, info)


FAILED = task(
    state=TaskState.FAILED, started_at=1.0, ended_at=2.5, error=ErrorInfo("timeout", "Too slow.")
)


@pytest.mark.parametrize(
    ("found", "source", "level", "subject", "text"),
    [
        (task(), Source.TASKS, Level.INFO, "count words", "Waits for a free worker"),
        (task(state=TaskState.RUNNING, attempt=2), Source.TASKS, Level.INFO, "count words", "Running, attempt 2"),
        (task(title="", state=TaskState.RUNNING), Source.TASKS, Level.INFO, "parallel.map", "Running"),
        (task(state=TaskState.RUNNING, cancelling=True), Source.TASKS, Level.INFO, "count words", "Is being cancelled"),
        (task(state=TaskState.SUCCEEDED, started_at=1.0, ended_at=2.0), Source.TASKS, Level.INFO, "count words", "Succeeded after 1.0 s"),
        (FAILED, Source.TASKS, Level.ERROR, "count words", "Failed after 1.5 s: Too slow. (timeout)"),
        (line("task.T1.", events.PROGRESS, TaskProgress("T1", Progress(3, 9, 1, "reading"))), Source.TASKS, Level.INFO, "T1", "3 of 9, 1 failed, reading"),
        (line("task.T1.", events.REMOVED, TaskRemoved("T1")), Source.TASKS, Level.INFO, "T1", "No longer kept by the daemon"),
        (worker(WorkerState.BUSY, kind="parallel.item"), Source.WORKERS, Level.INFO, "Worker w2", "Busy with parallel.item"),
        (worker(WorkerState.IDLE), Source.WORKERS, Level.INFO, "Worker w2", "Idle, 5 done"),
        (worker(WorkerState.STARTING), Source.WORKERS, Level.INFO, "Worker w2", "Is starting"),
        (worker(WorkerState.IDLE, gone=True), Source.WORKERS, Level.INFO, "Worker w2", "Ended, 5 done"),
        (line("worker.scaling.", events.SCALING_EFFECT, ScalingEffect(9.0, 1.0, 4, 6, reason="nothing waited any more")), Source.WORKERS, Level.INFO, "Number of workers", "4 to 6, effect: not measured (nothing waited any more)"),
        (line("sys.scaling.", events.SCALING, Scaling(1.0, 4, 6, "12 tasks wait")), Source.WORKERS, Level.INFO, "Number of workers", "4 to 6: 12 tasks wait"),
        (line("engine.parallel.", events.ENGINE, EngineInfo("parallel", "Parallel Mind", "busy")), Source.ENGINES, Level.INFO, "Parallel Mind", "Busy"),
        (line("engine.x.", events.ENGINE, EngineInfo("x", "", "error", "broken")), Source.ENGINES, Level.ERROR, "x", "In error: broken"),
        (line("sys.queue.", events.QUEUE, QueueInfo("default", 3, 1, 2, paused=True)), Source.SYSTEM, Level.INFO, "Queue default", "Paused, 3 waiting, 1 running, at most 2 at once"),
        (line("alert.disk.", events.ALERT_RAISED, ALERT), Source.SYSTEM, Level.ERROR, "Disk space", "Alert: 9 MB of disk free"),
        (line("alert.disk.", events.ALERT_CLEARED, msgspec.structs.replace(ALERT, cleared_at=75.0, text="Back to 99 MB")), Source.SYSTEM, Level.INFO, "Disk space", "Alert cleared after 1 m 05 s: Back to 99 MB"),
        (line("sys.notice.", events.NOTICE, Notice("warning", "The disk is nearly full.")), Source.SYSTEM, Level.WARNING, "Daemon", "The disk is nearly full."),
        (line("log.daemon.", events.LOG, LogGrown("daemon", 12_000)), Source.TASKS, Level.INFO, "daemon", "Log has grown to 12 kB"),
        (line("alert.", "siren", {"loud": True}), Source.SYSTEM, Level.INFO, "alert", "siren"),
        (line("engine.recall.context_stored.", events.CONTEXT_STORED, MemoryUse(1, 12, 4.2)), Source.ENGINES, Level.INFO, "Perfect Recall", "12 items changed in 1 call, the slowest took 4.2 ms"),
        (line("engine.recall.context_retrieved.", events.CONTEXT_RETRIEVED, MemoryUse(3, 1, 31.0, 2)), Source.ENGINES, Level.WARNING, "Perfect Recall", "1 item found in 3 calls, the slowest took 31 ms, 2 failed"),
        (line("engine.recall.context_retrieved.", events.CONTEXT_RETRIEVED, MemoryUse(1, 0, 1.5)), Source.ENGINES, Level.INFO, "Perfect Recall", "1 call answered, the slowest took 1.5 ms"),
        (line("engine.recall.memory_optimized.", events.MEMORY_OPTIMIZED, MemoryKept("The index was built anew.")), Source.ENGINES, Level.INFO, "Perfect Recall", "The index was built anew."),
    ],
)  # fmt: skip
def test_every_event_is_said_in_plain_words(
    found: StreamEvent, source: Source, level: Level, subject: str, text: str
) -> None:
    said = words(found)
    assert (said.at, said.source, said.level, said.subject, said.text) == (
        100.5, source, level, subject, text,
    )  # fmt: skip
    assert (ICONS / f"{said.icon}.svg").is_file()


def test_a_gap_and_what_cannot_be_read_are_said_too() -> None:
    gap, broken = words(Missed.GAP), words(line("task.T1.", events.TASK, {"id": 5}))
    assert (gap.at, gap.level, gap.text) == (None, Level.WARNING, MISSED)
    assert (broken.subject, broken.level) == ("task.T1", Level.WARNING)
    assert "cannot be read" in broken.text


@given(st.text(max_size=80), st.text(max_size=80))
def test_foreign_text_never_leaves_its_line(title: str, reason: str) -> None:
    said = words(task(title=title, state=TaskState.FAILED, error=ErrorInfo("e", reason)))
    assert not set("\n\r\x1b\x07\u202e") & set(said.subject + said.text)


def test_rules_go_by_source_level_and_words_and_always_show_a_gap() -> None:
    failed, gap = EventRow(FAILED, 1), EventRow(Missed.GAP, 2)
    for rules, fits in (
        (ALL, True),
        (Rules(terms=("words", "t1")), True),
        (Rules(terms=("elsewhere",)), False),
        (Rules(sources=frozenset({Source.WORKERS})), False),
        (Rules(levels=frozenset({Level.ERROR})), True),
        (Rules(levels=frozenset({Level.WARNING})), False),
    ):
        assert rules.fit(failed) is fits
        assert rules.fit(gap)


def test_figures_of_a_worker_are_no_news_but_its_state_is() -> None:
    repeats = Repeats()
    busy, idle = worker(WorkerState.BUSY, task="T1"), worker(WorkerState.IDLE)
    gone = worker(WorkerState.IDLE, gone=True)
    dropped = [repeats.drops(found) for found in (busy, busy, idle, idle, gone, idle)]
    assert dropped == [False, True, False, True, False, False]
    assert not repeats.drops(task())
    assert repeats.drops(line("sys.heartbeat.", events.HEARTBEAT, {"last": {}, "uptime_s": 1.0}))


def test_an_event_is_saved_as_the_command_line_prints_it() -> None:
    assert json.loads(as_json(task())) == {
        "topic": "task.T1.", "s": 7, "ts": 100.5, "k": "task",
        "d": {"id": "T1", "kind": "parallel.map", "state": "queued", "title": "count words", "why": "slot"},
    }  # fmt: skip
    broken = StreamEvent("x.", Event("boot", 1, 0, 1.0, "x", msgspec.Raw(b"\xc1")))
    assert json.loads(as_json(broken))["d"] == "c1"
    assert json.loads(as_json(Missed.GAP)) == {"k": "missed"}

"""The status screen: one Snapshot drawn for 80 columns and up. Draws only, asks nothing."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from revo_edge.cli.output import STATE_STYLES, clean
from revo_edge.cli.progress import remaining_s, waiting
from revo_edge.cli.snapshot import Snapshot
from revo_edge.client.scaling_words import effect_words
from revo_edge.client.units import clock, duration, milliseconds, percent, rate, size
from revo_edge.contract.alerts import Alert, Severity
from revo_edge.contract.events import EngineInfo, QueueInfo, Scaling, ScalingEffect
from revo_edge.contract.kinds import Lane
from revo_edge.contract.metrics import EngineSample
from revo_edge.contract.tasks import TaskInfo
from revo_edge.contract.workers import WorkerInfo, WorkerState

ENGINE_COLOURS = {
    "recall": "dodger_blue1",
    "parallel": "medium_purple1",
    "creative": "hot_pink",
    "coordinator": "spring_green3",
}
RUNNING_ROWS = 5
ID_CHARS = 12
"""Enough of a ULID to be unique in practice; any unique prefix is accepted."""
LABEL_CHARS = 9
QUEUE_ROWS = 4
_ALERT_STYLES = {
    Severity.UNKNOWN: "yellow",
    Severity.INFO: "cyan",
    Severity.WARNING: "yellow",
    Severity.ERROR: "red",
}
_SEVERITIES = tuple(_ALERT_STYLES)
BAR_CHARS = 16


def draw(snapshot: Snapshot, *, rows: int = RUNNING_ROWS) -> Group:
    """Return the whole screen; `rows` bounds the running tasks and, less one, the recent lines."""
    return Group(*_parts(snapshot, rows))


def away(msg: str) -> Text:
    """Return what is drawn while no daemon answers."""
    return Text(clean(msg), style="yellow")


def _parts(snapshot: Snapshot, rows: int) -> Iterator[RenderableType]:
    yield _daemon(snapshot)
    yield Rule(style="dim")
    yield _engines(snapshot)
    yield Text()
    yield _labelled(("Workers", [_workers(snapshot)]), ("Queues", _queues(snapshot)))
    if snapshot.running:
        yield Text()
        yield _tasks(snapshot.running, rows)
    recent = list(_recent(snapshot))[: rows - 1]
    if recent:
        yield Text()
        yield _labelled(("Recent", recent))
    if snapshot.alerts:
        yield alert_line(snapshot.alerts)
    for problem in snapshot.health.problems:
        yield Text(f"! {clean(problem)}", style="yellow")


def alert_line(alerts: Sequence[Alert]) -> Text:
    """Return all active alerts on one line, the worst first."""
    worst = sorted(alerts, key=lambda alert: _SEVERITIES.index(alert.severity), reverse=True)
    words = "; ".join(f"{alert.severity.value}: {clean(alert.text)}" for alert in worst)
    count = "1 alert" if len(worst) == 1 else f"{len(worst)} alerts"
    return Text(f"! {count}, {words}", style=_ALERT_STYLES[worst[0].severity])


def _daemon(snapshot: Snapshot) -> Table:
    health = snapshot.health
    style = STATE_STYLES.get(health.status, "")
    left = Text.assemble(
        ("reVo Edge ", "bold"), (health.version, "dim"), "  ", ("● ", style), (health.status, style)
    )
    facts = [f"pid {health.pid}", f"up {duration(health.uptime_s)}", size(health.rss_bytes)]
    if snapshot.self_ is not None:
        facts.append(f"lag {milliseconds(snapshot.self_.loop_lag.p99_ms)}")
    grid = Table.grid(expand=True)
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(left, Text("  ".join(facts)))
    return grid


def _engines(snapshot: Snapshot) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, min_width=7)
    grid.add_column(ratio=1, no_wrap=True)
    for engine in snapshot.engines:
        grid.add_row(*_engine(engine, snapshot.samples.get(engine.name)))
    return grid


def _engine(engine: EngineInfo, sample: EngineSample | None) -> tuple[Text, Text, Text]:
    absent = engine.status == "absent"
    colour = ENGINE_COLOURS.get(engine.name, "")
    title = Text.assemble(
        ("○ " if absent else "● ", colour),
        (f"{engine.title:<15}", f"{colour} dim" if absent else f"{colour} bold"),
    )
    if absent:
        detail = Text(clean(engine.detail) or "not built in yet", style="dim")
    else:
        detail = Text(figures(sample) if sample else clean(engine.detail))
    return title, Text(engine.status, style="dim" if absent else _style(engine.status)), detail


def figures(sample: EngineSample) -> str:
    """Return what an engine does now, in one line."""
    memory = sample.memory
    if memory is not None:
        return "  ".join(
            [
                f"{memory.items or 0:,} items",
                rate(memory.reads_per_s).replace("/s", " reads/s"),
                f"p95 {milliseconds(memory.retrieval.p95_ms)}",
                f"vectors {percent(memory.embedded_ratio)}",
                f"{sample.running} running",
            ]
        )
    parts = [f"{sample.running} running", rate(sample.items_per_s).replace("/s", " items/s")]
    if sample.latency.p95_ms is not None:
        parts.append(f"p95 {milliseconds(sample.latency.p95_ms)}")
    parts.append(f"errors {percent(sample.error_ratio)}")
    return "  ".join(parts)


def _workers(snapshot: Snapshot) -> Text:
    reply = snapshot.workers
    elastic = [worker for worker in reply.workers if worker.lane is Lane.ELASTIC]
    drivers = sum(worker.lane is Lane.DRIVER for worker in reply.workers)
    line = _slots(elastic, reply.max)
    busy = sum(worker.state is WorkerState.BUSY for worker in elastic)
    line.append(f"  {len(elastic)} of {reply.min}-{reply.max}, {busy} busy")
    if drivers:
        line.append(f", {drivers} driver{'s' if drivers > 1 else ''}", style="dim")
    memory = sum(worker.rss_bytes for worker in reply.workers)
    line.append(f"  {size(memory)}", style="dim")
    return line


def _slots(workers: list[WorkerInfo], most: int) -> Text:
    busy = sum(worker.state is WorkerState.BUSY for worker in workers)
    idle = len(workers) - busy
    bar = Text("■" * busy, style=ENGINE_COLOURS["parallel"])
    bar.append("□" * idle)
    bar.append("·" * max(0, most - len(workers)), style="dim")
    return bar


def _queues(snapshot: Snapshot) -> list[Text]:
    found = [_queue(queue) for queue in snapshot.queues[:QUEUE_ROWS]]
    if len(snapshot.queues) > QUEUE_ROWS:
        found.append(Text(f"and {len(snapshot.queues) - QUEUE_ROWS} more", style="dim"))
    return found or [Text("nothing is waiting", style="dim")]


def _queue(queue: QueueInfo) -> Text:
    bound = f" of {queue.concurrency}" if queue.concurrency is not None else ""
    line = Text(f"{clean(queue.name)}: {queue.queued:,} waiting, {queue.running} running{bound}")
    if queue.paused:
        line.append(", paused", style="yellow")
    return line


def _labelled(*parts: tuple[str, list[Text]]) -> Table:
    """Return lines with a label before the first of each part."""
    grid = Table.grid(padding=(0, 1, 0, 0), expand=True)
    grid.add_column(width=LABEL_CHARS, style="bold")
    grid.add_column(ratio=1, no_wrap=True)
    for label, lines in parts:
        for row, line in enumerate(lines):
            grid.add_row("" if row else label, line)
    return grid


def _tasks(tasks: tuple[TaskInfo, ...], rows: int) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1, no_wrap=True)
    grid.add_column(width=BAR_CHARS)
    grid.add_column(no_wrap=True)
    for task in tasks[:rows]:
        grid.add_row(task.id[:ID_CHARS], Text(_title(task)), _bar(task), Text(_far(task)))
    if len(tasks) > rows:
        grid.add_row("", Text(f"and {len(tasks) - rows} more", style="dim"), "", "")
    return grid


def _bar(task: TaskInfo) -> RenderableType:
    progress = task.progress
    if progress is None or not progress.total:
        return Text("")
    colour = ENGINE_COLOURS.get(task.kind.partition(".")[0], "cyan")
    return ProgressBar(
        progress.total, progress.done, width=BAR_CHARS, complete_style=colour, finished_style=colour
    )


def _far(task: TaskInfo) -> str:
    """Return percent, rate and the time that is left; what has no total is counted."""
    progress = task.progress
    if progress is None or not (progress.done or progress.total):
        return clean(progress.note) if progress and progress.note else waiting(task)
    far = percent(progress.done / progress.total) if progress.total else f"{progress.done:,}"
    parts = [f"{far:>5}", rate(progress.rate)]
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    left = remaining_s(progress)
    if left is not None:
        parts.append(f"{duration(left)} left")
    return "  ".join(parts)


def _title(task: TaskInfo) -> str:
    return clean(task.title or task.kind)


def _recent(snapshot: Snapshot) -> Iterator[Text]:
    lines = [(scaling.at, _scaled(scaling)) for scaling in snapshot.workers.scaling]
    lines += [(effect.at, _effect(effect)) for effect in snapshot.workers.effects]
    lines += [(task.ended_at or task.created_at, _ended(task)) for task in snapshot.recent]
    for at, line in sorted(lines, key=lambda pair: pair[0], reverse=True):
        yield Text.assemble((f"{clock(at)}  ", "dim"), line)


def _scaled(scaling: Scaling) -> Text:
    return Text(f"workers {scaling.before} -> {scaling.after}: {clean(scaling.reason)}")


def _effect(effect: ScalingEffect) -> Text:
    words = clean(effect_words(effect))
    return Text(f"workers {effect.before} -> {effect.after}, effect: {words}", style="dim")


def _ended(task: TaskInfo) -> Text:
    line = Text.assemble(f"{task.id[:ID_CHARS]} {_title(task)} ", _state(task))
    if task.error is not None:
        line.append(f": {clean(task.error.msg)}")
    elif task.ended_at and task.started_at:
        line.append(f" in {duration(task.ended_at - task.started_at)}")
    return line


def _state(task: TaskInfo) -> Text:
    return Text(task.state.value, style=_style(task.state.value))


def _style(word: str) -> str:
    return STATE_STYLES.get(word, "")

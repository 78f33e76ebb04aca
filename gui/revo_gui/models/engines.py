"""What the card of each engine says, from the published record and the metrics alone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from revo_edge.client.mirror import MirrorState
from revo_edge.client.units import milliseconds, percent, rate, size
from revo_edge.contract.events import EngineInfo
from revo_edge.contract.kinds import ENGINE_ICONS, Lane
from revo_edge.contract.metrics import EngineSample, MemorySample
from revo_edge.contract.record import Sample
from revo_edge.contract.tasks import TaskInfo
from revo_edge.contract.workers import WorkerInfo, WorkerState
from revo_gui.history import History, Point, Series
from revo_gui.models.task_words import title_of
from revo_gui.models.text import one_line

SPARK_S = 300
"""What a sparkline shows: the last five minutes."""
ABSENT = "absent"
ERROR = "error"
NOT_BUILT = "Not built yet"
NOT_MEASURED = "not measured yet"
UNKNOWN = "Not known yet"
UNUSABLE = "Cannot be used"
_STATUS_CHARS = 24
_TITLE_CHARS = 80
_KINDS_CHARS = 200
_WORDS = {"online": "Online", "busy": "Busy", "error": "Error", ABSENT: "Absent"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure below the headline; `value` is `-` when nobody has measured it."""

    label: str
    value: str
    note: str = ""
    """What the figure is exactly."""


@dataclass(frozen=True, slots=True)
class Spark:
    """A line over the last minutes; `until` is its right edge, in UTC epoch seconds."""

    points: tuple[Point, ...]
    until: float
    seconds: float = SPARK_S
    target: float | None = None
    target_text: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """One place for a worker; `state` is a worker's, or `free` where none runs."""

    state: str
    name: str = ""
    task: str | None = None
    lines: tuple[str, ...] = ()
    """What there is to say of the worker."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The workers, for the card of the engine that owns them."""

    slots: tuple[Slot, ...]
    utilisation_ratio: float | None


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a card shows, as text.

    An engine without any figures has a `notice` in place of all of them.
    """

    title: str
    status: str
    """As the daemon says it: the key of its colour."""
    status_word: str
    caption: str
    notice: str = ""
    headline: str = ""
    unit: str = ""
    facts: tuple[Fact, ...] = ()
    spark: Spark | None = None
    pool: Pool | None = None
    error: str = ""

    @property
    def spoken(self) -> str:
        """The whole card in one sentence each, for a screen reader."""
        head = f"{self.headline} {self.unit}".strip()
        found = [f"{self.title}, {self.status_word}", self.notice or head, self.caption]
        if self.pool is not None:
            found.append(f"Utilisation {percent(self.pool.utilisation_ratio)}")
        found += [f"{fact.label} {fact.value}" for fact in self.facts]
        if self.error:
            found.append(f"Last error: {self.error}")
        return ". ".join(part for part in found if part)


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine with a card; the name of one of our four is also that of its icon and colour."""

    name: str
    title: str
    promise: str
    """What its headline is held against."""
    fill: Callable[[Card, MirrorState, History], Card]
    """Puts the figures of an engine that is there into its card."""


def card(engine: Engine, state: MirrorState, history: History) -> Card:
    """Return what the card of this engine says now."""
    info = state.engines.get(engine.name)
    if info is None:
        return Card(engine.title, "", "Unknown", "The daemon has not said yet", UNKNOWN)
    title = one_line(info.title, _TITLE_CHARS) or engine.title
    word = _WORDS.get(info.status) or one_line(info.status, _STATUS_CHARS) or "Unknown"
    if info.status == ABSENT:
        target = Fact("Target", engine.promise)
        return Card(title, info.status, word, _reason(info), NOT_BUILT, facts=(target,))
    if info.status == ERROR and engine.name not in _NAMES:
        return Card(title, info.status, word, _reason(info), UNUSABLE)
    blank = Card(title, info.status, word, "")
    sample = _newest(history, engine.name)
    error = one_line(sample.last_error) if sample else ""
    return replace(engine.fill(blank, state, history), error=error)


def engines_of(infos: Mapping[str, EngineInfo]) -> tuple[Engine, ...]:
    """Return our four engines, then the user's in the order of the daemon."""
    own = [name for name in infos if name not in _NAMES]
    return (*ENGINES, *(_own_engine(name) for name in own))


def _own_engine(name: str) -> Engine:
    return Engine(name, one_line(name, _TITLE_CHARS), "", partial(_fill_own, name))


def engine_icon(name: str, declared: str = "") -> str:
    """Return the name of an engine's icon: ours, the one that it declares, or that of a task."""
    if name in _NAMES:
        return name
    return declared if declared in ENGINE_ICONS else "tasks"


def slots(
    workers: Iterable[WorkerInfo], tasks: Mapping[str, TaskInfo], limit: int
) -> tuple[Slot, ...]:
    """Return the elastic workers, oldest first, and the free places up to `limit`."""
    elastic = sorted(_elastic(workers), key=lambda worker: (worker.started_at, worker.id))
    taken = [_slot(worker, tasks) for worker in elastic]
    return (*taken, *(Slot("free") for _ in range(limit - len(taken))))


def _reason(info: EngineInfo) -> str:
    reason = one_line(info.detail).removeprefix(NOT_BUILT).lstrip(":. ")
    return reason[:1].upper() + reason[1:] or "The daemon does not say why"


def _newest(history: History, name: str) -> EngineSample | None:
    sample = history.newest(name)
    return sample if isinstance(sample, EngineSample) else None


def _spark(history: History, series: Series, target_text: str) -> Spark | None:
    points = tuple(history.points(series, SPARK_S))
    if all(value is None for _, value in points):
        return None
    return Spark(points, points[-1][0], target=series.target, target_text=target_text)


def _work_facts(sample: EngineSample | None) -> tuple[Fact, ...]:
    return (
        Fact("Running", f"{sample.running:,}" if sample else "-"),
        Fact("Queue", f"{sample.queued:,}" if sample else "-"),
        Fact("Errors", percent(sample.error_ratio if sample else None), "Of all tasks that ended"),
    )


def _fill_recall(card: Card, state: MirrorState, history: History) -> Card:
    sample = _newest(history, "recall")
    memory = sample.memory if sample else None
    value = memory.retrieval.p95_ms if memory else None
    number, unit = [*milliseconds(value).split(" ", 1), ""][:2]
    info = state.engines["recall"]
    trouble = info.status == ERROR
    return replace(
        card,
        headline=number,
        unit=unit,
        caption=_reason(info) if trouble else _retrieval_words(sample),
        facts=_memory_facts(memory),
        spark=_spark(history, _RETRIEVAL, "target 100 ms"),
    )


def _retrieval_words(sample: EngineSample | None) -> str:
    memory = sample.memory if sample else None
    if sample and memory is None:
        return "Memory is switched off: the setting recall.enabled switches it on"
    if memory is None or not memory.reads:
        return _measured("Retrieval latency p95", None)
    quiet = "" if memory.retrieval.count else ": nothing was asked"
    return f"Retrieval latency p95, last 60 s{quiet}"


def _memory_facts(memory: MemorySample | None) -> tuple[Fact, ...]:
    found = memory or MemorySample()
    reads = rate(found.reads_per_s) if memory else "-"
    items = "-" if found.items is None else f"{found.items:,}"
    return (
        Fact("Under 100 ms", percent(found.in_time_ratio), "Of all answers since the start"),
        Fact("Reads", reads, "Answers from memory per second"),
        Fact("Cache hits", percent(found.cache_hit_ratio), "Searches answered from the cache"),
        Fact("Items", items, "Items that memory holds now"),
        Fact("Embedded", percent(found.embedded_ratio), "Items that are found by meaning, too"),
        Fact("On disk", size(found.store_bytes)),
    )


def _fill_creative(card: Card, _: MirrorState, history: History) -> Card:
    caption = _measured("Innovation score", None)  # no sample carries a score by now
    return replace(
        card, headline="-", caption=caption, facts=_work_facts(_newest(history, "creative"))
    )


def _fill_coordinator(card: Card, _: MirrorState, history: History) -> Card:
    sample = _newest(history, "coordinator")
    return replace(
        card,
        headline=f"{sample.running:,}" if sample else "-",
        unit="runs" if sample else "",
        caption=_measured("Coordination time", None),  # no sample carries it by now
        facts=_work_facts(sample)[1:],
    )


def _fill_parallel(card: Card, state: MirrorState, history: History) -> Card:
    sample = _newest(history, "parallel")
    states = [worker.state for worker in _elastic(state.workers.values())]
    active = sum(found is not WorkerState.STOPPING for found in states)
    busy = states.count(WorkerState.BUSY)
    limit = sample.workers_max if sample else 0
    return replace(
        card,
        headline=str(busy),
        unit=f"of {active} workers busy",
        caption=_scale(sample),
        facts=_pool_facts(sample, state),
        spark=_spark(history, replace(_BUSY, target=limit or None), f"limit {limit}"),
        pool=Pool(
            slots(state.workers.values(), state.tasks, limit), busy / active if active else None
        ),
    )


def _fill_own(name: str, card: Card, state: MirrorState, history: History) -> Card:
    """Show what every engine is measured by; `name` is that of an engine of the user's."""
    sample = _newest(history, name)
    latency = milliseconds(sample.latency.p95_ms if sample else None)
    running = Series(f"{name}.running", "Tasks running", "count", name, _running)
    return replace(
        card,
        headline=f"{sample.running:,}" if sample else "-",
        unit="running" if sample else "",
        caption=one_line(", ".join(state.engines[name].kinds), _KINDS_CHARS),
        facts=(*_work_facts(sample)[1:], Fact("Task p95", latency, "From dispatch to end, 60 s")),
        spark=_spark(history, running, ""),
    )


def _pool_facts(sample: EngineSample | None, state: MirrorState) -> tuple[Fact, ...]:
    return (
        Fact("Queue", _waiting(state), "Tasks that wait, of all engines"),
        Fact("Items", rate(sample.items_per_s) if sample else "-", "Items done per second"),
        Fact(
            "Task p95",
            milliseconds(sample.latency.p95_ms if sample else None),
            "From dispatch to end, last 60 s",
        ),
        Fact("Errors", percent(sample.error_ratio if sample else None), "Of all tasks that ended"),
        Fact("CPU", percent(sample.cpu_ratio if sample else None), "All workers, of one core"),
        Fact("Memory", size(sample.rss_bytes if sample else None), "All workers"),
    )


def _waiting(state: MirrorState) -> str:
    """Count by the samples: the record of a queue tells how it is set, not how long it is."""
    engines = [found for found in state.samples.values() if isinstance(found, EngineSample)]
    count = f"{sum(found.queued for found in engines):,}" if engines else "-"
    return f"{count}, paused" if any(q.paused for q in state.queues.values()) else count


def _scale(sample: EngineSample | None) -> str:
    if sample is None:
        return _measured("Scaling", None)
    bounds = f"Scales from {sample.workers_min} to {sample.workers_max}"
    drivers = sample.drivers
    return f"{bounds}, {drivers} driver{'s' if drivers > 1 else ''} beside" if drivers else bounds


def _measured(what: str, value: float | None) -> str:
    return what if value is not None else f"{what}: {NOT_MEASURED}"


def _elastic(workers: Iterable[WorkerInfo]) -> list[WorkerInfo]:
    return [worker for worker in workers if worker.lane is Lane.ELASTIC]


def _slot(worker: WorkerInfo, tasks: Mapping[str, TaskInfo]) -> Slot:
    state = worker.state.value
    name = one_line(worker.id, _STATUS_CHARS)
    task = tasks.get(worker.task or "")
    lines = (
        f"Worker {name}, {state}",
        one_line(worker.kind or ""),
        title_of(task)[:_TITLE_CHARS] if task else "",
        f"CPU {percent(worker.cpu_ratio)} of one core, memory {size(worker.rss_bytes)}",
        f"{worker.tasks_done:,} done",
    )
    return Slot(state, name, worker.task, tuple(line for line in lines if line))


def _retrieval_ms(sample: Sample) -> float | None:
    memory = sample.memory if isinstance(sample, EngineSample) else None
    return memory.retrieval.p95_ms if memory else None


def _running(sample: Sample) -> float | None:
    return float(sample.running) if isinstance(sample, EngineSample) else None


def _busy_workers(sample: Sample) -> float | None:
    return float(sample.workers_busy) if isinstance(sample, EngineSample) else None


_RETRIEVAL = Series(
    "recall.retrieval_p95", "Retrieval latency p95", "ms", "recall", _retrieval_ms, target=100.0
)
_BUSY = Series("parallel.workers_busy", "Workers busy", "count", "parallel", _busy_workers)

ENGINES = (
    Engine("recall", "Perfect Recall", "Retrieval p95 under 100 ms", _fill_recall),
    Engine("parallel", "Parallel Mind", "4 to 16 workers", _fill_parallel),
    Engine("creative", "Creative Engine", "Innovation score over 0.6", _fill_creative),
    Engine("coordinator", "Coordinator", "Coordination time under 5 s", _fill_coordinator),
)
"""In the order in which they are shown."""
_NAMES = frozenset(engine.name for engine in ENGINES)

"""The live screen drawn: one Scene as lines for any size. Draws only, asks nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from revo_edge.cli.live_view import Mode, View, selection
from revo_edge.cli.output import STATE_STYLES, clean
from revo_edge.cli.progress import remaining_s, waiting
from revo_edge.cli.screen import ENGINE_COLOURS, alert_line, figures
from revo_edge.client.mirror import Link, MirrorCounters, MirrorState
from revo_edge.client.units import duration, milliseconds, percent, rate, size
from revo_edge.contract.kinds import Lane
from revo_edge.contract.metrics import EngineSample, SelfSample
from revo_edge.contract.tasks import TaskInfo
from revo_edge.contract.workers import WorkerInfo, WorkerState

HELP = (
    "up down j k    select a task        enter  its details",
    "pgup pgdn g G  move faster          c      cancel it (asks)",
    "f or /         filter               r      retry it",
    "s              next order           p      pause the display",
    "+ -            seconds between two drawings",
    "1 2 3 4        show or hide engines, workers, tasks, events",
    "? help         esc  no filter       q or Ctrl+C  quit",
)
KEYS_LINE = (
    "q quit  ? help  j/k select  enter details  c cancel  r retry  / filter  s sort  p pause"
)
WIDE, NARROW = 100, 60
CELL_CHARS = 26
BAR_CHARS = 12
ID_CHARS = 12
_LINK_STYLES = {Link.LIVE: "green", Link.STALE: "yellow"}
_TITLE_LEAST = 10
Lines = list[Text]


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is on the screen. `at` is UTC epoch seconds; None is what nobody knows yet."""

    view: View
    state: MirrorState
    counters: MirrorCounters
    rows: Sequence[TaskInfo]
    at: float
    version: str = ""
    round_trip_ms: float | None = None
    problems: Sequence[str] = ()
    events: Sequence[str] = ()
    message: str = ""
    details: Sequence[str] = field(default=())


def compose(scene: Scene, width: int, height: int) -> Lines:
    """Return exactly `height` lines, none wider than `width` cells."""
    head = _head(scene, width)
    room = height - len(head) - 1
    lines = [*head, *_body(scene, width, room)]
    lines += [Text()] * (height - 1 - len(lines))
    lines = [*lines[: height - 1], _foot(scene, width)]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines


def _head(scene: Scene, width: int) -> Lines:
    link = scene.state.link
    lost = link is Link.LOST
    word = "lost, reconnecting ..." if lost else "live" if link is Link.LIVE else link.value
    left = Text.assemble(
        ("reVo Edge ", "bold"),
        (f"{scene.version} ", "dim"),
        (f"● {word}", _LINK_STYLES.get(link, "red" if lost else "yellow")),
    )
    if scene.view.paused:
        left.append("  PAUSED", "bold yellow")
    lines = [_both(left, _facts(scene), width)]
    warnings = [scene.counters.problem] if lost and scene.counters.problem else scene.problems
    lines += [Text(f"! {clean(text)}", "yellow") for text in list(warnings)[:2]]
    if scene.state.alerts and not lost:
        lines.append(alert_line(tuple(scene.state.alerts.values())))
    return lines


def _facts(scene: Scene) -> list[str]:
    found = [f"{scene.counters.gaps} gaps"]
    if scene.state.link is Link.LOST:
        return found
    found.append(f"rtt {milliseconds(scene.round_trip_ms)}")
    own = scene.state.samples.get("self")
    if isinstance(own, SelfSample):
        found += [
            f"cpu {own.cpu_ratio * 100:.1f} %",
            size(own.rss_bytes),
            f"up {duration(own.uptime_s)}",
        ]
    return found


def _both(left: Text, facts: Sequence[str], width: int) -> Text:
    """Set as many facts to the right as there is room for, the first ones first."""
    kept = ""
    for fact in facts:
        longer = f"{fact}  {kept}".rstrip()
        if left.cell_len + cell_len(longer) + 2 > width:
            break
        kept = longer
    return left + Text(" " * max(1, width - left.cell_len - cell_len(kept)) + kept)


def _body(scene: Scene, width: int, room: int) -> Lines:
    if scene.view.mode is Mode.HELP:
        return _page("Keys", HELP, scene.view.scroll, width, room)
    if scene.view.mode is Mode.DETAILS:
        return _page("Task", scene.details or ("asking ...",), scene.view.scroll, width, room)
    boxes = scene.view.boxes
    engines = _engines(scene, width) if 1 in boxes and room >= 12 else []
    workers = _workers(scene, width, max(1, room // 8)) if 2 in boxes and room >= 6 else []
    left = room - len(engines) - len(workers)
    events: Lines = []
    if 4 in boxes and (left >= 9 or 3 not in boxes):
        needed = len(scene.rows) + 2 if 3 in boxes else 0
        events = _events(scene, width, max(left // 3, left - max(needed, 4)))
    tasks = _tasks(scene, width, left - len(events)) if 3 in boxes else []
    return [*engines, *workers, *tasks, *events]


def _page(title: str, lines: Sequence[str], scroll: int, width: int, room: int) -> Lines:
    top = min(scroll, max(0, len(lines) - room + 1))
    return [
        _rule(title, "esc: back", width),
        *(Text(clean(line)) for line in lines[top:][: room - 1]),
    ]


def _rule(title: str, more: str, width: int) -> Text:
    line = Text.assemble((title, "bold"), (f"  {clean(more)} " if more else " ", "dim"))
    line.append("─" * max(0, width - line.cell_len), "dim")
    return line


def _engines(scene: Scene, width: int) -> Lines:
    lines = [_rule("1 Engines", "", width)]
    for engine in scene.state.engines.values():
        absent = engine.status == "absent"
        colour = ENGINE_COLOURS.get(engine.name, "")
        sample = scene.state.samples.get(engine.name)
        known = isinstance(sample, EngineSample) and not absent
        text = figures(sample) if known and isinstance(sample, EngineSample) else engine.detail
        lines.append(
            Text.assemble(
                ("○ " if absent else "● ", colour),
                (f"{clean(engine.title):<15} ", "dim" if absent else "bold"),
                (f"{engine.status:<8} ", "dim" if absent else STATE_STYLES.get(engine.status, "")),
                (clean(text), "dim" if absent else ""),
            )
        )
    return lines


def _workers(scene: Scene, width: int, rows: int) -> Lines:
    every = [worker for worker in scene.state.workers.values() if not worker.gone]
    every.sort(key=lambda worker: (worker.lane.value, len(worker.id), worker.id))
    busy = sum(worker.state is WorkerState.BUSY for worker in every)
    memory = size(sum(worker.rss_bytes for worker in every))
    lines = [_rule("2 Workers", f"{_count(every, scene)}, {busy} busy, {memory}", width)]
    across = max(1, width // CELL_CHARS)
    if len(every) > rows * across:
        lines.append(Text("").join(_mark(worker) for worker in every))
        every.sort(key=lambda worker: worker.state is not WorkerState.BUSY)
        every = every[: (rows - 1) * across]
    cells = [_cell(worker, scene, width // across) for worker in every]
    firsts = range(0, len(cells), across)
    return [*lines, *(Text("").join(cells[first : first + across]) for first in firsts)]


def _mark(worker: WorkerInfo) -> Text:
    if worker.state is not WorkerState.BUSY:
        return Text("□", "dim")
    driver = worker.lane is Lane.DRIVER
    return Text("■", ENGINE_COLOURS["coordinator" if driver else "parallel"])


def _count(workers: Sequence[WorkerInfo], scene: Scene) -> str:
    drivers = sum(worker.lane is Lane.DRIVER for worker in workers)
    sample = scene.state.samples.get("parallel")
    bounds = ""
    if isinstance(sample, EngineSample) and sample.workers_max:
        bounds = f" of {sample.workers_min}-{sample.workers_max}"
    return f"{len(workers) - drivers}{bounds}" + (f", {drivers} driver" if drivers else "")


def _cell(worker: WorkerInfo, scene: Scene, width: int) -> Text:
    """One slot: its mark, name, and what it works on."""
    busy = worker.state is WorkerState.BUSY
    task = scene.state.tasks.get((worker.task or "").partition("/")[0])
    does = _title(task) if task else worker.kind or "" if busy else worker.state.value
    text = set_cell_size(f"{worker.id:<4} {clean(does)}", width - 3)
    return Text.assemble(_mark(worker), " ", text, " ")


def _tasks(scene: Scene, width: int, room: int) -> Lines:
    if room < 1:
        return []
    view = scene.view
    more = f"{len(scene.rows):,} of {len(scene.state.tasks):,}, by {view.sort}"
    if view.filter:
        more += f", filter {view.filter}"
    lines = [_rule("3 Tasks", more, width)]
    if not scene.rows:
        none = "none fits the filter" if view.filter else "none yet: `revo map --help`"
        return [*lines, Text(none, "dim")][:room]
    lines.append(_columns(width))
    visible = max(0, room - len(lines))
    at = selection(view, scene.rows)
    top = max(0, min(at - visible // 2, len(scene.rows) - visible))
    for row, task in enumerate(scene.rows[top : top + visible], top):
        lines.append(_row(task, scene, width, selected=row == at))
    return lines[:room]


def _columns(width: int) -> Text:
    """Return the headings; each row is set by the same widths."""
    return Text(_set("ID", "STATE", "TITLE", "PROGRESS", "TIME", width=width), "bold dim")


def _row(task: TaskInfo, scene: Scene, width: int, *, selected: bool) -> Text:
    state = "cancelling" if task.cancelling and not task.state.final else task.state.value
    text = _set(
        task.id[:ID_CHARS],
        state,
        _title(task),
        _far(task, bar=width >= WIDE),
        _time(task, scene.at),
        width=width,
    )
    if selected:
        return Text(text, "reverse")
    line = Text(text, "dim" if scene.state.link is Link.LOST else "")
    line.highlight_words([state], STATE_STYLES.get(task.state.value, ""))
    return line


def _set(ident: str, state: str, title: str, far: str, took: str, *, width: int) -> str:
    """Set a row into columns; a narrow screen has no ids, times and rates."""
    if width < NARROW:
        percentage = far[:5] if far[:5].endswith("%") else ""
        parts = ((state, 10), (percentage, 6), (title, max(_TITLE_LEAST, width - 16)))
        return "".join(set_cell_size(text, chars) for text, chars in parts)
    far_chars = 44 if width >= WIDE else 22
    rest = max(_TITLE_LEAST, width - ID_CHARS - 12 - far_chars - 12)
    columns = (
        (ident, ID_CHARS + 1),
        (state, 11),
        (title, rest - 1),
        ("", 1),
        (far, far_chars - 1),
        ("", 1),
        (took, 10),
    )
    return set_cell_size("".join(set_cell_size(text, chars) for text, chars in columns), width)


def _far(task: TaskInfo, *, bar: bool) -> str:
    """Return percent, rate and time that is left; what has no total is counted."""
    progress = task.progress
    if task.state.final or progress is None or not (progress.done or progress.total):
        return f"{task.items:,} items" if task.items else "" if task.state.final else waiting(task)
    ratio = min(1.0, progress.done / progress.total) if progress.total else None
    parts = [f"{percent(ratio) if ratio is not None else format(progress.done, ','):>5}"]
    if bar and ratio is not None:
        filled = round(ratio * BAR_CHARS)
        parts.append("█" * filled + "░" * (BAR_CHARS - filled))
    parts.append(rate(progress.rate))
    left = remaining_s(progress)
    if left is not None:
        parts.append(f"{duration(left)} left")
    return " ".join(parts)


def _time(task: TaskInfo, at: float) -> str:
    if task.started_at is None:
        return ""
    return duration(max(0.0, (task.ended_at or at) - task.started_at))


def _title(task: TaskInfo) -> str:
    return clean(task.title or task.kind)


def _events(scene: Scene, width: int, room: int) -> Lines:
    if room < 2:
        return []
    tail = list(scene.events)[-(room - 1) :]
    return [_rule("4 Events", "", width), *(Text(clean(line), "dim") for line in tail)]


def _foot(scene: Scene, width: int) -> Text:
    view = scene.view
    if view.mode is Mode.CONFIRM:
        name = next((_title(t) for t in scene.rows if t.id == view.selected), "")
        return Text(f"Cancel {view.selected[:ID_CHARS]} {name}? y / n", "bold yellow")
    if view.mode is Mode.FILTER:
        return Text.assemble(("filter: ", "bold"), view.filter, "▏", ("  enter / esc", "dim"))
    if scene.message:
        return Text(clean(scene.message), "yellow")
    every = f"every {view.interval_s:g} s"
    return Text(f"{KEYS_LINE}  {every}" if width >= WIDE else KEYS_LINE, "dim")


def detail_lines(facts: Iterator[tuple[str, str]]) -> list[str]:
    """Return names and values in two columns."""
    return [f"{name:<10} {value}" for name, value in facts]

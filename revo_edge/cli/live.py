"""`revo status --watch` on a terminal: the loop around keys, the mirror and the drawing.

The mirror's thread keeps the copy and reconnects alone; the desk's thread asks and acts, so that a
daemon that does not answer never keeps a key waiting.
"""

import io
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import zmq
from rich.console import Console
from rich.text import Text

from revo_edge.cli.events import as_line
from revo_edge.cli.expected import expected_facts, outlooks
from revo_edge.cli.live_screen import Scene, compose, detail_lines
from revo_edge.cli.live_view import Act, View, Wish, arrange, press
from revo_edge.cli.output import console, plain
from revo_edge.cli.terminal import Terminal
from revo_edge.client.client import Client
from revo_edge.client.mirror import Link, Mirror
from revo_edge.client.units import clock
from revo_edge.clock import utc_now
from revo_edge.contract.events import METRIC, PROGRESS, WORKER
from revo_edge.contract.requests import HealthReply, StreamEvent
from revo_edge.contract.task_requests import TaskReply
from revo_edge.contract.tasks import TaskInfo
from revo_edge.errors import RevoError
from revo_edge.paths import Paths

PING_S = 2.0
DEADLINE_S = 3.0
MESSAGE_S = 6.0
TAIL_EVENTS = 200
_TAIL_STREAMS = ("task.", "worker.", "engine.", "workflow.", "alert.", "sys.notice.")
_UNTOLD = (METRIC, PROGRESS, WORKER)
"""Kinds that come many times a second and are drawn elsewhere."""
_VALUE_CHARS = 500


def watch(paths: Paths) -> None:
    """Draw until `q`; Ctrl+C and SIGTERM pass through once the terminal is as it was."""
    tail = Tail()
    with Desk(paths) as desk, Mirror(paths, on_events=tail.take) as mirror, Terminal() as terminal:
        desk.on_answer = terminal.wake
        try:
            Live(mirror, desk, tail, terminal).run()
        finally:
            desk.on_answer = lambda: None


class Tail:
    """The newest events as lines; filled by the mirror's thread."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=TAIL_EVENTS)

    def take(self, events: Sequence[StreamEvent], missed: bool) -> None:  # noqa: FBT001 - the mirror's signature
        """Keep what tells something."""
        if missed:
            self._lines.append(f"{clock(utc_now())} reconnected; earlier events were missed")
        for found in events:
            if found.topic.startswith(_TAIL_STREAMS) and found.event.k not in _UNTOLD:
                self._lines.append(as_line(found))

    def lines(self) -> tuple[str, ...]:
        """Return them, oldest first."""
        return tuple(self._lines.copy())


class Desk:
    """Asks the daemon in a thread of its own: round trips, details, cancel and retry."""

    def __init__(self, paths: Paths) -> None:
        self.on_answer: Callable[[], None] = lambda: None
        self.health: HealthReply | None = None
        self.round_trip_ms: float | None = None
        self.message = ""
        self.details: tuple[str, list[str]] = ("", [])
        """The id of the task, and its lines."""
        self._paths = paths
        self._message_at = 0.0
        self._wishes: queue.SimpleQueue[Wish | None] = queue.SimpleQueue()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)

    def __enter__(self) -> "Desk":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.on_answer = lambda: None
        self._wishes.put(None)
        self._context.term()  # wakes the thread out of any request
        self._thread.join()

    def do(self, wish: Wish) -> None:
        """Have it done soon."""
        self._wishes.put(wish)

    def said(self) -> str:
        """Return the last message while it is new."""
        return self.message if time.monotonic() - self._message_at < MESSAGE_S else ""

    def _run(self) -> None:
        try:
            with Client(self._paths, deadline_s=DEADLINE_S, context=self._context) as client:
                self._ping(client)
                while self._turn(client):
                    pass
        except zmq.ContextTerminated:
            return

    def _turn(self, client: Client) -> bool:
        """Do one wish, or ping when none comes; False at the end."""
        try:
            wish = self._wishes.get(timeout=PING_S)
        except queue.Empty:
            self._ping(client)
            return True
        if wish is not None:
            self._fulfil(client, wish)
            self.on_answer()
        return wish is not None

    def _ping(self, client: Client) -> None:
        began = time.monotonic()
        try:
            self.health = client.health()
            self.round_trip_ms = (time.monotonic() - began) * 1000
        except RevoError:  # the mirror says so, with the reason
            self.round_trip_ms = None

    def _fulfil(self, client: Client, wish: Wish) -> None:
        try:
            if wish.act is Act.CANCEL:
                self._say(f"Cancelling {client.cancel(wish.task).id}.")
            elif wish.act is Act.RETRY:
                self._say(f"Queued again: {client.retry(wish.task).id}.")
            elif wish.act is Act.DETAILS:
                self.details = (wish.task, detail_lines(_details(client, wish.task)))
        except RevoError as error:
            self._say(error.msg)
            if wish.act is Act.DETAILS:
                self.details = (wish.task, [error.msg])

    def _say(self, text: str) -> None:
        self.message, self._message_at = text, time.monotonic()


class Live:
    """The loop: keys are obeyed at once, the picture is renewed at the interval if it changed."""

    def __init__(self, mirror: Mirror, desk: Desk, tail: Tail, terminal: Terminal) -> None:
        self.mirror = mirror
        self.desk = desk
        self.tail = tail
        self.terminal = terminal
        self.view = View()
        self.state = mirror.state()
        self.events: tuple[str, ...] = ()
        self.rows: list[TaskInfo] = []
        self._pen = Pen()

    def run(self) -> None:
        """Draw and obey until the wish to quit, or until the terminal is gone."""
        next_at = time.monotonic()
        while True:
            if time.monotonic() >= next_at:
                self._look()
                next_at = time.monotonic() + self.view.interval_s
            self._draw()
            try:
                keys = self.terminal.keys(next_at - time.monotonic())
            except (EOFError, OSError):
                return
            for key in keys:
                if not self._obey(key):
                    return
                self.rows = arrange(self.state.tasks.values(), self.view)

    def _look(self) -> None:
        state = self.mirror.state()
        # While nothing is known of the daemon its last copy stays, and while the display is
        # paused too; how it stands to the daemon is always said.
        if self.view.paused or state.link is Link.LOST or not state.boot:
            self.state = replace(self.state, link=state.link)
        else:
            self.state = state
        if not self.view.paused:
            self.events = self.tail.lines()
            self.rows = arrange(self.state.tasks.values(), self.view)

    def _obey(self, key: str) -> bool:
        self.view, wish = press(self.view, key, self.rows)
        if wish is None:
            return True
        if wish.act is Act.SUSPEND:
            self.terminal.suspend()
        elif wish.act is not Act.QUIT:
            self.desk.do(wish)
        return wish.act is not Act.QUIT

    def _draw(self) -> None:
        width, height = self.terminal.size()
        lines = compose(self._scene(), width, height)
        self.terminal.draw(self._pen.lines(lines, width))

    def _scene(self) -> Scene:
        desk, (task, details) = self.desk, self.desk.details
        health = desk.health
        return Scene(
            view=self.view,
            state=self.state,
            counters=self.mirror.counters,
            rows=self.rows,
            at=utc_now(),
            version=health.version if health else "",
            round_trip_ms=desk.round_trip_ms,
            problems=health.problems if health else (),
            events=self.events,
            message=desk.said(),
            details=details if task == self.view.selected else (),
        )


class Pen:
    """Turns lines of rich into what a terminal reads; NO_COLOR is honoured by rich."""

    def __init__(self) -> None:
        told = console()
        self._console = Console(
            file=io.StringIO(),
            force_terminal=True,
            color_system="auto",
            no_color=told.no_color,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def lines(self, lines: Sequence[Text], width: int) -> list[str]:
        """Return each line with its escape codes."""
        self._console.width = width
        found = []
        for line in lines:
            with self._console.capture() as written:
                self._console.print(line, end="", no_wrap=True, overflow="crop", crop=True)
            found.append(written.get())
        return found


def _details(client: Client, task_id: str) -> Iterator[tuple[str, str]]:
    reply = client.task(task_id)
    yield from _describe(reply)
    yield from expected_facts(reply.task, outlooks(client, [reply.task]).get(task_id))


def _describe(reply: TaskReply) -> Iterator[tuple[str, str]]:
    info, spec = reply.task, reply.spec
    for name in ("id", "title", "kind", "state", "queue", "priority", "attempt", "lost", "worker"):
        value = plain(getattr(info, name))
        if value not in (None, ""):
            yield name, str(value)
    for name in ("created_at", "started_at", "ended_at"):
        yield name.removesuffix("_at"), clock(getattr(info, name))
    yield "folder", spec.cwd
    if info.error is not None:
        yield "error", f"{info.error.code}: {info.error.msg}"
    for key, value in spec.params.items():
        yield "params", f"{key} = {str(value)[:_VALUE_CHARS]}"
    for line in reply.story:
        yield "story", f"{clock(line.at)} {line.state.value} {line.note}"

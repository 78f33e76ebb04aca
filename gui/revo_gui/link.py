"""The desktop's one tie to the daemon: a mirror for what is, a thread of calls for what is asked.

The mirror's thread hands over messages and sets one flag; the Qt thread takes everything that has
gathered in one frame, at most 30 times a second, and not at all while nobody can see it.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from revo_edge import __version__
from revo_edge.client.client import Client
from revo_edge.client.mirror import Link as MirrorLink
from revo_edge.client.mirror import Mirror, MirrorCounters, MirrorState
from revo_edge.client.task_copy import TaskCopy
from revo_edge.contract.events import METRIC, PROGRESS
from revo_edge.contract.metrics import MetricHistory
from revo_edge.contract.record import decode_body
from revo_edge.contract.requests import HelloReply, StreamEvent
from revo_edge.contract.tasks import TaskInfo
from revo_edge.errors import RevoError, VersionMismatch
from revo_edge.paths import Paths
from revo_gui.calls import Calls
from revo_gui.history import History

T = TypeVar("T")

STALE_S = 2.0
"""After so long without a word what is shown is dimmed: heartbeats come each second."""
LOST_S = 5.0
FRAME_MS = 33
_SLOW_FRAME_MS = 100
_LOOK_MS = 500
_PING_S = 2.0
EVENTS_KEPT = 10_000
_SAMPLES_KEPT = 9_000
_EARLIER = 2_000
"""Events from before the join that are shown, so that a new window does not begin empty."""
_LOOK_BACK = (10_000, 5_000, 2_000, 1_000, 500, 200)
"""Numbers of the stream to look back by, as far as the daemon still has them."""
_PAGE = 1_000
_SHOWN_TOPICS = ("task.", "worker.", "engine.", "alert.", "sys.")


class Presence(Enum):
    """How the desktop stands to the daemon; every view shows which it is."""

    JOINING = "joining"
    LIVE = "live"
    STALE = "stale"
    """Silent for 2 s: what is shown is dimmed; at 5 s it is lost."""
    LOST = "lost"
    SKEW = "skew"
    """The daemon speaks another protocol."""


class Missed(Enum):
    """Stands in a list of events where some were missed for good."""

    GAP = "gap"


Line = StreamEvent | Missed


@dataclass(frozen=True, slots=True)
class Frame:
    """What changed since the last frame, and everything as it is now."""

    state: MirrorState
    presence: Presence
    changed: tuple[TaskInfo, ...]
    """Tasks that are new or other than before, oldest first."""
    removed: tuple[str, ...]
    lines: tuple[Line, ...]
    """Events since the last frame; metrics are in the history instead."""
    sampled: bool
    """True when the history has grown."""


class Link(QObject):
    """Owns the mirror and the calls; everything else of the desktop lives in the Qt thread."""

    frame = Signal(object)
    """A Frame; only while `watched`."""
    presence_changed = Signal(object)
    """A Presence; also while nobody watches (for the tray icon)."""
    greeted = Signal(object)
    """The HelloReply of a daemon, after each join of a new boot."""
    _woken = Signal()

    def __init__(self, paths: Paths, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.paths = paths
        self.history = History()
        self.presence = Presence.JOINING
        self.hello: HelloReply | None = None
        self.round_trip_ms: float | None = None
        self._watched = False
        self._pending = False  # written by both threads: a lost race costs one extra wake
        self._lines: deque[Line] = deque(maxlen=EVENTS_KEPT)
        self._samples: deque[StreamEvent] = deque(maxlen=_SAMPLES_KEPT)
        self._tasks = TaskCopy()
        self._boot = ""
        self._heard = (0, time.monotonic())
        self._first = ("", 0)  # (boot, s) of the first message of the newest boot
        self._greeted_boot = ""
        self._earlier = ("", 0)  # (boot, s) of the last message that was read, not received
        self._pinged_at = 0.0
        self._calls = Calls(paths, self)
        self._woken.connect(self._schedule, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self, singleShot=True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._emit_frame)
        self._framed_at = 0.0
        self._frame_cost_ms = 0.0
        self._looker = QTimer(self, interval=_LOOK_MS)
        self._looker.timeout.connect(self._look)
        self._looker.start()
        self._mirror = Mirror(paths, on_change=self._wake, on_events=self._gather)

    @property
    def counters(self) -> MirrorCounters:
        """What the mirror has been through."""
        return self._mirror.counters

    @property
    def too_slow(self) -> bool:
        """True when this desktop keeps missing events."""
        return self._mirror.too_slow

    @property
    def silent_s(self) -> float:
        """Seconds since the daemon was last heard of."""
        return time.monotonic() - self._heard[1]

    @property
    def online(self) -> bool:
        """True when the daemon can be asked for something."""
        return self.presence in (Presence.LIVE, Presence.STALE)

    @property
    def skewed(self) -> str:
        """The daemon's version, when it is not this program's; else empty."""
        found = self.hello.version if self.hello else __version__
        return found if found != __version__ else ""

    def state(self) -> MirrorState:
        """Return everything as it is now; its tasks change with the next call."""
        return self._mirror.follow(self._tasks)

    def watch(self, watched: bool) -> None:  # noqa: FBT001 - one switch
        """Send frames, or gather quietly because nobody can see them."""
        self._watched = watched
        if watched:
            self._schedule()

    def ask(
        self,
        owner: QObject,
        work: Callable[[Client], T],
        done: Callable[[T], None],
        failed: Callable[[RevoError], None],
    ) -> None:
        """Ask the daemon off the Qt thread; see Calls.run."""
        self._calls.run(owner, work, done, failed)

    def close(self) -> None:
        """End both threads and their sockets."""
        self._looker.stop()
        self._timer.stop()
        self._mirror.close()
        self._calls.close()

    # the mirror's thread

    def _gather(self, new: Sequence[StreamEvent], missed: bool) -> None:  # noqa: FBT001 - OnEvents
        if missed:
            self._lines.append(Missed.GAP)
        for found in new:
            boot, s = found.event.b, found.event.s
            if boot != self._first[0]:
                self._first = (boot, s)
            if boot == self._earlier[0] and s <= self._earlier[1]:
                continue
            (self._samples if found.event.k == METRIC else self._lines).append(found)

    def _wake(self) -> None:
        if not self._pending:
            self._pending = True
            self._woken.emit()

    # the Qt thread

    def _schedule(self) -> None:
        """Begin a frame now, or as soon as the last one is long enough ago."""
        self._pending = False
        if not self._watched or self._timer.isActive():
            return
        # frames that are costly come less often, so that the program stays usable
        interval_ms = min(_SLOW_FRAME_MS, max(FRAME_MS, 3 * self._frame_cost_ms))
        since_ms = (time.monotonic() - self._framed_at) * 1000
        self._timer.start(max(0, round(interval_ms - since_ms)))

    def _emit_frame(self) -> None:
        began = time.monotonic()
        state = self.state()
        self._see(state)
        # what was said before the join comes first: it is here once the daemon has answered
        ready = len(self._lines) if self._greeted_boot == state.boot else 0
        lines = tuple(self._lines.popleft() for _ in range(ready))
        changed, removed = self._tasks.take()
        sampled = self._take_samples()
        self.frame.emit(Frame(state, self.presence, changed, removed, lines, sampled))
        self._framed_at = time.monotonic()
        self._frame_cost_ms = (self._framed_at - began) * 1000

    def _take_samples(self) -> bool:
        count = len(self._samples)
        for _ in range(count):
            found = self._samples.popleft()
            self.history.add(decode_body(found.topic, found.event))
        return count > 0

    def _look(self) -> None:
        """Notice silence, which no message tells of; measure the round trip."""
        self._see(self.state())
        if not self._watched and len(self._samples) > _SAMPLES_KEPT // 2:
            self._take_samples()
        now = time.monotonic()
        if self.online and self._watched and now - self._pinged_at >= _PING_S:
            self._pinged_at = now
            self.ask(self, _round_trip, self._note_round_trip, lambda _: None)

    def _see(self, state: MirrorState) -> None:
        counters = self._mirror.counters
        if counters.events != self._heard[0] or state.boot != self._boot:
            self._heard = (counters.events, time.monotonic())
        if state.boot != self._boot and state.link is MirrorLink.LIVE:
            self._boot = state.boot
            self._pinged_at = 0.0
            self.ask(self, _greet, self._note_greeting, self._note_no_greeting)
        presence = self._presence_of(state.link, counters.problem_code)
        if presence is not self.presence:
            self.presence = presence
            self.presence_changed.emit(presence)
            self._schedule()

    def _presence_of(self, link: MirrorLink, problem_code: str) -> Presence:
        if link is MirrorLink.LOST and problem_code == VersionMismatch.code:
            return Presence.SKEW
        if link in (MirrorLink.LOST, MirrorLink.JOINING):
            return Presence.LOST if link is MirrorLink.LOST else Presence.JOINING
        return Presence.STALE if self.silent_s >= STALE_S else Presence.LIVE

    def _note_greeting(self, answer: "_Greeting") -> None:
        self.hello = answer.hello
        self.history.load(answer.metrics)
        if answer.hello.boot == self._boot:  # else it has restarted, and is greeted again
            self._note_earlier(answer.events)
        self.greeted.emit(answer.hello)
        self._schedule()

    def _note_no_greeting(self, _error: RevoError) -> None:
        """Go on without; the next join greets again."""
        self._greeted_boot = self._boot

    def _note_earlier(self, events: Sequence[StreamEvent]) -> None:
        """Put what was said before the join in front of what has come since."""
        first_boot, first_s = self._first
        if first_boot == self._boot:
            events = [found for found in events if found.event.s < first_s]
        elif events:
            self._earlier = (self._boot, events[-1].event.s)
        self._lines.extendleft(reversed(events))
        self._greeted_boot = self._boot

    def _note_round_trip(self, round_trip_ms: float) -> None:
        self.round_trip_ms = round_trip_ms


@dataclass(frozen=True, slots=True)
class _Greeting:
    hello: HelloReply
    metrics: MetricHistory
    events: tuple[StreamEvent, ...]


def _greet(client: Client) -> _Greeting:
    hello = client.hello()
    return _Greeting(hello, client.metrics(), _earlier_events(client, hello.boot))


def _earlier_events(client: Client, boot: str) -> tuple[StreamEvent, ...]:
    last = client.s
    for back in _LOOK_BACK:
        reply = client.events_since(boot, max(0, last - back), _SHOWN_TOPICS, limit=_PAGE)
        if not reply.too_old:
            break
    found: deque[StreamEvent] = deque(maxlen=_EARLIER)
    while True:
        found.extend(event for event in reply.events if event.event.k != PROGRESS)
        if reply.too_old or len(reply.events) < _PAGE:
            return tuple(found)
        reply = client.events_since(boot, reply.s, _SHOWN_TOPICS, limit=_PAGE)


def _round_trip(client: Client) -> float:
    began = time.perf_counter()
    client.hello()
    return (time.perf_counter() - began) * 1000

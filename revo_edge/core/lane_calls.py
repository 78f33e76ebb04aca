"""The resident lane of one engine: which process answers which call, and what a loss costs.

A lane is one writer and some readers, and a watcher while folders are followed. Each process has at
most one call at a time; the others wait in order. Time comes in as `now`.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from revo_edge.contract.tasks import ErrorInfo

QUEUE_LIMIT = 256
"""Calls that may wait for the processes of one role; more are answered QUEUE_FULL."""
SILENT_S = 10.0
"""A process that has said nothing for so long hangs, and is replaced."""
START_LIMIT_S = 120.0
"""One that starts may check or salvage a damaged file of some gigabytes first."""
HEDGE_S = 1.0
"""A read that takes so long is asked of an idle reader, too; the first answer counts."""
ATTEMPTS = 2
"""A call that has cost so many processes their life is not tried again."""
BACK_OFF_S = (0.0, 0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Waits before a restart, by how many of this role died in a row without answering a call."""


class Part(Enum):
    """What a process of the lane does."""

    WRITER = "writer"
    READER = "reader"
    WATCHER = "watcher"


@dataclass(slots=True)
class LaneCall:
    """A call on its way. `safe` may be sent twice: it reads, or its key makes it happen once."""

    id: int
    part: Part
    safe: bool
    deadline: float
    sent_at: float = 0.0
    processes: set[str] = field(default_factory=set)
    lost: int = 0


@dataclass(slots=True)
class _Process:
    id: str
    part: Part
    heard_at: float
    ready: bool = False
    call: LaneCall | None = None


@dataclass(frozen=True, slots=True)
class SendCall:
    """Send the call to the process."""

    process: str
    call: int


@dataclass(frozen=True, slots=True)
class FailCall:
    """Answer the call with the error."""

    call: int
    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class StartProcess:
    """Start a process of the lane."""

    process: str
    part: Part


@dataclass(frozen=True, slots=True)
class KillProcess:
    """Kill the process; its end is told by `lost`."""

    process: str
    reason: str


LaneAction = SendCall | FailCall | StartProcess | KillProcess


class LaneCalls:
    """Decides for one lane; each method returns what is to be done, in order."""

    def __init__(self, engine: str, readers: int) -> None:
        self.engine = engine
        self._wanted = {Part.WRITER: 1, Part.READER: readers, Part.WATCHER: 0}
        self._processes: dict[str, _Process] = {}
        self._waiting: dict[Part, deque[LaneCall]] = {part: deque() for part in Part}
        self._calls: dict[int, LaneCall] = {}
        self._fruitless: dict[Part, int] = dict.fromkeys(Part, 0)
        self._start_at: dict[Part, list[float]] = {part: [] for part in Part}
        self._why: dict[Part, str] = dict.fromkeys(Part, "")
        self._numbers = 0
        self._actions: list[LaneAction] = []
        self._is_started = False

    # what happens

    def start(self, now: float) -> list[LaneAction]:
        """Start the processes; without it the first call does."""
        self._begin(now)
        return self._decided()

    def want(self, part: Part, count: int, now: float) -> list[LaneAction]:
        """Change how many processes of a part there shall be."""
        if count != self._wanted[part]:
            self._wanted[part] = count
            if not self._is_started:
                return []
            self._fill(part, now)
            for process in [p for p in self._processes.values() if p.part is part][count:]:
                self._actions.append(KillProcess(process.id, "it is no longer needed"))
        return self._decided()

    def submit(self, call: LaneCall, now: float) -> list[LaneAction]:
        """Take a call in; it is answered now, later, or by a FailCall."""
        waiting = self._waiting[call.part]
        if not self._is_started:
            self._begin(now)
        if not self._any(call.part):
            self._fail(call, "UNAVAILABLE", self._broken(call.part), after_ms=1_000)
        elif len(waiting) >= QUEUE_LIMIT:
            text = f"{QUEUE_LIMIT} calls of {self.engine} wait already. Ask again in a moment."
            self._fail(call, "QUEUE_FULL", text, after_ms=100)
        else:
            self._calls[call.id] = call
            waiting.append(call)
            self._assign(call.part, now)
        return self._decided()

    def ready(self, process_id: str, now: float) -> list[LaneAction]:
        """Count a started process in."""
        process = self._processes.get(process_id)
        if process is not None:
            process.ready, process.heard_at = True, now
            self._assign(process.part, now)
        return self._decided()

    def heard(self, process_id: str, now: float) -> None:
        """Note a sign of life."""
        process = self._processes.get(process_id)
        if process is not None:
            process.heard_at = now

    def replied(self, process_id: str, call_id: int, now: float) -> tuple[bool, list[LaneAction]]:
        """Free the process; tell whether its answer is still wanted."""
        process = self._processes.get(process_id)
        if process is None or process.call is None or process.call.id != call_id:
            return False, []
        call, process.call, process.heard_at = process.call, None, now
        call.processes.discard(process_id)
        self._fruitless[process.part] = 0
        wanted = self._calls.pop(call_id, None) is not None
        self._assign(process.part, now)
        return wanted, self._decided()

    def lost(self, process_id: str, words: str, now: float) -> list[LaneAction]:
        """Count out a process that ended; its call goes to another, and a new one starts."""
        process = self._processes.pop(process_id, None)
        if process is None:
            return []
        part = process.part
        self._fruitless[part] += 1
        self._why[part] = words
        self._again(process, words)
        wait_s = BACK_OFF_S[min(self._fruitless[part], len(BACK_OFF_S)) - 1]
        if wait_s and self._missing(part):
            self._start_at[part].append(now + wait_s)
            self._refuse_waiting(part)
        self._fill(part, now)
        self._assign(part, now)
        return self._decided()

    def restart(self, process_id: str) -> list[LaneAction]:
        """Replace a process because somebody asked for it."""
        if process_id in self._processes:
            self._actions.append(KillProcess(process_id, "a restart was asked for"))
        return self._decided()

    # time

    def next_deadline(self) -> float | None:
        """Return when `tick` is next worth calling."""
        times = [call.deadline for call in self._calls.values()]
        times += [at for starts in self._start_at.values() for at in starts]
        for process in self._processes.values():
            limit_s = SILENT_S if process.ready else START_LIMIT_S
            times.append(process.heard_at + limit_s)
            if process.call is not None and self._may_hedge(process.call):
                times.append(process.call.sent_at + HEDGE_S)
        return min(times, default=None)

    def tick(self, now: float) -> list[LaneAction]:
        """Do what is due: deadlines, silent processes, second opinions, restarts."""
        for call in [call for call in self._calls.values() if now >= call.deadline]:
            text = "The answer did not come before the deadline. Ask again, or allow more time."
            self._forget(call)
            self._fail(call, "DEADLINE", text)
        for process in self._processes.values():
            limit_s = SILENT_S if process.ready else START_LIMIT_S
            if now >= process.heard_at + limit_s:
                reason = f"it said nothing for {now - process.heard_at:.0f} s"
                self._actions.append(KillProcess(process.id, reason))
                process.heard_at = now  # asked once; its end is told by `lost`
        self._hedge(now)
        for part, starts in self._start_at.items():
            self._start_at[part] = [at for at in starts if now < at]
            self._fill(part, now)
        return self._decided()

    # what is seen

    @property
    def trouble(self) -> str:
        """Say why a part does not answer; empty: all is well, or about to be."""
        parts = [part for part in Part if self._start_at[part] and not self._any(part)]
        return " ".join(self._broken(part) for part in parts)

    @property
    def busy(self) -> int:
        """How many processes answer a call."""
        return sum(process.call is not None for process in self._processes.values())

    @property
    def waiting(self) -> int:
        """How many calls wait for a process."""
        return sum(len(waiting) for waiting in self._waiting.values())

    def states(self) -> Iterator[tuple[str, bool, bool]]:
        """Yield (process, is ready, is busy)."""
        for process in self._processes.values():
            yield process.id, process.ready, process.call is not None

    # decisions

    def _decided(self) -> list[LaneAction]:
        actions, self._actions = self._actions, []
        return actions

    def _start(self, part: Part, now: float) -> None:
        self._numbers += 1
        process = _Process(f"{self.engine}-{part.value}-{self._numbers}", part, now)
        self._processes[process.id] = process
        self._actions.append(StartProcess(process.id, part))

    def _begin(self, now: float) -> None:
        self._is_started = True
        for part in Part:
            self._fill(part, now)

    def _missing(self, part: Part) -> int:
        """Return how many processes are wanted beyond those that are there or about to be."""
        there = sum(process.part is part for process in self._processes.values())
        return self._wanted[part] - there - len(self._start_at[part])

    def _fill(self, part: Part, now: float) -> None:
        for _ in range(self._missing(part)):
            self._start(part, now)

    def _any(self, part: Part) -> bool:
        return any(process.part is part for process in self._processes.values())

    def _idle(self, part: Part) -> _Process | None:
        for process in self._processes.values():
            if process.part is part and process.ready and process.call is None:
                return process
        return None

    def _assign(self, part: Part, now: float) -> None:
        waiting = self._waiting[part]
        while waiting and (process := self._idle(part)) is not None:
            self._send(waiting.popleft(), process, now)

    def _send(self, call: LaneCall, process: _Process, now: float) -> None:
        call.sent_at = now
        call.processes.add(process.id)
        process.call, process.heard_at = call, now
        self._actions.append(SendCall(process.id, call.id))

    def _may_hedge(self, call: LaneCall) -> bool:
        return (
            call.part is Part.READER
            and call.id in self._calls
            and len(call.processes) == 1
            and self._idle(Part.READER) is not None
        )

    def _hedge(self, now: float) -> None:
        for process in list(self._processes.values()):
            call = process.call
            if call is None or not self._may_hedge(call) or now < call.sent_at + HEDGE_S:
                continue
            other = self._idle(Part.READER)
            if other is not None:
                self._send(call, other, now)

    def _again(self, process: _Process, words: str) -> None:
        """See to the call of a process that died."""
        call = process.call
        if call is None or call.id not in self._calls:
            return
        call.lost += 1
        call.processes.discard(process.id)
        if call.processes:
            return  # another process is at it
        if not call.safe:
            text = (
                f"The writer of {self.engine} {words} while it worked on this. It may have been "
                "done: look, or send it again with the same key."
            )
            self._give_up(call, "UNAVAILABLE", text)
        elif call.lost >= ATTEMPTS:
            text = f"Two processes of {self.engine} ended on this call: the last one {words}."
            self._give_up(call, "INTERNAL", text)
        else:
            self._waiting[process.part].appendleft(call)

    def _refuse_waiting(self, part: Part) -> None:
        if self._any(part):
            return
        for call in list(self._waiting[part]):
            self._give_up(call, "UNAVAILABLE", self._broken(part), after_ms=1_000)

    def _give_up(self, call: LaneCall, code: str, text: str, after_ms: int | None = None) -> None:
        self._forget(call)
        self._fail(call, code, text, after_ms)

    def _forget(self, call: LaneCall) -> None:
        self._calls.pop(call.id, None)
        if call in self._waiting[call.part]:
            self._waiting[call.part].remove(call)

    def _fail(self, call: LaneCall, code: str, text: str, after_ms: int | None = None) -> None:
        retry = code in ("UNAVAILABLE", "QUEUE_FULL", "DEADLINE")
        self._actions.append(FailCall(call.id, ErrorInfo(code, text, retry, after_ms)))

    def _broken(self, part: Part) -> str:
        return (
            f"The {part.value} of {self.engine} does not stay up: the last one {self._why[part]}. "
            "It is started again; `revo daemon logs` says more."
        )

"""Calls: from a client or a task to the resident lane and back.

The loop decodes no params and no replies of calls: both pass through as they came.
"""

import itertools
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from revo_edge.contract import workers as wire
from revo_edge.contract.calls import CALLS
from revo_edge.contract.events import MemoryKept, MemoryUse
from revo_edge.contract.kinds import Lane
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.contract.watching import FolderNote
from revo_edge.contract.workers import WorkerInfo, WorkerState
from revo_edge.core import lane_calls as lane
from revo_edge.core.lane_calls import LaneAction, LaneCalls, Part
from revo_edge.daemon.asks import Ask
from revo_edge.daemon.lane_counts import LaneCounts
from revo_edge.daemon.processes import Processes
from revo_edge.errors import UnknownMethod, by_code

log = logging.getLogger(__name__)

FORGET = "recall.forget"
PATIENCE_S = 30.0
"""How long a call without a deadline may take."""

Answer = Callable[[msgspec.Raw, ErrorInfo | None], None]
"""Told the reply, or else the error."""
Tell = Callable[[str, wire.ToWorker], None]


@dataclass(slots=True)
class _Call:
    """What is to be sent, and who waits for the answer."""

    message: wire.LaneCall
    answer: Answer
    began: float


@dataclass(slots=True)
class EngineLane:
    """The lane of one engine: what decides, what waits, what was counted."""

    calls: LaneCalls
    options: msgspec.Raw
    waiting: dict[int, _Call] = field(default_factory=dict)
    counts: LaneCounts = field(default_factory=LaneCounts)

    def has(self, process_id: str) -> bool:
        """Tell whether a process is one of this lane."""
        return process_id.partition("-")[0] == self.calls.engine


class Lanes:
    """All resident lanes of one daemon; runs on the loop's thread."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._by_engine: dict[str, EngineLane] = {}
        self._numbers = itertools.count(1)
        self.tell: Tell
        self.changed: Callable[[str], None] = lambda process: None
        """Told of a process whose record has changed."""
        self.forgot: Callable[[], None] = lambda: None
        """Told that something was forgotten."""
        self.used: Callable[[str, MemoryUse], None] = lambda kind, use: None
        self.kept: Callable[[MemoryKept], None] = lambda kept: None
        """Both are told what is to be published."""
        self.folder: Callable[[FolderNote], None] = lambda note: None
        """Told what was seen of a watched folder."""

    def add(self, engine: str, readers: int, options: msgspec.Raw) -> None:
        """Add the lane of an engine; its processes start with `start` or the first call."""
        self._by_engine[engine] = EngineLane(LaneCalls(engine, readers), options)

    def start(self, engine: str, now: float) -> None:
        """Start the processes of a lane now."""
        each = self._by_engine.get(engine)
        if each is not None:
            self._do(each, each.calls.start(now))

    # calls

    def ask(self, ask: Ask) -> None:
        """Take a client's call; it is answered later."""

        def answer(result: msgspec.Raw, error: ErrorInfo | None) -> None:
            if error is None:
                ask.ok(result)
            else:
                ask.fail(
                    by_code(error.code)(error.msg, after_ms=error.after_ms, detail=error.detail)
                )

        request = ask.request
        message = wire.LaneCall(next(self._numbers), request.m, request.p, request.key)
        self._submit(message, answer, ask.deadline, ask.began)

    def call(self, worker_id: str, call: wire.Call, now: float) -> None:
        """Take a call of a task."""

        def answer(result: msgspec.Raw, error: ErrorInfo | None) -> None:
            self.tell(worker_id, wire.CallReply(call.call, result, error))

        if call.method not in CALLS:
            text = f'There is no call "{call.method}". The known ones are: {", ".join(CALLS)}.'
            answer(msgspec.Raw(b"\xc0"), ErrorInfo(UnknownMethod.code, text))
            return
        message = wire.LaneCall(next(self._numbers), call.method, call.params, call.key)
        self._submit(message, answer, None, now)

    def _submit(
        self, message: wire.LaneCall, answer: Answer, deadline: float | None, now: float
    ) -> None:
        method = CALLS[message.method]
        each = self._by_engine.get(method.engine)
        if each is None:
            text = f"{message.method} needs the engine {method.engine}, which is switched off."
            answer(msgspec.Raw(b"\xc0"), ErrorInfo("UNAVAILABLE", text))
            return
        each.waiting[message.call] = _Call(message, answer, now)
        call = lane.LaneCall(
            message.call,
            Part.WRITER if method.mutates else Part.READER,
            safe=not method.mutates or message.key is not None,
            deadline=now + PATIENCE_S if deadline is None else deadline,
        )
        self._do(each, each.calls.submit(call, now))

    # processes

    def take(self, process_id: str, message: wire.FromWorker, now: float) -> None:
        """Deal with a message of a process."""
        each = self._of(process_id)
        match message:
            case wire.Ready():
                self._do(each, each.calls.ready(process_id, now))
                self.changed(process_id)
            case wire.LaneNote():
                each.calls.heard(process_id, now)
                each.counts.figures[process_id] = message.figures
                for kept in message.kept:
                    self.kept(kept)
                for folder in message.folders:
                    self.folder(folder)
            case wire.LaneReply():
                self._replied(each, process_id, message, now)

    def _replied(
        self, each: EngineLane, process_id: str, reply: wire.LaneReply, now: float
    ) -> None:
        """Pass an answer on, unless another process or the deadline was faster."""
        wanted, actions = each.calls.replied(process_id, reply.call, now)
        if wanted:
            self._answer(each, reply, now)
        self._do(each, actions)

    def has(self, process_id: str) -> bool:
        """Tell whether a process is one of a lane, dead or alive."""
        return process_id.partition("-")[0] in self._by_engine

    def lost(self, process_id: str, words: str, now: float) -> None:
        """Count out a process that ended or did not start."""
        each = self._of(process_id)
        each.counts.figures.pop(process_id, None)
        log.warning("%s %s", process_id, words)
        self._do(each, each.calls.lost(process_id, words, now))
        self.changed(process_id)

    def want(self, engine: str, part: Part, count: int, now: float) -> None:
        """Change how many processes of a part there shall be."""
        each = self._by_engine[engine]
        self._do(each, each.calls.want(part, count, now))

    def restart(self, process_id: str) -> bool:
        """Replace a process; False: there is none of this id."""
        if self.worker(process_id) is None:
            return False
        each = self._of(process_id)
        self._do(each, each.calls.restart(process_id))
        return True

    def _of(self, process_id: str) -> EngineLane:
        return self._by_engine[process_id.partition("-")[0]]

    # time

    def next_deadline(self) -> float | None:
        """Return when `tick` is next worth calling."""
        found = [each.calls.next_deadline() for each in self._by_engine.values()]
        found += [each.counts.next_use() for each in self._by_engine.values()]
        return min((when for when in found if when is not None), default=None)

    def tick(self, now: float) -> None:
        """Do what is due."""
        for each in self._by_engine.values():
            self._do(each, each.calls.tick(now))
            for kind, use in each.counts.take_uses(now):
                self.used(kind, use)

    # what is seen

    def lane(self, engine: str) -> EngineLane | None:
        """Return the lane of an engine."""
        return self._by_engine.get(engine)

    def workers(self) -> Iterator[WorkerInfo]:
        """Yield the public record of each process."""
        for each in self._by_engine.values():
            for process_id, ready, busy in each.calls.states():
                state = WorkerState.BUSY if busy else WorkerState.IDLE
                yield WorkerInfo(
                    process_id, Lane.RESIDENT, state if ready else WorkerState.STARTING
                )

    def worker(self, process_id: str) -> WorkerInfo | None:
        """Return the public record of a process."""
        return next((info for info in self.workers() if info.id == process_id), None)

    # acting

    def _do(self, each: EngineLane, actions: list[LaneAction]) -> None:
        now = time.monotonic()
        for action in actions:
            match action:
                case lane.SendCall(process, call_id):
                    self.tell(process, each.waiting[call_id].message)
                case lane.FailCall(call_id, error):
                    self._answer(each, wire.LaneReply(call_id, error=error), now)
                case lane.StartProcess(process, part):
                    name = f"{each.calls.engine}.{part.value}"
                    self._processes.start(process, Lane.RESIDENT, name, each.options)
                    self.changed(process)
                case lane.KillProcess(process, reason):
                    log.warning("killing %s: %s", process, reason)
                    self._processes.kill(process)

    def _answer(self, each: EngineLane, reply: wire.LaneReply, now: float) -> None:
        waiting = each.waiting.pop(reply.call, None)
        if waiting is None:
            return
        method = waiting.message.method
        ms = (now - waiting.began) * 1000
        each.counts.answered(CALLS[method], ms, reply.items, reply.error, now)
        if method == FORGET and reply.error is None:
            self.forgot()
        waiting.answer(reply.result, _without_trace(method, reply.error))


def _without_trace(method: str, error: ErrorInfo | None) -> ErrorInfo | None:
    """Put a bug's traceback into the log: it is not for the wire."""
    if error is None or error.code != "INTERNAL" or not error.detail:
        return error
    log.error("%s failed:\n%s", method, error.detail.get("traceback", ""))
    return msgspec.structs.replace(error, detail=None)

"""A process of the resident lane: it keeps an engine's data open and answers one call at a time.

Between calls it does the engine's background work in short steps, and says once a second that it
lives and what it counted.
"""

import gc
import logging
import os
import time
import traceback

import msgspec
import zmq

from revo_edge import procfs
from revo_edge.contract import codec
from revo_edge.contract.calls import CALLS
from revo_edge.contract.events import MemoryKept
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.contract.watching import FolderNote
from revo_edge.contract.workers import Exit, FromWorker, LaneCall, LaneNote, LaneReply, Ready
from revo_edge.engines.base import Resident
from revo_edge.engines.registry import open_resident
from revo_edge.errors import RevoError
from revo_edge.paths import find_paths
from revo_edge.pool import lifeline
from revo_edge.pool.birth import Birth
from revo_edge.pool.worker_main import settle

log = logging.getLogger(__name__)

NOTE_S = 1.0
QUIET_S = 0.05
"""Background work begins after so long without a call: more of them may be on their way."""
BUSY_S = 2.0
"""When calls never pause, background work is done between two of them, so often at most."""
LINGER_MS = 1000
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""For numpy, before it is imported: threads that wait for each other cost more than small products."""
NICENESS = 0
"""Somebody waits for the answer; workers run at +5."""


def run(birth: Birth, lifeline_fd: int) -> None:
    """Be the process until the daemon says Exit."""
    settle(birth.worker_id, NICENESS)
    os.environ.update(ONE_THREAD)
    lifeline.arm(lifeline_fd)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.identity = birth.worker_id.encode("ascii")
    socket.linger = LINGER_MS
    socket.sndhwm = socket.rcvhwm = 0
    socket.connect(birth.address)
    process = LaneProcess(socket)
    resident = open_resident(
        birth.part, find_paths(birth.home).home, birth.options, process.note_if_due
    )
    try:
        process.serve(resident)
    finally:
        resident.close()
        socket.close()
        context.term()


class LaneProcess:
    """The socket of one process, and when it last said that it lives."""

    def __init__(self, socket: "zmq.Socket[bytes]") -> None:
        self._socket = socket
        self._resident: Resident | None = None
        self._noted_at = 0.0

    def serve(self, resident: Resident) -> None:
        """Answer until the daemon says Exit."""
        self._resident = resident
        pid = os.getpid()
        self._send(Ready(pid, procfs.start_ticks(pid) or 0))
        wait_s: float | None = QUIET_S
        rested_at, is_loaded = time.monotonic(), False
        while True:
            self.note_if_due()
            limit_s = NOTE_S if wait_s is None else min(wait_s, NOTE_S)
            is_quiet = not self._socket.poll(int(limit_s * 1000))
            now = time.monotonic()
            if is_quiet or (wait_s is not None and now - rested_at >= BUSY_S):
                wait_s, rested_at = resident.rest(now), now
                if wait_s is None and not is_loaded:
                    is_loaded = True
                    gc.collect()
                    gc.freeze()  # what is there by now stays: no answer waits for a look at it
                continue
            message = codec.decode_to_worker(self._socket.recv())
            if isinstance(message, Exit):
                return
            if isinstance(message, LaneCall):
                self._send(answer(resident, message))
                wait_s = QUIET_S

    def note_if_due(self) -> None:
        """Say once a second that the process lives; the engine calls it during long work, too."""
        now = time.monotonic()
        if now - self._noted_at >= NOTE_S:
            self._noted_at = now
            self._send(_note(self._resident) if self._resident else LaneNote({}))

    def _send(self, message: FromWorker) -> None:
        self._socket.send(codec.encode(message))


def _note(resident: Resident) -> LaneNote:
    news = resident.news()
    kept = tuple(each for each in news if isinstance(each, MemoryKept))
    folders = tuple(each for each in news if isinstance(each, FolderNote))
    return LaneNote(resident.note(), kept, folders)


def answer(resident: Resident, call: LaneCall) -> LaneReply:
    """Answer one call; an engine's bug is an answer, too, and does not end the process."""
    try:
        method = CALLS[call.method]
        params = codec.decode_as(call.params, method.params)
        reply = resident.call(call.method, params, call.key)
        if isinstance(reply, msgspec.Raw):
            return LaneReply(call.call, reply)
        items = len(getattr(reply, method.counted)) if method.counted else 0
        return LaneReply(call.call, msgspec.Raw(codec.encode(reply)), items=items)
    except RevoError as error:
        info = ErrorInfo(error.code, error.msg, error.retryable, error.after_ms, error.detail)
        return LaneReply(call.call, error=info)
    except Exception as error:  # noqa: BLE001 - border: around an engine
        text = f"{call.method} failed inside the engine ({type(error).__name__}: {error})."
        trace = {"traceback": traceback.format_exc()}
        return LaneReply(call.call, error=ErrorInfo("INTERNAL", text, detail=trace))

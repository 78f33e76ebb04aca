"""What workers say and what becomes of them: from the pool socket to the scheduler."""

import logging
import time
from dataclasses import dataclass
from functools import partial

from revo_edge.clock import utc_now
from revo_edge.contract import workers as wire
from revo_edge.contract.kinds import Lane
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.core.routing import Publisher
from revo_edge.core.scheduler import Scheduler
from revo_edge.daemon.background import Background
from revo_edge.daemon.lanes import Lanes
from revo_edge.daemon.processes import Process, Processes
from revo_edge.daemon.shell import Shell
from revo_edge.store.journal_read import ChildPage, JournalReader
from revo_edge.store.writes import DropGroup, PutGroup

log = logging.getLogger(__name__)

READ_CHILDREN = 256
"""Outcomes in one answer to a restarted driver."""


@dataclass(slots=True)
class WorkerMessages:
    """Takes the messages and the ends of workers."""

    scheduler: Scheduler
    publisher: Publisher
    processes: Processes
    shell: Shell
    lanes: Lanes
    reader: Background
    journal: JournalReader

    def take(self, worker_id: str, message: wire.FromWorker, now: float) -> None:
        """Deal with one message."""
        if self.lanes.has(worker_id):
            self.lanes.take(worker_id, message, now)
            return
        match message:
            case wire.Ready():
                self.shell.perform(self.scheduler.worker_ready(worker_id, now))
            case wire.Outcomes():
                self.shell.perform(self.scheduler.outcomes(worker_id, message, now))
            case wire.ProgressNote():
                self.shell.perform(self.scheduler.progress(worker_id, message, now))
            case wire.Children():
                self.shell.perform(self.scheduler.children(worker_id, message, now))
            case wire.ReadChildren():
                self._read_children(worker_id, message)
            case wire.LogNote(owner, size_bytes):
                task_id = owner.partition("/")[0]
                self.shell.publish(self.publisher.log(task_id, size_bytes, now, utc_now()))
            case wire.Call():
                self.lanes.call(worker_id, message, now)

    def started(self, process: Process) -> None:
        """Write down the process group, so that a crash of the daemon leaves none behind."""
        group = PutGroup(process.started.pid, process.started.start_ticks)
        self.shell.perform([], writes=[group])

    def failed(self, worker_id: str, error: ErrorInfo) -> None:
        """Count out a worker that could not be started."""
        now = time.monotonic()
        if self.lanes.has(worker_id):
            self.lanes.lost(worker_id, f"was not started: {error.msg}", now)
        else:
            self.shell.perform(self.scheduler.worker_lost(worker_id, error, now))

    def lost(self, process: Process, words: str) -> None:
        """Count out a worker whose process has ended."""
        error = None
        if self.scheduler.worker(process.worker_id) is not None:
            log.info("worker %s %s", process.worker_id, words)
            error = ErrorInfo("worker_lost", f"The worker process {words}.", retry=True)
        group = DropGroup(process.started.pid, process.started.start_ticks)
        if process.lane is Lane.RESIDENT:
            self.shell.perform([], writes=[group])
            self.lanes.lost(process.worker_id, words, time.monotonic())
            return
        decided = self.scheduler.worker_lost(process.worker_id, error, time.monotonic())
        self.shell.perform(decided, writes=[group])

    def _read_children(self, worker_id: str, message: wire.ReadChildren) -> None:
        owner = self.scheduler.family_of(worker_id, message.attempt)
        if owner is None:
            return

        def found(page: ChildPage | BaseException) -> None:
            if isinstance(page, BaseException):
                log.error("recorded children of %s cannot be read", owner, exc_info=page)
                self.processes.kill(worker_id)
                return
            cursor = page.next_cursor if page.more else None
            results = wire.ChildResults(message.attempt, page.results, True, cursor)
            self.shell.tell(worker_id, results)

        job = partial(self.journal.children, owner, message.cursor, READ_CHILDREN)
        self.reader.run(job, found, own=True)

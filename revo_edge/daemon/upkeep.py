"""What the daemon does by itself at intervals: measure, watch memory, guard sockets, tidy up."""

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from revo_edge.clock import utc_now
from revo_edge.contract.events import QueueInfo
from revo_edge.contract.history import Minute
from revo_edge.contract.kinds import Lane
from revo_edge.contract.tasks import ErrorInfo, TaskInfo, TaskState
from revo_edge.contract.workers import WorkerState
from revo_edge.core.scheduler import Scheduler
from revo_edge.daemon.background import Background, StoreThread
from revo_edge.daemon.processes import Process, Processes
from revo_edge.daemon.sampler import Readings, Sampler, read_system
from revo_edge.daemon.shell import Shell
from revo_edge.daemon.sockets import Sockets
from revo_edge.errors import RevoError
from revo_edge.paths import Paths
from revo_edge.settings import Settings
from revo_edge.store.journal_read import JournalReader
from revo_edge.store.metric_ring import MetricRing
from revo_edge.store.spool import Spool
from revo_edge.store.writes import Prune

log = logging.getLogger(__name__)

SAMPLE_S = 1.0
GUARD_S = 5.0
TIDY_S = 600.0
BLOB_AGE_S = 3_600.0
"""A blob that no row names may belong to a submission on its way; after so long it does not."""
DAY_S = 86_400.0
_DONE = (TaskState.SUCCEEDED, TaskState.CANCELLED)
_ENDED = (*_DONE, TaskState.FAILED)
"""A failed task may be tried again, so its text is kept for a while."""


@dataclass(slots=True)
class Upkeep:
    """The intervals of one daemon; each method is one of them."""

    paths: Paths
    settings: Settings
    scheduler: Scheduler
    sampler: Sampler
    shell: Shell
    processes: Processes
    sockets: Sockets
    store: StoreThread
    reader: Background
    journal: JournalReader
    spool: Spool
    starter: Background
    ring: MetricRing
    reading: bool = False
    sensitive: Collection[str] = ()
    """Kinds whose params hold what is remembered."""
    forgetful: bool = False
    """The last minute of metrics was not written, or not all of it; that is said once."""

    def sample(self, _now: float) -> None:
        """Read the system in the background, then publish; a slow reading skips a second."""
        if not self.reading:
            self.reading = True
            job = partial(read_system, self.paths.home, self.processes.pids())
            self.starter.run(job, self._sampled, own=True)

    def _sampled(self, readings: Readings | BaseException) -> None:
        self.reading = False
        if isinstance(readings, BaseException):
            log.error("the system cannot be measured", exc_info=readings)
            return
        now = time.monotonic()
        self.sampler.published = self.shell.published
        self.sampler.drops = self.shell.drops + self.sampler.desk.drops
        self.shell.publish(self.sampler.sample(readings, now))
        self.shell.perform(self.scheduler.host_load(self.sampler.host_load(readings.host), now))
        for process in list(self.processes):
            if process.rss_bytes > self.settings.workers.rss_limit_mb * 2**20:
                self._too_large(process, now)
            self._publish_worker(process, now)
        self._publish_queues(now)
        self.keep(self.sampler.minutes.take_finished())

    def keep(self, minutes: Sequence[Minute]) -> None:
        """Write minutes of metrics in the background."""
        for minute in minutes:
            self.reader.run(partial(self.ring.write, minute), self._kept, own=True)

    def _kept(self, result: list[str] | BaseException) -> None:
        """Say once what is missing in the history; result is the sources without room, or why."""
        if result and not self.forgetful:
            log.warning("the history of metrics is not complete: %s", result)
        self.forgetful = bool(result)

    def _publish_worker(self, process: Process, now: float) -> None:
        info = self.shell.worker_info(process.worker_id)
        if info is None or info.gone:
            return
        if info != self.shell.publisher.record.workers.get(info.id):
            self.shell.publish(self.shell.publisher.worker(info, now, utc_now()))

    def _publish_queues(self, now: float) -> None:
        """Publish how many tasks wait and run, where that has changed; this is not written down."""
        known = self.shell.publisher.record.queues
        there = {info.name: info for info in self.scheduler.queues()}
        for name in {**known, **there}:
            info = there.get(name, QueueInfo(name))
            if info != known.get(name):
                self.shell.publish(self.shell.publisher.queue(info, now, utc_now()))

    def _too_large(self, process: Process, now: float) -> None:
        seen = self.scheduler.worker(process.worker_id)
        if seen is None:
            return
        limit = self.settings.workers.rss_limit_mb
        words = f"{process.rss_bytes // 2**20} MB, over the limit of {limit} MB"
        if seen.state is WorkerState.BUSY and process.lane is Lane.ELASTIC:
            error = ErrorInfo(
                "memory_limit",
                f"The worker took {words}. Raise workers.rss_limit_mb, or give it less.",
            )
            self.processes.kill(process.worker_id)
            self.shell.perform(self.scheduler.worker_lost(process.worker_id, error, now))
        else:
            self.shell.perform(self.scheduler.recycle(process.worker_id, words, now))

    def guard(self, _now: float) -> None:
        """See that the socket files are still ours; else bind again."""
        if self.sockets.own():
            return
        log.warning("the socket files were removed or replaced: binding again")
        try:
            self.sockets.rebind()
        except (RevoError, OSError) as error:
            log.error("the sockets cannot be bound again: %s", error)  # noqa: TRY400 - no bug here

    def tidy(self, _now: float) -> None:
        """Drop old rows, blobs that no row names, and logs of tasks that are long over."""
        self.wipe()
        self.store.write([Prune(utc_now(), self.settings.daemon.keep_days)], lambda _: None)
        self.reader.run(self._collect, lambda _: None, own=True)

    def ended(self, info: TaskInfo) -> None:
        """Delete the text that a task of a sensitive kind was given, once that is stored."""
        if info.kind in self.sensitive and info.state in _DONE:
            self.wipe(_DONE)

    def wipe(self, states: Collection[TaskState] = _ENDED) -> None:
        """Delete what tasks of sensitive kinds were given, that ended in one of these states."""

        def delete() -> None:
            for digest in self.journal.spent_blobs(self.sensitive, states):
                self.spool.remove(digest)

        self.reader.run(delete, _say_if_failed, own=True)

    def _collect(self) -> None:
        began = time.monotonic()
        blobs = self.spool.collect(self.journal.blobs_in_use(), BLOB_AGE_S, utc_now())
        keep_s = self.settings.daemon.keep_days * DAY_S
        logs = sum(_remove_if_older(path, keep_s) for path in (self.paths.logs / "tasks").iterdir())
        if blobs or logs:
            took_s = time.monotonic() - began
            log.info("removed %d blobs and %d task logs in %.1f s", blobs, logs, took_s)


def _say_if_failed(result: object) -> None:
    if isinstance(result, BaseException):
        log.error("the texts of ended tasks were not deleted", exc_info=result)


def _remove_if_older(path: Path, age_s: float) -> bool:
    try:
        old = path.stat().st_mtime < utc_now() - age_s
        if old:
            path.unlink()
    except OSError:
        return False
    return old

"""The daemon, wired by hand from top to bottom; stopped in reverse order of start."""

import contextlib
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import msgspec
import zmq

from revo_edge import procfs
from revo_edge._version import __version__
from revo_edge.clock import utc_now
from revo_edge.contract.codec import PROTOCOL_VERSION, encode
from revo_edge.contract.endpoint import Endpoint
from revo_edge.contract.events import MemoryKept, MemoryUse, Notice
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.contract.workers import Exit
from revo_edge.core.records import Limits
from revo_edge.core.routing import Publisher
from revo_edge.core.scaling import Autoscaler
from revo_edge.core.scheduler import Scheduler
from revo_edge.daemon import lockfile
from revo_edge.daemon.admin_methods import AdminMethods
from revo_edge.daemon.asks import Desk
from revo_edge.daemon.background import Background, Inbox, StoreThread
from revo_edge.daemon.chores import STEP_S as CHORES_S
from revo_edge.daemon.chores import MemoryChores
from revo_edge.daemon.group_methods import GroupMethods
from revo_edge.daemon.lanes import Lanes
from revo_edge.daemon.logs import set_up_logging
from revo_edge.daemon.loop import Loop, wall_offset
from revo_edge.daemon.metric_methods import MetricMethods
from revo_edge.daemon.mutations import Mutations
from revo_edge.daemon.processes import Processes
from revo_edge.daemon.restore import restore
from revo_edge.daemon.sampler import Sampler
from revo_edge.daemon.shell import Shell
from revo_edge.daemon.sockets import Sockets, open_sockets
from revo_edge.daemon.stream_methods import StreamMethods
from revo_edge.daemon.task_methods import TaskMethods
from revo_edge.daemon.templates import Templates
from revo_edge.daemon.timers import Every
from revo_edge.daemon.trial import failed_trials
from revo_edge.daemon.upkeep import GUARD_S, SAMPLE_S, TIDY_S, Upkeep
from revo_edge.daemon.waiters import Waiters
from revo_edge.daemon.workers import WorkerMessages
from revo_edge.engines.declared import installed
from revo_edge.engines.registry import Registry
from revo_edge.paths import Paths, private_dir
from revo_edge.pool.lifeline import Lifeline
from revo_edge.pool.supervisor import Supervisor, end_groups
from revo_edge.settings import Loaded, Settings
from revo_edge.store.metric_ring import MetricRing
from revo_edge.store.spool import Spool
from revo_edge.store.start import Started, start_journal

log = logging.getLogger(__name__)

THREAD_STOP_S = 5.0
DRAIN_LOOK_S = 0.2
SWITCH_S = 0.0005
"""The loop waits so long at most for another thread that computes (Python's default is 5 ms)."""
ASK_S = 0.5
"""Idle workers end when asked; what a busy one does is queued again anyway."""


def run_daemon(paths: Paths, loaded: Loaded, *, console: bool = False) -> None:
    """Serve until stopped; raise Conflict when another daemon serves this REVO_HOME."""
    os.umask(0o077)
    private_dir(paths.home)
    with ExitStack() as stack:
        lock = lockfile.take_lock(paths.lock)
        stack.callback(lock.release)
        os.chdir("/")
        settings = loaded.settings.daemon
        set_up_logging(paths, level=settings.log_level, as_json=settings.log_json, console=console)
        log.info("reVo Edge %s starts for %s", __version__, paths.home)
        _serve(paths, loaded, stack)
    log.info("stopped")


def _serve(paths: Paths, loaded: Loaded, stack: ExitStack) -> None:
    """Start everything in order; the stack stops it in reverse."""
    settings = loaded.settings
    sys.setswitchinterval(SWITCH_S)
    registry = _load_engines(settings)
    lifeline = Lifeline()
    stack.callback(lifeline.close)
    supervisor = Supervisor(paths.home, f"ipc://{paths.sockets}/p", lifeline)
    stack.callback(_step, "worker processes ended", supervisor.close)
    supervisor.prepare()
    started = _open_journal(paths, settings, stack)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    stack.callback(context.term)
    sockets = open_sockets(context, paths)
    stack.callback(_step, "sockets closed", sockets.close)
    inbox = Inbox(context)
    stack.callback(inbox.close)
    daemon = Daemon(paths, loaded, registry, supervisor, started, sockets, inbox)
    stack.callback(daemon.stop_threads)
    with _stop_signals(daemon):
        daemon.start()
        stack.callback(lockfile.remove_endpoint, paths.endpoint, daemon.boot)
        daemon.loop.run()
        daemon.suspend()
        supervisor.stop_all(ask_s=ASK_S)


def _load_engines(settings: Settings) -> Registry:
    """Load the user's engines too; the workers are told which of them can be used."""
    offered = installed()
    unusable = failed_trials(source.module for source in offered)
    registry = Registry(settings.engines.modules, offered, unusable=unusable)
    for wrong in registry.broken:
        log.error("engine %s cannot be used: %s", wrong.source.short, wrong.text)
    os.environ["REVO_ENGINES_MODULES"] = ",".join(registry.modules)
    return registry


def _open_journal(paths: Paths, settings: Settings, stack: ExitStack) -> Started:
    started = start_journal(paths.journal, settings.daemon.history_tasks)
    stack.callback(_step, "journal closed", started.journal.close)
    stack.callback(started.reader.close)
    left = end_groups(started.loaded.groups)
    if left:
        log.info("ended %d worker groups that an earlier daemon left behind", left)
    return started


def _step(words: str, stop: Callable[[], object]) -> None:
    stop()
    log.info("stopping: %s", words)


class Daemon:
    """Everything one running daemon is made of, and how the parts know one another."""

    def __init__(  # noqa: PLR0913, PLR0917 - the wiring: each is one thing that was started before
        self,
        paths: Paths,
        loaded: Loaded,
        registry: Registry,
        supervisor: Supervisor,
        started: Started,
        sockets: Sockets,
        inbox: Inbox,
    ) -> None:
        self.boot = os.urandom(4).hex()
        self._paths, self._loaded, self._registry = paths, loaded, registry
        self._started, self._sockets = started, sockets
        self._poller = zmq.Poller()
        self._spool = Spool(paths.spool)
        self._ring = MetricRing(paths.metrics)
        self._publisher = Publisher(self.boot)
        self._scheduler = _make_scheduler(registry, loaded.settings)
        self._store = StoreThread(started.journal, inbox)
        self._reader = Background("reader", inbox)
        self._starter = Background("starter", inbox)
        self._processes = Processes(supervisor, self._starter, self._poller)
        self._lanes = Lanes(self._processes)
        if loaded.settings.recall.enabled:
            recall = loaded.settings.recall
            self._lanes.add("recall", recall.readers, msgspec.Raw(encode(recall)))
        self._shell = self._make_shell()
        self._desk = Desk(sockets.control, self.boot, lambda: self._publisher.s)
        self._sampler = Sampler(
            registry, self._scheduler, self._publisher, self._processes, loaded.settings.alerts
        )
        self._sampler.desk, self._sampler.store = self._desk, self._store
        self._sampler.lanes = self._lanes
        self._shell.scaled = self._sampler.scaled
        self.loop = Loop(sockets, inbox, self._poller, self._desk)
        self._wire_loop()
        self._wire_methods()
        self._wire_intervals()

    def _make_shell(self) -> Shell:
        return Shell(
            self._scheduler,
            self._publisher,
            self._store,
            self._processes,
            Waiters(),
            self._sockets.events,
            self._sockets.pool,
            lambda digest: str(self._spool.path(digest)),
            self._lanes,
        )

    def _wire_loop(self) -> None:
        workers = WorkerMessages(
            self._scheduler,
            self._publisher,
            self._processes,
            self._shell,
            self._lanes,
            self._reader,
            self._started.reader,
        )
        self._lanes.tell, self._lanes.changed = self._shell.tell, self._shell.publish_worker
        self._lanes.used, self._lanes.kept = self._memory_used, self._memory_kept
        self._desk.forward = self._lanes.ask
        self._processes.on_started = workers.started
        self._processes.on_failed = workers.failed
        self._processes.on_lost = workers.lost
        loop, shell = self.loop, self._shell
        loop.workers = workers
        loop.hello = self._publisher.hello
        loop.sentinel = self._processes.ended
        loop.turned = self._turned
        loop.timed += [
            (self._scheduler.next_deadline, lambda now: shell.perform(self._scheduler.tick(now))),
            (self._processes.next_deadline, self._processes.tick),
            (self._lanes.next_deadline, self._lanes.tick),
            (self._publisher.next_flush, self._flush),
            (shell.waiters.next_deadline, shell.waiters.tick),
        ]

    def _wire_methods(self) -> None:
        journal = self._started.reader
        mutations = Mutations(self._shell, self._reader, journal)
        tasks = TaskMethods(
            self._shell,
            self._scheduler,
            self._registry,
            mutations,
            self._reader,
            journal,
            self._spool,
        )
        self._shell.removed = tasks.forget
        loaded = self._started.loaded.finished
        tasks.evicted = len(loaded) >= self._loaded.settings.daemon.history_tasks
        self._chores = MemoryChores(self._lanes, self._shell, tasks)
        self._lanes.folder = self._chores.folder
        groups = GroupMethods(tasks, self._scheduler, mutations, self._reader, journal)
        stream = StreamMethods(
            self.boot, self._paths, self._publisher, self._shell.waiters, self._sampler
        )
        metrics = MetricMethods(self._sampler, self._reader, self._ring)
        admin = AdminMethods(
            self._shell,
            self._scheduler,
            self._registry,
            Templates(self._registry, self._paths.templates),
            mutations,
            self._reader,
            self._spool,
            self._sampler,
            self._paths,
            self._loaded,
            self.stop,
        )
        self._desk.methods = {
            **tasks.table(),
            **groups.table(),
            **stream.table(),
            **metrics.table(),
            **admin.table(),
        }

    def _wire_intervals(self) -> None:
        settings = self._loaded.settings
        self._upkeep = upkeep = Upkeep(
            self._paths,
            settings,
            self._scheduler,
            self._sampler,
            self._shell,
            self._processes,
            self._sockets,
            self._store,
            self._reader,
            self._started.reader,
            self._spool,
            self._starter,
            self._ring,
        )
        kinds = self._registry.kinds.values()
        upkeep.sensitive = [kind.name for kind in kinds if kind.sensitive]
        self._shell.seen, self._lanes.forgot = self._seen, upkeep.wipe
        self.loop.every(Every(SAMPLE_S, upkeep.sample))
        self.loop.every(Every(SAMPLE_S, self._beat))
        self.loop.every(Every(GUARD_S, upkeep.guard))
        self.loop.every(Every(TIDY_S, upkeep.tidy))
        self.loop.every(Every(CHORES_S, self._chores.step))

    def start(self) -> None:
        """Take up the journal's tasks, start the workers, and say where we listen."""
        self._scheduler.epoch = wall_offset()
        restore(self._shell, self._scheduler, self._started.loaded)
        if self._started.aside is not None:
            text = (
                f"The journal was damaged. It was kept as {self._started.aside} and a new one "
                "begun: tasks recorded in it are not known to this daemon."
            )
            log.error("%s", text)
            self._sampler.journal_reset = text
            notice = Notice("error", text)
            self._shell.publish(self._publisher.notice(notice, time.monotonic(), utc_now()))
        self._shell.perform(self._scheduler.start(time.monotonic()))
        if self._paths.memory.exists():  # else the first call starts it
            self._lanes.start("recall", time.monotonic())
        endpoint = Endpoint(
            pid=os.getpid(),
            start_ticks=procfs.start_ticks(os.getpid()) or 0,
            boot=self.boot,
            proto=(PROTOCOL_VERSION, PROTOCOL_VERSION),
            version=__version__,
            control=self._sockets.address("c"),
            events=self._sockets.address("e"),
        )
        gc.collect()
        gc.freeze()  # what is there by now stays: a collection need not look at it again
        lockfile.write_endpoint(self._paths.endpoint, endpoint)
        log.info("serving at %s", self._sockets.folder)

    def stop(self, drain: bool = False) -> None:  # noqa: FBT001 - a callback's shape
        """Leave the loop now, or once nothing runs any more."""
        if not drain:
            self.loop.stop()
            return
        log.info("draining: running tasks end first, queued ones stay queued")
        self._shell.perform(self._scheduler.drain(time.monotonic()))
        self.loop.every(Every(DRAIN_LOOK_S, self._stop_when_drained))

    def suspend(self) -> None:
        """Put running tasks back into their queues and write that down, and what was measured."""
        self._upkeep.keep(self._sampler.minutes.current())
        self._shell.perform(self._scheduler.suspend(time.monotonic()))
        for process in self._processes:
            self._shell.tell(process.worker_id, Exit())
        self._processes.release()

    def stop_threads(self) -> None:
        """Let the threads finish what they accepted."""
        for name, thread in (
            ("starter", self._starter),
            ("reader", self._reader),
            ("store", self._store),
        ):
            in_time = thread.stop(THREAD_STOP_S)
            log.info("stopping: %s thread %s", name, "ended" if in_time else "hangs")

    def watch(self, fd: int) -> None:
        """Stop when the descriptor becomes readable (a signal came)."""
        self._poller.register(fd, zmq.POLLIN)
        self.loop.sentinel = partial(self._signal_or_sentinel, fd)

    def _signal_or_sentinel(self, signal_fd: int, fd: int, now: float) -> None:
        if fd == signal_fd:
            self.loop.stop()
        else:
            self._processes.ended(fd, now)

    def _stop_when_drained(self, _now: float) -> None:
        if self._scheduler.count(TaskState.RUNNING) == 0:
            self.loop.stop()

    def _turned(self, lasted_s: float, now: float) -> None:
        self._scheduler.epoch = wall_offset()
        self._sampler.turn(lasted_s, now)
        self._sampler.subscribers = self.loop.subscribers

    def _flush(self, now: float) -> None:
        self._shell.publish(self._publisher.flush(now, utc_now()))

    def _seen(self, info: TaskInfo) -> None:
        self._sampler.ended(info)
        self._upkeep.ended(info)

    def _memory_used(self, kind: str, use: MemoryUse) -> None:
        now = time.monotonic()
        self._shell.publish(self._publisher.memory_used(kind, use, now, utc_now()))

    def _memory_kept(self, kept: MemoryKept) -> None:
        log.info("memory: %s", kept.text)
        now = time.monotonic()
        self._shell.publish(self._publisher.memory_kept(kept, now, utc_now()))

    def _beat(self, now: float) -> None:
        beat = self._publisher.heartbeat(self._sampler.uptime_s(now), now, utc_now())
        self._shell.publish(beat)


def _make_scheduler(registry: Registry, settings: Settings) -> Scheduler:
    workers, queues = settings.workers, settings.queues
    limits = Limits(
        queue_limit=queues.limit,
        queue_bytes_limit=queues.bytes_limit_mb * 2**20,
        history=settings.daemon.history_tasks,
        recycle_tasks=workers.recycle_tasks,
        grace_s=workers.grace_s,
        workers_min=workers.min,
        workers_max=workers.max,
        concurrency=queues.concurrency,
    )
    policy = Autoscaler(
        grow_wait_s=workers.grow_wait_s,
        idle_s=workers.idle_s,
        memory_reserve_bytes=workers.memory_reserve_mb * 2**20,
    )
    return Scheduler(registry.kinds, limits=limits, policy=policy)


@contextlib.contextmanager
def _stop_signals(daemon: Daemon) -> Iterator[None]:
    """End the loop on TERM and INT, also while it waits."""
    read_fd, write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    daemon.watch(read_fd)
    before = signal.set_wakeup_fd(write_fd, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(read_fd)
        os.close(write_fd)

"""Which chunk runs where: the match of lines with workers, and what is on each worker."""

from collections.abc import Callable
from functools import partial

from revo_edge.contract.kinds import Lane, OnLost
from revo_edge.contract.tasks import TaskState
from revo_edge.contract.workers import Attempt
from revo_edge.core.actions import CancelAttempt, Dispatch, RecordStart
from revo_edge.core.book import Book
from revo_edge.core.queues import Queues
from revo_edge.core.records import DEPTHS, Chunk, Worker
from revo_edge.core.turn import Timers, Turn
from revo_edge.core.workers import Pool

PREFETCH_MEAN_S = 0.005
"""A second task waits on the worker only if its kind takes less: the next dispatch costs 0.1 ms."""


class Attempts:
    """Dispatches, and knows every attempt until its worker is through with it."""

    def __init__(self, turn: Turn, timers: Timers, queues: Queues, pool: Pool, book: Book) -> None:
        self._turn = turn
        self._timers = timers
        self._queues = queues
        self._pool = pool
        self._book = book
        self.drivers_per_depth = 8
        self.overdue: Callable[[Chunk], None] = lambda _chunk: None
        """Called when a chunk's timeout or grace may be over; set by the part that ends chunks."""
        self.running: dict[str, Chunk] = {}
        self.depths = [0] * DEPTHS
        """Drivers on workers, by depth."""
        self._count = 0
        self._fast: dict[str, Worker] = {}
        """Workers that run one short task and may be given a second."""

    def dispatch(self) -> None:
        """Give every free slot the chunk that is next for it."""
        if self._queues.waiting[Lane.ELASTIC]:
            self._dispatch_elastic()
        if self._queues.waiting[Lane.DRIVER]:
            self._dispatch_drivers()

    def stop(self, chunk: Chunk, grace_s: float) -> None:
        """Ask for the end of a chunk on a worker; a later call can only shorten the grace."""
        worker = chunk.worker
        if worker is None:
            return
        kill_at = self._turn.now + grace_s
        if chunk.kill_at is None:
            self._turn.emit(CancelAttempt(worker.id, chunk.attempt_id))
        elif kill_at >= chunk.kill_at:
            return
        chunk.kill_at, chunk.grace_s = kill_at, grace_s
        if worker.chunks[0] is chunk:
            self.watch(chunk, kill_at)

    def release(self, chunk: Chunk) -> bool:
        """Take a chunk off its worker, whose next one begins; return whether it was to leave."""
        worker, was_leaving = chunk.worker, chunk.leaving
        if worker is None:
            return False
        worker.chunks.remove(chunk)
        del self.running[chunk.attempt_id]
        self._timers.cancel(chunk.timer)
        chunk.worker = chunk.deadline = chunk.kill_at = None
        if chunk.kind.lane is Lane.DRIVER:
            self.depths[chunk.depth] -= 1
        if worker.id not in self._pool.workers:
            self._fast.pop(worker.id, None)
        elif worker.chunks:
            self._begin(worker.chunks[0])
            self._mark_fast(worker)
        else:
            self._fast.pop(worker.id, None)
            self._pool.rest(worker)
        return was_leaving

    def forget_all(self) -> None:
        """Empty all workers without a word: the daemon stops."""
        for chunk in self.running.values():
            chunk.worker = chunk.kill_at = None
        self.running.clear()
        self._fast.clear()
        for worker in self._pool.workers.values():
            worker.chunks.clear()

    def watch(self, chunk: Chunk, when: float) -> None:
        """Look at a chunk again at `when`."""
        self._timers.cancel(chunk.timer)
        chunk.timer = self._timers.arm(when, partial(self.overdue, chunk))

    def _dispatch_elastic(self) -> None:
        idle = self._pool.elastic.idle
        while idle and (chunk := self._queues.first_elastic()):
            worker = idle[next(reversed(idle))]
            self._pool.occupy(worker)
            self._assign(chunk, worker)
        while not idle and self._fast and (chunk := self._queues.first_elastic()):
            if not self._is_fast(chunk):
                return
            self._assign(chunk, next(iter(self._fast.values())))

    def _dispatch_drivers(self) -> None:
        wanted = 0
        idle = self._pool.lanes[Lane.DRIVER].idle
        for depth in range(DEPTHS):
            room = self.drivers_per_depth - self.depths[depth]
            while room > 0 and idle and (chunk := self._queues.first_driver(depth)):
                worker = idle[next(reversed(idle))]
                self._pool.occupy(worker)
                self._assign(chunk, worker)
                room -= 1
            wanted += min(max(room, 0), self._queues.startable_drivers(depth))
        self._pool.want_drivers(wanted)

    def _assign(self, chunk: Chunk, worker: Worker) -> None:
        self._queues.remove(chunk)
        self._count += 1
        chunk.attempt_id = f"a{self._count}"
        self.running[chunk.attempt_id] = chunk
        chunk.worker = worker
        worker.chunks.append(chunk)
        if chunk.kind.lane is Lane.DRIVER:
            self.depths[chunk.depth] += 1
        else:
            self._book.tally.start(self._turn.now - chunk.queued_at)
        if worker.chunks[0] is chunk:
            self._begin(chunk)
        self._mark_fast(worker)
        durable = chunk.task.on_lost is not OnLost.RETRY
        if chunk.parent is None:
            self._record_start(chunk, worker)
        elif durable:
            self._turn.emit(RecordStart(chunk.owner, chunk.items[0][0]))
        self._turn.emit(Dispatch(worker.id, self._attempt(chunk), durable))

    def _record_start(self, chunk: Chunk, worker: Worker) -> None:
        task = chunk.task
        task.attempt, task.worker_id = chunk.number, worker.id
        task.started_at = self._turn.at
        task.progress = None
        self._book.move(task, TaskState.RUNNING, f"attempt {chunk.number} on {worker.id}")

    def _attempt(self, chunk: Chunk) -> Attempt:
        spec, family = chunk.task.spec, chunk.family
        return Attempt(
            id=chunk.attempt_id,
            owner=chunk.owner,
            kind=chunk.kind.name,
            items=tuple(chunk.items),
            params_path=None if chunk.parent else spec.params_blob,
            child=chunk.parent is not None,
            number=chunk.number,
            depth=chunk.depth,
            timeout_s=chunk.timeout_s,
            cwd=spec.cwd,
            python=spec.python,
            env=spec.env,
            done=family.done.ranges() if family else (),
            done_failed=family.failed if family else 0,
        )

    def _begin(self, chunk: Chunk) -> None:
        now = self._turn.now
        if chunk.leaving:
            chunk.kill_at = now + chunk.grace_s
            self.watch(chunk, chunk.kill_at)
        elif chunk.timeout_s is not None:
            chunk.deadline = now + chunk.timeout_s
            self.watch(chunk, chunk.deadline)

    def _mark_fast(self, worker: Worker) -> None:
        if len(worker.chunks) == 1 and self._is_fast(worker.chunks[0]):
            self._fast[worker.id] = worker
        else:
            self._fast.pop(worker.id, None)

    def _is_fast(self, chunk: Chunk) -> bool:
        if chunk.parent or chunk.leaving or chunk.task.on_lost is not OnLost.RETRY:
            return False
        mean_s = self._book.means_s.get(chunk.kind.name)
        return mean_s is not None and mean_s < PREFETCH_MEAN_S

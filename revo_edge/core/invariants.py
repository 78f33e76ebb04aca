"""What must hold between two events, said once; tests check it after each."""

from collections import Counter
from collections.abc import Iterator

from revo_edge.contract.kinds import Lane
from revo_edge.contract.tasks import TaskState
from revo_edge.contract.workers import WorkerState
from revo_edge.core.attempts import Attempts
from revo_edge.core.book import Book
from revo_edge.core.queues import Queues
from revo_edge.core.records import Chunk, Task
from revo_edge.core.workers import Pool


def check(queues: Queues, pool: Pool, book: Book, attempts: Attempts) -> None:
    """Raise AssertionError with the facts if something does not hold."""
    _check_counters(queues, book)
    _check_workers(pool, attempts)
    _check_attempts(attempts)
    for task in book.tasks.values():
        _check_task(task)
    for chunk in _all_children(book):
        _check_child(chunk)
    idle = pool.lanes[Lane.ELASTIC].idle
    _require(not (idle and queues.first_elastic()), "work waits while a worker idles", [*idle])


def _require(holds: object, what: str, facts: object) -> None:
    if not holds:
        raise AssertionError(f"{what}: {facts}")


def _check_counters(queues: Queues, book: Book) -> None:
    states = Counter(task.state for task in book.tasks.values())
    _require(states == +Counter(book.states), "counted states", (states, book.states))
    waiting = [t for t in book.tasks.values() if t.state is TaskState.QUEUED]
    size = sum(len(t.params or b"") for t in waiting)
    _require(size == book.queued_bytes, "queued bytes", (size, book.queued_bytes))
    for queue in queues.named.values():
        mine = Counter(t.state for t in book.tasks.values() if t.spec.queue == queue.name)
        counted = (queue.queued, queue.running)
        found = (mine[TaskState.QUEUED], mine[TaskState.RUNNING])
        _require(counted == found, f"counts of queue {queue.name}", (counted, found))
    for lane, count in queues.waiting.items():
        own = [t.chunk for t in waiting if t.chunk and t.chunk.ticket]
        lined = [c for c in (*own, *_all_children(book)) if c.ticket and c.kind.lane is lane]
        _require(len(lined) == count, f"length of lane {lane}", (len(lined), count))


def _check_workers(pool: Pool, attempts: Attempts) -> None:
    on_workers = {c.attempt_id: c for w in pool.workers.values() for c in w.chunks}
    _require(on_workers == attempts.running, "attempts", (on_workers, attempts.running))
    for lane, count in pool.lanes.items():
        states = Counter(w.state for w in pool.workers.values() if w.lane is lane)
        found = [states[s] for s in (WorkerState.STARTING, WorkerState.BUSY, WorkerState.IDLE)]
        _require(found == [count.starting, count.busy, len(count.idle)], "workers", (found, count))
    for worker in pool.workers.values():
        busy = worker.state is WorkerState.BUSY
        _require(busy == bool(worker.chunks), "busy without work", (worker.id, worker.state))
        _require(len(worker.chunks) <= 2, "more than one prefetched", worker.id)
        _require(all(c.worker is worker for c in worker.chunks), "astray", worker.id)


def _check_attempts(attempts: Attempts) -> None:
    drivers = Counter(c.depth for c in attempts.running.values() if c.kind.lane is Lane.DRIVER)
    _require(
        [drivers[d] for d in range(len(attempts.depths))] == attempts.depths, "depths", drivers
    )
    _require(max(attempts.depths) <= attempts.drivers_per_depth, "too many drivers", drivers)
    for chunk in attempts.running.values():
        watched = chunk.timer is not None and chunk.timer.live
        first = chunk.worker is not None and chunk.worker.chunks[0] is chunk
        needed = first and (chunk.leaving or chunk.timeout_s is not None)
        _require(watched or not needed, "nobody watches", chunk.attempt_id)


def _check_task(task: Task) -> None:
    chunk, story = task.chunk, task.story
    if chunk is None:
        _require(task.state.final or task.state is TaskState.HELD, "no chunk", story)
    elif task.state is TaskState.RUNNING:
        _require(chunk.worker and not chunk.ticket and not chunk.parked, "running nowhere", story)
        _require(task.worker_id, "worker not said", story)
    elif task.state is TaskState.QUEUED:
        ways = [bool(chunk.ticket), chunk.parked, bool(task.waits_for) or task.delayed]
        _require(sum(ways) == 1, f"waits for {ways}", story)
        timed = chunk.timer is not None and chunk.timer.live
        _require(timed or not task.delayed, "delayed for ever", story)
    else:
        _require(not chunk.ticket and not chunk.parked, "would run again", story)
    _require(chunk is None or chunk.seq == task.seq, "two places", story)


def _all_children(book: Book) -> Iterator[Chunk]:
    for task in book.tasks.values():
        for family in task.families.values():
            yield from family.chunks


def _check_child(chunk: Chunk) -> None:
    where = (chunk.owner, chunk.items, chunk.task.story)
    timed = chunk.timer is not None and chunk.timer.live
    if chunk.dropped:
        _require(not chunk.ticket and not chunk.parked, "dropped but would run", where)
        _require(chunk.worker or (chunk.family and chunk.family.chunks), "left behind", where)
        return
    ways = [bool(chunk.ticket), chunk.parked, chunk.worker is not None, timed]
    _require(any(ways), "stuck", where)
    _require(chunk.task.state is TaskState.RUNNING, "outlived its task", where)

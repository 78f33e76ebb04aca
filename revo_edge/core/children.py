"""Families: which children a driver has asked for, which are recorded, and how they die with it."""

from collections.abc import Mapping, Sequence

from revo_edge.contract.kinds import Kind, Lane, OnLost
from revo_edge.contract.tasks import ErrorInfo, ItemResult, Progress
from revo_edge.contract.workers import Children as ChildrenMessage
from revo_edge.contract.workers import Item
from revo_edge.core.actions import DropChildren, PublishProgress, RecordChildren
from revo_edge.core.attempts import Attempts
from revo_edge.core.queues import Order, Queues
from revo_edge.core.records import DEPTHS, Chunk, Family
from revo_edge.core.turn import Timers, Turn
from revo_edge.errors import did_you_mean


class Children:
    """Admits, requeues, drops and records children; also lines up the chunks of tasks."""

    def __init__(self, turn: Turn, timers: Timers, queues: Queues, attempts: Attempts) -> None:
        self._turn = turn
        self._timers = timers
        self._queues = queues
        self._attempts = attempts
        self.order = Order()

    def admit(self, driver: Chunk, message: ChildrenMessage, kinds: Mapping[str, Kind]) -> None:
        """Line up the children a driver asks for; what cannot run is recorded as failed."""
        family = driver.family
        if family is None or driver.leaving:
            return
        items = [item for item in message.items if item[0] not in family.done]
        kind = kinds.get(message.kind)
        problem = _why_not(driver, message.kind, kinds)
        if kind is None or problem:
            error = ErrorInfo("bad_params", problem)
            self.record(family, [ItemResult(index, error=error) for index, _ in items])
            return
        alone = kind.lane is Lane.DRIVER or driver.task.on_lost is not OnLost.RETRY
        for part in ([item] for item in items) if alone else [items] if items else []:
            chunk = Chunk(
                task=driver.task,
                kind=kind,
                items=part,
                seq=self.order.next(),
                depth=driver.depth + 1,
                timeout_s=message.timeout_s,
                retries=message.retries,
                backoff_s=message.backoff_s,
                parent=family,
            )
            join_family(chunk)
            family.chunks.add(chunk)
            self.enqueue(chunk)

    def enqueue(self, chunk: Chunk) -> None:
        """Line a chunk up, or park it until its worker and its earlier children are through."""
        chunk.parked = bool(chunk.worker or (chunk.family and chunk.family.chunks))
        if not chunk.parked and not chunk.ticket:
            self._queues.push(chunk, self._turn.now)

    def successor(self, chunk: Chunk, item: Item, *, lost: bool) -> Chunk:
        """Return a new chunk for the next attempt of one child; it takes over the child's family."""
        again = Chunk(
            task=chunk.task,
            kind=chunk.kind,
            items=[item],
            seq=chunk.seq,
            depth=chunk.depth,
            timeout_s=chunk.timeout_s,
            retries=chunk.retries,
            backoff_s=chunk.backoff_s,
            parent=chunk.parent,
            number=chunk.number + 1,
            lost=chunk.lost + lost,
            losses=chunk.losses + lost,
        )
        if chunk.parent:
            chunk.parent.chunks.add(again)
        chunk.family = None
        join_family(again)
        return again

    def finish(self, chunk: Chunk, grace_s: float) -> None:
        """A chunk of children has nothing more to do; its own family ends with it."""
        chunk.dropped = True
        self.drop(chunk.family, grace_s)
        self.settle(chunk)

    def drop(self, family: Family | None, grace_s: float) -> None:
        """End all chunks of a family and of those below; a later call can only shorten the grace."""
        for chunk in tuple(family.chunks) if family else ():
            self.withdraw(chunk)
            chunk.dropped = True
            self.drop(chunk.family, grace_s)
            if chunk.worker:
                self._attempts.stop(chunk, grace_s)
            else:
                self.settle(chunk)

    def withdraw(self, chunk: Chunk) -> None:
        """See that a chunk does not start any more."""
        self._queues.remove(chunk)
        chunk.parked = False
        if chunk.worker is None:
            self._timers.cancel(chunk.timer)

    def settle(self, chunk: Chunk) -> None:
        """A chunk or one of its children left: let follow what waited for that."""
        if chunk.worker or (chunk.family and chunk.family.chunks):
            return
        if chunk.parked:
            self.enqueue(chunk)
        elif chunk.dropped and chunk.parent:
            chunk.parent.chunks.discard(chunk)
            self.settle(chunk.parent.driver)

    def record(self, family: Family, results: Sequence[ItemResult]) -> None:
        """Record outcomes, each index once, and send them to the driver."""
        new = tuple(result for result in results if family.done.add(result.index))
        if not new:
            return
        task, driver = family.driver.task, family.driver
        family.failed += sum(result.error is not None for result in new)
        family.progressed = True
        worker_id = driver.worker.id if driver.worker and not driver.leaving else None
        attempt_id = driver.attempt_id if worker_id else None
        self._turn.emit(RecordChildren(family.address, task.id, new, worker_id, attempt_id))
        for result in new:
            below = task.families.pop(f"{family.address}/{result.index}", None)
            if below and below.done.count:
                self._turn.emit(DropChildren(below.address))
        if family.address == task.id:
            task.items = family.done.count
            progress = task.progress or Progress()
            self._turn.emit(PublishProgress(task.id, progress, task.items))


def join_family(chunk: Chunk) -> None:
    """Give a driver its family: the one it had in an earlier attempt, if there was one."""
    if chunk.kind.lane is not Lane.DRIVER:
        return
    address = f"{chunk.parent.address}/{chunk.items[0][0]}" if chunk.parent else chunk.task.id
    family = chunk.task.families.get(address)
    if family is None:
        family = chunk.task.families[address] = Family(address, chunk)
    family.driver = chunk
    chunk.family = family


def take_item(chunk: Chunk, index: int) -> Item | None:
    """Take an item out of a chunk; they end in order, so it is the first one almost always."""
    for place, item in enumerate(chunk.items):
        if item[0] == index:
            return chunk.items.pop(place)
    return None


def _why_not(driver: Chunk, name: str, kinds: Mapping[str, Kind]) -> str:
    kind = kinds.get(name)
    if kind is None:
        return f'There is no kind "{name}".{did_you_mean(name, kinds)}'
    if kind.lane is Lane.RESIDENT:
        return f"{name} runs in the resident lane: use ctx.call in place of ctx.map."
    if kind.lane is Lane.DRIVER and driver.depth + 1 >= DEPTHS:
        return f"Drivers may stand {DEPTHS - 1} deep below a task; {name} would stand deeper."
    return ""

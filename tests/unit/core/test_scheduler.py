"""A day of the scheduler in one test, then any history at all under hypothesis."""

import contextlib
from collections.abc import Callable, Iterable

import hypothesis.strategies as st
import msgspec
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from revo_edge.contract.kinds import OnLost
from revo_edge.contract.task_requests import Spot
from revo_edge.contract.tasks import ErrorInfo, ItemResult, TaskInfo, TaskSpec, TaskState
from revo_edge.contract.workers import Children, Outcomes, ProgressNote
from revo_edge.core.actions import (
    Action,
    CancelAttempt,
    Dispatch,
    DropChildren,
    KillWorker,
    PublishProgress,
    Record,
    RecordChildren,
    RecordStart,
    Remove,
    StartWorker,
    StopWorker,
)
from revo_edge.core.groups import Change
from revo_edge.core.ranges import IndexSet
from revo_edge.core.records import Limits, Recorded, Saved
from revo_edge.core.scheduler import Scheduler
from revo_edge.errors import BadRequest, Conflict, NotFound, QueueFull
from tests.unit.core.world import BROKEN, EMPTY, KINDS, RAW, SHAKY, World, wanted

LIMITS = Limits(
    queue_limit=12,
    history=6,
    recycle_tasks=7,
    grace_s=1.0,
    drivers_per_depth=2,
    workers_min=2,
    workers_max=4,
    concurrency={"narrow": 1},
)
CHILDREN = 5
"""A driver of this world has children 0 to 4."""


def test_progress_of_a_task_is_published_and_ends_with_its_attempt() -> None:
    w = World()
    w.submit("d", "drive")
    driver = w.attempt("d")
    note = ProgressNote(driver.attempt.id, 3, 10, 1, "reading", 2.0)
    (told,) = w.do(w.scheduler.progress(driver.worker_id, note, w.now))
    assert isinstance(told, PublishProgress)
    assert (told.progress.done, told.progress.total, told.progress.failed) == (3, 10, 1)
    assert w.info("d").progress == told.progress
    assert w.scheduler.progress("w1", note, w.now) == []  # not its attempt
    assert w.scheduler.family_of(driver.worker_id, driver.attempt.id) == "d"
    w.lose(driver)
    assert w.info("d").progress is None
    assert w.scheduler.family_of(driver.worker_id, driver.attempt.id) is None


def test_nothing_is_decided_by_what_is_not_known() -> None:
    w = World()
    message = Outcomes("a99", (ItemResult(0),), done=True)
    assert w.do(w.scheduler.outcomes("w1", message, w.now)) == []
    assert w.do(w.scheduler.children("w1", Children("a99", "item", wanted(1)), w.now)) == []


class Journal:
    """What a daemon would have on disk: the oracle of what was recorded, and the way back."""

    def __init__(self) -> None:
        self.infos: dict[str, TaskInfo] = {}
        self.story: dict[str, Record] = {}
        self.specs: dict[str, TaskSpec] = {}
        self.children: dict[str, dict[int, ItemResult]] = {}
        self.started: dict[str, set[int]] = {}

    def write(self, action: Action) -> None:
        match action:
            case Record(info=info):
                before = self.infos.get(info.id)
                ended = before is not None and before.state is TaskState.SUCCEEDED
                assert not ended, f"{info.id} moved after it had succeeded"
                self.infos[info.id], self.story[info.id] = info, action
            case RecordChildren(owner=owner, results=results):
                known = self.children.setdefault(owner, {})
                for result in results:
                    assert result.index not in known, f"{owner}/{result.index} recorded twice"
                    known[result.index] = result
            case RecordStart(owner=owner, index=index):
                self.started.setdefault(owner, set()).add(index)
            case DropChildren(owner=owner):
                self.drop(owner)
            case Remove(task_id=task_id):
                del self.infos[task_id]
                self.drop(task_id)

    def drop(self, owner: str) -> None:
        for table in (self.children, self.started):
            for name in [n for n in table if n == owner or n.startswith(f"{owner}/")]:
                del table[name]

    def saved(self, task_id: str) -> Saved:
        children = {}
        owners = {*self.children, *self.started}
        for owner in (o for o in owners if o.partition("/")[0] == task_id):
            known, done = self.children.get(owner, {}), IndexSet()
            for index in known:
                done.add(index)
            failed = sum(r.error is not None for r in known.values())
            started = tuple(sorted(self.started.get(owner, set()) - set(known)))
            children[owner] = Recorded(done.ranges(), failed, started)
        record = self.story[task_id]
        return Saved(record.info, self.specs[task_id], EMPTY, record.story, children)


class AnyHistory(RuleBasedStateMachine):
    """Clients, workers and crashes at random; the journal and the checks are the oracle."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = Journal()
        self.now, self.names = 0.0, 0
        self.boot()

    def boot(self) -> None:
        self.live: dict[str, Dispatch] = {}
        self.asked: dict[str, set[int]] = {}
        self.alive: set[str] = set()
        self.gone: set[str] = set()
        self.starting: list[str] = []
        self.scheduler = Scheduler(KINDS, limits=LIMITS, seed=1)
        self.scheduler.epoch = 1000.0
        infos = list(self.journal.infos.values())
        for info in infos:
            if info.state.final:
                self.do(self.scheduler.restore_ended(info, self.now))
        for info in infos:
            if not info.state.final:
                self.do(self.scheduler.restore(self.journal.saved(info.id), self.now))
        for info in infos:
            task = self.scheduler._book.tasks.get(info.id)
            assert task is None or (task.seq, task.spec.priority) == (info.place, info.priority)
        self.do(self.scheduler.start(self.now))
        self.workers_are_ready()

    def do(self, actions: list[Action]) -> None:
        for action in actions:
            self.journal.write(action)
            match action:
                case StartWorker(worker_id=worker_id):
                    assert worker_id not in self.alive | self.gone
                    self.alive.add(worker_id)
                    self.starting.append(worker_id)
                case KillWorker(worker_id=worker_id):
                    self.end_worker(worker_id)
                case StopWorker(worker_id=worker_id):
                    assert not [d for d in self.live.values() if d.worker_id == worker_id]
                case Dispatch():
                    self.take(action)
                case CancelAttempt(worker_id=worker_id):
                    assert worker_id not in self.gone

    def take(self, dispatch: Dispatch) -> None:
        attempt = dispatch.attempt
        assert dispatch.worker_id not in self.gone, "a dead worker got work"
        assert dispatch.worker_id not in self.starting, "a starting worker got work"
        info = self.journal.infos[attempt.owner.partition("/")[0]]
        assert info.state is TaskState.RUNNING, "work for a task that does not run"
        assert not info.cancelling, "work for a task that is being cancelled"
        known = self.journal.children.get(attempt.owner, {})
        if attempt.child:
            assert not [i for i, _ in attempt.items if i in known], "a recorded child runs again"
        assert attempt.id not in self.live
        self.live[attempt.id] = dispatch

    def end_worker(self, worker_id: str) -> None:
        self.alive.discard(worker_id)
        self.gone.add(worker_id)
        self.starting = [name for name in self.starting if name != worker_id]
        self.live = {i: d for i, d in self.live.items() if d.worker_id != worker_id}

    # clients

    def spec(self, data: st.DataObject) -> TaskSpec:
        known = sorted(self.scheduler._book.tasks)
        after = data.draw(st.lists(st.sampled_from(known), max_size=2)) if known else []
        return TaskSpec(
            data.draw(st.sampled_from(["work", "work", "drive", "drive"])),
            queue=data.draw(st.sampled_from(["default", "narrow"])),
            group=data.draw(st.sampled_from([None, "g"])),
            priority=data.draw(st.integers(-1, 1)),
            after=tuple(after) if data.draw(st.integers(0, 3)) == 0 else (),
            at=1000.0 + self.now + 3.0 if data.draw(st.integers(0, 5)) == 0 else None,
            timeout_s=data.draw(st.sampled_from([None, None, None, 4.0])),
            retries=data.draw(st.integers(0, 2)),
            backoff_s=0.5,
            on_lost=data.draw(st.sampled_from([None, None, OnLost.HOLD, OnLost.FAIL])),
        )

    @rule(data=st.data(), size=st.integers(1, 3))
    def submit(self, data: st.DataObject, size: int) -> None:
        batch = []
        for _ in range(size):
            self.names += 1
            batch.append((f"t{self.names}", self.spec(data), EMPTY))
        before = len(self.scheduler._book.tasks)
        try:
            actions = self.scheduler.submit_batch(batch, self.now)
        except QueueFull:
            assert len(self.scheduler._book.tasks) == before
            return
        self.journal.specs.update({task_id: spec for task_id, spec, _ in batch})
        self.do(actions)

    def on_some_task(self, data: st.DataObject, call: Callable[[str], list[Action]]) -> None:
        task_id = data.draw(st.sampled_from(sorted(self.scheduler._book.tasks)))
        with contextlib.suppress(Conflict):
            self.do(call(task_id))

    def has_tasks(self) -> bool:
        return bool(self.scheduler._book.tasks)

    @precondition(has_tasks)
    @rule(data=st.data(), grace_s=st.sampled_from([0.0, 1.0, 3.0]))
    def cancel(self, data: st.DataObject, grace_s: float) -> None:
        self.on_some_task(data, lambda t: self.scheduler.cancel(t, grace_s, self.now))

    @precondition(has_tasks)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        def call(task_id: str) -> list[Action]:
            needed = self.scheduler.needs_journal(task_id)
            saved = self.journal.saved(task_id) if needed else None
            return self.scheduler.retry(task_id, self.now, saved)

        self.on_some_task(data, call)

    @precondition(has_tasks)
    @rule(data=st.data(), release=st.booleans())
    def hold_or_release(self, data: st.DataObject, release: bool) -> None:  # noqa: FBT001 - drawn
        call = self.scheduler.release if release else self.scheduler.hold
        self.on_some_task(data, lambda t: call(t, self.now))

    @rule(
        change=st.sampled_from(Change), part=st.integers(1, 3), grace_s=st.sampled_from([0.0, 2.0])
    )
    def change_a_group(self, change: Change, part: int, grace_s: float) -> None:
        try:
            ids = self.scheduler.group_members("g", change)
        except NotFound:
            return
        for first in range(0, len(ids), part):
            some = ids[first : first + part]
            actions, changed = self.scheduler.change_group(some, change, grace_s, self.now)
            assert changed <= len(some)
            self.do(actions)

    @precondition(has_tasks)
    @rule(data=st.data(), priority=st.integers(-1, 1))
    def set_priority(self, data: st.DataObject, priority: int) -> None:
        self.on_some_task(data, lambda t: self.scheduler.set_priority(t, priority, self.now))

    @precondition(has_tasks)
    @rule(data=st.data(), spot=st.sampled_from(Spot))
    def move(self, data: st.DataObject, spot: Spot) -> None:
        known = sorted(self.scheduler._book.tasks)
        other = data.draw(st.sampled_from([*known, None]))

        def call(task_id: str) -> list[Action]:
            actions = self.scheduler.move(task_id, spot, other, self.now)
            self.stands_beside(task_id, spot, other)
            return actions

        with contextlib.suppress(BadRequest):
            self.on_some_task(data, call)

    def stands_beside(self, task_id: str, spot: Spot, other: str | None) -> None:
        if other is None:
            return
        task, beside = self.scheduler.task(task_id), self.scheduler.task(other)
        low, high = sorted((task.seq, beside.seq))
        assert (task.seq < beside.seq) is (spot is Spot.BEFORE)
        between = [
            t.id
            for t in self.scheduler._book.tasks.values()
            if low < t.seq < high
            and t.state in (TaskState.QUEUED, TaskState.HELD)
            and (t.spec.queue, t.spec.priority) == (task.spec.queue, task.spec.priority)
        ]
        assert between == []

    @precondition(has_tasks)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        self.on_some_task(data, lambda t: self.scheduler.remove(t, self.now))

    @rule(queue=st.sampled_from(["default", "narrow"]), bound=st.sampled_from([None, 1, 2, 3]))
    def pause_or_resume(self, queue: str, bound: int | None) -> None:
        if bound is None:
            self.do(self.scheduler.pause(queue, self.now))
        else:
            self.do(self.scheduler.resume(queue, bound, self.now))

    # workers

    @precondition(lambda self: self.starting)
    @rule()
    def workers_are_ready(self) -> None:
        while self.starting:
            self.do(self.scheduler.worker_ready(self.starting.pop(0), self.now))

    @precondition(lambda self: self.live)
    @rule(kind=st.sampled_from(["item", "item", "sub"]))
    def work_gets_on(self, kind: str) -> None:
        """Drivers ask for all their children; what is not a driver ends well."""
        self.workers_are_ready()
        for attempt_id in sorted(self.live):
            if attempt_id in self.drivers():
                self.ask(attempt_id, kind, range(CHILDREN), None, 1)
            elif attempt_id in self.live:
                self.finish(attempt_id, None, part=True)
        self.workers_are_ready()

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), memory=st.booleans())
    def a_worker_dies(self, data: st.DataObject, memory: bool) -> None:  # noqa: FBT001 - drawn
        worker_id = data.draw(st.sampled_from(sorted(self.alive)))
        error = ErrorInfo("memory_limit", "m", retry=True) if memory else None
        self.end_worker(worker_id)
        self.do(self.scheduler.worker_lost(worker_id, error, self.now))

    @precondition(lambda self: self.live)
    @rule(data=st.data(), error=st.sampled_from([None, None, BROKEN, SHAKY]), part=st.booleans())
    def an_attempt_goes_on(
        self,
        data: st.DataObject,
        error: ErrorInfo | None,
        part: bool,  # noqa: FBT001 - drawn by hypothesis
    ) -> None:
        self.finish(data.draw(st.sampled_from(sorted(self.live))), error, part=part)

    def finish(self, attempt_id: str, error: ErrorInfo | None, *, part: bool = False) -> None:
        dispatch = self.live.pop(attempt_id)
        items = dispatch.attempt.items
        part = part and len(items) > 1
        ended = items[:1] if part else items
        results = tuple(
            ItemResult(index, dispatch.attempt.number, 0.001, error=error) for index, _ in ended
        )
        if part:
            rest = msgspec.structs.replace(dispatch.attempt, items=items[1:])
            self.live[attempt_id] = Dispatch(dispatch.worker_id, rest, dispatch.durable)
        message = Outcomes(attempt_id, results, not part)
        self.do(self.scheduler.outcomes(dispatch.worker_id, message, self.now))

    def drivers(self) -> list[str]:
        return sorted(i for i, d in self.live.items() if d.attempt.kind in ("drive", "sub"))

    @precondition(lambda self: self.drivers())
    @rule(
        data=st.data(),
        kind=st.sampled_from(["item", "item", "sub", "nonsense"]),
        timeout_s=st.sampled_from([None, 1.5]),
        retries=st.integers(0, 1),
    )
    def a_driver_asks_for_children(
        self, data: st.DataObject, kind: str, timeout_s: float | None, retries: int
    ) -> None:
        attempt_id = data.draw(st.sampled_from(self.drivers()))
        indexes = data.draw(st.lists(st.integers(0, CHILDREN - 1), unique=True, max_size=3))
        self.ask(attempt_id, kind, indexes, timeout_s, retries)

    def ask(
        self,
        attempt_id: str,
        kind: str,
        indexes: Iterable[int],
        timeout_s: float | None,
        retries: int,
    ) -> None:
        asked = self.asked.setdefault(attempt_id, set())  # a driver asks for each child once
        items = tuple((index, RAW) for index in indexes if index not in asked)
        asked.update(index for index, _ in items)
        message = Children(attempt_id, kind, items, timeout_s, retries, 0.5)
        worker_id = self.live[attempt_id].worker_id
        self.do(self.scheduler.children(worker_id, message, self.now))

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), kill=st.booleans())
    def restart(self, data: st.DataObject, kill: bool) -> None:  # noqa: FBT001 - drawn
        worker_id = data.draw(st.sampled_from(sorted(self.alive)))
        self.do(self.scheduler.restart_worker(worker_id, self.now, kill=kill))

    @rule(bounds=st.sampled_from([(1, 2), (2, 4), (3, 3)]))
    def resize(self, bounds: tuple[int, int]) -> None:
        self.do(self.scheduler.set_bounds(*bounds, self.now))

    # time and crashes

    @rule(seconds=st.floats(0.0, 1.2))
    def time_passes(self, seconds: float) -> None:
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.scheduler.next_deadline()) is not None and due <= until:
            self.now = max(self.now, due)
            self.do(self.scheduler.tick(self.now))
        self.now = until

    @rule(how=st.sampled_from(["not", "not", "not", "gracefully", "by a crash"]))
    def the_daemon_starts_again(self, how: str) -> None:
        if how == "gracefully":
            self.do(self.scheduler.suspend(self.now))
        if how != "not":
            self.boot()

    @invariant()
    def everything_holds(self) -> None:
        self.scheduler.validate()
        for info in self.scheduler.infos():
            assert info.state is self.journal.infos[info.id].state, info.id

    def teardown(self) -> None:
        """Everything drains to an end when workers keep answering."""
        for queue in ("default", "narrow"):
            self.do(self.scheduler.resume(queue, 2, self.now))
        for _ in range(400):
            if not (self.unfinished() or self.live):
                break
            self.pass_time(4.0)
            self.work_gets_on("item")
            for attempt_id in self.drivers():
                if attempt_id in self.live and not self.has_children(attempt_id):
                    self.finish(attempt_id, None)
            self.everything_holds()
        assert not self.unfinished()
        assert not self.scheduler._attempts.running

    def has_children(self, attempt_id: str) -> bool:
        chunk = self.scheduler._attempts.running[attempt_id]
        return bool(chunk.family and chunk.family.chunks)

    def unfinished(self) -> list[str]:
        waiting = (TaskState.QUEUED, TaskState.RUNNING)
        return [i.id for i in self.scheduler.infos() if i.state in waiting and self.can_end(i)]

    def can_end(self, info: TaskInfo) -> bool:
        """A task that waits for a held one waits for a person."""
        task = self.scheduler.task(info.id)
        others = [self.scheduler._book.tasks.get(other) for other in task.waits_for]
        return all(
            o and o.state is not TaskState.HELD and self.can_end(self.scheduler.info(o.id))
            for o in others
        )


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=50, stateful_step_count=50, deadline=None)

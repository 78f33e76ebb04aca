"""task.*: submissions, and everything that is asked about tasks."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import cast

import msgspec

from revo_edge.contract import codec
from revo_edge.contract import requests as rq
from revo_edge.contract import task_requests as trq
from revo_edge.contract.kinds import Lane
from revo_edge.contract.params import Params
from revo_edge.contract.tasks import TaskInfo, TaskSpec
from revo_edge.core import outlook
from revo_edge.core.actions import Action
from revo_edge.core.records import Saved
from revo_edge.core.scheduler import Scheduler
from revo_edge.daemon.asks import Answer, Ask
from revo_edge.daemon.background import Background
from revo_edge.daemon.mutations import Decision, Mutations
from revo_edge.daemon.restore import saved_of
from revo_edge.daemon.shell import Shell
from revo_edge.daemon.waiters import wait_until
from revo_edge.engines.registry import Registry
from revo_edge.errors import BadRequest, Conflict, NotFound, QueueFull, RevoError
from revo_edge.store.journal_read import JournalReader, LiveTask, TaskRow
from revo_edge.store.spool import Spool
from revo_edge.store.writes import task_hash


@dataclass(frozen=True, slots=True)
class Submission:
    """What one request submits: id -> (spec without params, params as msgpack)."""

    key: str
    new: dict[str, tuple[TaskSpec, bytes]]
    batch: bool
    hashes: dict[str, str | None] = field(init=False)
    """What tells the same submission from another one under the same key.

    None stands for the task that a longer batch would have had next.
    """

    def __post_init__(self) -> None:
        hashes: dict[str, str | None] = {
            task_id: task_hash(*asked) for task_id, asked in self.new.items()
        }
        if self.batch:
            hashes[f"{self.key}-{len(self.new) + 1}"] = None
        object.__setattr__(self, "hashes", hashes)

    def reply(self, info_of: Callable[[str], TaskInfo]) -> msgspec.Struct:
        """Return the reply to whoever submitted it."""
        if self.batch:
            return trq.BatchReply(tuple(self.new))
        return trq.SubmitReply(info_of(self.key))

    def conflict(self) -> Conflict:
        """Return the error for a key that names something else."""
        return Conflict(f"The key {self.key} was used for another task. Send a fresh ULID.")


@dataclass(slots=True)
class TaskMethods:
    """The methods of tasks."""

    shell: Shell
    scheduler: Scheduler
    registry: Registry
    mutations: Mutations
    reader: Background
    journal: JournalReader
    spool: Spool
    evicted: bool = False
    """True once a task left the memory: then the journal knows more than we do."""
    _hashes: dict[str, str] = field(default_factory=dict)
    _accepting: dict[str, list[Ask]] = field(default_factory=dict)
    _saved: dict[str, Saved] = field(default_factory=dict)

    def table(self) -> dict[str, Answer]:
        """Return method name -> function."""
        return {
            "task.submit": self._submit,
            "task.batch": self._batch,
            "task.get": self._get,
            "task.list": self._list,
            "task.wait": self._wait,
            "task.outlook": self._outlook,
            "task.result": self._result,
            "task.cancel": self.mutations.method(self._cancel),
            "task.retry": self._retry_with_params,
            "task.hold": self.mutations.method(self._hold),
            "task.release": self.mutations.method(self._release),
            "task.priority": self.mutations.method(self._set_priority),
            "task.move": self.mutations.method(self._move),
            "task.remove": self.mutations.method(self._remove),
        }

    # submissions

    def _submit(self, ask: Ask, params: Params) -> None:
        spec = cast("trq.TaskSubmit", params).spec
        key = ask.key or ""
        self._accept_all(ask, {key: self._checked(spec)}, batch=False)

    def _batch(self, ask: Ask, params: Params) -> None:
        specs = cast("trq.TaskBatch", params).specs
        new = {
            f"{ask.key}-{number}": self._checked(spec, f"specs[{number - 1}]")
            for number, spec in enumerate(specs, 1)
        }
        self._accept_all(ask, new, batch=True)

    def _accept_all(self, ask: Ask, new: dict[str, tuple[TaskSpec, bytes]], *, batch: bool) -> None:
        """Accept; params of sensitive kinds become blobs first, since the journal keeps its rows."""
        key = ask.key or ""
        texts = {
            task_id: params
            for task_id, (spec, params) in new.items()
            if params and self.registry.kinds[spec.kind].sensitive
        }
        if not texts:
            self._accept(ask, Submission(key, new, batch=batch))
            return

        def spool() -> dict[str, str]:
            return {task_id: self.spool.put(params) for task_id, params in texts.items()}

        def spooled(found: dict[str, str] | BaseException) -> None:
            if isinstance(found, BaseException):
                ask.fail(found)
                return
            for task_id, digest in found.items():
                spec = msgspec.structs.replace(new[task_id][0], params_blob=digest)
                new[task_id] = spec, b""
            try:
                self._accept(ask, Submission(key, new, batch=batch))
            except RevoError as error:
                ask.fail(error)

        self.reader.run(spool, spooled, own=True)

    def submit_own(self, task_id: str, spec: TaskSpec) -> None:
        """Submit a task of the daemon's own; raise as `task.submit` does."""
        new = {task_id: self._checked(spec)}
        decided = self.scheduler.submit(task_id, *new[task_id], time.monotonic())
        self.shell.perform(decided, new=new)

    def _checked(self, spec: TaskSpec, where: str = "spec") -> tuple[TaskSpec, bytes]:
        """Check the params against their kind; return the spec without them, and them encoded."""
        if spec.kind not in self.registry.kinds:
            raise BadRequest(str(self._unknown_kind(spec.kind)))
        kind = self.registry.kinds[spec.kind]
        if kind.child or kind.lane is Lane.RESIDENT:
            raise BadRequest(f"{spec.kind} is made by other tasks and cannot be submitted.")
        if not spec.cwd.startswith("/"):
            raise BadRequest(f"{where}.cwd must be an absolute path, not {spec.cwd!r}.")
        if spec.params_blob is not None:
            if spec.params:
                raise BadRequest(f"{where} has both params and params_blob. Send one of them.")
            return spec, b""  # the worker reads and checks it: the loop never touches the disk
        try:
            codec.convert(spec.params, kind.params)
        except BadRequest as error:
            raise BadRequest(f"{where}.params of {spec.kind}: {error.msg}") from None
        return msgspec.structs.replace(spec, params={}), codec.encode(spec.params)

    def _unknown_kind(self, name: str) -> NotFound:
        try:
            self.registry.kind(name)
        except NotFound as error:
            return error
        raise AssertionError(name)

    def _accept(self, ask: Ask, submission: Submission) -> None:
        if self._again(ask, submission):
            return
        if self.shell.store.full:
            raise QueueFull("The disk is behind with what was accepted. Try again.", after_ms=500)
        tasks = [(task_id, spec, params) for task_id, (spec, params) in submission.new.items()]
        decided = self.scheduler.submit_batch(tasks, time.monotonic())
        self._hashes.update((i, digest) for i, digest in submission.hashes.items() if digest)
        self._accepting[submission.key] = [ask]
        after = partial(self._accepted, submission)
        self.shell.perform(decided, new=submission.new, after=after, refusable=True)

    def _again(self, ask: Ask, submission: Submission) -> bool:
        """Answer a key that is known: the same request gets the same reply, another a CONFLICT."""
        first = next(iter(submission.new))
        if first in self._hashes:
            if any(self._hashes.get(i) != digest for i, digest in submission.hashes.items()):
                raise submission.conflict()
            if submission.key in self._accepting:
                self._accepting[submission.key].append(ask)
            else:
                ask.ok(submission.reply(self._published))
            return True
        if first in self.shell.publisher.record.tasks:  # accepted by an earlier boot
            self._answer_recorded([ask], submission, submission.conflict())
            return True
        return False

    def _accepted(self, submission: Submission, error: RevoError | None) -> None:
        asks = self._accepting.pop(submission.key, [])
        if error is None:
            for ask in asks:
                ask.ok(submission.reply(self._published))
            return
        for task_id in submission.new:
            self._hashes.pop(task_id, None)
            self.shell.perform_unseen(self.scheduler.undo(task_id, time.monotonic()))
        if isinstance(error, Conflict):
            self._answer_recorded(asks, submission, error)
            return
        for ask in asks:
            ask.fail(error)

    def _answer_recorded(
        self, asks: Sequence[Ask], submission: Submission, refused: RevoError
    ) -> None:
        """The ids stand in the journal: it is the same submission again, another, or removed."""

        def look() -> msgspec.Struct:
            rows = {task_id: self.journal.task(task_id) for task_id in submission.new}
            known = {task_id: self.journal.key_hash(task_id) for task_id in submission.hashes}
            if known != submission.hashes:
                raise submission.conflict() if any(known.values()) else refused
            infos = {task_id: row.info for task_id, row in rows.items() if row is not None}
            return submission.reply(infos.__getitem__)

        def found(answer: msgspec.Struct | BaseException) -> None:
            for ask in asks:
                _answer(ask)(answer)

        self.reader.run(look, found, own=True)

    def forget(self, task_id: str) -> None:
        """Drop what is kept for a task that left the memory."""
        self.evicted = True
        self._hashes.pop(task_id, None)

    # reads

    def _published(self, task_id: str) -> TaskInfo:
        info = self.shell.publisher.record.tasks.get(task_id)
        if info is None:
            raise NotFound(f'There is no task "{task_id}". `revo task ls` lists them.')
        return info

    def _get(self, ask: Ask, params: Params) -> None:
        task_id = cast("trq.TaskRef", params).id

        def found(row: TaskRow | BaseException | None) -> None:
            if isinstance(row, BaseException):
                ask.fail(row)
            elif row is None:
                ask.fail(NotFound(f'There is no task "{task_id}". `revo task ls` lists them.'))
            else:
                info = self.shell.publisher.record.tasks.get(task_id, row.info)
                ask.ok(trq.TaskReply(info, _with_params(row), row.story))

        self.reader.run(partial(self.journal.task, task_id), found)

    def _list(self, ask: Ask, params: Params) -> msgspec.Struct | None:
        query = cast("trq.TaskList", params)
        tasks = self.shell.publisher.record.tasks
        if query.cursor is None or query.cursor in tasks:
            page = tuple(islice(_matching(tasks, query), query.limit + 1))
            if len(page) > query.limit:
                return trq.TaskListReply(page[: query.limit], page[query.limit - 1].id)
            if not self.evicted:
                return trq.TaskListReply(page)
        self.reader.run(partial(self.journal.tasks, query), _answer(ask))
        return None

    def _wait(self, ask: Ask, params: Params) -> None:
        wait = cast("trq.TaskWait", params)
        if wait.id not in self.shell.publisher.record.tasks:
            self._wait_for_old(ask, wait.id)
            return

        def attempt(time_is_up: bool) -> bool:  # noqa: FBT001 - the shape of a waiter
            info = self.shell.publisher.record.tasks.get(wait.id)
            if info is None:
                self._wait_for_old(ask, wait.id)
                return True
            changed = self.shell.publisher.changed_at(wait.id)
            seen = wait.since is None or changed <= wait.since
            if not (info.state.final or time_is_up or not seen):
                return False
            ask.ok(trq.TaskWaitReply(info, info.state.final))
            return True

        self.shell.waiters.add(wait.id, wait_until(ask, wait.wait_ms), attempt)

    def _outlook(self, ask: Ask, params: Params) -> None:
        query = cast("trq.TaskOutlook", params)
        picture = self.scheduler.picture(query.ids, time.monotonic())

        def look() -> trq.OutlookReply:  # not on the loop: it takes long with many waiting tasks
            return trq.OutlookReply(picture.at, outlook.chosen(picture, query.ids, query.limit))

        self.reader.run(look, _answer(ask))

    def _wait_for_old(self, ask: Ask, task_id: str) -> None:
        def found(row: TaskRow | BaseException | None) -> None:
            if isinstance(row, BaseException):
                ask.fail(row)
            elif row is None:
                ask.fail(NotFound(f'There is no task "{task_id}". `revo task ls` lists them.'))
            else:
                ask.ok(trq.TaskWaitReply(row.info, row.info.state.final))

        self.reader.run(partial(self.journal.task, task_id), found)

    def _result(self, ask: Ask, params: Params) -> None:
        query = cast("trq.TaskResult", params)
        job = self._items if query.items else self._range
        self.reader.run(partial(job, query, ask.as_json), _answer(ask))

    def _items(self, query: trq.TaskResult, as_json: bool) -> trq.ResultReply:  # noqa: FBT001
        if self.journal.task(query.id) is None:
            raise NotFound(f'There is no task "{query.id}". `revo task ls` lists them.')
        page = self.journal.children(query.id, query.cursor, query.limit)
        return trq.ResultReply(items=page.results, cursor=page.next_cursor, more=page.more)

    def _range(self, query: trq.TaskResult, as_json: bool) -> trq.ResultReply:  # noqa: FBT001
        row = self.journal.task(query.id)
        if row is None:
            raise NotFound(f'There is no task "{query.id}". `revo task ls` lists them.')
        result = self.journal.result(query.id)
        if result is None or result.error is not None:
            state = row.info.state.value
            raise Conflict(f"The task has no result: it is {state}.", detail={"state": state})
        if result.blob is not None:
            total = self.spool.size(result.blob)
            data = self.spool.read(result.blob, query.offset, query.length)
        else:
            whole = bytes(result.value)
            total = len(whole)
            data = whole[query.offset : query.offset + query.length]
        more = query.offset + len(data) < total
        if as_json and query.offset == 0 and not more:
            return trq.ResultReply(total, value=msgspec.Raw(data))
        return trq.ResultReply(total, data, more=more)

    # changes

    def _cancel(self, params: Params, now: float) -> Decision:
        cancel = cast("trq.TaskCancel", params)
        return self._decided(cancel.id, self.scheduler.cancel(cancel.id, cancel.grace_s, now))

    def _retry_with_params(self, ask: Ask, params: Params) -> None:
        """Retry; what was asked of an ended task is first read from the journal."""
        task_id = cast("trq.TaskRef", params).id
        retry = self.mutations.method(self._retry)
        if not self.scheduler.needs_journal(task_id):
            retry(ask, params)
            return

        def found(live: LiveTask | BaseException | None) -> None:
            if isinstance(live, BaseException):
                ask.fail(live)
                return
            if live is not None:
                self._saved[task_id] = saved_of(live)
            retry(ask, params)

        self.reader.run(partial(self.journal.saved, task_id), found)

    def _retry(self, params: Params, now: float) -> Decision:
        task_id = cast("trq.TaskRef", params).id
        saved = self._saved.pop(task_id, None)
        return self._decided(task_id, self.scheduler.retry(task_id, now, saved))

    def _hold(self, params: Params, now: float) -> Decision:
        task_id = cast("trq.TaskRef", params).id
        return self._decided(task_id, self.scheduler.hold(task_id, now))

    def _release(self, params: Params, now: float) -> Decision:
        task_id = cast("trq.TaskRef", params).id
        return self._decided(task_id, self.scheduler.release(task_id, now))

    def _set_priority(self, params: Params, now: float) -> Decision:
        asked = cast("trq.TaskPriority", params)
        actions = self.scheduler.set_priority(asked.id, asked.priority, now)
        return self._decided(asked.id, actions)

    def _move(self, params: Params, now: float) -> Decision:
        asked = cast("trq.TaskMove", params)
        return self._decided(asked.id, self.scheduler.move(asked.id, asked.to, asked.other, now))

    def _remove(self, params: Params, now: float) -> Decision:
        task_id = cast("trq.TaskRef", params).id
        return Decision(self.scheduler.remove(task_id, now), rq.Done())

    def _decided(self, task_id: str, actions: Sequence[Action]) -> Decision:
        info = self.scheduler.info(task_id)
        return Decision(actions, trq.SubmitReply(info))


def _matching(tasks: dict[str, TaskInfo], query: trq.TaskList) -> Iterator[TaskInfo]:
    states = frozenset(query.states)
    past_cursor = query.cursor is None
    for task_id in reversed(tasks):
        info = tasks[task_id]
        if past_cursor and (
            (not states or info.state in states)
            and query.kind in (None, info.kind)
            and query.queue in (None, info.queue)
            and query.group in (None, info.group)
            and task_id.startswith(query.prefix)
        ):
            yield info
        past_cursor = past_cursor or task_id == query.cursor


def _with_params(row: TaskRow) -> TaskSpec:
    if not row.params:
        return row.spec
    return msgspec.structs.replace(row.spec, params=msgspec.msgpack.decode(row.params))


def _answer(ask: Ask) -> Callable[[msgspec.Struct | BaseException], None]:
    def answer(result: msgspec.Struct | BaseException) -> None:
        if isinstance(result, BaseException):
            ask.fail(result)
        else:
            ask.ok(result)

    return answer

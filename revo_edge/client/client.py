"""The client: every method of the daemon as a blocking, typed call."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec
import zmq

from revo_edge.client.connection import Connection, Context, decode_result
from revo_edge.client.endpoint import require_endpoint
from revo_edge.client.follow import follow
from revo_edge.client.groups import Groups
from revo_edge.client.stream import Stream
from revo_edge.contract import requests, task_requests
from revo_edge.contract.alerts import AlertListReply
from revo_edge.contract.codec import BLOB_CHUNK_BYTES, encode
from revo_edge.contract.events import QueueInfo
from revo_edge.contract.history import MetricHistoryReply
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.metrics import MetricHistory
from revo_edge.contract.params import Params
from revo_edge.contract.tasks import Outlook, TaskInfo, TaskSpec, TaskState
from revo_edge.contract.templates import TemplateInfo
from revo_edge.errors import Conflict, DeadlineExceeded, InternalError, NotFound, TaskFailed
from revo_edge.paths import Paths, find_paths

if TYPE_CHECKING:
    from revo_edge.client.recall import Recall

_WAIT_MS = 30_000
_CUT_TRIES = 3
_CANDIDATES = 10

R = TypeVar("R", bound=msgspec.Struct)


class Client:
    """A connection to the daemon of one REVO_HOME; belongs to one thread.

    Every call may raise the error of its reply's code, DaemonUnreachable when no daemon runs and
    DeadlineExceeded after `deadline_s`. A request whose answer is late is sent again, up to three
    times in its deadline; a mutating one carries a key, so that it still happens once.
    """

    def __init__(
        self,
        paths: Paths | None = None,
        *,
        deadline_s: float = 10.0,
        context: Context | None = None,
    ) -> None:
        self._paths = paths or find_paths()
        self._deadline_s = deadline_s
        self._owns_context = context is None
        self._context: Context = zmq.Context() if context is None else context
        self._connection = Connection(self._paths, self._context)
        self.groups = Groups(self._call)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every socket, those of streams included."""
        self._connection.close()
        if self._owns_context:
            self._context.destroy(linger=0)

    @cached_property
    def recall(self) -> "Recall":
        """Perfect Recall's calls."""
        from revo_edge.client.recall import Recall  # noqa: PLC0415 - `revo status` has no use

        return Recall(self._call)

    @property
    def boot(self) -> str:
        """The boot that gave the last reply."""
        return self._connection.boot

    @property
    def s(self) -> int:
        """The `s` of the published record that the last reply speaks of."""
        return self._connection.s

    # the daemon

    def hello(self) -> requests.HelloReply:
        """Return who answers and what it can do."""
        return self._call("hello", requests.Empty(), requests.HelloReply)

    def health(self) -> requests.HealthReply:
        """Return whether the daemon is well, and what to do if not."""
        return self._call("health", requests.Empty(), requests.HealthReply)

    def config(self) -> requests.ConfigReply:
        """Return all settings in force and where each came from."""
        return self._call("config.get", requests.Empty(), requests.ConfigReply)

    def log(
        self, source: str = "daemon", offset: int = 0, length: int = 65_536
    ) -> requests.LogReply:
        """Return `length` bytes of a log from `offset`; a negative offset counts from the end."""
        params = requests.LogRead(source=source, offset=offset, length=length)
        return self._call("log.read", params, requests.LogReply)

    def stop(self, *, drain: bool = False) -> None:
        """Ask the daemon to stop; running tasks are requeued, or waited for with `drain`."""
        self._change("daemon.stop", requests.DaemonStop(drain=drain), requests.Done)

    def call(self, method: str, params: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """Call a method by name with plain values; a mutating one gets a key by itself."""
        if key is None and _mutates(method):
            key = new_ulid()
        wait_ms = params.get("wait_ms", 0)
        raw = self._connection.ask(
            method,
            msgspec.Raw(encode(params)),
            key=key,
            deadline_s=self._deadline_s,
            wait_s=wait_ms / 1000 if isinstance(wait_ms, int) else 0.0,
        )
        found: dict[str, Any] = decode_result(raw, dict[str, Any])
        return found

    # state and stream

    def state(
        self,
        streams: Sequence[str] = ("task", "worker", "engine"),
        *,
        tasks: Sequence[str] = (),
        history: bool = False,
    ) -> requests.StateReply:
        """Return the published record at one `s`: all pages in one."""
        query = requests.StateGet(streams=tuple(streams), tasks=tuple(tasks), history=history)
        for _ in range(_CUT_TRIES):
            try:
                return self._whole_cut(query)
            except NotFound as error:  # the daemon let go of the cut between two pages
                last = error
        raise last

    def events_since(
        self,
        boot: str,
        s: int,
        topics: Sequence[str] = ("",),
        *,
        limit: int = 1000,
        wait_ms: int = 0,
    ) -> requests.EventsReply:
        """Return a page of the events after `s`; with `wait_ms`, wait if there are none."""
        params = requests.EventsSince(
            boot=boot, s=s, topics=tuple(topics), limit=limit, wait_ms=wait_ms
        )
        return self._call("events.since", params, requests.EventsReply, wait_s=wait_ms / 1000)

    def subscribe(self, topics: Sequence[str]) -> Stream:
        """Return a stream of the events on these topics (prefixes), in force on return.

        Use it in a `with`; iterating raises DaemonUnreachable when the daemon is lost.
        """
        return Stream(self._context, require_endpoint(self._paths), topics)

    def follow(self, task_id: str) -> Iterator[TaskInfo]:
        """Yield the task's record now and at each published change; the last one is final.

        Outlives a restart of the daemon; raises DaemonUnreachable after 5 s without one.
        """
        return follow(self, task_id)

    # tasks

    def submit(self, spec: TaskSpec, *, key: str | None = None) -> TaskInfo:
        """Submit one task; on return it is durably accepted. `key` becomes its id."""
        params = task_requests.TaskSubmit(spec=self._sized(spec))
        return self._change("task.submit", params, task_requests.SubmitReply, key=key).task

    def submit_batch(self, specs: Sequence[TaskSpec], *, key: str | None = None) -> tuple[str, ...]:
        """Submit up to 1,000 tasks, all or nothing; return their ids `<key>-1` ... `<key>-n`.

        Raises TooLarge when they do not fit one request (256 KiB): send smaller batches.
        """
        params = task_requests.TaskBatch(specs=tuple(self._sized(spec) for spec in specs))
        return self._change("task.batch", params, task_requests.BatchReply, key=key).ids

    def put_blob(self, data: bytes) -> str:
        """Store bytes under their digest, which is returned; cheap if they are there already."""
        digest = hashlib.sha256(data).hexdigest()
        for offset in range(0, max(1, len(data)), BLOB_CHUNK_BYTES):
            chunk = task_requests.BlobPut(
                digest=digest,
                offset=offset,
                total=len(data),
                data=data[offset : offset + BLOB_CHUNK_BYTES],
            )
            if self._call("blob.put", chunk, task_requests.BlobReply).complete:
                return digest
        raise InternalError(f"The daemon did not take a blob of {len(data)} bytes. Send it again.")

    def task(self, task_id: str) -> task_requests.TaskReply:
        """Return a task with what was asked and its history."""
        return self._call("task.get", task_requests.TaskRef(id=task_id), task_requests.TaskReply)

    def tasks(self, query: task_requests.TaskList | None = None) -> Iterator[TaskInfo]:
        """Yield the tasks that fit, newest first; reads page after page as it goes."""
        query = query or task_requests.TaskList()
        while True:
            page = self._call("task.list", query, task_requests.TaskListReply)
            yield from page.tasks
            if page.cursor is None:
                return
            query = msgspec.structs.replace(query, cursor=page.cursor)

    def find(self, prefix: str) -> str:
        """Return the one id that starts with `prefix`; raise NotFound, or Conflict naming some."""
        query = task_requests.TaskList(prefix=prefix, limit=_CANDIDATES)
        ids = [
            info.id for info in self._call("task.list", query, task_requests.TaskListReply).tasks
        ]
        if prefix in ids or len(ids) == 1:
            return prefix if prefix in ids else ids[0]
        if not ids:
            raise NotFound(f"No task's id starts with {prefix}. `revo task ls` lists them.")
        raise Conflict(f"{prefix} fits several tasks: {', '.join(ids)}. Type more of the id.")

    def outlook(self, task_ids: Sequence[str] = (), limit: int = 100) -> tuple[Outlook, ...]:
        """Return when waiting and running tasks are expected to start and end.

        Without ids: of those that run, then of the next to start, `limit` in all. Times are UTC
        epoch seconds, None where unknown; tasks that neither wait nor run are left out.
        """
        params = task_requests.TaskOutlook(ids=tuple(task_ids), limit=limit)
        return self._call("task.outlook", params, task_requests.OutlookReply).tasks

    def wait(self, task_id: str, timeout_s: float | None = None) -> TaskInfo:
        """Return the task's record once it is final; raise DeadlineExceeded after `timeout_s`."""
        end = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left_ms = _WAIT_MS if end is None else max(0, int((end - time.monotonic()) * 1000))
            params = task_requests.TaskWait(id=task_id, wait_ms=min(_WAIT_MS, left_ms))
            found = self._call(
                "task.wait", params, task_requests.TaskWaitReply, wait_s=params.wait_ms / 1000
            )
            if found.final:
                return found.task
            if left_ms == 0:
                state = found.task.state.value
                raise DeadlineExceeded(f"Task {task_id} is {state} after {timeout_s:g} s.")

    def result(self, task_id: str) -> Any:
        """Return the task's result as plain values.

        Raises TaskFailed when it has none because it failed, Conflict when it has not ended.
        """
        info = self.task(task_id).task
        if not info.state.final:
            raise Conflict(
                f"Task {task_id} is {info.state.value}. `revo task wait {task_id}` waits for it."
            )
        if info.state is not TaskState.SUCCEEDED:
            raise _failure(info)
        return decode_result(msgspec.Raw(self._result_bytes(task_id)), Any)

    def items(self, task_id: str, cursor: int = 0, limit: int = 500) -> task_requests.ResultReply:
        """Return a page of the task's recorded child outcomes, in the order of their commit."""
        params = task_requests.TaskResult(id=task_id, items=True, cursor=cursor, limit=limit)
        return self._call("task.result", params, task_requests.ResultReply)

    def cancel(self, task_id: str, grace_s: float = 2.0) -> TaskInfo:
        """Ask a task to stop; after `grace_s` its worker is killed."""
        params = task_requests.TaskCancel(id=task_id, grace_s=grace_s)
        return self._change("task.cancel", params, task_requests.SubmitReply).task

    def retry(self, task_id: str) -> TaskInfo:
        """Queue a failed or cancelled task again."""
        return self._change(
            "task.retry", task_requests.TaskRef(id=task_id), task_requests.SubmitReply
        ).task

    def hold(self, task_id: str) -> TaskInfo:
        """Keep a queued task from starting until it is released."""
        return self._change(
            "task.hold", task_requests.TaskRef(id=task_id), task_requests.SubmitReply
        ).task

    def release(self, task_id: str) -> TaskInfo:
        """Queue a held task where it stood; its attempts so far count."""
        return self._change(
            "task.release", task_requests.TaskRef(id=task_id), task_requests.SubmitReply
        ).task

    def set_priority(self, task_id: str, priority: int) -> TaskInfo:
        """Change the priority of a queued or held task: -100 to 100, the highest starts first."""
        params = task_requests.TaskPriority(id=task_id, priority=priority)
        return self._change("task.priority", params, task_requests.SubmitReply).task

    def move(self, task_id: str, to: task_requests.Spot, other_id: str | None = None) -> TaskInfo:
        """Move a queued or held task in its queue and priority; before and after need `other_id`."""
        params = task_requests.TaskMove(id=task_id, to=to, other=other_id)
        return self._change("task.move", params, task_requests.SubmitReply).task

    def remove(self, task_id: str) -> None:
        """Delete a task that has ended, with its results and log."""
        self._change("task.remove", task_requests.TaskRef(id=task_id), requests.Done)

    # queues, workers, engines

    def queues(self) -> tuple[QueueInfo, ...]:
        """Return all queues."""
        return self.state(streams=()).queues

    def pause(self, queue: str = "default") -> tuple[QueueInfo, ...]:
        """Start no more tasks of a queue; return all queues."""
        params = requests.QueueRef(queue=queue)
        return self._change("queue.pause", params, requests.QueueReply).queues

    def resume(
        self, queue: str = "default", concurrency: int | None = None
    ) -> tuple[QueueInfo, ...]:
        """Let a queue go on, with `concurrency` tasks at once if given; return all queues."""
        params = requests.QueueRef(queue=queue, concurrency=concurrency)
        return self._change("queue.resume", params, requests.QueueReply).queues

    def workers(self) -> requests.WorkerListReply:
        """Return all workers, the bounds they scale between and the last changes."""
        return self._call("worker.list", requests.Empty(), requests.WorkerListReply)

    def scale(self, min: int, max: int) -> requests.WorkerListReply:
        """Set the bounds of auto-scaling."""
        params = requests.WorkerScale(min=min, max=max)
        return self._change("worker.scale", params, requests.WorkerListReply)

    def restart_workers(
        self, worker_id: str = "", *, kill: bool = False
    ) -> requests.WorkerListReply:
        """Replace one worker, or all: once idle, or now with `kill`."""
        params = requests.WorkerRestart(id=worker_id, kill=kill)
        return self._change("worker.restart", params, requests.WorkerListReply)

    def engines(self) -> requests.EngineListReply:
        """Return all engines and kinds."""
        return self._call("engine.list", requests.Empty(), requests.EngineListReply)

    def metrics(self, since: float = 0.0, sources: Sequence[str] = ()) -> MetricHistory:
        """Return the samples newer than `since` (UTC epoch seconds), up to 15 minutes of them."""
        params = requests.MetricsGet(since=since, sources=tuple(sources))
        return self._call("metrics.get", params, MetricHistory)

    def metric_history(
        self,
        since: float = 0.0,
        *,
        until: float | None = None,
        step_s: int = 60,
        names: Sequence[str] = (),
    ) -> MetricHistoryReply:
        """Return means of minutes of the last 24 hours; gaps are None. Times as in `metrics`."""
        params = requests.MetricsHistory(
            since=since, until=until, step_s=step_s, names=tuple(names)
        )
        return self._call("metrics.history", params, MetricHistoryReply)

    def alerts(self) -> AlertListReply:
        """Return the active alerts, those that cleared last, and the rules."""
        return self._call("alert.list", requests.Empty(), AlertListReply)

    def templates(self) -> tuple[TemplateInfo, ...]:
        """Return all templates."""
        return self.template_list().templates

    def template_list(self) -> requests.TemplateListReply:
        """Return all templates, and the user's files that cannot be used."""
        return self._call("template.list", requests.Empty(), requests.TemplateListReply)

    def template(self, name: str) -> TemplateInfo:
        """Return a template, or the plain form of a kind that has none."""
        return self._call("template.get", requests.TemplateRef(name=name), TemplateInfo)

    # how

    def _call(
        self,
        method: str,
        params: Params,
        reply: type[R],
        *,
        key: str | None = None,
        wait_s: float = 0.0,
    ) -> R:
        raw = self._connection.ask(
            method,
            msgspec.Raw(encode(params)),
            key=key,
            deadline_s=self._deadline_s,
            wait_s=wait_s,
        )
        found: R = decode_result(raw, reply)
        return found

    def _change(self, method: str, params: Params, reply: type[R], *, key: str | None = None) -> R:
        return self._call(method, params, reply, key=key or new_ulid())

    def _whole_cut(self, query: requests.StateGet) -> requests.StateReply:
        first = page = self._call("state.get", query, requests.StateReply)
        tasks = list(first.tasks)
        while page.cursor is not None:
            query = msgspec.structs.replace(query, cursor=page.cursor)
            page = self._call("state.get", query, requests.StateReply)
            tasks += page.tasks
        return msgspec.structs.replace(first, tasks=tuple(tasks), metrics=page.metrics, cursor=None)

    def _sized(self, spec: TaskSpec) -> TaskSpec:
        """Move large params out of the request."""
        params = encode(spec.params)
        if len(params) <= BLOB_CHUNK_BYTES:
            return spec
        return msgspec.structs.replace(spec, params={}, params_blob=self.put_blob(params))

    def _result_bytes(self, task_id: str) -> bytes:
        data = bytearray()
        while True:
            params = task_requests.TaskResult(id=task_id, offset=len(data))
            found = self._call("task.result", params, task_requests.ResultReply)
            data += found.data
            if len(data) >= found.total_bytes or not found.data:
                return bytes(data)


def _mutates(method: str) -> bool:
    if method in requests.METHODS:
        return requests.METHODS[method].mutates
    from revo_edge.contract.calls import PUBLIC_CALLS  # noqa: PLC0415 - as in Client.recall

    return method in PUBLIC_CALLS and PUBLIC_CALLS[method].mutates


def _failure(info: TaskInfo) -> TaskFailed:
    code = info.error.code if info.error else info.state.value
    why = info.error.msg if info.error else f"It was {info.state.value}."
    return TaskFailed(f"Task {info.id} {info.state.value}: {why}", detail={"code": code})

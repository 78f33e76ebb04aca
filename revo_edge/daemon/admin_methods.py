"""queue.*, worker.*, engine.list, template.*, log.read, config.get, blob.put, daemon.stop."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

import msgspec

from revo_edge.contract import requests as rq
from revo_edge.contract import task_requests as trq
from revo_edge.contract.ids import is_ulid
from revo_edge.contract.kinds import KindInfo
from revo_edge.contract.params import Params
from revo_edge.core.scheduler import Scheduler
from revo_edge.daemon.asks import Answer, Ask
from revo_edge.daemon.background import Background
from revo_edge.daemon.mutations import Decision, Mutations
from revo_edge.daemon.sampler import Sampler
from revo_edge.daemon.shell import Shell
from revo_edge.daemon.templates import Templates
from revo_edge.engines.registry import Registry
from revo_edge.errors import BadRequest, NotFound
from revo_edge.paths import Paths
from revo_edge.settings import Loaded, setting_names
from revo_edge.store.spool import Spool


@dataclass(slots=True)
class AdminMethods:
    """The methods of queues, workers, engines, files and the daemon itself."""

    shell: Shell
    scheduler: Scheduler
    registry: Registry
    templates: Templates
    mutations: Mutations
    reader: Background
    spool: Spool
    sampler: Sampler
    paths: Paths
    loaded: Loaded
    stop: Callable[[bool], None]
    _kinds: tuple[KindInfo, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Make the kinds' schemas once: they take milliseconds and never change."""
        self._kinds = tuple(
            KindInfo(k.name, k.engine, k.title, k.lane, k.on_lost, self.registry.schema(k.name))
            for k in self.registry.kinds.values()
            if not k.child
        )

    def table(self) -> dict[str, Answer]:
        """Return method name -> function."""
        change = self.mutations.method
        return {
            "queue.pause": change(self._pause),
            "queue.resume": change(self._resume),
            "worker.list": lambda _ask, _params: self._workers(),
            "worker.scale": change(self._scale),
            "worker.restart": change(self._restart),
            "engine.list": lambda _ask, _params: self._engines(),
            "template.list": lambda ask, _params: self._read(ask, self.templates.all),
            "template.get": self._template,
            "log.read": self._log,
            "config.get": lambda _ask, _params: self._config(),
            "blob.put": self._blob,
            "daemon.stop": change(self._stop),
        }

    def _pause(self, params: Params, now: float) -> Decision:
        queue = cast("rq.QueueRef", params)
        if queue.concurrency is not None:
            raise BadRequest("queue.pause takes no concurrency. Set it with queue.resume.")
        actions = self.scheduler.pause(queue.queue, now)
        return Decision(actions, self._queues())

    def _resume(self, params: Params, now: float) -> Decision:
        queue = cast("rq.QueueRef", params)
        actions = self.scheduler.resume(queue.queue, queue.concurrency, now)
        return Decision(actions, self._queues())

    def _queues(self) -> rq.QueueReply:
        return rq.QueueReply(self.scheduler.queues())

    def _workers(self) -> rq.WorkerListReply:
        ids = [*self.scheduler.workers(), *(info.id for info in self.shell.lanes.workers())]
        found = (self.shell.worker_info(worker_id) for worker_id in ids)
        low, high = self.scheduler.bounds()
        return rq.WorkerListReply(
            tuple(info for info in found if info),
            low,
            high,
            self.sampler.scalings(),
            self.sampler.effects(),
        )

    def _scale(self, params: Params, now: float) -> Decision:
        scale = cast("rq.WorkerScale", params)
        if scale.min > scale.max:
            raise BadRequest(f"min {scale.min} is greater than max {scale.max}.")
        actions = self.scheduler.set_bounds(scale.min, scale.max, now)
        return Decision(actions, self._workers())

    def _restart(self, params: Params, now: float) -> Decision:
        restart = cast("rq.WorkerRestart", params)
        if restart.id is not None and self.shell.lanes.restart(restart.id):
            return Decision((), self._workers())
        actions = self.scheduler.restart_worker(restart.id, now, kill=restart.kill)
        return Decision(actions, self._workers())

    def _engines(self) -> rq.EngineListReply:
        return rq.EngineListReply(self.sampler.engines(), self._kinds)

    def _template(self, ask: Ask, params: Params) -> None:
        self._read(ask, partial(self.templates.get, cast("rq.TemplateRef", params).name))

    def _read(self, ask: Ask, read: Callable[[], msgspec.Struct]) -> None:
        """Answer with what needs the disk."""
        self.reader.run(read, partial(_answer, ask))

    def _log(self, ask: Ask, params: Params) -> None:
        query = cast("rq.LogRead", params)
        path = self._log_path(query.source)

        def read() -> rq.LogReply:
            return read_log(path, query)

        self.reader.run(read, partial(_answer, ask))

    def _log_path(self, source: str) -> Path:
        if source == "daemon":
            return self.paths.daemon_log
        if not is_ulid(source.partition("-")[0]) or "/" in source:
            raise NotFound(f'There is no log "{source}". Name a task id, or "daemon".')
        return self.paths.task_log(source)

    def _config(self) -> rq.ConfigReply:
        values = msgspec.to_builtins(self.loaded.settings)
        sources = {name: self.loaded.sources.get(name, "default") for name in setting_names()}
        return rq.ConfigReply(values, sources, str(self.loaded.file))

    def _blob(self, ask: Ask, params: Params) -> None:
        put = cast("trq.BlobPut", params)

        def write() -> trq.BlobReply:
            received, complete = self.spool.put_chunk(put.digest, put.offset, put.total, put.data)
            return trq.BlobReply(received, complete)

        self.reader.run(write, partial(_answer, ask))

    def _stop(self, params: Params, _now: float) -> Decision:
        drain = cast("rq.DaemonStop", params).drain
        return Decision([], rq.Done(), partial(self.stop, drain))


def read_log(path: Path, query: rq.LogRead) -> rq.LogReply:
    """Read a range of a log; a log nobody has written yet is empty. Raises OSError."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            offset = max(0, size + query.offset) if query.offset < 0 else min(query.offset, size)
            file.seek(offset)
            data = file.read(query.length)
    except FileNotFoundError:
        return rq.LogReply("", 0, 0, 0)
    return rq.LogReply(data.decode(errors="replace"), offset, offset + len(data), size)


def _answer(ask: Ask, result: msgspec.Struct | BaseException) -> None:
    if isinstance(result, BaseException):
        ask.fail(result)
    else:
        ask.ok(result)

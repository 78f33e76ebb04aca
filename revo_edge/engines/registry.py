"""Which kinds exist and where their functions are.

A built-in function is imported inside a function of its own: lazily, and visibly to a bundler.
Those of the user's engines are declared in modules of their own: see declared.py.
"""

import importlib
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from revo_edge.contract.events import EngineInfo
from revo_edge.contract.kinds import Engine, Kind, Lane
from revo_edge.engines.base import EngineFunction, OpenResident, Resident
from revo_edge.engines.declared import BrokenEngine, Declared, Source, read
from revo_edge.engines.parallel.params import (
    AnalyzeParams,
    ItemParams,
    MapParams,
    MeasureParams,
    ShardParams,
    SuiteParams,
    WalkParams,
)
from revo_edge.engines.recall.params import (
    ChunkParams,
    EmbedParams,
    ExportParams,
    ForgetAllParams,
    ImportParams,
    IndexParams,
    IngestParams,
    OptimizeParams,
    RememberParams,
    RewriteParams,
    ScanParams,
)
from revo_edge.errors import NotFound, did_you_mean


def _map() -> EngineFunction:
    from revo_edge.engines.parallel.map import run  # noqa: PLC0415 - lazy by design

    return run


def _item() -> EngineFunction:
    from revo_edge.engines.parallel.map import run_item  # noqa: PLC0415 - lazy by design

    return run_item


def _analyze() -> EngineFunction:
    from revo_edge.engines.parallel.analyze import run  # noqa: PLC0415 - lazy by design

    return run


def _walk() -> EngineFunction:
    from revo_edge.engines.parallel.analyze import run_walk  # noqa: PLC0415 - lazy by design

    return run_walk


def _measure() -> EngineFunction:
    from revo_edge.engines.parallel.analyze import run_measure  # noqa: PLC0415 - lazy by design

    return run_measure


def _test() -> EngineFunction:
    from revo_edge.engines.parallel.suite import run  # noqa: PLC0415 - lazy by design

    return run


def _shard() -> EngineFunction:
    from revo_edge.engines.parallel.suite_shard import run_shard  # noqa: PLC0415 - lazy by design

    return run_shard


def _ingest() -> EngineFunction:
    from revo_edge.engines.recall.ingest import run  # noqa: PLC0415 - lazy by design

    return run


def _scan() -> EngineFunction:
    from revo_edge.engines.recall.ingest import run_scan  # noqa: PLC0415 - lazy by design

    return run_scan


def _chunk() -> EngineFunction:
    from revo_edge.engines.recall.ingest import run_chunk  # noqa: PLC0415 - lazy by design

    return run_chunk


def _remember() -> EngineFunction:
    from revo_edge.engines.recall.bulk import run_remember  # noqa: PLC0415 - lazy by design

    return run_remember


def _forget_all() -> EngineFunction:
    from revo_edge.engines.recall.bulk import run_forget_all  # noqa: PLC0415 - lazy by design

    return run_forget_all


def _import() -> EngineFunction:
    from revo_edge.engines.recall.transfer import run_import  # noqa: PLC0415 - lazy by design

    return run_import


def _export() -> EngineFunction:
    from revo_edge.engines.recall.transfer import run_export  # noqa: PLC0415 - lazy by design

    return run_export


def _embed() -> EngineFunction:
    from revo_edge.engines.recall.embedding import run_embed  # noqa: PLC0415 - lazy by design

    return run_embed


def _index() -> EngineFunction:
    from revo_edge.engines.recall.indexing import run_index  # noqa: PLC0415 - lazy by design

    return run_index


def _rewrite() -> EngineFunction:
    from revo_edge.engines.recall.rewriting import run_rewrite  # noqa: PLC0415 - lazy by design

    return run_rewrite


def _optimize() -> EngineFunction:
    from revo_edge.engines.recall.optimizing import run_optimize  # noqa: PLC0415 - lazy by design

    return run_optimize


def _recall_writer() -> OpenResident:
    from revo_edge.engines.recall.resident import open_writer  # noqa: PLC0415 - lazy by design

    return open_writer


def _recall_reader() -> OpenResident:
    from revo_edge.engines.recall.resident import open_reader  # noqa: PLC0415 - lazy by design

    return open_reader


def _recall_watcher() -> OpenResident:
    from revo_edge.engines.recall.resident import open_watcher  # noqa: PLC0415 - lazy by design

    return open_watcher


_RESIDENTS: dict[str, Callable[[], OpenResident]] = {
    "recall.writer": _recall_writer,
    "recall.reader": _recall_reader,
    "recall.watcher": _recall_watcher,
}


def open_resident(
    part: str, home: Path, options: msgspec.Raw, pulse: Callable[[], None]
) -> Resident:
    """Open what a process of the resident lane keeps; `part` is `engine.writer` or `.reader`."""
    return _RESIDENTS[part]()(home, options, pulse)


def _recall(  # noqa: PLR0913 - the fields of a Kind
    name: str,
    title: str,
    params: type[msgspec.Struct],
    *,
    lane: Lane = Lane.ELASTIC,
    child: bool = False,
    mutates: bool = True,
    sensitive: bool = False,
    wears: bool = False,
) -> Kind:
    return Kind(
        f"recall.{name}",
        "recall",
        title,
        params,
        lane=lane,
        child=child,
        mutates=mutates,
        sensitive=sensitive,
        wears=wears,
    )


_RECALL: tuple[tuple[Kind, Callable[[], EngineFunction]], ...] = (
    (_recall("ingest", "Ingest", IngestParams, lane=Lane.DRIVER), _ingest),
    (_recall("scan", "List changes", ScanParams, child=True, mutates=False), _scan),
    (_recall("chunk", "Read files", ChunkParams, child=True), _chunk),
    (_recall("remember", "Remember", RememberParams, sensitive=True), _remember),
    (_recall("forget_all", "Forget all", ForgetAllParams), _forget_all),
    (_recall("import", "Import", ImportParams, sensitive=True), _import),
    (_recall("export", "Export", ExportParams, mutates=False), _export),
    (_recall("embed", "Make vectors", EmbedParams, wears=True), _embed),
    (_recall("index", "Write the index", IndexParams), _index),
    (_recall("rewrite", "Rewrite", RewriteParams), _rewrite),
    (_recall("optimize", "Optimize", OptimizeParams), _optimize),
)

_BUILT_IN: tuple[tuple[Kind, Callable[[], EngineFunction]], ...] = (
    (Kind("parallel.map", "parallel", "Map", MapParams, lane=Lane.DRIVER), _map),
    (Kind("parallel.item", "parallel", "Map item", ItemParams, child=True, cost_s=0.1), _item),
    (Kind("parallel.analyze", "parallel", "Analyze", AnalyzeParams, lane=Lane.DRIVER), _analyze),
    (Kind("parallel.walk", "parallel", "List files", WalkParams, child=True), _walk),
    (Kind("parallel.measure", "parallel", "Measure files", MeasureParams, child=True), _measure),
    (Kind("parallel.test", "parallel", "Test", SuiteParams, lane=Lane.DRIVER), _test),
    (Kind("parallel.shard", "parallel", "Run tests", ShardParams, child=True), _shard),
    *_RECALL,
)

ENGINES: tuple[EngineInfo, ...] = (
    EngineInfo("recall", "Perfect Recall", "online"),
    EngineInfo("parallel", "Parallel Mind", "online"),
    EngineInfo(
        "creative", "Creative Engine", "absent", "Not built yet: a later release brings it."
    ),
    EngineInfo("coordinator", "Coordinator", "absent", "Not built yet: a later release brings it."),
)
"""The four engines; a status other than `absent` is worked out live."""


class Registry:
    """All kinds of one process, and the engines of the user's that cannot be used."""

    def __init__(
        self,
        modules: Iterable[str] = (),
        installed: Iterable[Source] = (),
        *,
        checked: bool = False,
        unusable: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Read the modules; one that is `unusable` is not imported, the value says why."""
        self._checked = checked
        self._unusable = unusable
        self.kinds: dict[str, Kind] = {}
        self.broken: list[BrokenEngine] = []
        self._load: dict[str, Callable[[], EngineFunction]] = {}
        self._own: dict[str, Declared] = {}
        for kind, load in _BUILT_IN:
            self._add(kind, load)
        sources = {name: Source(name) for name in modules}
        for source in installed:
            if source.module not in sources:
                self._add_source(source)
        for source in sources.values():
            self._add_source(source)

    def _add(self, kind: Kind, load: Callable[[], EngineFunction]) -> None:
        self.kinds[kind.name] = kind
        self._load[kind.name] = load

    def _add_source(self, source: Source) -> None:
        if source.module in self._unusable:
            self.broken.append(BrokenEngine(source, self._unusable[source.module]))
            return
        taken = {engine.name: "reVo Edge itself" for engine in ENGINES}
        taken |= {name: declared.source.text for name, declared in self._own.items()}
        found = read(source, taken, checked=self._checked)
        if isinstance(found, BrokenEngine):
            self.broken.append(found)
            return
        self._own[found.engine.name] = found
        for kind, place in found.kinds:
            self._add(kind, lambda place=place: _at(place))  # type: ignore[misc]

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules of the user's engines that can be used, for the workers."""
        return tuple(found.source.module for found in self._own.values())

    @property
    def engines(self) -> tuple[EngineInfo, ...]:
        """The four engines, then the user's by name, then those that cannot be used."""
        known = {engine.name: engine for engine in ENGINES}
        own = sorted((found.engine for found in self._own.values()), key=lambda e: e.name)
        known |= {engine.name: _online(engine) for engine in own}
        for wrong in self.broken:
            name = wrong.source.short
            if name in known:
                name = wrong.source.package or wrong.source.module
            name = name.replace(".", "-")
            known[name] = EngineInfo(name, name, "error", wrong.text)
        return tuple(known.values())

    def kind(self, name: str) -> Kind:
        """Return the kind; raise NotFound with the nearest name."""
        if name not in self.kinds:
            raise NotFound(f'There is no kind "{name}".{did_you_mean(name, self.kinds)}')
        return self.kinds[name]

    def function(self, name: str) -> EngineFunction:
        """Import and return the kind's function; raise NotFound."""
        self.kind(name)
        return self._load[name]()

    def schema(self, name: str) -> dict[str, Any]:
        """Return the kind's params as a JSON Schema with all definitions inside."""
        return msgspec.json.schema(self.kind(name).params)


def _online(engine: Engine) -> EngineInfo:
    title = engine.title or engine.name
    return EngineInfo(engine.name, title, "online", colour=engine.colour, icon=engine.icon)


def _at(place: str) -> EngineFunction:
    module, _, function = place.partition(":")
    found: EngineFunction = getattr(importlib.import_module(module), function)
    return found


def worker_registry() -> Registry:
    """Return the registry of a worker process; the daemon hands the modules over by environment."""
    modules = os.environ.get("REVO_ENGINES_MODULES", "").split(",")
    return Registry(filter(None, modules), checked=True)

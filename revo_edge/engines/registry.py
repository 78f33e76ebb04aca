"""Which kinds exist and where their functions are.

A built-in function is imported inside a function of its own: lazily, and visibly to a bundler.
A module of the user's (setting `engines.modules`) has `KINDS: tuple[tuple[Kind, str], ...]`, each
with the function as "module:function"; it is imported by the daemon, so it declares and computes
nothing.
"""

import importlib
import os
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from revo_edge.contract.events import EngineInfo
from revo_edge.contract.kinds import Kind, Lane
from revo_edge.engines.base import EngineFunction
from revo_edge.engines.parallel.params import (
    AnalyzeParams,
    ItemParams,
    MapParams,
    MeasureParams,
    ShardParams,
    SuiteParams,
    WalkParams,
)
from revo_edge.errors import NotFound, SettingsError, did_you_mean


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


_BUILT_IN: tuple[tuple[Kind, Callable[[], EngineFunction]], ...] = (
    (Kind("parallel.map", "parallel", "Map", MapParams, lane=Lane.DRIVER), _map),
    (Kind("parallel.item", "parallel", "Map item", ItemParams, child=True, cost_s=0.1), _item),
    (Kind("parallel.analyze", "parallel", "Analyze", AnalyzeParams, lane=Lane.DRIVER), _analyze),
    (Kind("parallel.walk", "parallel", "List files", WalkParams, child=True), _walk),
    (Kind("parallel.measure", "parallel", "Measure files", MeasureParams, child=True), _measure),
    (Kind("parallel.test", "parallel", "Test", SuiteParams, lane=Lane.DRIVER), _test),
    (Kind("parallel.shard", "parallel", "Run tests", ShardParams, child=True), _shard),
)

ENGINES: tuple[EngineInfo, ...] = (
    EngineInfo("recall", "Perfect Recall", "absent", "Not built yet: a later release brings it."),
    EngineInfo("parallel", "Parallel Mind", "online"),
    EngineInfo(
        "creative", "Creative Engine", "absent", "Not built yet: a later release brings it."
    ),
    EngineInfo("coordinator", "Coordinator", "absent", "Not built yet: a later release brings it."),
)
"""The four engines; a status other than `absent` is worked out live."""


class Registry:
    """All kinds of one process."""

    def __init__(self, modules: Iterable[str] = ()) -> None:
        self.kinds: dict[str, Kind] = {}
        self._load: dict[str, Callable[[], EngineFunction]] = {}
        for kind, load in _BUILT_IN:
            self._add(kind, load)
        for module in modules:
            self._add_module(module)

    def _add(self, kind: Kind, load: Callable[[], EngineFunction]) -> None:
        self.kinds[kind.name] = kind
        self._load[kind.name] = load

    def _add_module(self, name: str) -> None:
        try:
            table: tuple[tuple[Kind, str], ...] = importlib.import_module(name).KINDS
        except (ImportError, AttributeError) as error:
            raise SettingsError(
                f"engines.modules names {name}, which cannot be used: {error}. "
                "It must be importable and have a KINDS table."
            ) from None
        for kind, place in table:
            self._add(kind, lambda place=place: _at(place))  # type: ignore[misc]

    @property
    def engines(self) -> tuple[EngineInfo, ...]:
        """The four engines, then those of the user's modules."""
        known = {engine.name for engine in ENGINES}
        others = {kind.engine for kind in self.kinds.values()} - known
        return (*ENGINES, *(EngineInfo(name, name, "online") for name in sorted(others)))

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


def _at(place: str) -> EngineFunction:
    module, _, function = place.partition(":")
    found: EngineFunction = getattr(importlib.import_module(module), function)
    return found


def worker_registry() -> Registry:
    """Return the registry of a worker process; the daemon hands the modules over by environment."""
    return Registry(part for part in os.environ.get("REVO_ENGINES_MODULES", "").split(",") if part)

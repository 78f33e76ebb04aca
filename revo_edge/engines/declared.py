"""Engines of the user's: where they come from, and what is wrong with what they declare.

A module declares an engine with `KINDS: tuple[tuple[Kind, str], ...]`, each kind with its function
as "module:function", and with `ENGINE: Engine` for its title and looks. It is named by an entry
point of the group GROUP or by the setting `engines.modules`. The daemon imports it (an installed
one only after another process has), so it declares and computes nothing; one that cannot be used is
said, and the others go on working.
"""

import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, NoReturn

import msgspec

from revo_edge.contract.kinds import ENGINE_COLOURS, ENGINE_ICONS, Engine, Kind
from revo_edge.errors import SettingsError, did_you_mean

GROUP = "revo_edge.engines"
FILES_LOOKED_AT = 1_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


class Source(msgspec.Struct, frozen=True):
    """A module that declares an engine. `name` is that of its entry point; empty: from settings."""

    module: str
    name: str = ""
    package: str = ""
    version: str = ""

    @property
    def text(self) -> str:
        """Where it comes from, in words."""
        if self.name:
            return f"package {self.package} {self.version}"
        return f"module {self.module} of the setting engines.modules"

    @property
    def short(self) -> str:
        """A name for it while its own is not known; without dots, which topics are made of."""
        return self.name or self.module.replace(".", "-")


class Declared(msgspec.Struct, frozen=True):
    """What a good module declares."""

    source: Source
    engine: Engine
    kinds: tuple[tuple[Kind, str], ...]


class BrokenEngine(msgspec.Struct, frozen=True):
    """A module that cannot be used, and why: the sentence names the file and the line."""

    source: Source
    msg: str

    @property
    def text(self) -> str:
        """The whole story: whose it is, where, why, and what to type."""
        return f"{self.source.text}: {self.msg} Mend it, then `revo restart`."


def installed() -> tuple[Source, ...]:
    """Return what the packages of this Python offer in the group GROUP, by name."""
    if not any(map(_offers, _lists_of_entry_points())):
        return ()
    from importlib import metadata  # noqa: PLC0415 - 20 ms and 2 MB, for nothing in most places

    found = []
    for point in metadata.entry_points(group=GROUP):
        package = point.dist
        found.append(
            Source(
                point.module,
                point.name,
                package.name if package else point.module,
                package.version if package else "",
            )
        )
    return tuple(sorted(found, key=lambda source: (source.name, source.package)))


def _lists_of_entry_points() -> Iterator[Path]:
    for folder in sys.path:
        for kind in ("dist-info", "egg-info"):
            yield from Path(folder).glob(f"*.{kind}/entry_points.txt")


def _offers(file: Path) -> bool:
    try:
        return f"[{GROUP}]" in file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def changed_at(source: Source) -> float:
    """Return when a file of the engine's package was last changed, UTC epoch seconds; 0: unknown.

    The package is not imported, and of a very large one only so many files are looked at.
    """
    try:
        spec = importlib.util.find_spec(source.module.partition(".")[0])
    except (ImportError, ValueError):
        spec = None
    folders = (spec.submodule_search_locations if spec else None) or ()
    files = (file for folder in folders for file in Path(folder).rglob("*.py"))
    return max((file.stat().st_mtime for file in islice(files, FILES_LOOKED_AT)), default=0.0)


def read(
    source: Source, taken: Mapping[str, str], *, checked: bool = False
) -> Declared | BrokenEngine:
    """Import and check a module; `taken` tells of each engine's name whose it is.

    One that was `checked` by another process is only imported: that takes no 5 ms.
    """
    try:
        module = importlib.import_module(source.module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the border around a stranger's module
        return BrokenEngine(source, _import_failure(source, error))
    try:
        kinds = _table(module)
        engine = _engine(module, kinds)
        if checked:
            return Declared(source, engine, kinds)
        _check_engine(engine, source, taken, module)
        _check_kinds(engine, kinds, module)
    except SettingsError as error:
        return BrokenEngine(source, error.msg)
    return Declared(source, engine, kinds)


def _table(module: ModuleType) -> tuple[tuple[Kind, str], ...]:
    table: Any = getattr(module, "KINDS", None)
    if table is None:
        _wrong(module, "", "there is no KINDS, the table of its kinds of task.")
    pairs = isinstance(table, tuple | list) and all(
        isinstance(row, tuple) and len(row) == 2 and isinstance(row[0], Kind) for row in table
    )
    if not pairs or not table:
        _wrong(module, "KINDS", 'KINDS must be pairs: ((Kind(...), "package.module:function"), ).')
    return tuple(table)


def _engine(module: ModuleType, kinds: tuple[tuple[Kind, str], ...]) -> Engine:
    name = kinds[0][0].engine
    found: Any = getattr(module, "ENGINE", Engine(name, name))
    if not isinstance(found, Engine):
        _wrong(module, "ENGINE", f"ENGINE must be an Engine(...), not a {type(found).__name__}.")
    return found


def _check_engine(
    engine: Engine, source: Source, taken: Mapping[str, str], module: ModuleType
) -> None:
    if not _NAME.fullmatch(engine.name):
        text = f'"{engine.name}" is no name for an engine: a to z, 0 to 9 and _ are.'
        _wrong(module, "ENGINE", text)
    if source.name not in ("", engine.name):
        text = (
            f'the engine is "{engine.name}" and its entry point "{source.name}": call both alike.'
        )
        _wrong(module, "ENGINE", text)
    if engine.name in taken:
        text = (
            f'the engine "{engine.name}" and its kinds are already those of {taken[engine.name]}. '
            "Uninstall one of the two, or rename this one with its kinds."
        )
        _wrong(module, engine.name, text)
    for what, word, known in (
        ("colour", engine.colour, ENGINE_COLOURS),
        ("icon", engine.icon, ENGINE_ICONS),
    ):
        if word and word not in known:
            hint = did_you_mean(word, known) or f" There are: {', '.join(known)}."
            _wrong(module, word, f'there is no {what} "{word}".{hint}')


def _check_kinds(engine: Engine, kinds: tuple[tuple[Kind, str], ...], module: ModuleType) -> None:
    seen: set[str] = set()
    for kind, place in kinds:
        if kind.name in seen:
            _wrong(module, kind.name, f"KINDS has {kind.name} twice. Give one another name.")
        seen.add(kind.name)
        if kind.engine != engine.name or not kind.name.startswith(f"{engine.name}."):
            text = f'{kind.name} is not of the engine "{engine.name}": its name must begin with it.'
            _wrong(module, kind.name, text)
        if not _KIND.fullmatch(kind.name):
            text = f'"{kind.name}" is no name for a kind: {engine.name}.verb, in lower case.'
            _wrong(module, kind.name, text)
        _check_params(kind, module)
        _check_function(kind, place, module)


def _check_params(kind: Kind, module: ModuleType) -> None:
    params: Any = kind.params
    if not (isinstance(params, type) and issubclass(params, msgspec.Struct)):
        text = f"the params of {kind.name} must be a class made from msgspec.Struct."
        _wrong(module, kind.name, text)
    config = params.__struct_config__
    if config.array_like or not config.forbid_unknown_fields:
        text = (
            f"the params {params.__name__} of {kind.name} must be declared with "
            "forbid_unknown_fields=True and without array_like, or a misspelt parameter is not seen."
        )
        _wrong(module, f"class {params.__name__}", text)
    try:
        msgspec.json.schema(params)
        msgspec.msgpack.Decoder(params)
    except (TypeError, NameError) as error:
        why = str(error).splitlines()[0].removesuffix(".")
        text = f"the params {params.__name__} of {kind.name} cannot be described: {why}."
        _wrong(module, f"class {params.__name__}", text)


def _check_function(kind: Kind, place: object, module: ModuleType) -> None:
    """The module must exist; it is imported by a worker, when the first task comes."""
    name, _, function = place.partition(":") if isinstance(place, str) else ("", "", "")
    try:
        found = bool(name and function.isidentifier()) and importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    if not found:
        text = f'the function of {kind.name} is "{place}": it must be "package.module:function".'
        _wrong(module, kind.name, text)


def _import_failure(source: Source, error: BaseException) -> str:
    said = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {said}."
    place = _place(source.module, error.__traceback__)
    if not place:
        return f"there is no module {source.module} in {sys.executable} ({said})."
    return f"{place}: {said}."


def _place(module: str, trace: TracebackType | None) -> str:
    """Return the last line of the engine's own package that the import came through."""
    spec = importlib.util.find_spec(module.partition(".")[0])
    own = [*(spec.submodule_search_locations or ()), spec.origin or "?"] if spec else []
    lines = [
        f"{frame.filename}:{frame.lineno}"
        for frame in traceback.extract_tb(trace)
        if any(frame.filename == part or frame.filename.startswith(f"{part}/") for part in own)
    ]
    return lines[-1] if lines else ""


def _wrong(module: ModuleType, word: str, text: str) -> NoReturn:
    """Raise SettingsError with the first line of the module's file that has the word."""
    file = Path(getattr(module, "__file__", None) or module.__name__)
    lines = file.read_text(encoding="utf-8").splitlines() if word and file.is_file() else ()
    line = next((number for number, line in enumerate(lines, 1) if word in line), 1)
    raise SettingsError(f"{file}:{line}: {text}")

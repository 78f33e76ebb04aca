"""One Settings struct: defaults < settings.toml < REVO_* variables < flags.

`REVO_WORKERS_MAX=8` sets `workers.max`. REVO_HOME is a path, not a setting (see paths.py).
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from revo_edge.errors import SettingsError, did_you_mean

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]


class Workers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pool. `rss_limit_mb` counts a worker with everything it started."""

    min: Annotated[int, Meta(ge=1, le=64)] = 4
    max: Annotated[int, Meta(ge=1, le=64)] = 16
    idle_s: Seconds = 15.0
    """A worker over `min` goes after so long without work."""
    grow_wait_s: Seconds = 0.5
    """The pool grows when the oldest task has waited so long."""
    recycle_tasks: Count = 5_000
    """A worker is replaced after so many items."""
    rss_limit_mb: Count = 2_048
    """A worker over it is replaced; if it runs, its item fails with `memory_limit`."""
    memory_reserve_mb: Count = 512
    """The pool does not grow when less memory than this would remain available."""
    grace_s: Annotated[float, Meta(ge=0)] = 2.0
    """How long a cancelled task may clean up before its process is killed."""


class Queues(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Named queues."""

    limit: Count = 10_000
    """Top-level tasks that may wait; more are answered QUEUE_FULL."""
    bytes_limit_mb: Count = 64
    """Params of waiting tasks held in memory; more are answered QUEUE_FULL."""
    concurrency: dict[str, Annotated[int, Meta(ge=1)]] = {}
    """Tasks of a named queue that run at once; absent: as many as there are slots."""


class Daemon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The daemon itself."""

    history_tasks: Annotated[int, Meta(ge=0)] = 10_000
    """Finished tasks kept in memory; older ones are read from the journal."""
    keep_days: Count = 30
    """Finished tasks are dropped from the journal after so many days."""
    log_level: str = "info"
    log_json: bool = False


class Engines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Engines of your own: modules with a KINDS table, importable by the daemon's Python."""

    modules: tuple[str, ...] = ()


class Recall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Perfect Recall."""

    enabled: bool = True
    readers: Annotated[int, Meta(ge=1, le=8)] = 2
    """Processes that answer searches, beside the one that writes."""
    keep_items: Annotated[int, Meta(ge=0)] = 0
    """Items kept in each namespace, the oldest go first; 0: all. Pinned ones and files' stay."""
    keep_days: Annotated[float, Meta(ge=0)] = 0.0
    """Items older than so many days are dropped; 0: none. Pinned ones and files' stay."""
    model: str = ""
    """What makes vectors: empty: the model of the extra `recall`; a folder with model.onnx and
    tokenizer.json; or the base URL of an OpenAI-compatible server. `none`: search by words only."""


class Alert(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: raised beyond `raise_at`, cleared from `clear_at` on, each after its delay."""

    raise_at: Annotated[float, Meta(ge=0)]
    clear_at: Annotated[float, Meta(ge=0)]
    raise_after_s: Annotated[float, Meta(ge=0)] = 10.0
    clear_after_s: Annotated[float, Meta(ge=0)] = 10.0
    severity: Literal["info", "warning", "error"] = "warning"
    enabled: bool = True


class Alerts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator is told of without asking."""

    queue: Alert = Alert(50.0, 40.0)
    """Top-level tasks that wait, of all queues together."""
    utilisation: Alert = Alert(0.9, 0.75, 60.0, 30.0, "info")
    """Share of the elastic workers that are busy."""
    error_ratio: Alert = Alert(0.2, 0.1, 0.0, 30.0, "error")
    """Share of the tasks ended within `error_window_s` that failed."""
    loop_lag: Alert = Alert(50.0, 25.0)
    """p99 of how late the daemon's loop is, in ms."""
    retrieval: Alert = Alert(100.0, 80.0)
    """p95 of Perfect Recall's answers, in ms."""
    disk: Alert = Alert(500.0, 750.0, severity="error")
    """MB free on the file system of REVO_HOME; here low values are the trouble."""
    error_window_s: Annotated[float, Meta(ge=10, le=3_600)] = 300.0
    error_tasks: Count = 10
    """With fewer ended tasks in the window the ratio is not known: 1 of 1 is no alarm."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set, by section."""

    workers: Workers = Workers()
    queues: Queues = Queues()
    daemon: Daemon = Daemon()
    engines: Engines = Engines()
    recall: Recall = Recall()
    alerts: Alerts = Alerts()


LOW_IS_TROUBLE = frozenset({"disk"})
"""Rules of `alerts` that are raised below their threshold."""
SHARES = frozenset({"utilisation", "error_ratio"})
"""Rules whose thresholds are shares."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings in force, and for each dotted name where it came from."""

    settings: Settings
    sources: dict[str, str]
    file: Path


def load_settings(
    file: Path, env: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None
) -> Loaded:
    """Merge all layers; raise SettingsError that names the place and the nearest name.

    `flags` maps dotted names to values.
    """
    values: dict[str, Any] = msgspec.to_builtins(Settings())
    sources: dict[str, str] = {}
    layers = [
        (str(file), list(_from_file(file))),
        ("environment", list(_from_env(os.environ if env is None else env))),
        ("flag", list((flags or {}).items())),
    ]
    for origin, pairs in layers:
        for name, value in pairs:
            _check_name(name, origin)
            *tables, key = name.split(".")
            reduce(dict.__getitem__, tables, values)[key] = value
            sources[name] = origin
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        name = str(error).partition("$.")[2].strip("`")
        raise SettingsError(f"{sources.get(name, file)}: {error}.") from None
    if settings.workers.min > settings.workers.max:
        raise SettingsError("workers.min is greater than workers.max. Raise max or lower min.")
    _check_alerts(settings.alerts, sources, file)
    return Loaded(settings, sources, file)


def setting_names() -> list[str]:
    """Return all dotted names."""
    return list(_names(Settings))


def _names(table: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    for field in msgspec.structs.fields(table):
        name = prefix + field.name
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _names(field.type, f"{name}.")
        else:
            yield name


def _check_alerts(alerts: Alerts, sources: Mapping[str, str], file: Path) -> None:
    """See that a threshold can be crossed, and that noise on it cannot speak each time."""
    for field in msgspec.structs.fields(Alerts):
        rule = getattr(alerts, field.name)
        wrong = _wrong(field.name, rule) if isinstance(rule, Alert) else ""
        if wrong:
            name = f"alerts.{field.name}"
            given = (sources.get(f"{name}.{key}") for key in ("clear_at", "raise_at"))
            origin = next(filter(None, given), file)
            raise SettingsError(f"{origin}: {name}.{wrong}")


def _wrong(name: str, rule: Alert) -> str:
    """Return what is wrong with a rule, from the key on; empty when all is well."""
    most = max(rule.raise_at, rule.clear_at)
    if name in SHARES and most > 1:
        key = "raise_at" if rule.raise_at == most else "clear_at"
        return f"{key} {most:g} is over 1: it is a share from 0 to 1, 0.9 for 90 %."
    low = name in LOW_IS_TROUBLE
    if rule.clear_at < rule.raise_at if low else rule.clear_at > rule.raise_at:
        return (
            f"clear_at {rule.clear_at:g} is on the wrong side of raise_at {rule.raise_at:g}. "
            f"Give it {'the same or more' if low else 'the same or less'}."
        )
    return ""


def _check_name(name: str, origin: str) -> None:
    if name not in setting_names():
        hint = did_you_mean(name, setting_names())
        raise SettingsError(f"{origin}: there is no setting {name}.{hint}")


def _from_file(file: Path) -> Iterator[tuple[str, Any]]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except OSError as error:
        raise SettingsError(f"Cannot read {file}: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not valid TOML: {error}.") from None
    for section, table in tables.items():
        if not isinstance(table, dict):
            hint = did_you_mean(section, setting_names())
            raise SettingsError(f"{file}: {section} must stand in a [section].{hint}")
        yield from _flat(section, table)


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield dotted names; a table is a value of its own where a setting has its name."""
    known = setting_names()
    for key, value in table.items():
        name = f"{prefix}.{key}"
        if isinstance(value, dict) and name not in known:
            yield from _flat(name, value)
        else:
            yield name, value


_OTHER_VARIABLES = frozenset({"REVO_HOME", "REVO_AUTOSTART"})


def _from_env(env: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    names = {"REVO_" + name.upper().replace(".", "_"): name for name in setting_names()}
    for variable, text in env.items():
        if not variable.startswith("REVO_") or variable in _OTHER_VARIABLES:
            continue
        if variable not in names:
            hint = did_you_mean(variable, names)
            raise SettingsError(f"environment: there is no setting for {variable}.{hint}")
        name = names[variable]
        if name == "engines.modules":
            yield name, [part for part in text.split(",") if part]
        elif name == "queues.concurrency":
            yield name, dict(part.split("=", 1) for part in text.split(",") if "=" in part)
        else:
            yield name, text

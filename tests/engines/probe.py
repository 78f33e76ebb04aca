"""An engine that misbehaves on request: what the tests of pool and daemon run."""

import ctypes
import os
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from revo_edge.contract.kinds import Kind, Lane
from revo_edge.engines.base import Context, MapPlan


class Probe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Params of every probe; each reads what concerns it."""

    value: Any = None
    seconds: float = 0.0
    count: int = 0
    size_bytes: int = 0
    kind: str = "probe.echo"
    function: str = ""
    argv: list[str] = []
    stdin: str = ""
    ordered: bool = False
    concurrency: int = 0
    replay: bool = True
    timeout_s: float | None = None
    memory_mb: int | None = None


def echo(params: Probe, ctx: Context) -> object:
    """Return the value; with size_bytes, that many bytes of text."""
    return "x" * params.size_bytes if params.size_bytes else params.value


def sleep(params: Probe, ctx: Context) -> object:
    """Sleep in small steps, asking for cancel and telling progress; then return the value."""
    end = time.monotonic() + params.seconds
    steps = 0
    while (left_s := end - time.monotonic()) > 0:
        ctx.check_cancelled()
        steps += 1
        ctx.progress(steps, 0, note="asleep")
        time.sleep(min(left_s, 0.005))
    return params.value


def sleep_deaf(params: Probe, ctx: Context) -> object:
    """Sleep without asking for cancel."""
    time.sleep(params.seconds)
    return params.value


def spin(params: Probe, ctx: Context) -> int:
    """Burn CPU in Python, deaf to cancel."""
    ctx.progress(0, 0, note="spinning")
    end = time.monotonic() + params.seconds
    turns = 0
    while time.monotonic() < end:
        turns += 1
    return turns


def work(params: Probe, ctx: Context) -> int:
    """Do `count` turns of pure Python: CPU time, whoever else runs."""
    total = 0
    for turn in range(params.count):
        total += turn & 7
    return total


def regex(params: Probe, ctx: Context) -> bool:
    """Stay in one C call that holds the GIL for hours."""
    return re.match(r"(a+)+b", "a" * (params.count or 60)) is not None


def segfault(params: Probe, ctx: Context) -> int:
    """Read address 0."""
    return len(ctypes.string_at(0))


def leave(params: Probe, ctx: Context) -> None:
    """End the process behind everybody's back."""
    os._exit(params.count or 3)


def system_exit(params: Probe, ctx: Context) -> None:
    """Raise SystemExit."""
    raise SystemExit(params.count or 3)


def fail(params: Probe, ctx: Context) -> None:
    """Raise an ordinary exception."""
    raise ValueError(f"no luck with {params.value}")


def eat(params: Probe, ctx: Context) -> int:
    """Hold size_bytes of memory for some seconds."""
    held = bytearray(params.size_bytes or 256 * 1024 * 1024)
    held[:: os.sysconf("SC_PAGE_SIZE")] = b"x" * len(held[:: os.sysconf("SC_PAGE_SIZE")])
    time.sleep(params.seconds)
    return len(held)


def print_much(params: Probe, ctx: Context) -> int:
    """Print size_bytes to the worker's own stdout."""
    line = b"y" * 65535 + b"\n"
    for _ in range((params.size_bytes or 100_000_000) // len(line)):
        os.write(1, line)
    return params.size_bytes


def unsendable(params: Probe, ctx: Context) -> object:
    """Return what msgpack cannot hold."""
    return object()


def python(params: Probe, ctx: Context) -> object:
    """Call a user's function."""
    return ctx.run_python(
        params.function, params.value, timeout_s=params.timeout_s, memory_mb=params.memory_mb
    )


def command(params: Probe, ctx: Context) -> object:
    """Run a command."""
    return ctx.run_command(params.argv, timeout_s=params.timeout_s, stdin=params.stdin)


def call(params: Probe, ctx: Context) -> object:
    """Ask the resident lane."""
    return ctx.call(params.kind, Probe(value=params.value))


def fan(params: Probe, ctx: Context) -> list[Any]:
    """Run `count` children of a kind; return (index, value or error code) as they came."""
    plan = MapPlan(
        ordered=params.ordered,
        concurrency=params.concurrency,
        timeout_s=params.timeout_s,
        replay=params.replay,
    )
    children = (_child(params, index) for index in range(params.count))
    return [
        [result.index, ctx.value(result, object) if result.error is None else result.error.code]
        for result in ctx.map(params.kind, children, plan)
    ]


def fan_quietly(params: Probe, ctx: Context) -> dict[str, int]:
    """Run `count` children and return only how many ended."""
    ended = 0
    for _ in ctx.map(params.kind, (_child(params, index) for index in range(params.count))):
        ended += 1
        ctx.progress(ended, params.count)
    return {"ended": ended}


def nest(params: Probe, ctx: Context) -> list[Any]:
    """Run `count` drivers, each with `count` children of the kind."""
    inner = Probe(count=params.count, kind=params.kind, seconds=params.seconds)
    results = ctx.map("probe.fan", _repeat(inner, params.count))
    return [[result.index, result.error and result.error.code] for result in results]


def _child(params: Probe, index: int) -> Probe:
    return Probe(value=index, seconds=params.seconds, function=params.function, argv=params.argv)


def _repeat(params: Probe, count: int) -> Iterator[Probe]:
    return (params for _ in range(count))


_ELASTIC: dict[str, Callable[[Probe, Context], object]] = {
    "echo": echo,
    "sleep": sleep,
    "sleep_deaf": sleep_deaf,
    "spin": spin,
    "work": work,
    "regex": regex,
    "segfault": segfault,
    "exit": leave,
    "system_exit": system_exit,
    "raise": fail,
    "eat": eat,
    "print": print_much,
    "unsendable": unsendable,
    "python": python,
    "command": command,
    "call": call,
}
_DRIVERS: dict[str, Callable[[Probe, Context], object]] = {
    "fan": fan,
    "fan_quietly": fan_quietly,
    "nest": nest,
}


def _kind(name: str, lane: Lane) -> Kind:
    return Kind(f"probe.{name}", "probe", f"Probe: {name}", Probe, lane=lane, cost_s=0.01)


KINDS: tuple[tuple[Kind, str], ...] = tuple(
    (_kind(name, lane), f"tests.engines.probe:{function.__name__}")
    for lane, functions in ((Lane.ELASTIC, _ELASTIC), (Lane.DRIVER, _DRIVERS))
    for name, function in functions.items()
)

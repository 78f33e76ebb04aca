"""Runs a user's function in the user's own Python; started by path, never imported by us.

Standard library only, Python 3.8 and later. Usage: runner.py CHANNEL_FD FUNCTION, in the task's
folder. Frames on the channel are JSON after a 4-byte big-endian length. First {"version", "error"}
is sent (error: null, or why the function cannot be loaded); then each {"value", "memory_mb"} is
answered by {"value"} or {"error": {"code", "msg", "detail"}}.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import resource
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LENGTH = struct.Struct(">I")
_MOST_TRACEBACK = 16 * 1024  # characters


def _receive(channel: socket.socket) -> Any:
    """Return the next frame, or None at the end of the stream."""
    header = _read_exactly(channel, _LENGTH.size)
    if header is None:
        return None
    data = _read_exactly(channel, _LENGTH.unpack(header)[0])
    return None if data is None else json.loads(data)


def _read_exactly(channel: socket.socket, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(size - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)


def _send(channel: socket.socket, text: str) -> None:
    data = text.encode("ascii")  # json.dumps escapes the rest
    channel.sendall(_LENGTH.pack(len(data)) + data)


def _load(name: str) -> Callable[[Any], Any]:
    """Find package.module:func or file.py:func."""
    place, _, path = name.rpartition(":")
    found: Any = (
        _load_file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
    )
    for part in path.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{path} is not a function but {type(found).__name__}")
    function: Callable[[Any], Any] = found
    return function


def _load_file(place: Path) -> object:
    file = Path.cwd() / place
    sys.path.insert(1, str(file.parent))  # its neighbours, as if it were run by itself
    spec = importlib.util.spec_from_file_location(file.stem, str(file))
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def _limit_memory(memory_mb: int | None) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = hard if memory_mb is None else memory_mb * 1024 * 1024
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _call(function: Callable[[Any], Any], request: Any) -> str:
    """Return the answer to one request as JSON text."""
    memory_mb = request["memory_mb"]
    try:
        _limit_memory(memory_mb)
        try:
            value = function(request["value"])
        finally:
            _limit_memory(None)
    except MemoryError:
        code = "user_error" if memory_mb is None else "memory_limit"
        limit = "" if memory_mb is None else f" It may use {memory_mb} MB."
        return _error(code, "The function ran out of memory." + limit)
    except SystemExit as end:
        return _error("user_exit", f"The function called exit({end.code!r}).")
    except BaseException as error:  # noqa: BLE001 - whatever a user's function raises is its result
        return _error("user_error", _headline(error), traceback=_text_of(error))
    finally:
        _flush()
    try:
        return json.dumps({"value": value}, allow_nan=False)
    except Exception as error:  # noqa: BLE001 - a value's own methods may raise anything
        msg = f"The function returned what is not JSON ({type(value).__name__}): {error}."
        return _error("not_sendable", f"{msg} Return numbers, text, lists and dicts.")


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the function may have closed or replaced it
            stream.flush()


def _error(code: str, msg: str, **detail: str) -> str:
    return json.dumps({"error": {"code": code, "msg": msg, "detail": detail}})


def _headline(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(type(error), error)).strip()[:1000]


def _text_of(error: BaseException) -> str:
    """Return the traceback without this file's own frames."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames)
    return "".join(lines)[-_MOST_TRACEBACK:]


def main() -> None:
    """Load the function and answer requests until the channel closes."""
    channel_fd, name = int(sys.argv[1]), sys.argv[2]
    os.set_inheritable(channel_fd, False)
    channel = socket.socket(fileno=channel_fd)
    sys.path[0] = str(Path.cwd())  # was the folder of this file
    sys.argv = [name]
    problem = None
    try:
        function = _load(name)
    except BaseException as error:  # noqa: BLE001 - a module may raise anything, exit included
        problem = {"msg": _headline(error), "traceback": _text_of(error)}
    _flush()
    version = ".".join(map(str, sys.version_info[:3]))
    _send(channel, json.dumps({"version": version, "error": problem}))
    while problem is None and (request := _receive(channel)) is not None:
        _send(channel, _call(function, request))


if __name__ == "__main__":
    main()

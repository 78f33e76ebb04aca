"""Runs a user's function in the user's own Python; started by path, never imported by us.

Standard library only, Python 3.8 and later, and as little of it as can be: every worker starts one.
Usage: runner.py CHANNEL_FD FUNCTION, in the task's folder. Frames on the channel are JSON after a
4-byte big-endian length. First {"version", "error"} is sent (error: null, or why the function
cannot be loaded); then each {"value", "memory_mb"} is answered by {"value"} or {"error": {"code",
"msg", "detail"}}, both with "duration_s". Many requests may be sent at once: each is answered
before the next one begins, so that the first without an answer is the one that ran.
"""

# ruff: noqa: PLC0415, PTH109, PTH118, PTH122, SIM105
# pathlib, contextlib, traceback and typing would double what its start costs

from __future__ import annotations

import importlib
import json
import os
import resource
import struct
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_LENGTH = struct.Struct(">I")
_READ_BYTES = 256 * 1024
_MOST_TRACEBACK = 16 * 1024  # characters


def _requests(channel_fd: int) -> Iterator[Any]:
    """Yield the requests until the end of the stream."""
    received = bytearray()
    while part := os.read(channel_fd, _READ_BYTES):
        received += part
        begin = 0
        while len(received) >= begin + _LENGTH.size:
            (size,) = _LENGTH.unpack_from(received, begin)
            end = begin + _LENGTH.size + size
            if len(received) < end:
                break
            yield json.loads(received[begin + _LENGTH.size : end])
            begin = end
        del received[:begin]


def _send(channel_fd: int, text: str) -> None:
    data = text.encode("ascii")  # json.dumps escapes the rest
    frame = memoryview(_LENGTH.pack(len(data)) + data)
    while frame:
        frame = frame[os.write(channel_fd, frame) :]


def _load(name: str) -> Callable[[Any], Any]:
    """Find package.module:func or file.py:func."""
    place, _, path = name.rpartition(":")
    found: Any = _load_file(place) if place.endswith(".py") else importlib.import_module(place)
    for part in path.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{path} is not a function but {type(found).__name__}")
    function: Callable[[Any], Any] = found
    return function


def _load_file(place: str) -> object:
    import importlib.util

    file = os.path.join(os.getcwd(), place)
    folder, base = os.path.split(file)
    stem = os.path.splitext(base)[0]
    sys.path.insert(1, folder)  # its neighbours, as if it were run by itself
    spec = importlib.util.spec_from_file_location(stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module
    spec.loader.exec_module(module)
    return module


def _limit_memory(memory_mb: int | None) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = hard if memory_mb is None else memory_mb * 1024 * 1024
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _answer(function: Callable[[Any], Any], request: Any) -> str:
    """Return the answer to one request as JSON text."""
    began = time.perf_counter()
    answer = _call(function, request["value"], request["memory_mb"])
    answer["duration_s"] = time.perf_counter() - began
    try:
        return json.dumps(answer, allow_nan=False)
    except Exception as error:  # noqa: BLE001 - a value's own methods may raise anything
        value = answer.pop("value")
        msg = f"The function returned what is not JSON ({type(value).__name__}): {error}."
        answer.update(_error("not_sendable", f"{msg} Return numbers, text, lists and dicts."))
        return json.dumps(answer)


def _call(function: Callable[[Any], Any], value: Any, memory_mb: int | None) -> dict[str, Any]:
    try:
        if memory_mb is None:
            return {"value": function(value)}
        _limit_memory(memory_mb)
        try:
            return {"value": function(value)}
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


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # noqa: BLE001, S110 - the function may have closed or replaced it
            pass


def _error(code: str, msg: str, **detail: str) -> dict[str, Any]:
    return {"error": {"code": code, "msg": msg, "detail": detail}}


def _headline(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception_only(type(error), error)).strip()[:1000]


def _text_of(error: BaseException) -> str:
    """Return the traceback without this file's own frames."""
    import traceback

    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames)
    return "".join(lines)[-_MOST_TRACEBACK:]


def main() -> None:
    """Load the function and answer requests until the channel closes."""
    channel_fd, name = int(sys.argv[1]), sys.argv[2]
    os.set_inheritable(channel_fd, False)
    sys.path[0] = os.getcwd()  # was the folder of this file
    sys.argv = [name]
    problem = None
    try:
        function = _load(name)
    except BaseException as error:  # noqa: BLE001 - a module may raise anything, exit included
        problem = {"msg": _headline(error), "traceback": _text_of(error)}
    _flush()
    version = ".".join(map(str, sys.version_info[:3]))
    _send(channel_fd, json.dumps({"version": version, "error": problem}))
    if problem is None:
        _limit_memory(None)
        for request in _requests(channel_fd):
            _send(channel_fd, _answer(function, request))


if __name__ == "__main__":
    main()

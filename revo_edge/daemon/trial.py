"""A stranger's module is imported by another process first: it may hang, exit or crash.

The daemon must know the types of an engine's parameters, so it imports the module that declares
them. What a module raises can be caught; what ends or holds up the process cannot.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

LIMIT_S = 5.0
_IMPORTED = 77
"""How the process ends when the import has: no module would end it like that."""
_CODE = f"""
import importlib, os, sys
try:
    importlib.import_module(sys.argv[1])
except BaseException:
    pass  # the daemon imports it again, and tells where it failed
os._exit({_IMPORTED})
"""


def failed_trials(modules: Iterable[str], limit_s: float = LIMIT_S) -> dict[str, str]:
    """Import each module in a process of its own, all at once; return what went wrong by module.

    An exception is none of it. A frozen program has no Python to ask, nor packages of others.
    """
    if getattr(sys, "frozen", False):
        return {}
    trials = {module: _start(module) for module in dict.fromkeys(modules)}
    end = time.monotonic() + limit_s
    ended = {module: _wait(trial, end - time.monotonic()) for module, trial in trials.items()}
    return {module: _words(code, limit_s) for module, code in ended.items() if code != _IMPORTED}


def _start(module: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and code; the name is one argument
        [sys.executable, "-c", _CODE, module],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )


def _wait(trial: subprocess.Popen[bytes], left_s: float) -> int | None:
    """Return the exit code, negative for a signal; None for one that was too slow and is ended."""
    try:
        return trial.wait(max(0.0, left_s))
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(trial.pid, signal.SIGKILL)  # and what the import has started
        trial.wait()


def _words(code: int | None, limit_s: float) -> str:
    if code is None:
        return f"its import has not ended within {limit_s:g} s."
    if code < 0:
        return f"its import ends the process by {signal.Signals(-code).name}."
    return f"its import ends the process with exit code {code}."

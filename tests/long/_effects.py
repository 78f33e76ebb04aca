"""What the maps of the long runs do: leave one line in a log, then take a while."""

import os
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec

from revo_edge.clock import utc_now

Ran = dict[tuple[str, int], list["Effect"]]


class Effect(msgspec.Struct, frozen=True):
    """One line: an item of a map began. `at` is UTC epoch seconds; `worker` is the parent's pid."""

    task: str
    item: int
    at: float
    pid: int
    worker: int


def leave(value: dict[str, Any]) -> int:
    """Append `task item at pid worker` to the log, then wait for so many seconds."""
    line = f"{value['task']} {value['item']} {utc_now():.6f} {os.getpid()} {os.getppid()}\n"
    handle = os.open(value["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, line.encode())
    os.close(handle)
    threading.Event().wait(value["seconds"])
    return int(value["item"])


def command(log: Path, seconds: float) -> str:
    """Return a command line that does the same with an input `TASK ITEM`."""
    return f"""sh -c 'echo "$0 $(date +%s.%N) $$ $PPID" >> {log}; exec sleep {seconds}' {{}}"""


def read_effects(log: Path) -> Ran:
    """Return all lines, by task and item, in the order of their begin."""
    ran: Ran = defaultdict(list)
    for line in log.read_text().splitlines() if log.exists() else []:
        task, item, at, pid, worker = line.split()
        effect = Effect(task, int(item), float(at), int(pid), int(worker))
        ran[effect.task, effect.item].append(effect)
    for effects in ran.values():
        effects.sort(key=lambda effect: effect.at)
    return ran

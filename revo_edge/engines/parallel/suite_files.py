"""The files that a run of a suite shares with its shards, and what one run leaves for the next."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from revo_edge.engines.parallel.shards import Outcome, spoken


class Notes(msgspec.Struct):
    """What the last run of a tree left for the next.

    `root` is the folder of its names; `busy_s` how long all tests took together, by what was asked.
    """

    lasts_s: dict[str, float] = {}
    failed: list[str] = []
    root: str = ""
    ini: str = ""
    busy_s: dict[str, float] = {}


MOST_ASKED = 64
"""So many of the newest ways to ask are remembered."""


def read_notes(file: Path) -> Notes:
    """Return the notes; empty ones when there are none, or they are damaged."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Notes)
    except (OSError, msgspec.DecodeError):
        return Notes()


def keep_notes(
    file: Path, outcomes: Iterable[Outcome], root: str, ini: str, asked: str = ""
) -> None:
    """Add what this run has found out; `asked` says for what, if all of it has run."""
    notes = read_notes(file)
    ended = list(outcomes)
    notes.root, notes.ini = root or notes.root, ini if root else notes.ini
    if asked:
        notes.busy_s.pop(asked, None)
        notes.busy_s[asked] = sum(outcome.duration_s for outcome in ended)
        notes.busy_s = dict(list(notes.busy_s.items())[-MOST_ASKED:])
    notes.lasts_s.update((outcome.id, outcome.duration_s) for outcome in ended)
    ran = {outcome.id for outcome in ended}
    bad = [outcome.id for outcome in ended if outcome.bad]
    notes.failed = [name for name in notes.failed if name not in ran] + bad
    file.parent.mkdir(parents=True, exist_ok=True)
    write(file, msgspec.json.encode(notes))


class Plan(msgspec.Struct):
    """What all shards of a suite go by: batches of ids, and what was found out while collecting."""

    batches: list[list[str]]
    broken: list[Outcome] = []
    root: str = ""
    ini: str = ""
    maxfail: int = 0
    junit: str = ""

    def ids(self) -> list[str]:
        """Return the ids of all batches, those to be repeated as often as they shall run."""
        return [name for batch in self.batches for name in batch]


class Round:
    """The folder of one plan: `plan.json`, the number of claimed batches, `stop`.

    A later round runs what one before it lost. Ids may be no UTF-8, so JSON is written as ASCII.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._plan = folder / "plan.json"

    def begin(self, plan: Plan | None = None) -> None:
        """Make the folder, for a plan that is known or is still to be made."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if plan is not None:
            self.publish(plan)

    def publish(self, plan: Plan) -> None:
        """Write the plan; from now on batches can be claimed."""
        found = msgspec.structs.asdict(plan)
        found["broken"] = [msgspec.structs.asdict(outcome) for outcome in plan.broken]
        write(self._plan, json.dumps(found).encode("ascii"))

    def plan(self) -> Plan | None:
        """Return the plan, None when there is none yet."""
        try:
            found = json.loads(self._plan.read_bytes())
        except OSError:
            return None
        found["broken"] = [Outcome(**outcome) for outcome in found["broken"]]
        return Plan(**found)

    def claimed(self) -> int:
        """Return how many batches are claimed."""
        try:
            return int((self.folder / "claims").read_bytes() or b"0")
        except OSError:
            return 0

    def stop(self) -> None:
        """Have every shard stop after the test that it runs."""
        (self.folder / "stop").touch()

    def is_stopped(self) -> bool:
        """Tell whether no further test shall begin."""
        return (self.folder / "stop").exists()


def append(file: Path, outcomes: Iterable[Outcome]) -> None:
    """Append outcomes, a JSON line each; many processes may do so at once."""
    lines = [json.dumps(_line(outcome)) for outcome in outcomes]
    if not lines:
        return
    fd = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(fd, ("\n".join(lines) + "\n").encode("ascii"))
    finally:
        os.close(fd)


def _line(outcome: Outcome) -> dict[str, Any]:
    found = {name: value for name, value in msgspec.structs.asdict(outcome).items() if value}
    return {**found, "id": spoken(outcome.id), "duration_s": round(outcome.duration_s, 6)}


class Tail:
    """Reads the file of outcomes as it grows."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset = 0

    def read(self) -> list[Outcome]:
        """Return the outcomes that came since the last call."""
        try:
            with self._file.open("rb") as stream:
                stream.seek(self._offset)
                data = stream.read()
        except OSError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [msgspec.json.decode(line, type=Outcome) for line in whole.splitlines()]


def write(file: Path, data: bytes) -> None:
    """Write a file at once: whoever reads it sees all of it or what was there before."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_bytes(data)
    fresh.replace(file)

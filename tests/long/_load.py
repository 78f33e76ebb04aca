"""The mixed load under which the long runs kill: every accepted task is remembered."""

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from revo_edge import Client, RevoError, TaskSpec
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.kinds import OnLost
from revo_edge.paths import Paths
from tests.harness import REPOSITORY
from tests.long._effects import command

PACE_S = 0.05
REFUSED_PACE_S = 0.25
"""Not so fast while the daemon is away."""
ON_LOST = (OnLost.RETRY, OnLost.HOLD, OnLost.FAIL)
BIG_BYTES = 400_000
LONG_S = 120.0
FUNCTION = f"{REPOSITORY}/tests/long/_effects.py:leave"


class Asked(msgspec.Struct):
    """One submission. `sure`: the daemon said that it has it; else it may have."""

    id: str
    spec: TaskSpec
    items: int = 0
    sure: bool = False
    cancelled: bool = False
    """Somebody asked to cancel it; the answer may have been lost."""

    @property
    def on_lost(self) -> OnLost:
        """What is to happen when its worker dies."""
        return self.spec.on_lost or OnLost.RETRY


class Load:
    """Submits and cancels in a thread of its own until `stop`, whatever happens to the daemon."""

    def __init__(self, paths: Paths, folder: Path, seed: random.Random) -> None:
        self.asked: dict[str, Asked] = {}
        self.log = folder / "effects.log"
        self.unanswered = 0
        self._paths = paths
        self._folder = folder
        self._random = seed
        self._is_refused = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load")

    def start(self) -> None:
        """Begin, with two tasks that outlast every kill."""
        with Client(self._paths) as revo:
            self._submit(revo, *self._sleep(LONG_S, OnLost.RETRY))
            self._submit(revo, *self._map(1, LONG_S, OnLost.RETRY))
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; return once the last answer is in."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        with Client(self._paths, deadline_s=2.0) as revo:
            while not self._stopping.wait(REFUSED_PACE_S if self._is_refused else PACE_S):
                if self._random.random() < 0.1:
                    self._cancel(revo)
                else:
                    self._submit(revo, *self._draw())

    def _draw(self) -> tuple[TaskSpec, str, int]:
        """Return a spec, its key and how many items it has."""
        draw, on_lost = self._random.random(), self._random.choice(ON_LOST)
        if draw < 0.55:
            return self._sleep(self._random.uniform(0.0, 0.6), on_lost)
        if draw < 0.70:
            return self._map(60, 0.05, on_lost)
        if draw < 0.80:
            return self._commands(5, 0.1, on_lost)
        if draw < 0.90:
            params = {"count": 5, "kind": "probe.sleep_deaf", "seconds": 0.1}
            return TaskSpec("probe.fan", params, on_lost=on_lost), new_ulid(), 0
        if draw < 0.95:
            return self._big({"size_bytes": BIG_BYTES}, on_lost)
        return self._big({"value": new_ulid() * (BIG_BYTES // 26)}, on_lost)

    def _sleep(self, seconds: float, on_lost: OnLost) -> tuple[TaskSpec, str, int]:
        key = new_ulid()
        params = {"value": key, "seconds": seconds}
        return TaskSpec("probe.sleep_deaf", params, on_lost=on_lost), key, 0

    def _big(self, params: dict[str, object], on_lost: OnLost) -> tuple[TaskSpec, str, int]:
        return TaskSpec("probe.echo", params, on_lost=on_lost), new_ulid(), 0

    def _map(self, count: int, seconds: float, on_lost: OnLost) -> tuple[TaskSpec, str, int]:
        key = new_ulid()
        inputs = [
            {"log": str(self.log), "task": key, "item": item, "seconds": seconds}
            for item in range(count)
        ]
        return self._parallel({"function": FUNCTION, "inputs": inputs}, on_lost), key, count

    def _commands(self, count: int, seconds: float, on_lost: OnLost) -> tuple[TaskSpec, str, int]:
        key = new_ulid()
        inputs = [f"{key} {item}" for item in range(count)]
        params: dict[str, object] = {"command": command(self.log, seconds), "inputs": inputs}
        return self._parallel(params, on_lost), key, count

    def _parallel(self, params: dict[str, object], on_lost: OnLost) -> TaskSpec:
        return TaskSpec(
            "parallel.map",
            params,
            on_lost=on_lost,
            cwd=str(self._folder),
            python=sys.executable,
            env={"PYTHONPATH": str(REPOSITORY)},
        )

    def _submit(self, revo: Client, spec: TaskSpec, key: str, items: int) -> None:
        asked = self.asked[key] = Asked(key, spec, items)
        with self._counting():
            revo.submit(spec, key=key)
            asked.sure = True

    def _cancel(self, revo: Client) -> None:
        asked = self._random.choice(list(self.asked.values())[-20:])
        if asked.spec.params.get("seconds") == LONG_S or asked.items == 1:
            return
        asked.cancelled = True
        with self._counting():
            revo.cancel(asked.id, grace_s=self._random.choice((0.0, 0.5)))

    @contextmanager
    def _counting(self) -> Iterator[None]:
        self._is_refused = False
        try:
            yield
        except RevoError:
            self._is_refused = True
            self.unanswered += 1

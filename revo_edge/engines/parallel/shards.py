"""Sharding a test suite and reading what its shards streamed: pure rules, no files or processes."""

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

LEAST_BATCH_S = 0.2
"""A claim costs next to nothing, but a file's fixtures are made once in each shard that has it."""
MOST_BATCH_S = 5.0
"""A batch that turns out slower than thought must not hold up the end."""
MOST_BATCH_TESTS = 256
BAD = ("failed", "error")
NO_TESTS = 5
"""Exit code, as of pytest: nothing was collected, or nothing fits."""


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a test ended: `passed`, `failed`, `error`, `skipped`, `xfailed` or `xpassed`.

    `where` is file:line and `reason` one line, when they are known.
    """

    id: str
    outcome: str
    duration_s: float = 0.0
    text: str = ""
    where: str = ""
    reason: str = ""

    @property
    def bad(self) -> bool:
        """True when the test counts against the suite."""
        return self.outcome in BAD


class Found(msgspec.Struct):
    """What one pytest said so far. `started` is when the running test began, monotonic."""

    pid: int = 0
    root: str = ""
    ini: str = ""
    maxfail: int = 0
    junit: str = ""
    collected: bool = False
    listed: bool = False
    finished: bool = False
    tests: list[str] = []
    broken: list[Outcome] = []
    claims: list[int] = []
    ended: list[Outcome] = []
    done: Counter[str] = msgspec.field(default_factory=Counter)
    running: str = ""
    started: float = 0.0
    interrupt: str = ""
    cpu_s: float = 0.0

    def take(self, line: bytes) -> None:
        """Fold one line in; one that a dying process left half-written is passed over."""
        try:
            event = json.loads(line)
        except ValueError:
            return
        what = event["event"]
        if what == "start":
            self.running, self.started = event["id"], event["at"]
        elif what == "end":
            self.ended.append(_outcome(event, event["outcome"]))
            self.running = ""
        elif what == "test":
            self.tests.append(event["id"])
        elif what == "claim":
            self.claims.append(event["batch"])
        elif what in ("broken", "skipped"):
            event["id"] = spoken(event["id"])
            self.broken.append(_outcome(event, "error" if what == "broken" else "skipped"))
        elif what == "missing":
            self.ended.append(Outcome(event["id"], "error", 0.0, _NOT_THERE, reason=_NOT_THERE))
        else:
            self._take_state(what, event)

    def _take_state(self, what: str, event: Mapping[str, Any]) -> None:
        if what == "hello":
            self.pid = event["pid"]
        elif what == "collected":
            self.root, self.ini, self.collected = event["root"], event["ini"], True
            self.maxfail, self.junit = event["maxfail"], event["junit"]
        elif what == "listed":
            self.listed = True
        elif what == "interrupt":
            self.interrupt = event["text"]
        elif what == "finish":
            self.finished, self.cpu_s = True, event["cpu_s"]


_NOT_THERE = (
    "A shard did not collect this test, though another had. Do its parameters or names change "
    "from run to run (a random value, the time, a set)?"
)


def _outcome(event: Mapping[str, Any], ended: str) -> Outcome:
    words = [spoken(event.get(name, "")) for name in ("text", "where", "reason")]
    return Outcome(event["id"], ended, event.get("duration_s", 0.0), *words)


def spoken(text: str) -> str:
    """Return text that UTF-8 can hold: a name that is not UTF-8 has half characters."""
    return text.encode("utf-8", "backslashreplace").decode()


def plan(
    ids: Sequence[str], known_s: Mapping[str, float], slots: int, first: Iterable[str] = ()
) -> list[list[str]]:
    """Return the ids as batches, large ones first and smaller ones after for balance.

    Tests of a file stay together and in order, unless their file is larger than a batch; an
    unknown test is taken to last as long as the median. Those named `first` come first, then
    tests that are longer than a batch.
    """
    usual_s = statistics.median(known_s.values()) if known_s else LEAST_BATCH_S
    lasts = {name: known_s.get(name, usual_s) for name in ids}
    urgent = set(first)
    rest = [name for name in ids if name not in urgent]
    longest_s = _limit_s(sum(lasts[name] for name in rest), slots)
    alone = sorted((name for name in rest if lasts[name] > longest_s), key=lambda n: -lasts[n])
    early = [name for name in ids if name in urgent]
    single = set(alone)
    batches = [early[at : at + MOST_FIRST] for at in range(0, len(early), MOST_FIRST)]
    batches += [[name] for name in alone]
    return batches + _filled([name for name in rest if name not in single], lasts, slots)


MOST_FIRST = 4
"""What failed last time is spread over the shards, so that all of it is known soon."""


def _filled(ids: Sequence[str], lasts: Mapping[str, float], slots: int) -> list[list[str]]:
    left_s = sum(lasts[name] for name in ids)
    limit_s = _limit_s(left_s, slots)
    batches: list[list[str]] = []
    batch: list[str] = []
    size_s = 0.0
    for name, ends_file in _by_file(ids, lasts):
        batch.append(name)
        size_s += lasts[name]
        is_full = size_s >= limit_s or len(batch) >= MOST_BATCH_TESTS
        if is_full or (ends_file and size_s >= limit_s / 2):
            batches.append(batch)
            left_s -= size_s
            limit_s = _limit_s(left_s, slots)
            batch, size_s = [], 0.0
    return [*batches, batch] if batch else batches


def unstable(runs: Mapping[str, Sequence[Outcome]]) -> dict[str, dict[str, int]]:
    """Return for each test that did not always end alike how often it ended how."""
    found = {}
    for name, outcomes in runs.items():
        kinds = [outcome.outcome for outcome in outcomes]
        if len(set(kinds)) > 1:
            found[name] = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    return found


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome that speaks for all runs of a test: the first bad one, else the last."""
    return next((outcome for outcome in outcomes if outcome.bad), outcomes[-1])


def _limit_s(left_s: float, slots: int) -> float:
    return min(max(left_s / (4 * slots), LEAST_BATCH_S), MOST_BATCH_S)


def _by_file(ids: Sequence[str], lasts: Mapping[str, float]) -> Iterable[tuple[str, bool]]:
    """Yield the tests, those of the longest file first, and whether each is its file's last."""
    files: dict[str, list[str]] = {}
    for name in ids:
        files.setdefault(name.partition("::")[0], []).append(name)
    for group in sorted(files.values(), key=lambda group: -sum(lasts[name] for name in group)):
        for name in group:
            yield name, name is group[-1]

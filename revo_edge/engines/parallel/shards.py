"""Sharding a test suite and reading what its shards streamed: pure rules, no files or processes."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence

import msgspec

LEAST_SHARD_S = 2.0
"""A shard is worth the start of a pytest, which takes about half a second."""
BAD = ("failed", "error")


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a test ended: `passed`, `failed`, `error`, `skipped`, `xfailed` or `xpassed`."""

    id: str
    outcome: str
    duration_s: float = 0.0
    text: str = ""

    @property
    def bad(self) -> bool:
        """True when the test counts against the suite."""
        return self.outcome in BAD


class Found(msgspec.Struct):
    """What a stream said so far; `since` counts the events, so that silence can be measured."""

    root: str = ""
    ini: str = ""
    tests: dict[str, str] = {}
    broken: list[Outcome] = []
    outcomes: dict[str, Outcome] = {}
    running: str = ""
    phases: list[dict[str, object]] = []
    events: int = 0
    collected: bool = False

    def take(self, line: bytes) -> None:
        """Fold one line in; one that a dying process left half-written is passed over."""
        try:
            event = json.loads(line)
        except ValueError:
            return
        self.events += 1
        name, what = event.get("id", ""), event["event"]
        if what == "collected":
            self.root, self.ini, self.collected = event["root"], event["ini"], True
        elif what == "test":
            self.tests[name] = event["path"]
        elif what in ("broken", "skipped"):
            ended = "error" if what == "broken" else "skipped"
            self.broken.append(Outcome(name, ended, 0.0, event["text"]))
        elif what == "start":
            self.running, self.phases = name, []
        elif what == "phase":
            self.phases.append(event)
        elif what == "end":
            self.outcomes[name] = _ended(name, self.phases)
            self.running = ""


def _ended(name: str, phases: Sequence[Mapping[str, object]]) -> Outcome:
    duration_s = sum(float(str(phase["duration_s"])) for phase in phases)
    kinds = [_kind(phase) for phase in phases]
    for wanted in ("failed", "error", "skipped", "xfailed", "xpassed"):
        if wanted in kinds:
            text = str(phases[kinds.index(wanted)].get("text", ""))
            return Outcome(name, wanted, duration_s, text)
    return Outcome(name, "passed", duration_s)


def _kind(phase: Mapping[str, object]) -> str:
    outcome = phase["outcome"]
    if outcome == "failed":
        return "failed" if phase["phase"] == "call" else "error"
    if "xfail" in phase:
        return "xfailed" if outcome == "skipped" else "xpassed"
    return str(outcome)


def plan(
    ids: Sequence[str], known_s: Mapping[str, float], slots: int, first: Iterable[str] = ()
) -> list[list[str]]:
    """Return the ids as shards, large ones first and smaller ones after for balance.

    Tests of a file stay together and in order, unless their file is larger than a shard; an
    unknown test is taken to last as long as the median. Those named `first` come first.
    """
    usual_s = statistics.median(known_s.values()) if known_s else 0.1
    lasts = {name: known_s.get(name, usual_s) for name in ids}
    urgent = set(first)
    chosen = [name for name in ids if name in urgent]
    shards = [chosen] if chosen else []
    left_s = sum(lasts.values())
    shard: list[str] = []
    size_s = 0.0
    limit_s = _limit_s(left_s, slots)
    for group in _groups([name for name in ids if name not in urgent], lasts):
        for piece in _pieces(group, lasts, limit_s):
            piece_s = sum(lasts[name] for name in piece)
            if shard and size_s + piece_s > limit_s * 1.1:
                shards.append(shard)
                left_s -= size_s
                limit_s = _limit_s(left_s, slots)
                shard, size_s = [], 0.0
            shard += piece
            size_s += piece_s
    return [*shards, shard] if shard else shards


def halves(ids: Sequence[str]) -> list[list[str]]:
    """Split what a broken shard left, so that it does not hold up the end alone."""
    middle = (len(ids) + 1) // 2
    return [list(part) for part in (ids[:middle], ids[middle:]) if part]


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
    return max(left_s / (2 * slots), LEAST_SHARD_S)


def _groups(ids: Sequence[str], lasts: Mapping[str, float]) -> list[list[str]]:
    """Return the tests of each file, the longest file first."""
    files: dict[str, list[str]] = {}
    for name in ids:
        files.setdefault(name.partition("::")[0], []).append(name)
    return sorted(files.values(), key=lambda group: -sum(lasts[name] for name in group))


def _pieces(
    group: Sequence[str], lasts: Mapping[str, float], limit_s: float
) -> Iterable[list[str]]:
    """Cut a file that is too large for one shard, else return it whole."""
    if sum(lasts[name] for name in group) <= limit_s:
        yield list(group)
        return
    piece: list[str] = []
    size_s = 0.0
    for name in group:
        if piece and size_s + lasts[name] > LEAST_SHARD_S:
            yield piece
            piece, size_s = [], 0.0
        piece.append(name)
        size_s += lasts[name]
    if piece:
        yield piece

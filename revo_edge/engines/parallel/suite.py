"""`parallel.test`: run a pytest suite in shards on all workers, and merge what they say.

Each shard keeps one pytest running, which collects the suite and claims batch after batch of a
common plan (suite_shard, suite_child). Every outcome is appended to one file as it comes; this
driver reads it a few times a second, tells of it, and stops the shards at the most failures. What
a lost worker had claimed runs in a further round.
"""

import contextlib
import hashlib
import itertools
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from revo_edge.engines.base import Cancelled, Context, ItemFailed, MapPlan
from revo_edge.engines.parallel.junit import junit_xml
from revo_edge.engines.parallel.params import ShardParams, SuiteParams
from revo_edge.engines.parallel.shards import NO_TESTS, Outcome, spoken, unstable, worst
from revo_edge.engines.parallel.suite_files import (
    Notes,
    Plan,
    Round,
    Tail,
    append,
    keep_notes,
    read_notes,
)
from revo_edge.engines.parallel.suite_shard import ShardEnd, refuse, slots
from revo_edge.engines.parallel.suite_told import Told

SHOWN = 100
"""Failures in the result; the JUnit file has all."""
LEAST_SHARD_S = 1.0
"""What a shard's tests should take at least: so long a start of pytest may last."""
BATCH_AGAIN = 8
"""Tests of a lost worker run again in batches of so many."""


class SuiteResult(msgspec.Struct):
    """The result of a run; `totals` counts outcomes, `reports` holds the JUnit file.

    `exit_code` is what pytest would end with. `shards` is what each did; they overlap in time.
    """

    tests: int
    totals: dict[str, int]
    failures: list[Outcome]
    slowest: list[Outcome]
    flaky: dict[str, dict[str, int]]
    duration_s: float
    stopped: bool
    reports: dict[str, str]
    exit_code: int
    shards: list[ShardEnd]
    cores: int


def run(params: SuiteParams, ctx: Context) -> SuiteResult:
    """Run the suite; raise ItemFailed when there is no pytest or it cannot begin."""
    if not Path(params.path).is_absolute() or not Path(params.path).exists():
        raise refuse(f"{params.path} is no absolute path of a file or folder that exists.")
    suite = _Suite(params, ctx)
    try:
        suite.run()
    except Cancelled:
        with contextlib.suppress(ItemFailed):
            suite.end(whole=False)  # what has ended is known, and worth keeping
        raise
    return suite.end()


def shards_for(asked: str, notes: Notes, params: SuiteParams) -> int:
    """Return how many shards are worth their start: all slots, fewer for a suite known as short."""
    if params.last_failed or asked not in notes.busy_s:
        return slots()
    return max(1, min(slots(), int(notes.busy_s[asked] * params.repeat / LEAST_SHARD_S)))


class _Suite:
    def __init__(self, params: SuiteParams, ctx: Context) -> None:
        self._began = time.monotonic()
        self._params = params
        self._ctx = ctx
        self._folder = ctx.home / "reports" / f"test-{ctx.task_id}"
        self._folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(f"{ctx.cwd}\0{params.path}".encode(errors="replace")).hexdigest()
        self._notes = ctx.home / "cache" / "tests" / f"{digest[:16]}.json"
        self._outcomes = self._folder / "outcomes.jsonl"
        if not (self._folder / "round").exists():  # a retry of a run that has ended
            self._outcomes.unlink(missing_ok=True)
        self._tail = Tail(self._outcomes)
        self._told = Told(ctx)
        self._runs: dict[str, list[Outcome]] = {}
        self._plan = Plan([])
        self._is_planned = False
        self._stopped = False
        self._ends: list[ShardEnd] = []
        self._numbers = itertools.count()
        self._slots = shards_for(self._asked(), read_notes(self._notes), params)

    def run(self) -> None:
        """Run round after round until nothing is missing, or a round has brought nothing."""
        self._told.begin()
        round_ = Round(self._folder / "round")
        round_.begin()
        while True:
            before = self._told.done
            self._run_round(round_)
            missing = self._missing()
            if not missing or self._stopped:
                return
            if self._told.done == before:
                text = "The workers that ran this test were lost."
                append(self._outcomes, [Outcome(name, "error", 0.0, text) for name in missing])
                self._tick(round_)
                return
            round_ = Round(self._folder / f"round-{self._ctx.attempt}-{len(missing)}")
            batches = [missing[at : at + BATCH_AGAIN] for at in range(0, len(missing), BATCH_AGAIN)]
            round_.begin(Plan(batches))

    def _run_round(self, round_: Round) -> None:
        plan = MapPlan(concurrency=self._slots, replay=False, tick=lambda: self._tick(round_))
        for result in self._ctx.map("parallel.shard", self._shards(round_), plan):
            self._ends.append(self._ctx.value(result, ShardEnd))
            self._tick(round_)

    def _shards(self, round_: Round) -> Iterator[ShardParams]:
        """Yield shards as long as there is something to claim."""
        for given in itertools.count():
            if given >= self._slots and not self._has_more(round_):
                return
            yield self._shard(round_)

    def _has_more(self, round_: Round) -> bool:
        plan = round_.plan()
        return not self._stopped and (plan is None or round_.claimed() < len(plan.batches))

    def _shard(self, round_: Round) -> ShardParams:
        return ShardParams(
            self._params,
            next(self._numbers),
            str(round_.folder),
            str(self._outcomes),
            str(self._notes),
        )

    def _tick(self, round_: Round) -> None:
        """Tell of what is new; stop when enough has failed."""
        if not self._is_planned and (found := round_.plan()) is not None:
            self._is_planned = True
            self._plan = found
            self._told.total = len(found.ids()) + len(found.broken)
        if self._is_planned:
            self._take(self._tail.read())
        most = self._params.maxfail or self._plan.maxfail
        if most and self._told.failed >= most and not self._stopped:
            self._stopped = self._told.done < self._told.total
            round_.stop()

    def _take(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self._runs.setdefault(outcome.id, []).append(outcome)
        self._told.take(outcomes)

    def _missing(self) -> list[str]:
        wanted = Counter(self._plan.ids())
        return [
            name
            for name, times in wanted.items()
            for _ in range(times - len(self._runs.get(spoken(name), ())))
        ]

    def _asked(self) -> str:
        params = self._params
        return json.dumps([params.keyword, params.markers, params.args])

    def end(self, *, whole: bool = True) -> SuiteResult:
        """Write the reports and the notes for the next run; return the result."""
        for outcome in self._tail.read() if self._is_planned else ():
            self._runs.setdefault(outcome.id, []).append(outcome)
        outcomes = [worst(ended) for ended in self._runs.values()]
        whole = whole and not self._stopped and not self._params.last_failed
        root, ini = spoken(self._plan.root), spoken(self._plan.ini)
        keep_notes(self._notes, outcomes, root, ini, self._asked() if whole else "")
        duration_s = time.monotonic() - self._began
        reports = self._write(outcomes, duration_s)
        for folder in self._folder.glob("round*"):
            shutil.rmtree(folder, ignore_errors=True)
        bad = [outcome for outcome in outcomes if outcome.bad]
        kinds = Counter(outcome.outcome for outcome in outcomes)
        slowest = sorted(outcomes, key=lambda outcome: -outcome.duration_s)
        return SuiteResult(
            len(outcomes),
            dict(sorted(kinds.items())),
            bad[:SHOWN],
            slowest[: self._params.slowest],
            unstable(self._runs),
            duration_s,
            self._stopped,
            reports,
            1 if bad else 0 if outcomes else NO_TESTS,
            [end for end in self._ends if end.starts],
            os.cpu_count() or 1,
        )

    def _write(self, outcomes: list[Outcome], duration_s: float) -> dict[str, str]:
        text = junit_xml(outcomes, duration_s)
        junit = self._folder / "junit.xml"
        files = [junit]
        files += [
            Path(self._ctx.cwd, name) for name in (self._params.junit, self._plan.junit) if name
        ]
        try:
            for file in files:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise refuse(f"The JUnit file cannot be written: {error}. Choose another.") from None
        return {"junit": str(junit), "outcomes": str(self._outcomes)}

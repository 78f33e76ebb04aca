"""`parallel.test`: collect a pytest suite, run its shards on all workers, merge what they say."""

import hashlib
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import Context, ItemFailed
from revo_edge.engines.parallel import suite_child
from revo_edge.engines.parallel.junit import junit_xml
from revo_edge.engines.parallel.params import CollectParams, ShardParams, SuiteParams
from revo_edge.engines.parallel.shards import Found, Outcome, halves, plan, unstable, worst

LEAST_SLOTS = 4
"""The pool has at least so many workers."""
SHOWN = 100
"""Failures in the result; the JUnit file has all."""


class Notes(msgspec.Struct):
    """What the last run of a tree left for the next."""

    lasts_s: dict[str, float] = {}
    failed: list[str] = []


class Collected(msgspec.Struct):
    """The shards of a suite, and what could not be collected."""

    shards: list[list[str]]
    args: list[str]
    paths: dict[str, str]
    broken: list[Outcome]


class ShardEnd(msgspec.Struct):
    """What a shard ran, and what it left when its process died."""

    outcomes: list[Outcome]
    left: list[str]


class SuiteResult(msgspec.Struct):
    """The result of a run; `totals` counts outcomes, `reports` holds the JUnit file."""

    tests: int
    totals: dict[str, int]
    failures: list[Outcome]
    slowest: list[Outcome]
    flaky: dict[str, dict[str, int]]
    duration_s: float
    stopped: bool
    reports: dict[str, str]


def run(params: SuiteParams, ctx: Context) -> SuiteResult:
    """Run the suite; raise ItemFailed when there is no pytest or it cannot begin."""
    began = time.monotonic()
    if not Path(params.path).is_absolute() or not Path(params.path).exists():
        raise _refuse(f"{params.path} is no absolute path of a file or folder that exists.")
    notes = ctx.home / "cache" / "tests" / f"{_digest(params.path, ctx)}.json"
    (listed,) = ctx.map("parallel.collect", [CollectParams(params, str(notes))])
    found = ctx.value(listed, Collected)
    runs: dict[str, list[Outcome]] = {outcome.id: [outcome] for outcome in found.broken}
    stopped = _run_shards(params, found, runs, ctx)
    outcomes = [worst(ended) for ended in runs.values()]
    _keep(notes, outcomes)
    duration_s = time.monotonic() - began
    reports = _write(params, outcomes, duration_s, ctx)
    return _result(outcomes, runs, duration_s, reports, stopped=stopped)


def run_collect(params: CollectParams, ctx: Context) -> Collected:
    """List the tests and shard them by how long they took last time."""
    suite = params.suite
    args = ["-p", "no:cacheprovider", *suite.args]
    choice = ["-k", suite.keyword] if suite.keyword else []
    choice += ["-m", suite.markers] if suite.markers else []
    asked = ["--collect-only", "-q", *args, *choice, suite.path]
    found, code, said = _pytest(asked, None, suite.test_timeout_s, ctx)
    if not found.collected:
        raise ItemFailed(ErrorInfo("command_failed", f"pytest ended with {code}: {said[-2000:]}"))
    notes = _read(Path(params.notes))
    ids = list(found.tests)
    failed = set(notes.failed)
    if suite.last_failed and failed & set(ids):
        ids = [name for name in ids if name in failed]
    slots = max(LEAST_SLOTS, min(16, os.cpu_count() or 1))
    shards = plan(ids, notes.lasts_s, slots, failed if suite.failed_first else ())
    root = ["--rootdir", found.root, *(["-c", found.ini] if found.ini else [])]
    return Collected(shards * suite.repeat, [*root, *args], found.tests, found.broken)


def run_shard(params: ShardParams, ctx: Context) -> ShardEnd:
    """Run some tests; the one that kills its process, or hangs, fails alone."""
    found, code, said = _pytest(params.args, params.ids, params.timeout_s, ctx)
    outcomes = list(found.outcomes.values())
    if found.running:
        outcomes.append(Outcome(found.running, "failed", 0.0, _why(code, params.timeout_s)))
    done = {outcome.id for outcome in outcomes}
    left = [name for name in params.ids if name not in done]
    if not outcomes:
        text = f"pytest ended with {code} before this test ran.\n{said[-2000:]}"
        return ShardEnd([Outcome(name, "error", 0.0, text) for name in left], [])
    for outcome in outcomes:
        if outcome.bad:
            ctx.log(f"{outcome.outcome.upper()} {outcome.id}\n{outcome.text}")
    return ShardEnd(outcomes, left)


def _pytest(
    args: list[str], ids: list[str] | None, silence_s: float, ctx: Context
) -> tuple[Found, int, str]:
    """Run pytest; kill it once its stream has been silent for so long."""
    found = Found()
    with tempfile.TemporaryDirectory(prefix="revo-test-") as folder:
        stream, asked = Path(folder, "stream"), Path(folder, "asked")
        stream.touch()
        asked.write_text(json.dumps({"args": args, "ids": ids, "stream": str(stream)}))
        python = ctx.python()
        with stream.open("rb") as lines:
            watch = _Watch(lines.readline, found, silence_s)
            ended = ctx.run_command([python, suite_child.__file__, str(asked)], alive=watch.alive)
            watch.read()
    if ended.code == suite_child.NO_PYTEST:
        raise _refuse(f"{python} has no pytest. Type: {python} -m pip install pytest")
    code = TIMED_OUT if watch.is_silent else ended.code
    return found, code, ended.stdout + ended.stderr


TIMED_OUT = 1000
"""Stands for the exit code of a pytest that was killed for its silence."""


class _Watch:
    """Reads a stream as it grows, and says when it has been silent for too long."""

    def __init__(self, readline: Callable[[], bytes], found: Found, silence_s: float) -> None:
        self._readline = readline
        self._found = found
        self._silence_s = silence_s
        self._rest = b""
        self._heard = time.monotonic()
        self.is_silent = False

    def read(self) -> None:
        """Fold in what is there."""
        while line := self._readline():
            self._heard = time.monotonic()
            self._rest += line
            if self._rest.endswith(b"\n"):
                self._found.take(self._rest)
                self._rest = b""

    def alive(self) -> bool:
        """Return False once nothing was heard for so long."""
        self.read()
        self.is_silent = time.monotonic() - self._heard > self._silence_s
        return not self.is_silent


def _why(code: int, timeout_s: float) -> str:
    if code == TIMED_OUT:
        return f"The test ran longer than {timeout_s:g} s and was killed."
    if code < 0:
        return f"The process died with signal {-code} while this test ran."
    return f"The process ended with {code} while this test ran."


def _run_shards(
    params: SuiteParams, found: Collected, runs: dict[str, list[Outcome]], ctx: Context
) -> bool:
    """Run all shards, then in rounds what broken ones left; True when `maxfail` ended it."""
    shards = found.shards
    total = sum(map(len, shards))
    done = 0
    failed = len([outcome for outcome in found.broken if outcome.bad])
    ctx.progress(0, total, failed=failed)
    while shards:
        left: list[str] = []
        for result in ctx.map("parallel.shard", [_shard(ids, found, params) for ids in shards]):
            end = ctx.value(result, ShardEnd)
            left += end.left
            for outcome in end.outcomes:
                runs.setdefault(outcome.id, []).append(outcome)
                failed += outcome.bad
            done += len(end.outcomes)
            ctx.progress(done, total, failed=failed)
            if params.maxfail and failed >= params.maxfail:
                return True
        shards = _again(sorted(left))
    return False


def _again(left: list[str]) -> list[list[str]]:
    """Return what is left as shards; a test that is there twice (--repeat) is in two of them."""
    once = sorted(set(left))
    twice = sorted((Counter(left) - Counter(once)).elements())
    return [*halves(once), *(_again(twice) if twice else [])]


def _shard(ids: list[str], found: Collected, params: SuiteParams) -> ShardParams:
    files = dict.fromkeys(found.paths[name] for name in ids)
    return ShardParams(ids, [*found.args, *files], params.test_timeout_s)


def _digest(path: str, ctx: Context) -> str:
    return hashlib.sha256(f"{ctx.cwd}\0{path}".encode()).hexdigest()[:16]


def _read(file: Path) -> Notes:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Notes)
    except (OSError, msgspec.DecodeError):
        return Notes()


def _keep(file: Path, outcomes: list[Outcome]) -> None:
    notes = _read(file)
    notes.lasts_s.update((outcome.id, outcome.duration_s) for outcome in outcomes)
    ran = {outcome.id for outcome in outcomes}
    bad = [outcome.id for outcome in outcomes if outcome.bad]
    notes.failed = [name for name in notes.failed if name not in ran] + bad
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(notes))
    fresh.replace(file)


def _write(
    params: SuiteParams, outcomes: list[Outcome], duration_s: float, ctx: Context
) -> dict[str, str]:
    folder = ctx.home / "reports" / f"test-{ctx.task_id}"
    text = junit_xml(outcomes, duration_s)
    reports = {"junit": str(folder / "junit.xml")}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Path(reports["junit"]).write_text(text, encoding="utf-8")
        if params.junit:
            Path(ctx.cwd, params.junit).write_text(text, encoding="utf-8")
    except OSError as error:
        raise _refuse(f"The JUnit file cannot be written: {error}. Choose another.") from None
    return reports


def _result(
    outcomes: list[Outcome],
    runs: dict[str, list[Outcome]],
    duration_s: float,
    reports: dict[str, str],
    *,
    stopped: bool,
) -> SuiteResult:
    kinds = [outcome.outcome for outcome in outcomes]
    slowest = sorted(outcomes, key=lambda outcome: -outcome.duration_s)[:10]
    return SuiteResult(
        len(outcomes),
        {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        [outcome for outcome in outcomes if outcome.bad][:SHOWN],
        slowest,
        unstable(runs),
        duration_s,
        stopped,
        reports,
    )


def _refuse(text: str) -> ItemFailed:
    return ItemFailed(ErrorInfo("bad_params", text))

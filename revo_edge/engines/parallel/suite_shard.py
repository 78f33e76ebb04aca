"""`parallel.shard`: keeps a pytest running on what it claims, whatever its tests do to it."""

import contextlib
import json
import os
import re
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import CommandResult, Context, ItemFailed
from revo_edge.engines.parallel import suite_child
from revo_edge.engines.parallel.params import ShardParams, SuiteParams
from revo_edge.engines.parallel.shards import Found, Outcome, plan, spoken
from revo_edge.engines.parallel.suite_files import Plan, Round, append, read_notes

LEAST_SLOTS = 4
"""The pool has at least so many workers."""
COLLECT_LIMIT_S = 600.0
"""A suite that is not collected by then never will be."""
HOLD_S = 60.0
"""After so long a shard gives its worker back, so that other tasks come in between."""
END_LIMIT_S = 10.0
"""A pytest that is through is killed after so long: a thread may keep it."""
STOP_LIMIT_S = 5.0
"""A test that runs when the suite is stopped has so long to end."""
TRACE_LIMIT_S = 0.5
"""How long a pytest may take to write where it hangs."""
TEXT_CHARACTERS = 8 * 1024 * 1024
"""The texts of one shard's failures; those beyond are cut to CUT_CHARACTERS."""
CUT_CHARACTERS = 300


class ShardEnd(msgspec.Struct):
    """What a shard did: `busy_s` in tests, `cpu_s` of those pytests that ended by themselves."""

    number: int
    tests: int = 0
    busy_s: float = 0.0
    cpu_s: float = 0.0
    duration_s: float = 0.0
    starts: int = 0


def slots() -> int:
    """Return how many shards run at once."""
    return max(LEAST_SLOTS, min(16, os.cpu_count() or 1))


def run_shard(params: ShardParams, ctx: Context) -> ShardEnd:
    """Run what this shard can claim; raise ItemFailed when there is no pytest or it cannot begin."""
    return _Shard(params, ctx).run()


class _Shard:
    def __init__(self, params: ShardParams, ctx: Context) -> None:
        self._params = params
        self._ctx = ctx
        self._round = Round(Path(params.folder))
        self._plan: Plan | None = None
        self._end = ShardEnd(params.number)
        self._room = TEXT_CHARACTERS
        self._is_planned = False

    def run(self) -> ShardEnd:
        """Start pytest as often as tests take it down."""
        began = time.monotonic()
        left: list[str] = []
        fruitless = 0
        while (left or self._has_more()) and not self._round.is_stopped():
            before = self._end.tests
            found, ended = self._pytest(left, self._take)
            left = self._left(left, found)
            if found.finished and not left:
                break
            fruitless = 0 if self._end.tests > before else fruitless + 1
            if fruitless > 1:
                self._give_up(left, ended)
                left = []
        self._end.duration_s = time.monotonic() - began
        return self._end

    def _has_more(self) -> bool:
        self._plan = self._plan or self._round.plan()
        return self._plan is None or self._round.claimed() < len(self._plan.batches)

    def _pytest(
        self, first: list[str], take: Callable[[Found], None]
    ) -> tuple[Found, CommandResult]:
        """Run one pytest to its end, and settle what it leaves."""
        self._end.starts += 1
        with tempfile.TemporaryDirectory(prefix="revo-test-") as folder:
            stream, asked = Path(folder, "stream"), Path(folder, "asked")
            stream.touch()
            asked.write_text(json.dumps(self._asked(str(stream), first)))
            python = self._ctx.python()
            with stream.open("rb") as lines:
                watch = _Watch(lines.readline, self._params.suite.test_timeout_s, self._round)
                watch.on_change = take
                ended = self._ctx.run_command(
                    [python, suite_child.__file__, str(asked)], alive=watch.alive
                )
                watch.read()
        found = watch.found
        _check_began(found, ended, python, watch.why)
        self._end.cpu_s += found.cpu_s
        if found.running:
            self._add([_lost(found, ended, watch.why)], found)
        return found, ended

    def _asked(self, stream: str, first: list[str]) -> dict[str, object]:
        suite = self._params.suite
        return {
            "args": arguments(suite, Path(self._params.notes)),
            "stream": stream,
            "folder": self._params.folder,
            "first": first,
            "number": self._params.number,
            "hold_s": HOLD_S,
        }

    def _take(self, found: Found) -> None:
        """Hand on what is new; be the one who plans when this pytest listed the tests."""
        if found.listed and not self._is_planned:
            self._is_planned = True
            append(Path(self._params.outcomes), found.broken)
            self._round.publish(make_plan(self._params, found))
        new, found.ended = found.ended, []
        self._add(new, found)

    def _add(self, outcomes: list[Outcome], found: Found) -> None:
        self._end.tests += len(outcomes)
        self._end.busy_s += sum(outcome.duration_s for outcome in outcomes)
        found.done.update(outcome.id for outcome in outcomes)
        append(Path(self._params.outcomes), map(self._bounded, outcomes))

    def _bounded(self, outcome: Outcome) -> Outcome:
        if len(outcome.text) > self._room:
            text = f"[cut: too many failures]\n{outcome.text[-CUT_CHARACTERS:]}"
            return msgspec.structs.replace(outcome, text=text)
        self._room -= len(outcome.text)
        return outcome

    def _left(self, first: list[str], found: Found) -> list[str]:
        """Return what was claimed and has not ended; a test may be there twice (--repeat)."""
        self._plan = self._plan or self._round.plan()
        batches = self._plan.batches if self._plan else []
        done = found.done.copy()
        left = []
        for name in (*first, *(name for number in found.claims for name in batches[number])):
            if done[name]:
                done[name] -= 1
            else:
                left.append(name)
        return left

    def _give_up(self, left: list[str], ended: CommandResult) -> None:
        text = spoken(f"pytest ended with {ended.code} before this test ran.\n{_said(ended)}")
        if not left:
            raise ItemFailed(ErrorInfo("command_failed", text))
        self._add([Outcome(name, "error", 0.0, text) for name in left], Found())


def arguments(suite: SuiteParams, notes_file: Path) -> list[str]:
    """Return the arguments of pytest; with `last_failed` only the files of those that failed."""
    choice = ["-k", suite.keyword] if suite.keyword else []
    choice += ["-m", suite.markers] if suite.markers else []
    args = [*suite.args, *choice]
    notes = read_notes(notes_file)
    if suite.last_failed and notes.failed:
        names = dict.fromkeys(name.partition("::")[0] for name in notes.failed)
        files = [str(Path(notes.root, name)) for name in names]
        if all(Path(file).exists() for file in files):
            ini = ["-c", notes.ini] if notes.ini else []
            return [*args, "--rootdir", notes.root, *ini, *files]
    return [*args, suite.path]


def make_plan(params: ShardParams, found: Found) -> Plan:
    """Return the plan for the tests that were listed."""
    suite = params.suite
    notes = read_notes(Path(params.notes))
    ids = found.tests
    failed = set(notes.failed)
    if suite.last_failed and failed & set(ids):
        ids = [name for name in ids if name in failed]
    batches = plan(ids, notes.lasts_s, slots(), failed if suite.failed_first else ())
    return Plan(
        batches * suite.repeat, found.broken, found.root, found.ini, found.maxfail, found.junit
    )


class _Watch:
    """Reads a stream as it grows; `alive` says no, and `why`, when pytest must be killed."""

    def __init__(self, readline: Callable[[], bytes], timeout_s: float, round_: Round) -> None:
        self.found = Found()
        self.on_change: Callable[[Found], None] = lambda _found: None
        self.why = ""
        self._readline = readline
        self._timeout_s = timeout_s
        self._round = round_
        self._rest = b""
        self._began = time.monotonic()
        self._ended = 0.0
        self._stopped = 0.0
        self._traced = 0.0

    def read(self) -> None:
        """Fold in what is there."""
        is_new = False
        while line := self._readline():
            self._rest += line
            if self._rest.endswith(b"\n"):
                self.found.take(self._rest)
                self._rest = b""
                is_new = True
        if is_new:
            self.on_change(self.found)

    def alive(self) -> bool:
        """Read, and return False once a limit has passed."""
        self.read()
        now = time.monotonic()
        found = self.found
        if found.finished or found.interrupt:
            self._ended = self._ended or now
            return now - self._ended < END_LIMIT_S
        if not found.collected:
            if now - self._began < COLLECT_LIMIT_S:
                return True
            self.why = f"The suite was not collected within {COLLECT_LIMIT_S:g} s."
            return False
        if self._round.is_stopped():
            self._stopped = self._stopped or now
            if now - self._stopped > STOP_LIMIT_S:
                self.why = "The suite was stopped while this test ran."
                return False
        return self._in_time(now)

    def _in_time(self, now: float) -> bool:
        if not self.found.running or now - self.found.started < self._timeout_s:
            self._traced = 0.0
            return True
        self.why = f"The test timed out after {self._timeout_s:g} s and was killed."
        if not self._traced:
            self._traced = now
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.found.pid, signal.SIGABRT)  # pytest writes where it is
        return now - self._traced < TRACE_LIMIT_S


def _check_began(found: Found, ended: CommandResult, python: str, why: str) -> None:
    """Raise ItemFailed when pytest did not get as far as collecting."""
    if ended.code == suite_child.NO_PYTEST:
        if "'pytest'" in ended.stderr:
            text = f"{python} has no pytest. Type: {python} -m pip install pytest"
        else:
            text = f"{python} cannot import pytest: {ended.stderr}. Mend its installation."
        raise refuse(text)
    if ended.code == suite_child.OLD_PYTEST:
        least = ".".join(map(str, suite_child.LEAST_PYTEST))
        raise refuse(
            f"{python} has pytest {ended.stderr}; {least} or later is needed. "
            f"Type: {python} -m pip install -U pytest"
        )
    if not found.collected:
        code = ended.code if ended.code > 0 else 3
        text = why or f"pytest ended with {ended.code} before it had collected the tests."
        detail = {"exit_code": code}
        raise ItemFailed(
            ErrorInfo("command_failed", spoken(f"{text} {_said(ended)}"), detail=detail)
        )


def refuse(text: str) -> ItemFailed:
    """Return the error of a suite that cannot be run as asked: pytest's usage error."""
    return ItemFailed(ErrorInfo("bad_params", text, detail={"exit_code": 4}))


def _said(ended: CommandResult) -> str:
    said = (ended.stderr.strip() or ended.stdout.strip())[-2000:]
    return said.replace("\x00", "")


def _lost(found: Found, ended: CommandResult, why: str) -> Outcome:
    """Return the outcome of the test that ran when its process ended."""
    code = ended.code
    if not why and found.interrupt:
        why = (
            f"The test ended the whole run: {found.interrupt}\n"
            "There is no terminal here: a debugger or pytest.exit() cannot be used."
        )
    elif not why and code < 0:
        why = f"The process died with signal {-code} while this test ran."
    elif not why:
        why = f"The process ended with {code} while this test ran."
    trace = _trace(ended.stderr)
    lasted_s = time.monotonic() - found.started
    return Outcome(
        found.running,
        "failed",
        lasted_s,
        spoken(f"{why}\n{trace}".rstrip()),
        _where(trace, found),
        spoken(why.split("\n", 1)[0]),
    )


_OF_PYTEST = re.compile(rf'File ".*?/(_pytest|pluggy)/|{re.escape(suite_child.__file__)}')


def _trace(stderr: str) -> str:
    """Return what Python's fault handler wrote at the end, without the frames of pytest."""
    _, head, tail = stderr.rpartition("Fatal Python error")
    lines = (head + tail).partition("\nExtension modules")[0].splitlines() if head else []
    return "\n".join(line for line in lines if not _OF_PYTEST.search(line))[:4000]


def _where(trace: str, found: Found) -> str:
    """Return file:line of the innermost frame that is in the test's own file."""
    file = found.running.partition("::")[0]
    for path, line in re.findall(r'File "(.+?)", line (\d+) in', trace):
        if path == os.path.join(found.root, file):  # noqa: PTH118 - as text
            return f"{file}:{line}"
    return ""

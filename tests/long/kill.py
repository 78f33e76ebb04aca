"""200 rounds of kill -9 on the daemon or one of its workers, at random moments, under a mixed load.

Ten rounds make a group, in a home of its own: tasks that sleep, return and take large values, fan
out, maps of a function and of a command, with on_lost retry, hold and fail in turn, some of them
cancelled, submitted without pause while the kills go on. After each kill what the victim had
started must be gone within 3 s. After the last kill of a group every accepted task must reach a
state that its on_lost allows; each item of a map leaves a line in a log when it begins, so that
what ran is compared with what was recorded: none twice, unless a kill lies between and nothing was
recorded. At the end the daemon stops and no process, socket, unnamed spool file or shared memory
may be left. A group that was broken off is not judged.
"""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from revo_edge import Client
from revo_edge.clock import utc_now
from revo_edge.contract.tasks import TaskState
from revo_edge.errors import RevoError
from revo_edge.paths import Paths
from revo_edge.store.journal_read import JournalReader
from revo_edge.store.spool import Spool
from tests.harness import (
    ORPHAN_LIMIT_S,
    SHARED_MEMORY,
    alive,
    wait_for,
    what_remains,
)
from tests.long._effects import read_effects
from tests.long._load import LONG_S, Load
from tests.long._verdict import Committed, Kill, Verdict, judge
from tests.long.run import Round, Run
from tests.private import make_daemon, private_home

ROUNDS = 200
GROUP = 10
SETTLE_S = 90.0
DAEMON_SHARE = 0.5
LONGEST_WAIT_S = 1.5
LOG_LINES = 200
LOOK_BACK = 30
"""The newest maps; the older ones have ended, or were looked at before."""
HARMLESS_LOG = r"WARNING"
"""A kill may well be worth a warning; an error or a traceback is not allowed."""


def scenario(run: Run) -> Iterator[Round]:
    """Yield a round for each kill; the last of a group also judges the group."""
    numbers = run.numbers(ROUNDS)
    first = numbers.start
    while first < numbers.stop:
        after = min(numbers.stop, (first // GROUP + 1) * GROUP)
        yield from _group(run, range(first, after))
        first = after


def _group(run: Run, numbers: range) -> Iterator[Round]:
    with ExitStack() as stack:
        group = Group(stack.enter_context(private_home()), run.random(numbers.start))
        stack.callback(group.end)
        group.begin()
        for number in numbers[:-1]:
            yield group.kill(run.random(number))
        last = group.kill(run.random(numbers[-1]))
        verdict = group.settle()
        left = group.leftovers()
        broken = [*verdict.broken, *left]
        yield Round(
            ok=last.ok and not broken,
            note="; ".join([last.note, *broken[:3]]),
            facts={
                **last.facts,
                **verdict.facts(),
                **group.facts(),
                "left": left,
                "log": group.log() if broken else [],
            },
        )


class Group:
    """One home, its daemon and its load."""

    def __init__(self, paths: Paths, chance: random.Random) -> None:
        self._paths = paths
        self._folder = paths.home.parent / "user"
        self._folder.mkdir()
        self._daemon = make_daemon(paths)
        self._daemon.allow_log(HARMLESS_LOG)
        self._load = Load(paths, self._folder, chance)
        self._kills: list[Kill] = []
        self._committed: Committed = {}
        self._shared_memory = set(SHARED_MEMORY.iterdir())

    def begin(self) -> None:
        """Start the daemon and the load."""
        self._daemon.start()
        self._load.start()

    def end(self) -> None:
        """Stop what still runs."""
        self._load.stop()
        if self._daemon.running:
            self._daemon.kill()

    def facts(self) -> dict[str, Any]:
        """Return what was done in this group."""
        return {
            "asked": len(self._load.asked),
            "unanswered": self._load.unanswered,
            "killed_at": self._kills,
        }

    def kill(self, chance: random.Random) -> Round:
        """Kill the daemon or one worker; check that all it had started is gone."""
        _let_pass(chance.uniform(0.05, LONGEST_WAIT_S))
        self._look()
        if chance.random() < DAEMON_SHARE:
            return self._kill_daemon()
        with Client(self._paths) as revo:
            workers = [worker for worker in revo.workers().workers if worker.pid]
        return self._kill_worker(chance.choice(workers).pid) if workers else self._kill_daemon()

    def _kill_daemon(self) -> Round:
        before = utc_now()
        self._daemon.kill()
        began = time.monotonic()
        left = what_remains(lambda: [*self._daemon.orphans(), *self._strays()], ORPHAN_LIMIT_S)
        self._kills.append((before, utc_now()))
        gone_s = time.monotonic() - began
        began = time.monotonic()
        self._daemon.start()
        restart_s = time.monotonic() - began
        facts = {"gone_s": round(gone_s, 3), "restart_s": round(restart_s, 3)}
        return Round(ok=not left, note=f"daemon {_words(left)}".strip(), facts=facts)

    def _kill_worker(self, pid: int) -> Round:
        try:
            worker = psutil.Process(pid)
            tree = [worker, *worker.children(recursive=True)]
            before = utc_now()
            worker.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            return Round(ok=True, note="a worker that had just ended")
        began = time.monotonic()
        left = what_remains(lambda: [each for each in tree if alive(each)], ORPHAN_LIMIT_S)
        self._kills.append((before, utc_now()))
        facts = {"gone_s": round(time.monotonic() - began, 3), "tree": len(tree)}
        return Round(ok=not left, note=f"worker {_words(left)}".strip(), facts=facts)

    def _look(self) -> None:
        """Note which items have a recorded outcome before the kill: they must never run again."""
        maps = [asked.id for asked in list(self._load.asked.values()) if asked.items]
        with Client(self._paths) as revo:
            for task_id in maps[-LOOK_BACK:]:
                try:
                    page = revo.items(task_id)
                except RevoError:
                    continue  # its submission is not answered yet
                now = utc_now()
                for result in page.items:
                    self._committed.setdefault((task_id, result.index), now)

    def _strays(self) -> list[psutil.Process]:
        """Return processes that stand in the user's folder, whatever they call themselves."""
        return [each for each in psutil.process_iter() if _stands_in(each, self._folder)]

    def settle(self) -> Verdict:
        """Submit no more, wait until everything has come to its end, and judge."""
        self._load.stop()
        asked = list(self._load.asked.values())
        with Client(self._paths) as revo:
            for each in asked[:2]:  # the two that outlast the kills
                if each.spec.params.get("seconds") == LONG_S or each.items == 1:
                    each.cancelled = True
                    _cancel(revo, each.id)
            stuck = _unsettled(revo, SETTLE_S)
            ran = read_effects(self._load.log)
            verdict = judge(revo, asked, ran, self._kills, self._committed)
        verdict.broken += [f"{task_id}: stuck" for task_id in stuck]
        return verdict

    def leftovers(self) -> list[str]:
        """Stop the daemon and return, in words, what it leaves behind."""
        code = self._daemon.stop()
        strays = what_remains(lambda: [*self._daemon.orphans(), *self._strays()], ORPHAN_LIMIT_S)
        shared = set(SHARED_MEMORY.iterdir()) - self._shared_memory
        sockets = [path for path in self._paths.sockets.parent.rglob("*") if not path.is_dir()]
        ended = [] if code == 0 else [f"it ended with {code}"]
        endpoint = [self._paths.endpoint] if self._paths.endpoint.exists() else []
        found = [*ended, *strays, *shared, *sockets, *endpoint, *_spool_problems(self._paths)]
        return [str(each) for each in [*found, *self._daemon.unexpected_log()]]

    def log(self) -> list[str]:
        """Return the end of the daemon's log, for the report of a bad group."""
        return self._daemon.output().splitlines()[-LOG_LINES:]


def _spool_problems(paths: Paths) -> Iterator[str]:
    """Collect the spool as the daemon does, an hour later; then files and rows must agree."""
    journal = JournalReader(paths.journal)
    named = journal.blobs_in_use()
    journal.close()
    Spool(paths.spool).collect(named, 0, utc_now() + 7200)
    files = {path.name for path in paths.spool.iterdir()} - {"lock"}
    yield from (f"spool file {name} that no row names" for name in files - named)
    yield from (f"spool file {name} is named and missing" for name in named - files)


def _unsettled(revo: Client, timeout_s: float) -> list[str]:
    def waiting() -> list[str]:
        return [
            task.id
            for task in revo.tasks()
            if not task.state.final and task.state is not TaskState.HELD
        ]

    return what_remains(waiting, timeout_s)


def _cancel(revo: Client, task_id: str) -> None:
    try:
        revo.cancel(task_id, grace_s=0)
    except RevoError:
        return  # it has ended by losses


def _stands_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return alive(process) and process.cwd().startswith(str(folder))
    except (psutil.Error, OSError):
        return False


def _words(left: list[psutil.Process]) -> str:
    return f"left alive: {left}" if left else ""


def _let_pass(seconds: float) -> None:
    end = time.monotonic() + seconds
    wait_for(lambda: time.monotonic() >= end, seconds + 1)

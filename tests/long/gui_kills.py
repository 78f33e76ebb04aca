"""50 times kill -9 and restart of the daemon under load, with the desktop open.

After each restart the window must be live again within 5 s of the daemon being up, and what its
models show must be the daemon's own record: the same tasks in the same states, nothing missing.
A round is one kill; the page on screen changes with every round.
"""

import time
from collections.abc import Iterator
from typing import Any

from revo_edge.client.client import Client
from revo_edge.contract.digest import tasks_digest
from revo_edge.contract.tasks import TaskInfo
from revo_edge.paths import find_paths
from revo_gui.link import Presence
from revo_gui.views.window import MainWindow
from tests.long._stream import Load
from tests.long.run import Round, Run
from tests.private import private_daemon
from tests.window import desktop, pump

ROUNDS = 50
LIMIT_S = 5.0
JOIN_S = 15.0
RATE_PER_S = 300
PAGES = ("overview", "tasks", "events", "metrics", "recall")
LOST_S = 6.0
STILL_S = 20.0


def scenario(run: Run) -> Iterator[Round]:
    """Yield a round for each kill."""
    numbers = run.numbers(ROUNDS)
    with private_daemon() as daemon, desktop(find_paths()) as window:
        daemon.allow_log("WARNING")
        assert pump(lambda: window.link.presence is Presence.LIVE, JOIN_S)
        for number in numbers:
            window.go(PAGES[number % len(PAGES)])
            with Load(daemon.paths, RATE_PER_S):
                pump(lambda: False, run.random(number).uniform(0.3, 1.5))
                daemon.kill()
                lost = pump(lambda: window.link.presence is Presence.LOST, LOST_S)
                daemon.start()
                began = time.monotonic()
                back = pump(lambda: window.link.presence is Presence.LIVE, LIMIT_S)
                back_s = time.monotonic() - began
            yield _round(window, lost=lost, back=back, back_s=back_s)


def _round(window: MainWindow, *, lost: bool, back: bool, back_s: float) -> Round:
    """Compare what the window holds with what the daemon says, once nothing moves any more."""
    true = pump(lambda: _same(window), STILL_S)
    state = window.link.state()
    facts: dict[str, Any] = {
        "back_s": round(back_s, 3),
        "tasks": len(state.tasks),
        "gaps": window.link.counters.gaps,
        "complete": state.complete,
    }
    if not true:
        facts["differs"] = _differences(window)
    problems = [
        words
        for words, bad in (
            ("the loss was not shown", not lost),
            (f"not live after {LIMIT_S:g} s", not back),
            ("the window is not what the daemon says", not true),
            ("something is still missing", not state.complete),
        )
        if bad
    ]
    return Round(ok=not problems, note="; ".join(problems), facts=facts)


def _same(window: MainWindow) -> bool:
    """Tell whether the model holds the daemon's record, and nothing moves any more."""
    told = _told(window)
    still = all(info.state.final for info in told)
    return still and tasks_digest(window.parts.tasks.infos()) == tasks_digest(told)


def _told(window: MainWindow) -> tuple[TaskInfo, ...]:
    with Client(window.link.paths) as revo:
        return revo.state(streams=("task",)).tasks


def _differences(window: MainWindow) -> list[str]:
    """Return some tasks that the daemon, the mirror and the model do not hold alike."""
    told = {info.id: info for info in _told(window)}
    mirrored = window.link.state().tasks
    shown = {info.id: info for info in window.parts.tasks.infos()}
    odd = [i for i in {*told, *shown} if not told.get(i) == mirrored.get(i) == shown.get(i)]
    return [f"{told.get(i)} | {mirrored.get(i)} | {shown.get(i)}" for i in odd[:3]]

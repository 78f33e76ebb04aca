"""45 minutes of the desktop over a working daemon, with page changes: nothing may grow.

A round is a minute; `--rounds 5` watches for five. The window shows another page every 10 s, the
theme changes once a minute, a task's drawer and the palette are opened and closed, and about 200
messages a second come in. Memory, descriptors, threads and the objects of Qt and Python are
counted when the window stands on the overview. After the warm-up (20 of the 45 minutes, the same
share of a shorter run) the upper 95 % bound of the memory's slope must be under 1 MB/h and the
counts of objects must not have grown. The window runs in this process, the daemon apart.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import psutil
from PySide6.QtCore import QObject

from revo_edge.paths import find_paths
from revo_gui.link import Presence
from revo_gui.theme import Choice
from revo_gui.views.window import MainWindow
from tests.long._slope import fit
from tests.long._stream import Load
from tests.long.run import Round, Run
from tests.private import private_daemon
from tests.window import desktop, pump

MINUTES = 45
WARM_UP_SHARE = 20 / 45
PAGES = ("tasks", "events", "metrics", "recall", "overview", "tasks", "overview")
PAGE_S = 10.0
RATE_PER_S = 200
JOIN_S = 15.0
SLOPE_LIMIT_MB_PER_H = 1.0


class Look(msgspec.Struct, frozen=True):
    """The process at one time. `at_s` is monotonic."""

    at_s: float
    rss_mb: float
    fds: int
    threads: int
    qt_objects: int
    python_objects: int


def scenario(run: Run) -> Iterator[Round]:
    """Yield a round for each minute; the last one judges."""
    minutes = run.numbers(MINUTES)
    looks: list[Look] = []
    with (
        private_daemon() as daemon,
        Load(daemon.paths, RATE_PER_S),
        desktop(find_paths()) as window,
    ):
        assert pump(lambda: window.link.presence is Presence.LIVE, JOIN_S)
        for minute in minutes:
            _minute(window, minute)
            looks.append(_look(window))
            if minute != minutes[-1]:
                yield Round(ok=True, facts=msgspec.to_builtins(looks[-1]))
    yield _judge(looks)


def _minute(window: MainWindow, number: int) -> None:
    """Do what a person does in a minute."""
    for page in PAGES:
        window.go(page)
        if page == "tasks":
            tasks = list(window.link.state().tasks)
            if tasks:
                window.show_task(tasks[-1])
        pump(lambda: False, PAGE_S / 2)
        window.open_palette()
        pump(lambda: False, PAGE_S / 2)
        window.open_palette()
    window.parts.theme.choose(Choice.LIGHT if number % 2 else Choice.DARK)


def _look(window: MainWindow) -> Look:
    gc.collect()
    process = psutil.Process()
    return Look(
        at_s=time.monotonic(),
        rss_mb=process.memory_info().rss / 1e6,
        fds=process.num_fds(),
        threads=process.num_threads(),
        qt_objects=len(window.findChildren(QObject)),
        python_objects=len(gc.get_objects()),
    )


def _judge(looks: Sequence[Look]) -> Round:
    steady = looks[int(len(looks) * WARM_UP_SHARE) :]
    memory = fit([(look.at_s, look.rss_mb) for look in steady])
    facts: dict[str, Any] = {"minutes": len(looks), "rss": memory}
    problems = []
    if not memory["slope_upper_mb_per_h"] < SLOPE_LIMIT_MB_PER_H:
        problems.append(f"memory may grow {memory['slope_upper_mb_per_h']:.2f} MB/h")
    for what in ("fds", "threads", "qt_objects"):
        counts = [getattr(look, what) for look in steady]
        facts[what] = [counts[0], max(counts), counts[-1]]
        if counts[-1] > counts[0]:
            problems.append(f"{what} grew from {counts[0]} to {counts[-1]}")
    facts["python_objects"] = [steady[0].python_objects, steady[-1].python_objects]
    return Round(ok=not problems, note="; ".join(problems), facts=facts)

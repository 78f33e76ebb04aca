"""One scene of the desktop bench: `python -m tests.bench._window SCENE SECONDS PAGE`; prints JSON."""

import revo_edge.lean  # noqa: F401, I001 - first, as the desktop does
import sys
import time
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import msgspec
import psutil
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QMainWindow, QWidget

from revo_edge.clock import utc_now
from revo_edge.paths import find_paths
from revo_gui.link import Presence
from revo_gui.views.window import MainWindow
from tests.window import SIZE, Painted, Turns, application, desktop, pump

SETTLE_S = 3.0
JOIN_S = 15.0
PAGES = ("overview", "tasks", "events", "metrics", "recall")
Facts = dict[str, Any]


class First(QObject):
    """Notes when the first painting of a window has ended."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.after_s: float | None = None
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """See the first painting begin."""
        if event.type() == QEvent.Type.UpdateRequest and self.after_s is None:
            QTimer.singleShot(0, self._painted)
        return super().eventFilter(watched, event)

    def _painted(self) -> None:
        if self.after_s is None:
            self.after_s = utc_now() - psutil.Process().create_time()


def first(_seconds: float, _page: str) -> Facts:
    with desktop(find_paths()) as window:
        noted = First(window)
        pump(lambda: noted.after_s is not None, JOIN_S)
    return {"first_paint_s": noted.after_s}


def bare(_seconds: float, _page: str) -> Facts:
    application()
    window = QMainWindow()
    window.resize(*SIZE)
    noted = First(window)
    window.show()
    pump(lambda: noted.after_s is not None, JOIN_S)
    return {"first_paint_s": noted.after_s}


def watch(seconds: float, page: str) -> Facts:
    with desktop(find_paths()) as window:
        _settle(window, page)
        facts = {"cpu_percent": _cpu_percent(seconds), "rss_mb": _rss_mb()}
        for name in PAGES:
            window.go(name)
            pump(lambda: False, 1.0)
        return facts | {"pages_rss_mb": _rss_mb()}


def hidden(seconds: float, page: str) -> Facts:
    with desktop(find_paths()) as window:
        _settle(window, page)
        window.hide()
        return {"cpu_percent": _cpu_percent(seconds)}


def pixels(seconds: float, page: str) -> Facts:
    with desktop(find_paths()) as window:
        _settle(window, page)
        painted = Painted(window)
        cpu_percent = _cpu_percent(seconds)
        return {
            "latencies_ms": painted.latencies_ms,
            "cpu_percent": cpu_percent,
            "gaps": window.link.counters.gaps,
        }


def many(seconds: float, page: str) -> Facts:
    with desktop(find_paths()) as window:
        _settle(window, page)
        turns = Turns(window)
        pump(lambda: False, seconds)
        tasks = len(window.link.state().tasks)
        return {"cpu_ms": turns.cpu_ms, "wall_ms": turns.wall_ms, "tasks": tasks}


SCENES: MappingProxyType[str, Callable[[float, str], Facts]] = MappingProxyType(
    {scene.__name__: scene for scene in (first, bare, watch, hidden, pixels, many)}
)


def _settle(window: MainWindow, page: str) -> None:
    assert pump(lambda: window.link.presence is Presence.LIVE, JOIN_S), window.link.counters
    window.go(page)
    pump(lambda: False, SETTLE_S)


def _cpu_percent(seconds: float) -> float:
    process = psutil.Process()
    before, began = process.cpu_times(), time.monotonic()
    pump(lambda: False, seconds)
    after, took_s = process.cpu_times(), time.monotonic() - began
    used_s = after.user + after.system - before.user - before.system
    return used_s / took_s * 100


def _rss_mb() -> float:
    return psutil.Process().memory_info().rss / 1e6


if __name__ == "__main__":
    scene, length, shown = sys.argv[1:]
    sys.stdout.buffer.write(msgspec.json.encode(SCENES[scene](float(length), shown)))

"""The desktop's window over a real daemon, offscreen, for benches and long runs."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from revo_edge.clock import utc_now
from revo_edge.contract.requests import StreamEvent
from revo_edge.paths import Paths
from revo_gui.heap import bound_malloc, keep_small
from revo_gui.link import Frame, Link, Missed
from revo_gui.theme import Choice, Theme, load_fonts
from revo_gui.views.window import MainWindow

SIZE = (1600, 960)
_LOOK_MS = 20
_TURN_MS = 5
_BUSY_MS = 1.0


def application() -> QApplication:
    """Return the one application of this process."""
    bound_malloc()
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else QApplication(["desktop"])


@contextmanager
def desktop(paths: Paths, theme: Choice = Choice.DARK) -> Iterator[MainWindow]:
    """Open the window of the daemon that serves these paths."""
    application()
    load_fonts()
    style = Theme(theme)
    style.apply()
    link = Link(paths)
    window = MainWindow(link, style, None)
    keep_small(window)
    window.resize(*SIZE)
    window.show()
    try:
        yield window
    finally:
        window.close()
        link.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def pump(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Run Qt's loop until the condition holds, or the time is up; return whether it held."""
    if condition():
        return True
    loop = QEventLoop()
    timer = QTimer(interval=_LOOK_MS)
    timer.timeout.connect(lambda: loop.exit(1) if condition() else None)
    QTimer.singleShot(round(timeout_s * 1000), loop.quit)
    timer.start()
    held = loop.exec() == 1
    timer.stop()
    return held


class Painted(QObject):
    """Measures each message from its publishing to the end of the painting that shows it.

    The daemon's clock is this machine's. A repaint begins with an UpdateRequest of the window;
    what is queued then comes when it has ended.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.latencies_ms: list[float] = []
        self._waiting: list[StreamEvent] = []
        window.installEventFilter(self)
        window.link.frame.connect(self._note)

    def _note(self, frame: Frame) -> None:
        self._waiting += [line for line in frame.lines if not isinstance(line, Missed)]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """See a repaint begin."""
        if event.type() == QEvent.Type.UpdateRequest and self._waiting:
            QTimer.singleShot(0, self._painted)
        return super().eventFilter(watched, event)

    def _painted(self) -> None:
        now = utc_now()
        self.latencies_ms += [(now - found.event.ts) * 1000 for found in self._waiting]
        self._waiting.clear()


class Turns(QObject):
    """Measures how long the Qt thread is busy at a stretch: a key typed then waits so long.

    `wall_ms` counts what the machine's other work adds, `cpu_ms` does not. Stretches of less than
    1 ms do not count.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.wall_ms: list[float] = []
        self.cpu_ms: list[float] = []
        self._last = (time.perf_counter(), time.thread_time())
        self._timer = QTimer(self, interval=_TURN_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = (time.perf_counter(), time.thread_time())
        wall_ms, cpu_ms = ((now[n] - self._last[n]) * 1000 for n in (0, 1))
        self._last = now
        if cpu_ms >= _BUSY_MS:
            self.wall_ms.append(max(0.0, wall_ms - _TURN_MS))
            self.cpu_ms.append(cpu_ms)

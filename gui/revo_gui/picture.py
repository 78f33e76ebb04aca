"""`revo gui --screenshot`: waits until the window is true, draws it, and ends."""

import sys
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer
from PySide6.QtWidgets import QWidget

from revo_gui.link import Link, Presence

LIMIT_S = 10.0
_LOOK_MS = 50
_SETTLED_S = 1.2
"""One second's samples, and what the page asked for when it was shown."""


class Picture(QObject):
    """Saves `window` as a PNG once its link is live and settled; then ends the application."""

    def __init__(self, window: QWidget, link: Link, file: Path) -> None:
        super().__init__(window)
        self._window = window
        self._link = link
        self._file = file
        self._until = time.monotonic() + LIMIT_S
        self._live_at: float | None = None
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def begin(self) -> None:
        """Wait for the daemon, at most 10 s: then the picture shows what is known without it."""
        self._timer.start()

    def _look(self) -> None:
        now = time.monotonic()
        if self._link.presence is Presence.LIVE and self._live_at is None:
            self._live_at = now
        settled = self._live_at is not None and now - self._live_at >= _SETTLED_S
        if settled or now >= self._until:
            self._timer.stop()
            QCoreApplication.exit(self._draw())

    def _draw(self) -> int:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._window.grab().save(str(self._file), "PNG"):
            return 0
        sys.stderr.write(f"error: {self._file} cannot be written. Choose another path.\n")
        return 1

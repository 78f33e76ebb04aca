"""One window for each REVO_HOME: the first one listens, a later one asks it to come forward."""

import fcntl
import os
import socket
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, Signal

from revo_edge.paths import Paths, private_dir

ANSWER_LIMIT_S = 2.0
_PATIENCE_S = 0.1
"""How long the window waits for a word of somebody who has connected."""
_MOST_BYTES = 64
_YES = b"ok\n"


def window_socket(paths: Paths) -> Path:
    """Return where the window of this home listens; the folder is private to the user."""
    return private_dir(paths.sockets) / "w"


class SingleInstance(QObject):
    """The claim to be the one window. The kernel gives it back however the process ends."""

    asked = Signal(str)
    """Another `revo gui` wants this page on screen."""

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._lock: int | None = None
        self._listener: socket.socket | None = None
        self._notifier: QSocketNotifier | None = None

    def claim(self) -> bool:
        """Become the one window; False when there is one already."""
        # a lock decides, not the socket: two that found it stale could both take it over
        lock = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        self._listen()
        return True

    def send(self, page: str) -> bool:
        """Ask the one window to show a page; False when it does not answer within 2 s."""
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(ANSWER_LIMIT_S)
            try:
                peer.connect(str(self._path))
                peer.sendall(f"show {page}\n".encode())
                return peer.recv(len(_YES)) == _YES
            except OSError:
                return False

    def close(self) -> None:
        """Give the claim back."""
        if self._notifier is not None and self._listener is not None:
            self._notifier.setEnabled(False)
            self._notifier = None
            self._path.unlink(missing_ok=True)
            self._listener.close()
            self._listener = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _listen(self) -> None:
        self._path.unlink(missing_ok=True)  # of a window that was killed
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen()
        self._listener.setblocking(False)
        self._notifier = QSocketNotifier(self._listener.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._answer)

    def _answer(self) -> None:
        if self._listener is None:
            return
        try:
            peer, _ = self._listener.accept()
        except OSError:  # it has given up
            return
        with peer:
            peer.settimeout(_PATIENCE_S)
            try:
                said = peer.recv(_MOST_BYTES).decode(errors="replace")
                peer.sendall(_YES)
            except OSError:
                return
        word, _, page = said.strip().partition(" ")
        if word == "show":
            self.asked.emit(page)

"""Ctrl+C and TERM close the window as its close button does."""

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication

CAUGHT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130


class QuitOnSignal(QObject):
    """Ends the application's loop when the terminal or the system asks; Ctrl+C gives 130.

    Python runs its handlers between bytecodes, and Qt's loop runs none while it waits: so the
    interpreter also writes the number into a socket, which wakes the loop. No timer polls.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._old_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._old = {
            number: signal.signal(number, _nothing)
            for number in CAUGHT
            if signal.getsignal(number) is not signal.SIG_IGN  # `nohup` and `&` mean it
        }
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._quit)

    def close(self) -> None:
        """Put everything back as it was."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._old_fd)
        for number, handler in self._old.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    def _quit(self) -> None:
        numbers = self._reader.recv(64)
        if not set(numbers) & set(self._old):
            return
        self._application.closeAllWindows()
        self._application.exit(INTERRUPTED if signal.SIGINT in numbers else 0)


def _nothing(number: int, frame: FrameType | None) -> None:
    """A signal that is handled at all is written into the socket: the rest happens there."""

"""What Qt says on stderr, without what it only says because there is no screen."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_NOISE = re.compile(r"This plugin does not support (propagateSizeHints|raise|.*[wW]indow.*)\b")
"""An offscreen window has no frame that could be raised or told its least size."""


@contextmanager
def offscreen_messages() -> Iterator[None]:
    """Within this block Qt's messages are written without the noise."""
    before = qInstallMessageHandler(_write)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


def _write(_kind: QtMsgType, _where: QMessageLogContext, text: str) -> None:
    if not _NOISE.match(text):
        sys.stderr.write(f"{text}\n")

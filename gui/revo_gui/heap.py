"""Keeps the window's memory where it was: what glibc and Python's collector would let grow."""

import contextlib
import ctypes
import gc

from PySide6.QtCore import QObject, QTimer

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -2, -3, -8
_LARGE_BYTES = 128 * 1024
_TRIM_MS = 30_000
"""How often free pages are given back; it takes about 2 ms."""
_SETTLED_MS = 5_000
"""By then the first pages are there, and what was made for them stays."""


def bound_malloc() -> None:
    """Have glibc give large blocks back to the system; call it before anything is made.

    By itself it raises the size from which it does so with every block that is freed, up to 32 MB:
    pictures and charts then come from the heap, which they leave full of holes. Other systems'
    allocators are left as they are.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TOP_PAD, _LARGE_BYTES // 2)
        mallopt(_M_ARENA_MAX, 1)


def keep_small(window: QObject) -> None:
    """Take what is there after the start out of later collections, and give free pages back.

    A full collection waits until the objects have grown by a quarter; of the window's 100,000 that
    would be some megabytes of garbage at a time. A heap never shrinks by itself below a block that
    is in use, so each peak would stay.
    """
    QTimer.singleShot(_SETTLED_MS, window, _settle)
    timer = QTimer(window, interval=_TRIM_MS)
    timer.timeout.connect(_trim)
    timer.start()


def _settle() -> None:
    gc.collect()
    gc.freeze()


def _trim() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)

"""The window's heap: large blocks go back to the system, and what stays is not looked through."""

import gc
import platform
import subprocess
import sys

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from revo_gui import heap

# once 4 MB were freed, does a block of 3 MB still come from the system by itself?
_CHURN = """
import ctypes
from revo_gui.heap import bound_malloc
if {bound}:
    bound_malloc()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
class Figures(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "abc" "def" "ghij"]
libc.mallinfo2.restype = Figures
libc.free(libc.malloc(4 << 20))
before = libc.mallinfo2().d
libc.malloc(3 << 20)
print(libc.mallinfo2().d - before)
"""


def own_blocks(*, bound: bool) -> int:
    """Return how many blocks came from the system by themselves."""
    code = _CHURN.format(bound=bound)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_large_blocks_come_from_the_system_and_go_back_to_it() -> None:
    assert (own_blocks(bound=True), own_blocks(bound=False)) == (1, 0)


def test_free_pages_are_given_back_from_time_to_time(qtbot: QtBot) -> None:
    window = QObject()
    heap.keep_small(window)
    (timer,) = [each for each in window.findChildren(QTimer) if not each.isSingleShot()]
    with qtbot.waitSignal(timer.timeout):
        timer.setInterval(0)
    window.deleteLater()


def test_what_is_there_after_the_start_is_frozen(qtbot: QtBot) -> None:
    window = QObject()
    before = gc.get_freeze_count()
    try:
        heap._settle()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()
        window.deleteLater()
    qtbot.wait(0)

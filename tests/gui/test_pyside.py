"""The PySide6 that is installed can be trusted with what the desktop does all day."""

import sys

import pytest
from PySide6.QtCore import QObject, Signal

EMITS = 5_000


class Bell(QObject):
    rung = Signal()


@pytest.mark.usefixtures("qapp")
def test_a_signal_takes_no_reference_that_it_does_not_own() -> None:
    """PySide6 6.12.0 on Python 3.11 drops one of True at each emit, and aborts soon after."""
    bell = Bell()
    before = [sys.getrefcount(one) for one in (True, None)]
    for _ in range(EMITS):
        bell.rung.emit()
    after = [sys.getrefcount(one) for one in (True, None)]
    assert all(abs(b - a) < EMITS / 50 for b, a in zip(before, after, strict=True))

import pytest
from PySide6.QtCore import qWarning

from revo_gui.messages import offscreen_messages


def test_only_what_offscreen_brings_with_it_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    with offscreen_messages():
        qWarning("This plugin does not support propagateSizeHints()")
        qWarning("This plugin does not support raise()")
        qWarning("QPainter::begin: Paint device returned engine == 0")
    assert capsys.readouterr().err == "QPainter::begin: Paint device returned engine == 0\n"

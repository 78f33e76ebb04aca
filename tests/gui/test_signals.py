"""Signals of the terminal end a real application at once and in order."""

import signal
import subprocess
import sys

import pytest

DEFAULTS = """
import signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)  # whatever the shell of the tests has switched off
"""
WINDOW = """
import signal, sys
from PySide6.QtWidgets import QApplication, QWidget
from revo_gui.signals import QuitOnSignal

class Window(QWidget):
    def closeEvent(self, event):
        print("closed", flush=True)

application = QApplication([])
caught = QuitOnSignal(application)
window = Window()
window.show()
print("open", flush=True)
code = application.exec()
caught.close()
sys.exit(code)
"""


def opened(before: str = "") -> subprocess.Popen[str]:
    window = subprocess.Popen(
        [sys.executable, "-c", DEFAULTS + before + WINDOW],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert window.stdout is not None
    assert window.stdout.readline() == "open\n", window.communicate()[1]
    return window


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)]
)
def test_a_signal_closes_the_window_and_then_ends_the_program(number: int, code: int) -> None:
    window = opened()
    window.send_signal(number)
    assert window.communicate(timeout=5) == ("closed\n", "")
    assert window.returncode == code


def test_what_the_shell_has_switched_off_stays_off() -> None:
    window = opened("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n")
    window.send_signal(signal.SIGINT)
    window.send_signal(signal.SIGTERM)
    assert window.communicate(timeout=5) == ("closed\n", "")
    assert window.returncode == 0


def test_other_signals_of_the_program_do_not_end_it() -> None:
    window = opened("import signal; signal.signal(signal.SIGUSR1, lambda *_: None)\n")
    window.send_signal(signal.SIGUSR1)
    window.send_signal(signal.SIGINT)
    assert window.communicate(timeout=5) == ("closed\n", "")
    assert window.returncode == 130

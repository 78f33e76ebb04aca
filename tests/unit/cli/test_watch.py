import os
import signal

import pytest

from revo_edge.cli.watch import undisturbed


def test_ctrl_c_waits_until_the_block_has_ended() -> None:
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt), undisturbed():
        done += _press_and_go_on()
    assert done == [1]


def _press_and_go_on() -> list[int]:
    os.kill(os.getpid(), signal.SIGINT)
    return [1]


def test_an_ignored_ctrl_c_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)

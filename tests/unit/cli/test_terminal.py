import signal
import sys

import pytest

from revo_edge.cli.terminal import decode
from tests.unit.cli.tty import Tty

LOOP = """
from revo_edge.cli.terminal import Terminal
with Terminal() as terminal:
    while True:
        terminal.draw([f"size {terminal.size()}", "second"])
        for key in terminal.keys(60):
            if key == "x":
                raise ValueError("a crash")
            if key == "q":
                raise SystemExit(0)
            if key == "ctrl-z":
                terminal.suspend()
            terminal.draw([key])
"""
LOOPING = (sys.executable, "-c", LOOP)


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"jk", ["j", "k"]),
        (b"\x1b[A\x1b[B\x1bOA", ["up", "down", "up"]),
        (b"\x1b[5~\x1b[6~\x1b[H\x1b[F", ["pageup", "pagedown", "home", "end"]),
        (b"\x1b", ["escape"]),
        (b"\x1bq", ["escape", "q"]),
        (b"\r\n\x7f\x08\x1a", ["enter", "enter", "backspace", "backspace", "ctrl-z"]),
        (b"\x1b[1;5Cq", ["q"]),
        (b"\x1b[200~", []),
        ("é日".encode(), ["é", "日"]),
        (b"\xff\x01\x1b[", []),
        (b"", []),
    ],
)
def test_bytes_become_keys(data: bytes, keys: list[str]) -> None:
    assert decode(data) == keys


@pytest.mark.parametrize(
    ("key", "number", "code"),
    [
        ("q", None, 0),
        ("x", None, 1),
        ("\x03", None, -signal.SIGINT),
        ("", signal.SIGTERM, 143),
    ],
)
def test_every_way_out_leaves_the_terminal_as_it_was(
    key: str, number: signal.Signals | None, code: int
) -> None:
    with Tty(LOOPING) as tty:
        tty.shows("size (100, 30)", "second")
        assert not tty.restored
        if number is not None:
            tty.process.send_signal(number)
        tty.type(key)
        assert tty.ends() == code
        assert tty.restored


def test_a_new_size_is_drawn_at_once() -> None:
    with Tty(LOOPING) as tty:
        tty.shows("size (100, 30)")
        tty.resize(40, 24)
        tty.shows("size (40, 24)")
        tty.type("q")
        assert tty.ends() == 0


def test_ctrl_z_gives_the_terminal_back_until_it_goes_on() -> None:
    with Tty(LOOPING) as tty:
        tty.shows("second")
        tty.type("\x1a")
        tty.waits(lambda: tty.restored)
        tty.process.send_signal(signal.SIGCONT)
        tty.waits(lambda: not tty.restored)
        tty.shows("second")
        tty.type("q")
        assert tty.ends() == 0
        assert tty.restored

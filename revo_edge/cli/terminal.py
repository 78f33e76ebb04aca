"""A raw terminal: keys in, changed lines out, and everything as it was on every way out."""

import contextlib
import os
import select
import signal
import sys
import termios
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Self

ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
"""The alternate screen, without a cursor and without wrapping, empty."""
LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
TERMINATED = 128 + signal.SIGTERM
SMALLEST = (20, 5)
"""Columns and rows below which nothing sensible can be drawn; more is drawn than can be seen."""
_READ_BYTES = 1024
_REST_S = 0.05
"""How long the rest of a key's bytes may take to come: ssh may cut them apart."""

KEYS = {
    b"\x1b[A": "up",
    b"\x1b[B": "down",
    b"\x1bOA": "up",
    b"\x1bOB": "down",
    b"\x1b[5~": "pageup",
    b"\x1b[6~": "pagedown",
    b"\x1b[H": "home",
    b"\x1b[F": "end",
    b"\x1bOH": "home",
    b"\x1bOF": "end",
    b"\x1b[1~": "home",
    b"\x1b[4~": "end",
    b"\r": "enter",
    b"\n": "enter",
    b"\x7f": "backspace",
    b"\x08": "backspace",
    b"\x1a": "ctrl-z",
}
_LONGEST = max(map(len, KEYS))


def decode(data: bytes) -> list[str]:
    """Return the keys that these bytes are; unknown sequences are no keys."""
    found: list[str] = []
    while data:
        size = next((n for n in range(_LONGEST, 0, -1) if data[:n] in KEYS), 0)
        if size:
            found.append(KEYS[data[:size]])
        elif data[:1] == b"\x1b":
            size = _sequence(data)
            found += ["escape"] if size == 1 else []
        else:
            size = _character(data)
            found += [char for char in data[:size].decode(errors="ignore") if char.isprintable()]
        data = data[size:]
    return found


def _sequence(data: bytes) -> int:
    """Return the length of an escape sequence; 1 for the key Escape itself."""
    if data[1:2] == b"O":
        return min(3, len(data))
    if data[1:2] != b"[":
        return 1
    return next((n for n, byte in enumerate(data[2:], 3) if 0x40 <= byte <= 0x7E), len(data))


def _character(data: bytes) -> int:
    """Return how many bytes the first character has in UTF-8."""
    return next((n for n, byte in enumerate(data[1:], 1) if not 0x80 <= byte < 0xC0), len(data))


class Terminal:
    """The terminal of stdin and stdout, in a `with`.

    Ctrl+C raises KeyboardInterrupt as ever, SIGTERM raises SystemExit, so that both pass through
    `__exit__`. Ctrl+Z comes as a key: call `suspend`.
    """

    def __init__(self) -> None:
        self._in = sys.stdin.fileno()
        self._out = sys.stdout.fileno()
        self._before: list[Any] = []
        self._shown: list[str] = []
        self._handlers: dict[int, Any] = {}
        self._wakes, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        self._before = termios.tcgetattr(self._in)
        handlers: dict[int, Callable[[int, FrameType | None], None]] = {
            signal.SIGWINCH: lambda _number, _frame: self.wake(resized=True),
            signal.SIGTERM: lambda _number, _frame: sys.exit(TERMINATED),
        }
        self._handlers = {n: signal.signal(n, handler) for n, handler in handlers.items()}
        self._begin()
        return self

    def __exit__(self, *exc: object) -> None:
        self._end()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        for fd in (self._wakes, self._waker):
            os.close(fd)
        self._waker = -1  # its number may be given to another file

    def size(self) -> tuple[int, int]:
        """Return columns and rows."""
        found = os.get_terminal_size(self._out)
        return max(found.columns, SMALLEST[0]), max(found.lines, SMALLEST[1])

    def wake(self, *, resized: bool = False) -> None:
        """End a `keys` that waits; may be called from any thread and from a signal."""
        if resized:
            self._shown = []
        with contextlib.suppress(BlockingIOError, OSError):
            os.write(self._waker, b"\0")

    def keys(self, timeout_s: float) -> list[str]:
        """Return the keys pressed; none after the timeout, a `wake` or a change of the size.

        Raises EOFError when the terminal is gone.
        """
        ready, _, _ = select.select([self._in, self._wakes], [], [], max(0.0, timeout_s))
        if self._wakes in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wakes, _READ_BYTES)
        if self._in not in ready:
            return []
        data = os.read(self._in, _READ_BYTES)
        if not data:
            raise EOFError
        while data.endswith((b"\x1b", b"\x1b[", b"\x1bO")) and self._more():
            data += os.read(self._in, _READ_BYTES)
        return decode(data)

    def draw(self, lines: Sequence[str]) -> None:
        """Show these lines from the top; only those that differ are written."""
        parts = [] if self._shown else ["\x1b[2J"]
        old = self._shown + [""] * (len(lines) - len(self._shown))
        # erased first: after a full line the cursor stands on its last column
        for row, line in enumerate(lines):
            if not self._shown or line != old[row]:
                parts.append(f"\x1b[{row + 1};1H\x1b[K{line}\x1b[0m")
        if len(lines) < len(self._shown):
            parts.append(f"\x1b[{len(lines) + 1};1H\x1b[J")
        self._shown = list(lines)
        self._write("".join(parts))

    def suspend(self) -> None:
        """Stop as Ctrl+Z does, and go on with a whole screen at `fg`."""
        self._end()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._begin()

    def _begin(self) -> None:
        raw = termios.tcgetattr(self._in)
        raw[3] &= ~(termios.ECHO | termios.ICANON)
        raw[6][termios.VSUSP] = b"\0"
        raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._in, termios.TCSAFLUSH, raw)
        self._shown = []
        self._write(ENTER)

    def _end(self) -> None:
        with contextlib.suppress(OSError, termios.error):  # the terminal may be gone
            self._write(LEAVE)
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(self._in, termios.TCSAFLUSH, self._before)

    def _more(self) -> bool:
        return bool(select.select([self._in], [], [], _REST_S)[0])

    def _write(self, text: str) -> None:
        data = memoryview(text.encode(errors="replace"))
        while data:
            data = data[os.write(self._out, data) :]

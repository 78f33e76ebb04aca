"""A program in a real pseudo terminal, and the screen it draws."""

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from typing import Self

from tests.harness import wait_for

REVO = (sys.executable, "-m", "revo_edge")
_CODE = re.compile(r"\x1b\[(\??[\d;]*)([A-Za-z])|\x1b(?!\[)")
_CUT = re.compile(r"\x1b(?:\[[\d;?]*)?$")
"""A code whose end has not come yet."""


class Tty:
    """A terminal of some size with a program in it; `text` is what a person sees."""

    def __init__(self, argv: Sequence[str], columns: int = 100, rows: int = 30) -> None:
        self.raw = ""
        self.lines: list[str] = [""]
        self._row = self._column = 0
        self._rest = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._master, self._slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self._slave)
        self.process = subprocess.Popen(
            argv,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            # makes it the controlling terminal, so that Ctrl+C is a signal
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one system call
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)

    @property
    def text(self) -> str:
        """The screen now."""
        while select.select([self._master], [], [], 0)[0]:
            self._feed(os.read(self._master, 65536))
        return "\n".join(line.rstrip() for line in self.lines)

    @property
    def restored(self) -> bool:
        """Whether modes, cursor, wrapping and the screen are as they were."""
        assert self.text is not None
        modes = termios.tcgetattr(self._slave) == self.before
        return modes and self.raw.rfind("\x1b[?1049l") > self.raw.rfind("\x1b[?1049h") > -1

    def shows(self, *parts: str, timeout_s: float = 10.0) -> str:
        """Wait until all parts are on the screen; return it."""
        self.waits(lambda: all(part in self.text for part in parts), timeout_s)
        return self.text

    def waits(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Wait for a condition; fail with the screen."""
        try:
            wait_for(condition, timeout_s)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text}") from None

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the size; the kernel tells the program."""
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def ends(self) -> int:
        """Wait for the end; return the exit code. The screen is read meanwhile."""
        self.waits(lambda: (self.text, self.process.poll())[1] is not None)
        return self.process.wait()

    def _feed(self, data: bytes) -> None:
        text = self._rest + self._decoder.decode(data)
        cut = _CUT.search(text)
        self._rest = text[cut.start() :] if cut else ""
        text = text[: cut.start()] if cut else text
        self.raw += text
        at = 0
        for code in _CODE.finditer(text):
            self._write(text[at : code.start()])
            self._obey(code[1] or "", code[2] or "")
            at = code.end()
        self._write(text[at:])

    def _obey(self, numbers: str, letter: str) -> None:
        if letter == "H":
            self._row, self._column = int(numbers.split(";", maxsplit=1)[0]) - 1, 0
            self.lines += [""] * (self._row + 1 - len(self.lines))
        elif letter == "J" and numbers == "2":
            self.lines, self._row, self._column = [""], 0, 0
        elif letter == "J":
            del self.lines[self._row :]
            self.lines += [""]
        elif letter == "K":
            self.lines[self._row] = self.lines[self._row][: self._column]

    def _write(self, text: str) -> None:
        for char in text:
            if char == "\n":
                self._row, self._column = self._row + 1, 0
                self.lines += [""] * (self._row + 1 - len(self.lines))
            elif char != "\r":
                line = self.lines[self._row]
                self.lines[self._row] = line[: self._column] + char + line[self._column + 1 :]
                self._column += 1

"""Fingerprints of one file: a hash for each line at which a duplicate may begin.

The hash is of a window of whole lines: as many from this one on as hold `MIN_TOKENS` and
`MIN_LINES`. Equal hashes at two places are a duplicate of that length; equal hashes at the lines
that follow make it longer. Lines without code (blank, comments, imports) are not there at all.
"""

import sys
import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

import msgspec

MIN_TOKENS = 50
"""A duplicate has at least so many tokens."""
MIN_LINES = 6
"""A duplicate has at least so many lines with code."""
MIN_KINDS = 9
"""A window with fewer kinds of tokens is a table of values or a list of calls that look alike."""

_PRIME = 2**63 - 25  # a hash is the window, read as a number, modulo this; one bit is left
_LONGEST = 8  # windows over longer lines than so many times MIN_TOKENS are generated text


class Prints(msgspec.Struct, frozen=True):
    """The fingerprints of a file's lines with code; read them with `open_prints`."""

    path: str
    lines: int
    hashes: bytes
    marks: bytes
    shape: bytes


class CodeLines(msgspec.Struct, frozen=True):
    """The lines with code of one file: their numbers, tokens, checksums, and hashes of their windows.

    There are fewer hashes than lines: no window begins near the end. An odd hash is of a window
    that has too few kinds of tokens to be a duplicate on its own.
    """

    path: str
    numbers: Sequence[int]
    tokens: Sequence[int]
    marks: Sequence[int]
    hashes: Sequence[int]

    def end(self, start: int) -> int:
        """Return the last line (an index) of the window that begins with a line."""
        tokens, end = 0, start
        while tokens < MIN_TOKENS or end - start < MIN_LINES:
            tokens += self.tokens[end]
            end += 1
        return end - 1


def make_prints(path: str, lines: Sequence[str]) -> Prints:
    """Fingerprint the lines of a file, given as the lexer returns them."""
    numbers = [number for number, kinds in enumerate(lines, 1) if kinds]
    code = [lines[number - 1].encode("latin-1") for number in numbers]
    tokens = list(map(len, code))
    shape = array("I", [b - a for a, b in zip([0, *numbers], numbers, strict=False)] + tokens)
    hashes = array("Q", _hash_windows(b"".join(code), tokens))
    marks = array("I", map(zlib.crc32, code))
    small = zlib.compress(_bytes(shape), 1)
    return Prints(path, len(code), _bytes(hashes), _bytes(marks), small)


def _hash_windows(code: bytes, tokens: Sequence[int]) -> list[int]:
    hashes: list[int] = []
    first = last = 0  # where the window begins and ends in the code
    end = 0  # the line after the window
    for start, length in enumerate(tokens):
        while end < len(tokens) and (last - first < MIN_TOKENS or end - start < MIN_LINES):
            last += tokens[end]
            end += 1
        if last - first < MIN_TOKENS or end - start < MIN_LINES:
            break
        hashes.append(_hash(code[first:last]))
        first += length
    return hashes


def _hash(window: bytes) -> int:
    is_weak = len(set(window)) < MIN_KINDS or len(window) > _LONGEST * MIN_TOKENS
    return (int.from_bytes(window, "little") % _PRIME) << 1 | is_weak


def read_hashes(prints: Prints) -> Sequence[int]:
    """Return only the hashes."""
    return _array("Q", prints.hashes)


def open_prints(prints: Prints) -> CodeLines:
    """Read the fingerprints back; raise ValueError when they are damaged."""
    try:
        shape = _array("I", zlib.decompress(prints.shape))
    except zlib.error as error:
        raise ValueError(f"the fingerprints of {prints.path} are damaged") from error
    numbers = list(accumulate(shape[: prints.lines]))
    marks = _array("I", prints.marks)
    return CodeLines(prints.path, numbers, shape[prints.lines :], marks, read_hashes(prints))


def _bytes(numbers: "array[int]") -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _array(kind: Literal["I", "Q"], content: bytes) -> "array[int]":
    numbers = array(kind, content)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers

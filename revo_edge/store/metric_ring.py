"""The file of the last 24 hours of metrics: a ring with a slot for each minute of a day.

A minute always has the same slot, so the file never grows beyond its 1,441 pages and nothing is
ever deleted. Each slot carries a checksum: one that was torn, or is of another day, reads as a
gap, and so does a file that cannot be read at all. A program that is killed loses at most the
minute that it had not written.
"""

import contextlib
import os
import struct
from array import array
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import msgspec

from revo_edge.contract.history import KEPT_MINUTES, MINUTE_S, Minute, Stat

SLOT_BYTES = 4_096
"""Room for twelve engines; also what the file system writes at once."""
_MAGIC = b"revo metrics 1\n"
_HEAD = struct.Struct("<II")
"""Checksum and length of what follows."""
_NONE = float("nan")


class _Row(msgspec.Struct, array_like=True):
    """A minute on disk: by source its values as 32-bit floats, three a field."""

    at: int
    sources: dict[str, bytes]


_rows = msgspec.msgpack.Decoder(_Row)


class MetricRing:
    """Reads and writes the ring; belongs to one thread. The file is made by the first write."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, minute: Minute) -> list[str]:
        """Write a minute in its slot; return the sources there was no room for. Raises OSError."""
        payload, left_out = _encode(minute)
        slot = _HEAD.pack(crc32(payload), len(payload)) + payload
        file = self._open()
        try:
            os.pwrite(file, slot, _place(minute.at))
        finally:
            os.close(file)
        return left_out

    def read(self, first: int, last: int) -> list[Minute]:
        """Return the minutes from `first` to `last` (UTC epoch seconds) that are on disk."""
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return []
        try:
            if os.pread(file, len(_MAGIC), 0) != _MAGIC:
                return []
            return list(_minutes(file, first, last))
        except OSError:
            return []
        finally:
            os.close(file)

    def _open(self) -> int:
        """Open the file for writing; one that is not ours is begun anew."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with contextlib.ExitStack() as closing:
            closing.callback(os.close, file)
            if os.pread(file, len(_MAGIC), 0) != _MAGIC:
                os.ftruncate(file, 0)
                os.pwrite(file, _MAGIC, 0)
            closing.pop_all()
        return file


def _place(at: int) -> int:
    return (1 + at // MINUTE_S % KEPT_MINUTES) * SLOT_BYTES


def _minutes(file: int, first: int, last: int) -> Iterator[Minute]:
    for at in range(first, last + 1, MINUTE_S):
        found = _decode(os.pread(file, SLOT_BYTES, _place(at)))
        if found is not None and found.at == at:
            yield found


def _encode(minute: Minute) -> tuple[bytes, list[str]]:
    sources = {source: _pack(stats) for source, stats in minute.sources.items()}
    left_out: list[str] = []
    while True:
        payload = msgspec.msgpack.encode(_Row(minute.at, sources))
        if len(payload) <= SLOT_BYTES - _HEAD.size:
            return payload, left_out
        left_out.append(sources.popitem()[0])


def _decode(slot: bytes) -> Minute | None:
    if len(slot) < _HEAD.size:
        return None
    checksum, length = _HEAD.unpack_from(slot)
    payload = slot[_HEAD.size : _HEAD.size + length]
    if len(payload) != length or not length or crc32(payload) != checksum:
        return None
    try:
        row = _rows.decode(payload)
        return Minute(row.at, {source: _unpack(raw) for source, raw in row.sources.items()})
    except (msgspec.MsgspecError, ValueError):
        return None


def _pack(stats: tuple[Stat | None, ...]) -> bytes:
    flat = array("f")
    for stat in stats:
        flat.extend(stat or (_NONE, _NONE, _NONE))
    return flat.tobytes()


def _unpack(raw: bytes) -> tuple[Stat | None, ...]:
    flat = array("f")
    flat.frombytes(raw)
    return tuple(
        None if mean != mean else (mean, low, high)  # noqa: PLR0124 - only NaN is not itself
        for mean, low, high in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    )

"""The part of a log that is on screen: whole chunks, dropped at the far end. No Qt here."""

from collections import deque
from collections.abc import Sequence

from revo_edge.client.client import Client
from revo_edge.contract.requests import LogReply
from revo_gui.models.text import many_lines

CHUNK_BYTES = 65_536
CHUNKS = 4
"""One step back in the log reads so many: 256 KiB."""
LINES_KEPT = 5_000


def read_before(client: Client, source: str, end: int | None) -> list[LogReply]:
    """Read 256 KiB of a log before `end`; None: its last ones."""
    if end is None:
        end = client.log(source, -1, 1).size_bytes
    offset = max(0, end - CHUNKS * CHUNK_BYTES)
    found = []
    while offset < end:
        found.append(client.log(source, offset, min(CHUNK_BYTES, end - offset)))
        if found[-1].next <= offset:
            break
        offset = found[-1].next
    return found


def read_after(client: Client, source: str, start: int) -> list[LogReply]:
    """Read what a log has grown by, a step at a time."""
    found: list[LogReply] = []
    while len(found) < CHUNKS:
        reply = client.log(source, start, CHUNK_BYTES)
        if reply.next <= start:
            break
        found.append(reply)
        start = reply.next
    return found


class LogWindow:
    """A stretch of the log from `start` to `end` (bytes)."""

    def __init__(self) -> None:
        self._chunks: deque[LogReply] = deque()
        self.at_end = True
        """False once the end had to make room for what is earlier."""

    @property
    def start(self) -> int:
        """Where the stretch begins."""
        return self._chunks[0].offset if self._chunks else 0

    @property
    def end(self) -> int:
        """Where the stretch ends."""
        return self._chunks[-1].next if self._chunks else 0

    @property
    def text(self) -> str:
        """The whole stretch, fit to be shown."""
        return many_lines("".join(chunk.text for chunk in self._chunks))

    def add_after(self, found: Sequence[LogReply]) -> None:
        """Go on with what has been written since."""
        self._chunks.extend(found)
        while self._too_long():
            self._chunks.popleft()

    def add_before(self, found: Sequence[LogReply]) -> None:
        """Go back to what stands before."""
        self._chunks.extendleft(reversed(found))
        while self._too_long():
            self._chunks.pop()
            self.at_end = False

    def _too_long(self) -> bool:
        lines = sum(chunk.text.count("\n") for chunk in self._chunks)
        return lines > LINES_KEPT and len(self._chunks) > 1

"""Answers that are still right: kept by what was asked and by the generation of the store."""

from collections import OrderedDict
from typing import NamedTuple

from revo_edge.contract.recall import SearchReply

KEPT_S = 60.0
"""What is recent changes with time, though nothing was stored."""
LIMIT_CHARS = 16 * 1024 * 1024
"""Of all texts that are kept."""


class _Kept(NamedTuple):
    reply: SearchReply
    chars: int
    until: float


class QueryCache:
    """The least recently used answer goes first. A change of the store makes all of them wrong."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._generation = -1
        self._chars = 0
        self.hits = 0
        self.misses = 0

    def get(self, key: bytes, generation: int, now: float) -> SearchReply | None:
        """Return the answer to what is asked, if nothing changed since."""
        if generation != self._generation:
            self.clear()
            self._generation = generation
        kept = self._kept.get(key)
        if kept is None or not kept.until - KEPT_S <= now < kept.until:
            self.misses += 1
            return None
        self._kept.move_to_end(key)
        self.hits += 1
        return kept.reply

    def put(self, key: bytes, reply: SearchReply, now: float, expires_at: float | None) -> None:
        """Keep an answer until the first of its items expires, a minute at most."""
        if reply.generation != self._generation or not self._limit:
            return
        chars = sum(len(hit.item.text) for hit in reply.hits)
        if chars > LIMIT_CHARS // 8:
            return
        self._drop(key)
        until = now + KEPT_S if expires_at is None else min(now + KEPT_S, expires_at)
        self._kept[key] = _Kept(reply, chars, until)
        self._chars += chars
        while len(self._kept) > self._limit or self._chars > LIMIT_CHARS:
            self._drop(next(iter(self._kept)))

    def clear(self) -> None:
        """Forget all answers."""
        self._kept.clear()
        self._chars = 0

    def _drop(self, key: bytes) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._chars -= kept.chars

"""The outcomes of a map, as JSON Lines."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from revo_edge.cli.output import plain
from revo_edge.contract.tasks import ItemResult

if TYPE_CHECKING:
    from revo_edge.client.client import Client

PAGE_ITEMS = 500


class Lines:
    """Turns recorded outcomes into lines; `ordered` keeps back what comes before its turn.

    `inputs` is None when this client does not have them. Large values are read from `spool`.
    """

    def __init__(self, inputs: Sequence[Any] | None, spool: Path, *, ordered: bool = False) -> None:
        self.inputs = inputs
        self.spool = spool
        self.ordered = ordered
        self.succeeded = 0
        self.errors: Counter[str] = Counter()
        self._early: dict[int, dict[str, Any]] = {}
        self._turn = 0

    @property
    def failed(self) -> int:
        """Items that failed so far."""
        return self.errors.total()

    def take(self, results: Iterable[ItemResult]) -> Iterator[dict[str, Any]]:
        """Yield the lines that are due."""
        for result in results:
            line = self._line(result)
            if not self.ordered:
                yield line
                continue
            self._early[result.index] = line
            while self._turn in self._early:
                yield self._early.pop(self._turn)
                self._turn += 1

    def rest(self) -> Iterator[dict[str, Any]]:
        """Yield what was kept back for items that never came (the map was cancelled)."""
        for index in sorted(self._early):
            yield self._early.pop(index)

    def _line(self, result: ItemResult) -> dict[str, Any]:
        line: dict[str, Any] = {
            "index": result.index,
            "input": None if self.inputs is None else self.inputs[result.index],
            "ok": result.error is None,
        }
        if result.error is None:
            self.succeeded += 1
            line["value"] = self._value(result)
        else:
            self.errors[result.error.code] += 1
            line["error"] = plain(result.error)
        return line | {"duration_s": round(result.duration_s, 6), "attempt": result.attempt}

    def _value(self, result: ItemResult) -> object:
        if result.blob is None:
            return plain(result.value)
        return msgspec.msgpack.decode((self.spool / result.blob).read_bytes())


class Reader:
    """Reads the recorded outcomes of one map, each of them once."""

    def __init__(self, client: "Client", task_id: str) -> None:
        self.client = client
        self.task_id = task_id
        self.cursor = 0
        self.read = 0

    def page(self) -> tuple[tuple[ItemResult, ...], bool]:
        """Return what was recorded since the last call, one page of it, and whether more is there."""
        page = self.client.items(self.task_id, self.cursor, PAGE_ITEMS)
        self.cursor = page.cursor
        self.read += len(page.items)
        return page.items, page.more

"""Tasks of Perfect Recall without a daemon: the real writer and reader, asked directly."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from revo_edge.contract import codec
from revo_edge.contract.calls import CALLS
from revo_edge.contract.params import Params
from revo_edge.contract.tasks import ItemResult
from revo_edge.engines.base import Cancelled, Context, ItemFailed, MapPlan
from revo_edge.engines.recall.opening import Options
from revo_edge.engines.recall.reader import Reader
from revo_edge.engines.recall.writer import Writer
from revo_edge.engines.registry import Registry
from revo_edge.errors import RevoError

T = TypeVar("T")


class Local:
    """A Context whose calls are answered here and whose children run at once."""

    def __init__(self, home: Path, model: str = "", options: Options | None = None) -> None:
        home.mkdir(exist_ok=True)
        self.task_id = "01J00000000000000000000000"
        self.attempt = 1
        self.home = home
        self.calls: list[tuple[str, Params]] = []
        self.notes: list[tuple[int, int, str]] = []
        self.cancel_after = 1 << 30
        self._children = 0
        options = options or Options(model=model)
        self._writer = Writer(home, options)
        self._reader = Reader(home, options)

    def close(self) -> None:
        """Close the services."""
        self._reader.close()
        self._writer.close()

    def run(self, kind: str, params: msgspec.Struct) -> Any:
        """Run a task; its params and its result go through the wire's encoding."""
        registry = Registry()
        if not registry.kind(kind).child:
            self._children = 0
        decoded = codec.decode_as(codec.encode(params), registry.kind(kind).params)
        context: Context = self  # type: ignore[assignment]  # all that these tasks use of it
        return registry.function(kind)(decoded, context)

    def call(self, method: str, params: Params) -> Any:
        """Answer a call; a reply comes as plain values, as in a worker."""
        self.calls.append((method, params))
        service = self._writer if CALLS[method].mutates else self._reader
        decoded = codec.decode_as(codec.encode(params), CALLS[method].params)
        return msgspec.msgpack.decode(codec.encode(service.call(method, decoded, None)))

    def map(
        self, kind: str, params: Iterable[msgspec.Struct], plan: MapPlan | None = None
    ) -> Iterator[ItemResult]:
        """Run children one after the other."""
        del plan
        for each in params:
            index = self._children
            self._children += 1
            try:
                value = msgspec.Raw(codec.encode(self.run(kind, each)))
                yield ItemResult(index, 1, 0.0, value)
            except ItemFailed as failure:
                yield ItemResult(index, 1, 0.0, error=failure.error)

    def value(self, result: ItemResult, kind: type[T]) -> T:
        """Decode a child's value."""
        if result.error is not None:
            raise ItemFailed(result.error)
        return codec.decode_as(result.value, kind)

    def progress(self, done: int, total: int, *, failed: int = 0, note: str = "") -> None:
        """Keep what was said."""
        del failed
        self.notes.append((done, total, note))

    def check_cancelled(self) -> None:
        """Be cancelled when a test wants it."""
        self.cancel_after -= 1
        if self.cancel_after < 0:
            raise Cancelled

    def log(self, text: str) -> None:
        """Not used by these tasks."""
        raise AssertionError(text)

    def rest(self) -> None:
        """Let the writer do what it does when nobody asks."""
        while self._writer.rest(0.0) == 0.0:
            pass

    def texts(self, namespace: str) -> list[str]:
        """Return the texts that hold in a namespace, the oldest first."""
        asked = CALLS["recall.list"].params
        params = codec.decode_as(
            codec.encode(
                {"filter": {"namespaces": [namespace]}, "order": "oldest", "limit": 1_000}
            ),
            asked,
        )
        try:
            return [item["text"] for item in self.call("recall.list", params)["items"]]
        except RevoError:
            return []

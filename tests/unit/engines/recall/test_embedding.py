"""Vectors in the background, made by the built-in model."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from revo_edge.contract.recall import ItemKind, NewItem, RecallStats, RecallStore, Source
from revo_edge.embed.base import Embedder
from revo_edge.embed.choose import load
from revo_edge.engines.base import Cancelled, ItemFailed
from revo_edge.engines.recall import ranking, rows
from revo_edge.engines.recall.embedding import (
    EMBED_ROWS,
    embed_missing,
)
from revo_edge.engines.recall.params import EmbedParams
from revo_edge.engines.recall.reading import reading
from tests.unit.engines.recall.local import Local

if TYPE_CHECKING:
    from revo_edge.embed.base import Vectors


class Letters:
    """A model of its own, quick to run: it counts letters."""

    id = "letters-1"
    dim = 32

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Return one unit vector for each text."""
        found = np.ones((len(texts), self.dim), np.float32)
        for row, text in zip(found, texts, strict=True):
            for letter in text.lower():
                row[ord(letter) % self.dim] += 1
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Local]:
    found = Local(tmp_path / "home", Letters.id)
    yield found
    found.close()


def store(memory: Local, *texts: str) -> None:
    items = [NewItem(text, namespace="n") for text in texts]
    for first in range(0, len(items), 100):
        memory.call("recall.store", RecallStore(tuple(items[first : first + 100])))


def share(memory: Local) -> float:
    return float(memory.call("recall.stats", RecallStats())["embedded_ratio"])


def embed(memory: Local, model: Embedder | None = None, **more: Any) -> int:
    params = EmbedParams(**more)
    context: object = memory
    return embed_missing(params, model or Letters(), context).embedded  # type: ignore[arg-type]  # all that is used of it


def test_every_item_gets_a_vector_once(memory: Local) -> None:
    store(memory, *(f"text number {n}" for n in range(300)))
    assert share(memory) == 0
    assert embed(memory) == 300
    assert share(memory) == 1
    assert embed(memory) == 0
    assert embed(memory, all=True) == 300


def test_what_was_stopped_goes_on_where_it_was(memory: Local) -> None:
    store(memory, *(f"text number {n}" for n in range(100)))
    memory.cancel_after = 2
    with pytest.raises(Cancelled):
        embed(memory)
    memory.cancel_after = 1 << 30
    assert share(memory) == pytest.approx(2 * EMBED_ROWS / 100)
    assert embed(memory) == 100 - 2 * EMBED_ROWS


def test_the_newest_come_first_and_a_limit_holds(memory: Local) -> None:
    store(memory, *(f"text number {n}" for n in range(40)))
    assert embed(memory, limit=20) == 20
    with reading(memory.home) as db:
        assert db is not None
        found = [seq for (seq,) in db.execute("SELECT seq FROM vector ORDER BY seq")]
        last = db.execute("SELECT max(seq) FROM version").fetchone()[0]
    assert found == list(range(last - 19, last + 1))


def test_what_comes_while_it_runs_is_embedded_too(memory: Local) -> None:
    store(memory, "first")

    class Busy(Letters):
        """Somebody stores while it works."""

        calls = 0

        def embed(self, texts: Sequence[str]) -> "Vectors":
            self.calls += 1
            if self.calls <= 3:
                store(memory, f"and another, the {self.calls}th")
            return super().embed(texts)

    assert embed(memory, Busy()) == 4
    assert share(memory) == 1


def test_vectors_of_different_models_never_mix(memory: Local, tmp_path: Path) -> None:
    class Other(Letters):
        """The same under another name."""

        id = "letters-2"

    store(memory, "text")
    with pytest.raises(
        ItemFailed, match=r"keeps vectors of letters-1, and this model is letters-2"
    ):
        embed(memory, Other())
    without = Local(tmp_path / "other")
    try:
        with pytest.raises(ItemFailed, match="no model is in use"):
            embed(without)
    finally:
        without.close()


def test_the_built_in_model_makes_vectors_that_fit_the_meaning(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    model = load("")
    memory = Local(tmp_path / "home", model.id)
    try:
        store(memory, "The cat sleeps on the sofa", "Interest rates were raised by the bank")
        assert embed(memory, model) == 2
        with reading(memory.home) as db:
            assert db is not None
            found = [
                np.frombuffer(data, "<f2")
                for (data,) in db.execute("SELECT data FROM vector ORDER BY seq")
            ]
    finally:
        memory.close()
    (asked,) = model.embed(["a kitten naps on the couch"])
    assert found[0] @ asked > found[1] @ asked + 0.3


def test_what_is_embedded_goes_by_the_kind(memory: Local) -> None:
    items = (
        NewItem("def f(): pass", kind=ItemKind.CODE, metadata={"symbol": "openGate"}),
        NewItem("Hello", kind=ItemKind.CONVERSATION, source=Source(session="s", speaker="Ann")),
        NewItem("The words", kind=ItemKind.DOCUMENT, title="a.md > Top"),
    )
    memory.call("recall.store", RecallStore(items))
    with reading(memory.home) as db:
        assert db is not None
        code, turn, document = map(ranking.embedded, rows.read_rows(db, "ORDER BY seq"))
    assert code == "def f(): pass"
    assert turn == "Ann: Hello"
    assert document == "a.md > Top\nThe words"

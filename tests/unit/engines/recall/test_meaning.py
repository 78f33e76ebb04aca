import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from revo_edge.contract.recall import Filter
from revo_edge.contract.recall_writes import RecallSwap, RecallVectors
from revo_edge.engines.recall import cells, rows
from revo_edge.engines.recall.meaning import RETRY_S, Meaning
from revo_edge.engines.recall.opening import Options
from revo_edge.errors import Unavailable
from tests.unit.engines.recall.memory import Memory

np = pytest.importorskip("numpy")

ALIKE = {"car": "automobile", "doctor": "physician"}


class Synonyms:
    """A model of sentences that knows two synonyms: a vector is the sum of its words'."""

    id = "synonyms-1"
    dim = 32

    def embed(self, texts: Sequence[str]) -> Any:
        found = np.array([self._one(text) for text in texts], np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def _one(self, text: str) -> Any:
        words = [ALIKE.get(word, word) for word in text.lower().split()]
        digests = [hashlib.sha256(word.encode()).digest() for word in words]
        return sum(np.array(struct.unpack("32b", digest), np.float32) for digest in digests)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    memory = Memory(tmp_path, Options(model="synonyms-1"), Meaning(tmp_path, Synonyms))
    memory.put("the automobile is red")
    memory.put("a physician lives there", namespace="other")
    memory.put("rain again")
    return memory


def embed(memory: Memory) -> None:
    db = memory.writer._db
    where = "WHERE seq NOT IN (SELECT seq FROM vector)"
    found = list(rows.read_rows(db, where))
    vectors = Synonyms().embed([row.text for row in found]).astype("<f2")
    pairs = tuple((row.seq, v.tobytes()) for row, v in zip(found, vectors, strict=True))
    memory.writer.call("recall.put_vectors", RecallVectors("synonyms-1", pairs))


def test_it_is_said_what_is_missing_until_nothing_is(memory: Memory) -> None:
    assert memory.search("rain").lexical_only == "The model is being loaded."
    assert memory.reader.rest(0.0) is None
    assert memory.search("rain red").lexical_only == "No item has a vector yet."
    embed(memory)
    assert memory.search("rain").lexical_only == ""
    assert memory.stats().embedded_ratio == 1.0
    assert memory.reader.note()["vectors"] == 3
    memory.close()


def test_what_means_the_same_is_found_without_a_word_in_common(memory: Memory) -> None:
    embed(memory)
    memory.reader.rest(0.0)
    assert memory.texts("car", mode="lexical") == []
    assert memory.texts("car")[0] == "the automobile is red"
    assert memory.texts("doctor", Filter(namespaces=("default",)), k=1) != [
        "a physician lives there"
    ]
    (hit, *_) = memory.hits("car", mode="vector", explain=True)
    assert hit.parts["vector"] > 0
    memory.close()


def test_what_is_stored_corrected_or_forgotten_is_known_to_the_next_search(memory: Memory) -> None:
    embed(memory)
    memory.reader.rest(0.0)
    memory.texts("car")
    item = memory.put("my automobile").id
    embed(memory)
    assert memory.texts("car")[0] == "my automobile"
    memory.update(item, text="no more")
    assert "my automobile" not in memory.texts("car")
    memory.forget(item)
    assert {"my automobile", "no more"}.isdisjoint(memory.texts("car"))
    memory.close()


def test_a_file_is_served_with_what_came_after_it(memory: Memory) -> None:
    embed(memory)
    memory.reader.rest(0.0)
    folder = memory.home / "indexes"
    folder.mkdir()
    query = "SELECT vector.seq, namespace, data FROM vector JOIN version USING (seq)"
    found = memory.writer._db.execute(query).fetchall()
    about = cells.Build("synonyms-1", 32, memory.stats().generation, lambda *_: None, lambda: None)
    cells.build(folder / "one.vectors", iter(found), about)
    memory.put("my automobile")
    embed(memory)
    memory.writer.call("recall.swap_index", RecallSwap("one.vectors"))
    assert memory.texts("car", k=2) == ["my automobile", "the automobile is red"]
    assert memory.reader.note()["vectors"] == 4
    memory.close()


def test_a_damaged_file_is_done_without(memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    embed(memory)
    memory.reader.rest(0.0)
    (memory.home / "indexes").mkdir()
    (memory.home / "indexes" / "bad.vectors").write_bytes(b"no vectors" * 100)
    memory.writer.call("recall.swap_index", RecallSwap("bad.vectors"))
    assert memory.texts("car")[0] == "the automobile is red"
    assert "is not used" in caplog.text
    memory.close()


def test_a_model_that_cannot_be_loaded_is_tried_again(tmp_path: Path) -> None:
    def fail() -> Synonyms:
        raise Unavailable("The model is damaged. Install it again.")

    memory = Memory(tmp_path, Options(model="synonyms-1"), Meaning(tmp_path, fail))
    memory.put("rain")
    assert memory.reader.rest(0.0) == RETRY_S
    assert memory.search("rain").lexical_only == "The model is damaged. Install it again."
    memory.close()


def test_vectors_of_another_model_take_no_part(tmp_path: Path) -> None:
    memory = Memory(tmp_path, Options(model="other-2"), Meaning(tmp_path, Synonyms))
    memory.put("rain")
    memory.reader.rest(0.0)
    assert "another model" in memory.search("rain").lexical_only
    memory.close()

"""The memory as a whole against a model in plain Python."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from revo_edge.contract.codec import encode
from revo_edge.contract.recall import (
    Filter,
    ItemKind,
    NewItem,
    RecallStats,
    RecallStore,
    Source,
    StatsReply,
)
from revo_edge.engines.recall.resident import open_reader, open_writer
from revo_edge.errors import Conflict, NotFound
from tests.unit.engines.recall.memory import Memory

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord")
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
spaces = st.sampled_from(("red", "green", "blue"))


@dataclass
class Known:
    """What the model knows of an item: (text, valid_from) of each version."""

    namespace: str
    kind: ItemKind
    place: tuple[str, int | None]
    versions: list[tuple[str, float]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.versions[-1][0]

    def at(self, moment: float) -> str | None:
        holding = None
        for number, (text, start) in enumerate(self.versions):
            later = [since for _, since in self.versions[number + 1 :]]
            if start <= moment and all(since > moment for since in later):
                holding = text
        return holding


class MemoryMachine(RuleBasedStateMachine):
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.memory = Memory(Path(self.folder.name))
        self.known: dict[str, Known] = {}

    def teardown(self) -> None:
        self.memory.sound()
        self.memory.close()
        self.folder.cleanup()

    @rule(seconds=st.floats(-500, 1_000))
    def time_passes(self, seconds: float) -> None:
        self.memory.clock.now += seconds

    @rule(
        target=ids,
        text=texts,
        namespace=spaces,
        kind=st.sampled_from((ItemKind.NOTE, ItemKind.CONVERSATION)),
        turn=st.none() | st.integers(0, 6),
        policy=st.sampled_from(("skip", "link", "keep")),
    )
    def store(
        self, text: str, namespace: str, kind: ItemKind, turn: int | None, policy: str
    ) -> str:
        place = ("", None) if turn is None else ("s", turn)
        item = NewItem(text, namespace, kind, source=Source(session=place[0], turn=turn))
        (stored,) = self.memory.store(item, duplicates=policy).stored
        same = [
            each
            for each, known in self.known.items()
            if (known.namespace, known.kind, known.place, known.text)
            == (namespace, kind, place, text)
        ]
        if same and policy == "skip":
            assert stored.outcome == "duplicate"
            assert stored.of in same
        else:
            assert stored.outcome == ("linked" if same and policy == "link" else "stored")
            now = self.memory.clock.now
            self.known[stored.id] = Known(namespace, kind, place, [(text, now)])
        return stored.id

    @rule(item=ids, text=texts, back=st.none() | st.floats(0, 2_000))
    def update(self, item: str, text: str, back: float | None) -> None:
        if item not in self.known:
            with pytest.raises(NotFound):
                self.memory.update(item, text=text)
            return
        since = None if back is None else self.memory.clock.now - back
        reply = self.memory.update(item, text=text, valid_from=since)
        known = self.known[item]
        known.versions.append((text, reply.item.valid_from))
        assert reply.item.version == len(known.versions)
        if since is None:
            assert reply.item.valid_from > known.versions[-2][1]

    @rule(item=ids, text=texts)
    def update_what_has_changed(self, item: str, text: str) -> None:
        if item in self.known:
            with pytest.raises(Conflict):
                self.memory.update(item, text=text, version=len(self.known[item].versions) + 1)

    @rule(item=consumes(ids))
    def forget(self, item: str) -> None:
        known = self.known.pop(item, None)
        reply = self.memory.forget(item)
        assert reply.items == (known is not None)
        assert reply.missing == (() if known else (item,))

    @rule(namespace=spaces)
    def forget_namespace(self, namespace: str) -> None:
        there = {each for each, known in self.known.items() if known.namespace == namespace}
        if there:
            reply = self.memory.forget(filter=Filter(namespaces=(namespace,)))
            assert set(reply.ids) == there
        for each in there:
            del self.known[each]

    @rule(item=ids, moment=st.floats(0, 3_000))
    def ask_as_of(self, item: str, moment: float) -> None:
        moment += 1_000_000 - 1_000
        known = self.known.get(item)
        expected = known.at(moment) if known else None
        found = [each.text for each in self.memory.get(item, as_of=moment).items]
        assert found == ([] if expected is None else [expected])

    @rule(word=st.sampled_from(WORDS), namespace=spaces)
    def search(self, word: str, namespace: str) -> None:
        expected = {i for i, known in self.known.items() if known.namespace == namespace}
        if not expected:
            with pytest.raises(NotFound):
                self.memory.search(word, Filter(namespaces=(namespace,)))
            return
        wanted = Filter(namespaces=(namespace,), kinds=(ItemKind.NOTE,))
        hits = self.memory.search(word, wanted, k=1000).hits
        assert {hit.item.id for hit in hits} == {
            each
            for each in expected
            if word in self.known[each].text.split() and self.known[each].kind is ItemKind.NOTE
        }
        assert all(hit.item.text == self.known[hit.item.id].text for hit in hits)

    @rule(word=st.sampled_from(WORDS), moment=st.floats(0, 3_000))
    def search_as_of(self, word: str, moment: float) -> None:
        moment += 1_000_000 - 1_000
        hits = self.memory.search(word, Filter(as_of=moment, kinds=(ItemKind.NOTE,)), k=1000).hits
        expected = {
            (each, text)
            for each, known in self.known.items()
            if known.kind is ItemKind.NOTE
            and (text := known.at(moment)) is not None
            and word in text.split()
        }
        assert {(hit.item.id, hit.item.text) for hit in hits} == expected

    @rule()
    def rest(self) -> None:
        self.memory.rest()

    @rule()
    def reopen(self) -> None:
        self.memory.reopen()

    @invariant()
    def lists_what_holds(self) -> None:
        reply = self.memory.list(limit=1000)
        assert {item.id: item.text for item in reply.items} == {
            each: known.text for each, known in self.known.items()
        }
        assert reply.total == len(self.known)
        stats = self.memory.stats()
        assert stats.versions == sum(len(known.versions) for known in self.known.values())
        assert {each.name for each in stats.namespaces} == {
            known.namespace for known in self.known.values()
        }


TestMemory = MemoryMachine.TestCase
TestMemory.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def settings_of(**fields: object) -> msgspec.Raw:
    return msgspec.Raw(encode(fields))


def test_services_open_by_what_the_settings_say(tmp_path: Path) -> None:
    words_only = settings_of(model="none", keep_items=1)
    writer = open_writer(tmp_path, words_only, lambda: None)
    reader = open_reader(tmp_path, words_only, lambda: None)
    writer.call("recall.store", RecallStore((NewItem("one"), NewItem("two"))))
    while writer.rest(0.0) == 0.0:
        pass
    stats = reader.call("recall.stats", RecallStats())
    assert isinstance(stats, StatsReply)
    assert (stats.items, stats.model) == (1, "")
    assert stats.lexical_only
    reader.rest(0.0)
    reader.close()
    writer.close()

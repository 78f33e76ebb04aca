"""Perfect Recall through a real daemon: stored, found, corrected, forgotten; and what is refused."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from revo_edge import Client
from revo_edge.contract import events, recall
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.params import Params
from revo_edge.contract.recall import Filter, ItemKind, NewItem, RecallList, RecallUpdate, Source
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.errors import BadRequest, Conflict, NotFound, RevoError, TooLarge, UnknownMethod
from tests.harness import DaemonProcess, WaitFor
from tests.ipc import schemas
from tests.ipc.cli import document, revo


def texts(reply: recall.SearchReply) -> list[str]:
    return [hit.item.text for hit in reply.hits]


def test_what_was_stored_is_found_at_once_by_every_client(
    daemon: DaemonProcess, client: Client
) -> None:
    for number in range(30):
        client.recall.put(NewItem(text=f"the kingfisher number {number} dives"))
        reply = client.recall.search(f"kingfisher {number}", k=1)
        assert texts(reply) == [f"the kingfisher number {number} dives"]
        assert reply.generation >= client.recall.generation
    with Client(daemon.paths) as other:
        assert other.recall.stats().items == 30


def test_a_word_that_was_asked_for_before_it_was_stored_is_found_after(client: Client) -> None:
    client.recall.put(NewItem(text="something else"))
    for number in range(6):  # each reader has looked for it in vain
        assert client.recall.search(f"quokka {number}", mode="lexical").hits == ()
    client.recall.put(NewItem(text="the quokka smiles"))
    for number in range(6):
        assert texts(client.recall.search(f"quokka {number}", mode="lexical"))


def test_a_fact_that_is_corrected_twice_has_three_right_answers(client: Client) -> None:
    first = client.recall.put(NewItem(text="Ann lives in Lisbon", at=100.0, valid_from=100.0))
    client.recall.update(RecallUpdate(id=first.id, text="Ann lives in Porto", valid_from=200.0))
    client.recall.update(RecallUpdate(id=first.id, text="Ann lives in Faro", valid_from=300.0))

    def answer(as_of: float | None) -> list[str]:
        return texts(client.recall.search("where does Ann live", filter=Filter(as_of=as_of)))

    assert answer(150.0) == ["Ann lives in Lisbon"]
    assert answer(250.0) == ["Ann lives in Porto"]
    assert answer(None) == ["Ann lives in Faro"]
    assert answer(50.0) == []
    assert [item.version for item in client.recall.history(first.id)] == [3, 2, 1]
    assert client.recall.get(first.id, as_of=250.0).text == "Ann lives in Porto"


def test_two_namespaces_never_leak_into_each_other(client: Client) -> None:
    for name in ("red", "blue"):
        client.recall.store(
            [NewItem(text=f"the {name} secret {n}", namespace=name) for n in range(50)]
        )
    only = Filter(namespaces=("red",))
    found = client.recall.search("secret", k=100, filter=only).hits
    assert {hit.item.namespace for hit in found} == {"red"}
    assert len(found) == 50
    listed = client.recall.list(RecallList(filter=only, limit=100))
    assert (listed.total, {item.namespace for item in listed.items}) == (50, {"red"})
    related = client.recall.related(found[0].item.id, k=100, filter=only)
    assert {hit.item.namespace for hit in related.hits} == {"red"}
    assert "blue" not in client.recall.context("the blue secret", filter=only).text
    client.recall.forget(filter=only)
    assert [space.name for space in client.recall.stats().namespaces if space.items] == ["blue"]


def test_a_change_is_refused_when_somebody_else_was_faster(client: Client) -> None:
    item = client.recall.put(NewItem(text="one"))
    client.recall.update(RecallUpdate(id=item.id, text="two", version=1))
    with pytest.raises(Conflict):
        client.recall.update(RecallUpdate(id=item.id, text="three", version=1))
    assert client.recall.get(item.id).text == "two"


def test_the_same_key_happens_once_also_after_a_restart(
    daemon: DaemonProcess, client: Client
) -> None:
    key, params = new_ulid(), {"items": [{"text": "once"}], "duplicates": "keep"}
    first = client.call("recall.store", params, key)
    assert client.call("recall.store", params, key) == first
    daemon.restart()
    with Client(daemon.paths) as again:
        assert again.call("recall.store", params, key) == first
        assert again.recall.stats().items == 1
        with pytest.raises(Conflict):
            again.call("recall.store", {"items": [{"text": "other"}]}, key)


def test_a_duplicate_is_said_and_not_stored(client: Client) -> None:
    first = client.recall.put(NewItem(text="Same  text"))
    again = client.recall.put(NewItem(text="Same  text"))
    assert (again.outcome, again.of or again.id) == ("duplicate", first.id)
    linked = client.recall.store([NewItem(text="Same  text")], duplicates="link").stored[0]
    assert (linked.outcome, linked.of) == ("linked", first.id)
    assert client.recall.stats().items == 2


BAD: list[tuple[str, dict[str, Any], type[RevoError]]] = [
    ("recall.store", {"items": []}, BadRequest),
    ("recall.store", {"items": [{"text": ""}]}, BadRequest),
    ("recall.store", {"items": [{"text": "x", "kind": 5}]}, BadRequest),
    ("recall.store", {"items": [{"text": "x", "importance": 2}]}, BadRequest),
    ("recall.store", {"items": [{"txt": "x"}]}, BadRequest),
    ("recall.search", {"query": "x", "k": 0}, BadRequest),
    ("recall.search", {"query": "x", "k": 1_000_000}, BadRequest),
    ("recall.search", {"query": ""}, BadRequest),
    ("recall.search", {"query": "x", "filter": {"namespaces": ["nowhere"]}}, NotFound),
    ("recall.get", {"ids": ["not-an-id"]}, BadRequest),
    ("recall.update", {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "text": "x"}, NotFound),
    ("recall.forget", {}, BadRequest),
    ("recall.replace_files", {"namespace": "x", "root": "/"}, UnknownMethod),
]


def test_bad_input_is_answered_in_words(client: Client) -> None:
    for method, params, error in BAD:
        with pytest.raises(error) as raised:
            client.call(method, params)
        assert len(raised.value.msg) > 10, (method, params)


def test_a_text_that_is_too_long_names_what_helps(client: Client) -> None:
    with pytest.raises(TooLarge, match="recall ingest"):
        client.recall.put(NewItem(text="x" * 300_000))


QUERIES = [
        '"', "AND OR NOT", "a* b^2 NEAR(x y)", "{text}: x", "-", "' OR 1=1 --", "col:umn", "\x00\x07",
        "שלום עולם", "記憶を探す", "e\u0301te\u0301", "word " * 10_000, "((((", "x" * 50_000,
]  # fmt: skip


def test_any_query_is_only_words(client: Client) -> None:
    client.recall.put(NewItem(text="שלום עולם, 記憶を探す, été and some plain text"))
    for query in QUERIES:
        client.recall.search(query)


def test_any_text_and_metadata_come_back_as_they_were(client: Client) -> None:
    strange = (
        "null\x00byte, \u202eright to left, 記憶, \U0001f9e0, 'quotes\"; DROP TABLE version;--"
    )
    fields = {"a'; --": 'x"y', "deep": {"er": [1, None, True]}, "": 0}
    stored = client.recall.put(
        NewItem(text=strange, metadata=fields, tags=("a b", "é'"), source=Source(path="/a 'b'.py"))
    )
    item = client.recall.get(stored.id)
    assert (item.text, item.metadata, item.tags) == (strange, fields, ("a b", "é'"))
    assert client.recall.search("quotes", filter=Filter(metadata={"a'; --": 'x"y'})).hits
    assert not client.recall.search("quotes", filter=Filter(metadata={"missing.field": 1})).hits


def test_calls_are_measured_and_said_on_the_stream(client: Client, wait_for: WaitFor) -> None:
    with client.subscribe(["engine.recall."]) as stream:
        client.recall.put(NewItem(text="measured"))
        client.recall.search("measured")
        seen: dict[str, Params | Any] = {}
        for line in stream:
            seen[line.event.k] = line.event
            if {events.CONTEXT_STORED, events.CONTEXT_RETRIEVED} <= seen.keys():
                break

    def sample() -> Any:
        found = client.metrics(sources=["recall"]).engines.get("recall", ())
        memory = found[-1].memory if found else None
        return memory if memory and memory.reads and memory.items else None

    memory = wait_for(sample)
    assert (memory.reads, memory.writes, memory.items) == (1, 1, 1)
    assert memory.retrieval.count == 1
    assert 0 < memory.retrieval.p95_ms < 10_000


def test_the_stream_never_carries_what_is_remembered(client: Client) -> None:
    secret = f"sesame{time.monotonic_ns()}"
    with client.subscribe([""]) as stream:
        client.recall.put(NewItem(text=f"the word is {secret}", title=secret, tags=(secret,)))
        client.recall.search(secret)
        for line in stream:
            assert secret.encode() not in bytes(line.event.d)
            if line.event.k == events.CONTEXT_RETRIEVED:
                break


@pytest.mark.usefixtures("daemon")
def test_the_command_line_prints_what_its_schema_says() -> None:
    stored = document(schemas.STORED, "recall", "put", "the otter sleeps on its back")
    found = document(schemas.SEARCH, "recall", "search", "otter")
    assert found["hits"][0]["item"]["id"] == stored["id"]
    document(schemas.REMEMBERED, "recall", "get", stored["id"])
    changed = document(schemas.REMEMBERED, "recall", "update", stored["id"], "the otter swims")
    assert changed["version"] == 2
    document(schemas.LIST, "recall", "ls")
    document(schemas.CONTEXT, "recall", "context", "otter")
    document(schemas.STATS, "recall", "stats")
    document(schemas.SEARCH, "recall", "related", stored["id"])
    forgotten = document(schemas.FORGET, "recall", "forget", stored["id"], "--yes")
    assert (forgotten["items"], forgotten["versions"]) == (1, 2)
    missing = revo("recall", "get", stored["id"])
    assert (missing.returncode, "There is no item" in missing.stderr) == (3, True)


def test_a_script_can_speak_json(client: Client) -> None:
    done = revo("api", "recall.store", json.dumps({"items": [{"text": "spoken in JSON"}]}))
    assert done.returncode == 0, done.stderr
    done = revo("api", "recall.search", '{"query": "JSON"}')
    assert json.loads(done.stdout)["hits"][0]["item"]["text"] == "spoken in JSON"
    assert client.recall.stats().namespaces[0].kinds == {ItemKind.NOTE.value: 1}


def test_forgetting_leaves_no_trace_on_the_disk(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor
) -> None:
    rare = "xylophone-quartz-1789"
    texts = [f"the {rare} number {number} is kept safe" for number in range(40)]
    stored = [client.recall.put(NewItem(text=texts[0], title=rare, tags=(rare,)))]
    items = [{"text": text, "metadata": {"word": rare}} for text in texts[1:]]
    task = client.submit(TaskSpec("recall.remember", {"items": items}, title="remember"))
    assert client.wait(task.id).state is TaskState.SUCCEEDED
    client.recall.update(RecallUpdate(id=stored[0].id, text=f"now the {rare} moved"))
    assert len(client.recall.search(rare, k=100).hits) == 40
    client.recall.context(rare)
    found = where_is(rare, daemon)
    assert found
    assert found <= {"memory.db", "memory.db-wal"}
    client.recall.forget(filter=Filter(namespaces=("default",)))
    wait_for(lambda: not client.recall.stats().purge_pending)
    assert client.recall.search(rare, filter=Filter()).hits == ()
    assert wait_for(lambda: not where_is(rare, daemon))


def where_is(rare: str, daemon: DaemonProcess) -> set[str]:
    """Return the files of REVO_HOME whose bytes hold one of the rare's words."""
    parts = [part.encode() for part in rare.split("-")]
    return {
        file.name
        for file in daemon.paths.home.rglob("*")
        if file.is_file() and any(part in file.read_bytes().lower() for part in parts)
    }


@pytest.mark.timeout(90)
def test_a_folder_is_followed_also_after_a_restart(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor, tmp_path: Path
) -> None:
    pytest.importorskip("watchfiles")
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.md").write_text("# Birds\n\nThe lapwing nests in meadows.\n")
    client.recall.watch(str(folder))

    def hits(revo: Client, query: str) -> int:
        known = {space.name for space in revo.recall.stats().namespaces}
        only = Filter(namespaces=("notes",))
        if "notes" not in known:
            return 0
        return len(revo.recall.search(query, filter=only, mode="lexical").hits)

    wait_for(lambda: hits(client, "lapwing"), timeout_s=25.0)
    (folder / "a.md").write_text("# Birds\n\nThe curlew probes the mud.\n")
    wait_for(lambda: hits(client, "curlew") and not hits(client, "lapwing"), timeout_s=25.0)
    daemon.restart()
    with Client(daemon.paths) as again:
        (folder / "b.md").write_text("# More\n\nThe avocet sweeps its bill.\n")
        wait_for(lambda: hits(again, "avocet"), timeout_s=25.0)
        again.recall.unwatch(str(folder))
        assert again.recall.stats().watched == ()


def test_a_memory_is_taken_elsewhere_and_looked_after(client: Client, tmp_path: Path) -> None:
    item = client.recall.put(NewItem(text="the first word"))
    client.recall.update(RecallUpdate(id=item.id, text="the second word"))
    file = tmp_path / "items.jsonl"
    done = revo("recall", "export", str(file))
    assert (done.returncode, "1 item with 2 versions." in done.stderr) == (0, True), done.stderr
    assert revo("recall", "export", "-").stdout == file.read_text()
    client.recall.forget([item.id])
    file.write_text(file.read_text() + "no item\n{}\n")
    done = revo("recall", "import", str(file))
    assert done.returncode == 0, done.stderr
    assert "2 stored, 0 were there already." in done.stderr
    assert "line 3: " in done.stderr
    assert client.recall.get(item.id).text == "the second word"
    assert len(client.recall.history(item.id)) == 2
    done = revo("recall", "optimize")
    assert (done.returncode, "No damage." in done.stderr) == (0, True), done.stderr
    assert revo("recall", "model").returncode == 0

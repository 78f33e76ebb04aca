"""The typed calls of Perfect Recall, against a small daemon."""

from collections.abc import Iterator

import msgspec
import pytest

from revo_edge.client.client import Client
from revo_edge.contract import recall
from revo_edge.contract.params import Params
from revo_edge.contract.recall import Filter, Item, ItemKind, NewItem, RecallUpdate
from revo_edge.contract.requests import Request
from revo_edge.errors import NotFound, TooLarge
from revo_edge.paths import Paths
from tests.unit.client.small_daemon import SmallDaemon

ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
ITEM = Item(ID, 2, "default", ItemKind.NOTE, "text", 1.0, 1.0)


@pytest.fixture
def daemon(home: Paths) -> Iterator[SmallDaemon]:
    with SmallDaemon(home) as daemon:
        yield daemon


@pytest.fixture
def client(daemon: SmallDaemon, home: Paths) -> Iterator[Client]:
    with Client(home) as client:
        yield client


def keep(daemon: SmallDaemon, method: str, reply: msgspec.Struct) -> list[Params]:
    """Answer with this, and return what was asked."""
    asked: list[Params] = []

    def answer(_request: Request, params: Params) -> msgspec.Struct:
        asked.append(params)
        return reply

    daemon.answers[method] = answer
    return asked


def test_many_items_are_sent_in_batches_that_fit_a_request(
    daemon: SmallDaemon, client: Client
) -> None:
    sizes: list[int] = []

    def store(request: Request, params: Params) -> recall.StoreReply:
        assert isinstance(params, recall.RecallStore)
        assert request.key is not None
        sizes.append(len(params.items))
        stored = (recall.Stored(ID, 1, "stored") for _ in params.items)
        return recall.StoreReply(tuple(stored), len(sizes))

    daemon.answers["recall.store"] = store
    reply = client.recall.store([NewItem(text="x")] * 250)
    assert (sizes, len(reply.stored), reply.generation) == ([100, 100, 50], 250, 3)
    sizes.clear()
    client.recall.store([NewItem(text="x" * 90_000)] * 3)
    assert sizes == [2, 1]
    assert client.recall.put(NewItem(text="x")).outcome == "stored"


def test_a_text_that_fits_no_request_is_refused_before_anything_is_sent(
    daemon: SmallDaemon, client: Client
) -> None:
    with pytest.raises(TooLarge, match=r"recall ingest"):
        client.recall.store([NewItem(text="x" * 200_000)])
    assert daemon.requests == []


def test_a_search_sees_what_this_client_wrote(daemon: SmallDaemon, client: Client) -> None:
    keep(daemon, "recall.update", recall.UpdateReply(ITEM, 41))
    asked = keep(daemon, "recall.search", recall.SearchReply((), 41, 1.0))
    assert client.recall.update(RecallUpdate(id=ID, text="new")) == ITEM
    client.recall.search("x", k=3, filter=Filter(namespaces=("n",)), explain=True, mode="lexical")
    assert asked == [
        recall.RecallSearch(
            query="x",
            k=3,
            filter=Filter(namespaces=("n",)),
            explain=True,
            mode="lexical",
            generation=41,
        )
    ]


def test_an_item_that_is_not_there_is_not_found(daemon: SmallDaemon, client: Client) -> None:
    keep(daemon, "recall.get", recall.GetReply((), (ID,)))
    for ask in (client.recall.get, client.recall.history):
        with pytest.raises(NotFound, match=ID):
            ask(ID)
    with pytest.raises(NotFound, match="in version 3"):
        client.recall.get(ID, 3)


def test_each_call_sends_what_it_was_given(daemon: SmallDaemon, client: Client) -> None:
    got = keep(daemon, "recall.get", recall.GetReply((ITEM,)))
    assert client.recall.get(ID, 2, as_of=5.0) == ITEM
    assert client.recall.history(ID) == (ITEM,)
    assert got == [
        recall.RecallGet(ids=(ID,), version=2, as_of=5.0),
        recall.RecallGet(ids=(ID,), history=True),
    ]
    forgot = keep(daemon, "recall.forget", recall.ForgetReply(1, 2, (ID,), generation=9))
    client.recall.forget([ID], dry_run=True)
    assert forgot == [recall.RecallForget(ids=(ID,), dry_run=True)]
    assert client.recall.generation == 9
    keep(daemon, "recall.list", recall.ListReply((ITEM,), 1))
    assert client.recall.list(recall.RecallList()).total == 1
    related = keep(daemon, "recall.related", recall.SearchReply((), 1, 1.0))
    client.recall.related(ID, k=2, explain=True)
    assert related == [recall.RecallRelated(id=ID, k=2, explain=True)]
    packed = keep(daemon, "recall.context", recall.ContextReply("", (), 0))
    client.recall.context("q", budget_tokens=99)
    assert packed == [recall.RecallContext(query="q", budget_tokens=99)]
    keep(daemon, "recall.stats", recall.StatsReply(1, 2, (), 0.0, 3, 4))
    assert client.recall.stats().versions == 2

"""The typed calls of Perfect Recall."""

from collections.abc import Iterator, Sequence
from typing import Literal, TypeVar

import msgspec

from revo_edge.client.groups import Call
from revo_edge.contract import recall
from revo_edge.contract.codec import BLOB_CHUNK_BYTES, encode
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.params import Params
from revo_edge.contract.recall import Filter, Item, NewItem, RecallUpdate
from revo_edge.errors import NotFound, TooLarge

BATCH_ITEMS = 100
EVERYTHING = Filter()

R = TypeVar("R", bound=msgspec.Struct)


class Recall:
    """Memory: `client.recall`. Each call may raise what a Client's may.

    What this client stored, corrected or forgot is in force in every later call of it.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self.generation = 0
        """The newest state of the memory that a reply spoke of."""

    # writing

    def put(self, item: NewItem) -> recall.Stored:
        """Remember one text; the same text in the same place is a duplicate and is not stored."""
        return self.store([item]).stored[0]

    def store(
        self,
        items: Sequence[NewItem],
        *,
        duplicates: Literal["skip", "link", "keep"] = "skip",
    ) -> recall.StoreReply:
        """Remember any number of texts, 100 to a commit; one outcome for each, in order.

        Raises TooLarge for a text that does not fit a request (about 190 KB): store it as a task
        of kind `recall.remember`, or ingest its file.
        """
        stored: list[recall.Stored] = []
        for batch in _batches(items):
            params = recall.RecallStore(items=batch, duplicates=duplicates)
            reply = self._change("recall.store", params, recall.StoreReply)
            self._saw(reply.generation)
            stored += reply.stored
        return recall.StoreReply(tuple(stored), self.generation)

    def update(self, change: RecallUpdate) -> Item:
        """Correct an item; the old version stays in its history. Returns what holds now."""
        reply = self._change("recall.update", change, recall.UpdateReply)
        self._saw(reply.generation)
        return reply.item

    def forget(
        self, ids: Sequence[str] = (), *, filter: Filter | None = None, dry_run: bool = False
    ) -> recall.ForgetReply:
        """Forget items by id, or up to 1,000 that fit a filter; the reply says if there are more."""
        params = recall.RecallForget(ids=tuple(ids), filter=filter, dry_run=dry_run)
        reply = self._change("recall.forget", params, recall.ForgetReply)
        self._saw(reply.generation)
        return reply

    def watch(self, path: str, namespace: str = "") -> tuple[recall.WatchedFolder, ...]:
        """Follow a folder (absolute path); what changes in it is ingested. Returns all of them."""
        params = recall.RecallWatch(path=path, namespace=namespace)
        return self._change("recall.watch", params, recall.WatchReply).folders

    def unwatch(self, path: str) -> tuple[recall.WatchedFolder, ...]:
        """Follow a folder no longer; return those that are left. Raises NotFound."""
        params = recall.RecallWatch(path=path, remove=True)
        return self._change("recall.watch", params, recall.WatchReply).folders

    # reading

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        filter: Filter = EVERYTHING,
        explain: bool = False,
        mode: Literal["auto", "lexical", "vector"] = "auto",
    ) -> recall.SearchReply:
        """Return the `k` items that fit best, the best first."""
        params = recall.RecallSearch(
            query=query,
            filter=filter,
            k=k,
            explain=explain,
            mode=mode,
            generation=self.generation,
        )
        return self._call("recall.search", params, recall.SearchReply)

    def get(self, item_id: str, version: int | None = None, *, as_of: float | None = None) -> Item:
        """Return an item as it holds now, in a certain version or at a time; raise NotFound."""
        params = recall.RecallGet(ids=(item_id,), version=version, as_of=as_of)
        found = self._call("recall.get", params, recall.GetReply)
        if not found.items:
            which = f" in version {version}" if version else ""
            raise NotFound(f"There is no item {item_id}{which}. `revo recall ls` lists them.")
        return found.items[0]

    def history(self, item_id: str) -> tuple[Item, ...]:
        """Return all versions of an item, the newest first; raise NotFound."""
        params = recall.RecallGet(ids=(item_id,), history=True)
        found = self._call("recall.get", params, recall.GetReply)
        if not found.items:
            raise NotFound(f"There is no item {item_id}. `revo recall ls` lists them.")
        return found.items

    def list(self, params: recall.RecallList) -> recall.ListReply:
        """Return one page of the items that fit."""
        return self._call("recall.list", params, recall.ListReply)

    def related(
        self, item_id: str, *, k: int = 10, filter: Filter = EVERYTHING, explain: bool = False
    ) -> recall.SearchReply:
        """Return the items most like this one."""
        params = recall.RecallRelated(id=item_id, filter=filter, k=k, explain=explain)
        return self._call("recall.related", params, recall.SearchReply)

    def context(
        self, query: str, *, budget_tokens: int = 2_000, filter: Filter = EVERYTHING
    ) -> recall.ContextReply:
        """Return the best of memory for a question, with citations, ready to paste in a prompt."""
        params = recall.RecallContext(query=query, filter=filter, budget_tokens=budget_tokens)
        return self._call("recall.context", params, recall.ContextReply)

    def stats(self) -> recall.StatsReply:
        """Return what is in memory."""
        return self._call("recall.stats", recall.RecallStats(), recall.StatsReply)

    # how

    def _change(self, method: str, params: Params, reply: type[R]) -> R:
        return self._call(method, params, reply, key=new_ulid())

    def _saw(self, generation: int) -> None:
        self.generation = max(self.generation, generation)


def _batches(items: Sequence[NewItem]) -> Iterator[tuple[NewItem, ...]]:
    """Cut into batches that fit a request; raise TooLarge for an item that does not."""
    batch: list[NewItem] = []
    size_bytes = 0
    for item in items:
        own_bytes = len(encode(item))
        if own_bytes > BLOB_CHUNK_BYTES:
            raise TooLarge(
                f"A text of {len(item.text):,} characters does not fit a request. Ingest its file "
                "with `revo recall ingest`, or submit it as a task of kind recall.remember."
            )
        if batch and (len(batch) == BATCH_ITEMS or size_bytes + own_bytes > BLOB_CHUNK_BYTES):
            yield tuple(batch)
            batch, size_bytes = [], 0
        batch.append(item)
        size_bytes += own_bytes
    if batch:
        yield tuple(batch)

"""`recall.remember` and `recall.forget_all`: what the calls do, without their limits."""

from typing import Literal

import msgspec

from revo_edge.contract.recall import (
    Filter,
    ForgetReply,
    RecallForget,
    RecallStore,
    StoreReply,
)
from revo_edge.engines.base import Context
from revo_edge.engines.recall import filters
from revo_edge.engines.recall.params import ForgetAllParams, RememberParams
from revo_edge.engines.recall.reading import reading

ITEMS_AT_ONCE = 100
SEND_CHARACTERS = 1024 * 1024


class Remembered(msgspec.Struct, frozen=True):
    """The result: the id and version of each item in order, and how many were there already."""

    items: list[tuple[str, int]]
    stored: int
    duplicates: int
    generation: int


class Forgotten(msgspec.Struct, frozen=True):
    """The result: how many items and versions went (or would go)."""

    items: int
    versions: int
    dry_run: bool
    generation: int


def run_remember(params: RememberParams, ctx: Context) -> Remembered:
    """Store the items in their order.

    A second attempt cannot tell what the first has stored from what was there before: it skips
    what is there, also when duplicates are to be kept.
    """
    duplicates: Literal["skip", "link", "keep"] = "skip" if ctx.attempt > 1 else params.duplicates
    ids: list[tuple[str, int]] = []
    found = generation = first = 0
    total = len(params.items)
    while first < total:
        ctx.check_cancelled()
        last = _batch_end(params, first)
        asked = RecallStore(params.items[first:last], duplicates)
        answer = msgspec.convert(ctx.call("recall.store", asked), StoreReply)
        ids += [(each.id, each.version) for each in answer.stored]
        found += sum(each.outcome == "duplicate" for each in answer.stored)
        generation, first = answer.generation, last
        ctx.progress(first, total, note="items stored")
    return Remembered(ids, total - found, found, generation)


def _batch_end(params: RememberParams, first: int) -> int:
    """Return where a batch ends that is neither too many items nor too much text."""
    characters = 0
    for place in range(first, min(first + ITEMS_AT_ONCE, len(params.items))):
        characters += len(params.items[place].text)
        if characters > SEND_CHARACTERS and place > first:
            return place
    return min(first + ITEMS_AT_ONCE, len(params.items))


def run_forget_all(params: ForgetAllParams, ctx: Context) -> Forgotten:
    """Forget in batches until nothing fits; what comes meanwhile and fits goes, too."""
    total = _count(params.filter, ctx)
    if params.dry_run:
        versions = _count(params.filter, ctx, versions=True)
        return Forgotten(total, versions, dry_run=True, generation=0)
    items = versions = 0
    while True:
        ctx.check_cancelled()
        asked = RecallForget(filter=params.filter)
        answer = msgspec.convert(ctx.call("recall.forget", asked), ForgetReply)
        items += answer.items
        versions += answer.versions
        ctx.progress(items, max(total, items), note="items forgotten")
        if not answer.more or not answer.items:
            return Forgotten(items, versions, dry_run=False, generation=answer.generation)


def _count(wanted: Filter, ctx: Context, *, versions: bool = False) -> int:
    with reading(ctx.home) as db:
        if db is None:
            return 0
        where = filters.where(db, wanted)
        query = f"SELECT count(*) FROM version WHERE {where.sql}"  # noqa: S608 - sql of filters
        if versions:
            query = f"SELECT count(*) FROM version WHERE id IN ({query.replace('count(*)', 'id')})"  # noqa: S608 - as above
        (count,) = db.execute(query, where.values).fetchone()
        return int(count)

"""Calls: short requests that the processes of the resident lane answer.

`CALLS` is the one table. A call that mutates goes to the lane's writer, the others to its readers.
An `internal` one is for the engine's own tasks and unknown to clients.
"""

import msgspec

from revo_edge.contract import recall, recall_writes
from revo_edge.contract.params import Params


class CallMethod(msgspec.Struct, frozen=True):
    """How a call is made; `engine` is whose lane answers it.

    `counted` is the field of the reply whose entries are the items it is about.
    """

    engine: str
    params: type[Params]
    reply: type[msgspec.Struct]
    mutates: bool = False
    internal: bool = False
    counted: str = ""


def _write(params: type[Params], reply: type[msgspec.Struct], counted: str = "") -> CallMethod:
    return CallMethod("recall", params, reply, mutates=True, counted=counted)


def _inner(params: type[Params], reply: type[msgspec.Struct]) -> CallMethod:
    return CallMethod("recall", params, reply, mutates=True, internal=True)


CALLS: dict[str, CallMethod] = {
    "recall.search": CallMethod("recall", recall.RecallSearch, recall.SearchReply, counted="hits"),
    "recall.get": CallMethod("recall", recall.RecallGet, recall.GetReply, counted="items"),
    "recall.list": CallMethod("recall", recall.RecallList, recall.ListReply, counted="items"),
    "recall.related": CallMethod(
        "recall", recall.RecallRelated, recall.SearchReply, counted="hits"
    ),
    "recall.context": CallMethod(
        "recall", recall.RecallContext, recall.ContextReply, counted="citations"
    ),
    "recall.stats": CallMethod("recall", recall.RecallStats, recall.StatsReply),
    "recall.store": _write(recall.RecallStore, recall.StoreReply, "stored"),
    "recall.update": _write(recall.RecallUpdate, recall.UpdateReply),
    "recall.forget": _write(recall.RecallForget, recall.ForgetReply, "ids"),
    "recall.watch": _write(recall.RecallWatch, recall.WatchReply),
    "recall.replace_files": _inner(recall_writes.RecallReplaceFiles, recall_writes.ReplaceReply),
    "recall.import_items": _inner(recall_writes.RecallImport, recall_writes.ImportReply),
    "recall.put_vectors": _inner(recall_writes.RecallVectors, recall_writes.Written),
    "recall.swap_index": _inner(recall_writes.RecallSwap, recall_writes.Written),
    "recall.swap_store": _inner(recall_writes.RecallSwapStore, recall_writes.Written),
}

PUBLIC_CALLS = {name: call for name, call in CALLS.items() if not call.internal}
"""What a client may ask for."""

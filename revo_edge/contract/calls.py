"""Calls: short requests that the processes of the resident lane answer.

`CALLS` is the one table. A call that mutates goes to the lane's writer, the others to its readers.
An `internal` one is for the engine's own tasks and unknown to clients.
"""

import msgspec

from revo_edge.contract import recall, recall_writes
from revo_edge.contract.params import Params


class CallMethod(msgspec.Struct, frozen=True):
    """How a call is made; `engine` is whose lane answers it."""

    engine: str
    params: type[Params]
    reply: type[msgspec.Struct]
    mutates: bool = False
    internal: bool = False


def _write(params: type[Params], reply: type[msgspec.Struct]) -> CallMethod:
    return CallMethod("recall", params, reply, mutates=True)


def _inner(params: type[Params], reply: type[msgspec.Struct]) -> CallMethod:
    return CallMethod("recall", params, reply, mutates=True, internal=True)


CALLS: dict[str, CallMethod] = {
    "recall.search": CallMethod("recall", recall.RecallSearch, recall.SearchReply),
    "recall.get": CallMethod("recall", recall.RecallGet, recall.GetReply),
    "recall.list": CallMethod("recall", recall.RecallList, recall.ListReply),
    "recall.related": CallMethod("recall", recall.RecallRelated, recall.SearchReply),
    "recall.context": CallMethod("recall", recall.RecallContext, recall.ContextReply),
    "recall.stats": CallMethod("recall", recall.RecallStats, recall.StatsReply),
    "recall.store": _write(recall.RecallStore, recall.StoreReply),
    "recall.update": _write(recall.RecallUpdate, recall.UpdateReply),
    "recall.forget": _write(recall.RecallForget, recall.ForgetReply),
    "recall.replace_files": _inner(recall_writes.RecallReplaceFiles, recall_writes.ReplaceReply),
    "recall.import_items": _inner(recall_writes.RecallImport, recall_writes.ImportReply),
    "recall.put_vectors": _inner(recall_writes.RecallVectors, recall_writes.Written),
    "recall.swap_index": _inner(recall_writes.RecallSwap, recall_writes.Written),
    "recall.swap_store": _inner(recall_writes.RecallSwapStore, recall_writes.Written),
    "recall.watch_folder": _inner(recall_writes.RecallWatch, recall_writes.Written),
}

PUBLIC_CALLS = {name: call for name, call in CALLS.items() if not call.internal}
"""What a client may ask for."""

"""Quality of Perfect Recall on judged data, through the real daemon, client, store and search.

Each set is a folder with corpus.jsonl, queries.jsonl and qrels.tsv (the harness eval_recall.py says
how it scores). What a document is follows from what is known of it: a speaker makes it a turn of a
conversation, a language a piece of code. Peers are the figures of the prototype that this engine
was designed from, on the same rows; the data is for evaluation only and not part of the project.

The same adapter serves the harness by itself:
`python eval_recall.py --adapter tests.bench.recall:Memory --data FOLDER`.
"""

import argparse
import importlib.util
import itertools
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from revo_edge import Client
from revo_edge.contract.recall import Filter, ItemKind, NewItem, Source
from tests.bench._rows import Row, load_1m, show
from tests.harness import REPOSITORY, wait_for
from tests.private import private_daemon

SHARED = REPOSITORY.parent / "shared"
DATA = SHARED / "data" / "recall"
HARNESS = SHARED / "tools" / "eval_recall.py"
EMBED_LIMIT_S = 3_600.0
DATES = ("%I:%M %p on %d %B, %Y", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d")

WANTED: dict[str, tuple[str, float, float]] = {
    "locomo/session hit@1": ("hit@1", 0.76, 0.74),
    "locomo/session hit@5": ("hit@5", 0.95, 0.94),
    "locomo/turn hit@5": ("hit@5", 0.75, 0.73),
    "cosqa nDCG@10": ("ndcg@10", 0.63, 0.60),
    "cranfield nDCG@10": ("ndcg@10", 0.42, 0.374),
}
"""Row -> (measure, budget, the prototype's)."""

Document = tuple[str, str, dict[str, Any]]
"""(id, text, what is known of it)"""


class Memory:
    """An adapter of the harness: one namespace of one daemon, which all of them share."""

    _shared: tuple[ExitStack, Client] | None = None
    _numbers = itertools.count(1)
    mode: Any = "auto"

    def __init__(self) -> None:
        self._namespace = f"set-{next(Memory._numbers)}"
        self._used: set[str] = set()
        self._ids: dict[str, str] = {}
        if Memory._shared is None:
            stack = ExitStack()
            daemon = stack.enter_context(private_daemon())
            Memory._shared = stack, stack.enter_context(Client(daemon.paths, deadline_s=60.0))
        self._client = Memory._shared[1]

    def index(self, documents: Sequence[Document]) -> None:
        """Store the documents and wait until each has its vector."""
        items = [_item(document, self._namespace) for document in documents]
        self._used |= {item.namespace for item in items}
        stored = self._client.recall.store(items, duplicates="keep").stored
        self._ids |= {
            each.id: document[0] for each, document in zip(stored, documents, strict=True)
        }
        if self.mode != "lexical":
            wait_for(self._is_embedded, EMBED_LIMIT_S)

    def search(self, query: str, k: int) -> list[str]:
        """Return the ids of the documents that fit best."""
        return self._found(query, k, sorted(self._used))

    def search_ns(self, query: str, k: int, namespace: str) -> list[str]:
        """Return those of one namespace only."""
        return self._found(query, k, [f"{self._namespace}/{namespace}"])

    @classmethod
    def end(cls) -> None:
        """Stop the daemon."""
        if cls._shared is not None:
            cls._shared[0].close()
            cls._shared = None

    def _found(self, query: str, k: int, namespaces: Sequence[str]) -> list[str]:
        wanted = Filter(namespaces=tuple(namespaces))
        reply = self._client.recall.search(query, k=k, filter=wanted, mode=self.mode)
        return [self._ids[hit.item.id] for hit in reply.hits]

    def _is_embedded(self) -> bool:
        stats = self._client.recall.stats()
        if not stats.model:
            raise SystemExit(f"There are no vectors: {stats.lexical_only}")
        return stats.embedded_ratio == 1.0


def _item(document: Document, namespace: str) -> NewItem:
    _, text, known = document
    if "namespace" in known:
        namespace = f"{namespace}/{known['namespace']}"
    if "speaker" in known:
        source = Source(
            session=known.get("session", ""), turn=known.get("turn"), speaker=known["speaker"]
        )
        at = _moment(known.get("timestamp", ""))
        kind = ItemKind.CONVERSATION
        return NewItem(text=text, namespace=namespace, kind=kind, source=source, at=at)
    if "lang" in known:
        fields = {"language": known["lang"]}
        return NewItem(text=text, namespace=namespace, kind=ItemKind.CODE, metadata=fields)
    return NewItem(text=text, namespace=namespace, kind=ItemKind.DOCUMENT)


def _moment(text: str) -> float | None:
    for form in DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None


def main(argv: list[str]) -> int:
    """Print the table; return 1 when a row misses its budget."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench recall", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--sets", nargs="*", help="only these; default: all of the folder")
    parser.add_argument("--mode", choices=["auto", "lexical", "vector"], default="auto")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    if not (args.data.is_dir() and HARNESS.is_file()):
        print(f"skipped: there is no judged data in {args.data}", file=sys.stderr)
        return 0
    before = load_1m()
    Memory.mode = args.mode
    try:
        report = _harness().evaluate(
            Memory, str(args.data), set(args.sets) if args.sets else None, log=_tell
        )
    finally:
        Memory.end()
    return show("recall", list(_rows(report)), before, as_json=args.json)


def _rows(report: dict[str, Any]) -> Iterable[Row]:
    for what, (measure, budget, prototype) in WANTED.items():
        found = report.get(what.split()[0])
        if found is None:
            continue
        mean, (low, high) = found[measure]["mean"], found[measure]["ci95"]
        yield Row(
            what,
            mean,
            "",
            f">= {budget}",
            mean >= budget,
            prototype,
            "the prototype on the same rows",
            f"95 % interval {low:.3f} to {high:.3f}, {found['queries']} queries, "
            f"search p50 {found['search_ms']['p50']} ms, p99 {found['search_ms']['p99']} ms.",
        )


def _harness() -> Any:
    spec = importlib.util.spec_from_file_location("eval_recall", HARNESS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _tell(line: str) -> None:
    print(line, file=sys.stderr)

"""Make the surveyed tree searchable, and find searches in it that work.

The tree is ingested by Perfect Recall as a child task. Each example is a question in words taken
from the name of a function, and is kept only if the search really returns that function's file.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import msgspec

from revo_edge.contract.recall import Filter, ListReply, RecallList, RecallSearch, SearchReply
from revo_edge.engines.base import Context, ItemFailed
from revo_edge.engines.parallel.measure import FileReport, Measured
from revo_edge.errors import RevoError

EXAMPLES = 5
TRIED = 40
AMONG = 3
"""An example works when its file is among the first so many hits."""

_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


class Ingest(msgspec.Struct, frozen=True):
    """What `recall.ingest` is asked."""

    path: str
    namespace: str = ""


class Example(msgspec.Struct, frozen=True):
    """A search that works: the first hit's place; `path` is relative to the tree."""

    query: str
    path: str
    line: int | None = None


class Remembered(msgspec.Struct, frozen=True):
    """How the tree was made searchable; `unavailable` says why it was not."""

    unavailable: str = ""
    namespace: str = ""
    items: int = 0
    examples: list[Example] = []


def verdict(found: Remembered) -> str:
    """Say in a sentence what can be searched, or why nothing can."""
    if found.unavailable:
        return f"The tree is not searchable: {found.unavailable}"
    if not found.examples:
        return f"{found.items:,} pieces of this tree can be searched, in {found.namespace}."
    return (
        f"{found.items:,} pieces of this tree can be searched, in {found.namespace}. "
        "These searches found what they name:"
    )


def command(example: Example, namespace: str) -> str:
    """Return the command line of a search."""
    return f"revo recall search {example.query} -n {shlex.quote(namespace)}"


def place(example: Example) -> str:
    """Return the first hit's `path:line`."""
    return f"{example.path}:{example.line}" if example.line else example.path


def remember(root: str, parts: Sequence[Measured], ctx: Context) -> Remembered:
    """Ingest the tree and try searches; a memory that does not answer costs only the examples."""
    ctx.progress(0, 0, note="making it searchable")
    try:
        (result,) = ctx.map("recall.ingest", [Ingest(root)])
        found = ctx.value(result, dict)
        namespace = str(found["namespace"])
        items = _count(root, namespace, ctx)
        examples = list(_examples(root, namespace, parts, ctx))
    except ItemFailed as failure:
        return Remembered(failure.error.msg)
    except RevoError as error:
        return Remembered(error.msg)
    return Remembered("", namespace, items, examples)


def _count(root: str, namespace: str, ctx: Context) -> int:
    """Return how many items of the tree there are, those that did not change included."""
    params = RecallList(filter=Filter(namespaces=(namespace,), path=root), limit=1)
    return msgspec.convert(ctx.call("recall.list", params), ListReply).total


def _examples(
    root: str, namespace: str, parts: Sequence[Measured], ctx: Context
) -> Iterator[Example]:
    seen = 0
    for query, path in _candidates(file for part in parts for file in part.files):
        ctx.check_cancelled()
        found = _ask(query, namespace, ctx)
        places = [hit.item.source for hit in found.hits]
        here = [place for place in places if place.path == f"{root.rstrip('/')}/{path}"]
        if here:
            yield Example(query, path, here[0].first_line)
            seen += 1
        if seen == EXAMPLES:
            return


def _ask(query: str, namespace: str, ctx: Context) -> SearchReply:
    params = RecallSearch(query=query, filter=Filter(namespaces=(namespace,)), k=AMONG)
    return msgspec.convert(ctx.call("recall.search", params), SearchReply)


def _candidates(files: Iterator[FileReport]) -> list[tuple[str, str]]:
    """Return (query, path): one function of each file, those whose names say most first."""
    best: dict[str, tuple[int, str]] = {}
    for file in files:
        if file.path.startswith(("test", "tests/")) or "/test" in file.path:
            continue
        for function in file.functions:
            words = [word.lower() for word in _PARTS.findall(function.name.rpartition(".")[2])]
            score = len(words) * 100 + len("".join(words))
            if 2 <= len(words) <= 5 and score > best.get(file.path, (0, ""))[0]:
                best[file.path] = (score, " ".join(words))
    ranked = sorted(best.items(), key=lambda one: (-one[1][0], one[0]))
    spread = _spread([(query, path) for path, (_, query) in ranked])
    return spread[:TRIED]


def _spread(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Take turns between folders, so that the examples are not all of one."""
    by_folder: dict[str, list[tuple[str, str]]] = {}
    for query, path in found:
        by_folder.setdefault(str(PurePosixPath(path).parent), []).append((query, path))
    spread = []
    while by_folder:
        for folder in list(by_folder):
            spread.append(by_folder[folder].pop(0))
            if not by_folder[folder]:
                del by_folder[folder]
    return spread

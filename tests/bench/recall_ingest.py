"""Ingest of a large tree end to end: how soon it is found by words, and what that costs searches.

The tree is a copy of the standard library (or --tree), so that one file of it can be changed. One
search follows the other while the vectors are made; each query is another one.
"""

import argparse
import shutil
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from revo_edge import Client
from revo_edge.contract.tasks import TaskSpec, TaskState
from tests.bench._rows import Row, load_1m, percentile, show
from tests.bench.recall_speed import made_queries
from tests.private import private_daemon

LIMIT_S = 120.0
LEFT_OUT = ("site-packages", "__pycache__")


def main(argv: list[str]) -> int:
    """Print the rows; return 1 when one missed its budget."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench recall_ingest")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tree", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("--searches", type=int, default=1_000, help="while vectors are made")
    args = parser.parse_args(argv)
    load = load_1m()
    with private_daemon() as daemon, Client(daemon.paths, deadline_s=60.0) as client:
        tree = daemon.paths.home.parent / "tree"
        shutil.copytree(args.tree, tree, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        rows = list(measured(client, tree, args.searches))
    return show("recall_ingest", rows, load, as_json=args.json)


def measured(client: Client, tree: Path, searches: int) -> Iterator[Row]:
    """Ingest, search while vectors are made, change one file and ingest again."""
    first, took_s = ingest(client, tree)
    words = "def runcode exec code locals showtraceback"
    found = client.recall.search(words, mode="lexical").hits
    if not any(hit.item.source.path.endswith("/code.py") for hit in found):
        raise SystemExit("what was ingested is not found by its words")
    what = f"{first['read']:,} files, {first['stored']:,} items: all found by words after"
    yield Row(what, took_s, "s", "< 15 s", took_s < 15)
    yield from beside_the_vectors(client, searches)
    changed = tree / "code.py"
    changed.write_text(changed.read_text() + "\n\ndef quagga() -> None:\n    pass\n")
    second, took_s = ingest(client, tree)
    if second["read"] != 1 or second["stored"] == 0:
        raise SystemExit(f"not one file was read: {second}")
    yield Row("again, one file changed", took_s, "s", "< 2 s", took_s < 2)


def ingest(client: Client, tree: Path) -> tuple[dict[str, Any], float]:
    """Return the result, and how long it took from the submission on."""
    began = time.perf_counter()
    task = client.submit(TaskSpec("recall.ingest", {"path": str(tree)}))
    ended = client.wait(task.id, LIMIT_S)
    took_s = time.perf_counter() - began
    if ended.state is not TaskState.SUCCEEDED:
        raise SystemExit(f"the ingest has {ended.state.value}: {ended.error}")
    result: dict[str, Any] = client.result(task.id)
    return result, took_s


def beside_the_vectors(client: Client, searches: int) -> Iterator[Row]:
    """Search while vectors are made."""
    took_ms = []
    before = client.recall.stats()
    for query in made_queries(searches):
        began = time.perf_counter()
        reply = client.recall.search(query)
        took_ms.append(1e3 * (time.perf_counter() - began))
        if reply.cached:
            raise SystemExit("an answer came from the cache")
    after = client.recall.stats()
    caveat = (
        f"{len(took_ms)} queries; embedded {before.embedded_ratio:.1%} to {after.embedded_ratio:.1%}"
        + (f"; {reply.lexical_only}" if reply.lexical_only else "")
    )
    for percent, budget in ((50, None), (99, 50.0)):
        value = percentile(took_ms, percent)
        yield Row(
            f"search while vectors are made, p{percent}",
            value,
            "ms",
            f"< {budget:g} ms" if budget else "none",
            budget is None or value < budget,
            caveat=caveat,
        )
    if not before.embedded_ratio < after.embedded_ratio < 1:
        raise SystemExit("no vectors were made meanwhile")

"""A client of Perfect Recall in a process of its own, for recall_speed.py.

    python -m tests.bench._recall_client QUERIES FIRST COUNT [NAMESPACE]

QUERIES is a file with a query on each line; of those, COUNT from FIRST on are asked. It prints
"ready", begins when a line comes in, and ends with a line of JSON.
"""

import sys
import time
from pathlib import Path

import msgspec

from revo_edge import Client
from revo_edge.contract.recall import Filter
from revo_edge.paths import find_paths

PATIENCE_S = 60.0


class Asked(msgspec.Struct):
    """What one client saw; `cached` are answers that were not worked out anew."""

    took_ms: list[float] = []
    hits: int = 0
    cached: int = 0
    lexical_only: str = ""


def main(queries: str, first: str, count: str, namespace: str = "") -> None:
    """Ask the queries one after the other."""
    lines = Path(queries).read_text().splitlines()[int(first) : int(first) + int(count)]
    wanted = Filter(namespaces=(namespace,) if namespace else ())
    asked = Asked()
    with Client(find_paths(), deadline_s=PATIENCE_S) as client:
        client.recall.search("is it there", filter=wanted)
        print("ready", flush=True)
        sys.stdin.readline()
        for line in lines:
            began = time.perf_counter()
            reply = client.recall.search(line, filter=wanted)
            asked.took_ms.append(1e3 * (time.perf_counter() - began))
            asked.hits += len(reply.hits)
            asked.cached += reply.cached
            asked.lexical_only = reply.lexical_only
    print(msgspec.json.encode(asked).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Changes a memory as the daemon does and prints what is acknowledged, line by line.

`python -m tests.fault.recall_writer HOME SEED` runs until it is killed. `+ ID WORD` says that an
item is stored, `~ ID WORD` that it was corrected, `- ID` that it was forgotten; `? ID` that one of
these comes next.
"""

import itertools
import os
import random
import sys
from pathlib import Path

from revo_edge.contract.recall import (
    ItemKind,
    NewItem,
    RecallForget,
    RecallStore,
    RecallUpdate,
    Source,
    StoreReply,
)
from revo_edge.contract.recall_writes import FileItems, RecallReplaceFiles
from revo_edge.engines.recall.opening import Options
from revo_edge.engines.recall.writer import Writer

BATCH = 40


def main(home: Path, seed: int) -> None:
    writer = Writer(home, Options())
    chance = random.Random(seed)  # noqa: S311 - chooses changes, no secret
    live: list[str] = []
    for number in itertools.count():
        live += store(writer, f"b{number}s{seed}")
        for item in chance.sample(live, 3):
            word = f"corrected{number}s{seed}"
            say(f"? {item}")
            writer.call("recall.update", RecallUpdate(item, text=f"{item} {word}"))
            say(f"~ {item} {word}")
        gone = live.pop(chance.randrange(len(live)))
        say(f"? {gone}")
        writer.call("recall.forget", RecallForget((gone,)))
        say(f"- {gone}")
        replace(writer, number)
        for _ in range(3):
            writer.rest(0.0)


def store(writer: Writer, name: str) -> list[str]:
    items = tuple(
        NewItem(
            f"{name}x{place} " + "word " * 50,
            kind=ItemKind.CONVERSATION if place % 2 else ItemKind.NOTE,
            tags=(name,),
            source=Source(session="s", turn=place) if place % 2 else Source(),
        )
        for place in range(BATCH)
    )
    reply = writer.call("recall.store", RecallStore(items))
    assert isinstance(reply, StoreReply)
    say("\n".join(f"+ {each.id} {name}x{place}" for place, each in enumerate(reply.stored)))
    return [each.id for each in reply.stored]


def replace(writer: Writer, number: int) -> None:
    chunks = tuple(NewItem(f"chunk {number} {place}", "files") for place in range(BATCH))
    file = FileItems("a.py", 1, number, str(number), chunks)
    writer.call("recall.replace_files", RecallReplaceFiles("files", "/r", (file,)))
    say(f"= {number}")


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

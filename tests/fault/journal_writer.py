"""Writes to a journal as the daemon does and prints each id once it is acknowledged.

`python -m tests.fault.journal_writer FILE` runs until it is killed.
"""

import itertools
import os
import sys
from pathlib import Path

import zmq

from revo_edge.daemon.background import Inbox, StoreThread
from revo_edge.errors import RevoError
from revo_edge.store.journal import Journal
from revo_edge.store.writes import PutReply
from tests.unit.store.rows import children, put

IN_FLIGHT = 50
CHILDREN = 3


def main(path: Path) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    inbox = Inbox(context)
    store = StoreThread(Journal(path), inbox)
    numbers = itertools.count()

    def submit() -> None:
        name = f"T{next(numbers)}"

        def acknowledge(error: RevoError | None) -> None:
            assert error is None, error
            os.write(1, f"{name}\n".encode())
            submit()

        reply = PutReply(name, "test", "hash", b"reply", 1.0)
        store.write([put(name), children(name, *range(CHILDREN)), reply], acknowledge)

    for _ in range(IN_FLIGHT):
        submit()
    while inbox.socket.poll():
        for callback in inbox.ready():
            callback()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

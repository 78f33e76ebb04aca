"""Fills a disk with a journal, makes room, and checks that nothing acknowledged was lost.

`python -m tests.fault.journal_full FOLDER limit|ballast`: the disk is full at a file size limit of
this process, or when the file system of FOLDER is, which then holds a file `ballast` to delete.
"""

import hashlib
import resource
import sys
from pathlib import Path

import pytest
import zmq

from revo_edge.contract.codec import encode
from revo_edge.daemon.background import Inbox, StoreThread
from revo_edge.errors import RevoError, Unavailable
from revo_edge.store.spool import Spool
from revo_edge.store.start import start_journal
from tests.unit.store.rows import put

LIMIT_BYTES = 2_000_000
PARAMS = encode(b"x" * 20_000)
BLOB = b"y" * (LIMIT_BYTES + 1)
DIGEST = hashlib.sha256(BLOB).hexdigest()
CHUNK_BYTES = 190_001


def limit_files(limit_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))


class Writer:
    """Submits one list at a time and keeps what was answered."""

    def __init__(self, path: Path) -> None:
        self.inbox = Inbox(zmq.Context())
        self.started = start_journal(path, 10)
        self.store = StoreThread(self.started.journal, self.inbox)
        self.acknowledged: list[str] = []

    def submit(self, name: str) -> RevoError | None:
        errors: list[RevoError | None] = []
        self.store.write([put(name, params=PARAMS)], errors.append, refusable=True)
        while not errors:
            assert self.inbox.socket.poll(10_000)
            for callback in self.inbox.ready():
                callback()
        if errors[0] is None:
            self.acknowledged.append(name)
        return errors[0]

    def check(self) -> None:
        loaded = self.started.reader.load(10)
        assert [task.row.info.id for task in loaded.live] == self.acknowledged

    def close(self) -> None:
        assert self.store.stop(5.0)
        self.started.reader.close()
        self.started.journal.close()


def main(folder: Path, how: str) -> None:
    path = folder / "revo.db"
    spool = Spool(folder / "spool")
    writer = Writer(path)
    if how == "limit":
        limit_files(LIMIT_BYTES)
    errors = [error for number in range(400) if (error := writer.submit(f"A{number}"))]
    assert writer.acknowledged, "nothing was written before the disk was full"
    assert errors, "the disk was never full"
    assert {type(error) for error in errors} == {Unavailable}
    assert "space" in writer.store.degraded
    received = check_spool_when_full(spool)
    writer.check()
    if how == "limit":
        limit_files(resource.RLIM_INFINITY)
    else:
        (folder / "ballast").unlink()
    assert writer.submit("B") is None, "it did not heal"
    assert writer.store.degraded == ""
    check_spool_with_room(spool, received)
    writer.check()
    writer.close()
    again = Writer(path)
    again.acknowledged = writer.acknowledged
    again.check()
    again.close()
    print(f"{len(writer.acknowledged)} acknowledged, {len(errors)} refused: {errors[0]}")


def check_spool_when_full(spool: Spool) -> int:
    """Return how many bytes of an upload were received before there was no room."""
    with pytest.raises(Unavailable, match="Free some space"):
        spool.put(BLOB)
    offsets = [0]
    with pytest.raises(Unavailable, match="Free some space"):
        upload_rest(spool, offsets)
    received = offsets[-1]
    left = [path for path in spool.path(DIGEST).parent.iterdir() if path.name != "lock"]
    assert [path.stat().st_size for path in left] in ([received], [])
    return received


def upload_rest(spool: Spool, offsets: list[int]) -> None:
    complete = False
    while not complete:
        chunk = BLOB[offsets[-1] : offsets[-1] + CHUNK_BYTES]
        received, complete = spool.put_chunk(DIGEST, offsets[-1], len(BLOB), chunk)
        offsets.append(received)


def check_spool_with_room(spool: Spool, received: int) -> None:
    upload_rest(spool, [received])
    assert spool.put(BLOB) == DIGEST
    assert spool.size(DIGEST) == len(BLOB)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

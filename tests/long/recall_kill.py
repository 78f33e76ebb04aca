"""200 rounds of kill -9 while Perfect Recall stores: nothing acknowledged is lost or half there.

Ten rounds make a group, in a home of its own. Four clients store batches of 20 short texts without
pause, correct and forget some of them, each through the real daemon; in each round, once something
was acknowledged again, the writer, a reader or the daemon itself is killed at a random moment. After the last kill of a group all is
read back: every batch that was acknowledged is there whole, every other one whole or not at all,
what was corrected last holds, what was forgotten is gone; every version that holds has exactly one
entry among the words, and the database and its full text pass SQLite's own checks.
"""

import random
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import msgspec
import psutil

from revo_edge import Client, RevoError
from revo_edge.contract.kinds import Lane
from revo_edge.contract.recall import Item, NewItem, RecallList, RecallUpdate
from revo_edge.paths import Paths
from tests.harness import wait_for
from tests.long.run import Round, Run
from tests.private import make_daemon, private_home

ROUNDS = 200
GROUP = 10
CLIENTS = 4
BATCH = 20
LONGEST_WAIT_S = 0.5
BACK_S = 60.0
CORRECTED_SHARE = 0.2
FORGOTTEN_SHARE = 0.1
HARMLESS_LOG = r"WARNING"


class Batch(msgspec.Struct):
    """What one client knows of one batch. `sure`: the daemon acknowledged it."""

    name: str
    sure: bool = False
    ids: list[str] = []
    corrected: bool | None = False
    """None: the correction of its first item was not answered."""
    forgotten: bool | None = False
    """None: that its last item shall go was not answered."""


class Storing:
    """One client in a thread of its own, whatever happens to the daemon."""

    def __init__(self, paths: Paths, name: str, seed: int) -> None:
        self.batches: list[Batch] = []
        self._paths, self._name = paths, name
        self._random = random.Random(seed)  # noqa: S311 - chooses what to do, no secret
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def stop(self) -> None:
        """Store no more; wait for the last answer."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        with Client(self._paths) as revo:
            while not self._stopping.is_set():
                batch = Batch(f"{self._name}-{len(self.batches)}")
                self.batches.append(batch)
                try:
                    self._store(revo, batch)
                except RevoError:
                    self._stopping.wait(0.25)

    def _store(self, revo: Client, batch: Batch) -> None:
        texts = [f"{batch.name} says number {number}" for number in range(BATCH)]
        stored = revo.recall.store([NewItem(text=text, namespace=self._name) for text in texts])
        batch.ids = [each.id for each in stored.stored]
        batch.sure = True
        if self._random.random() < CORRECTED_SHARE:
            batch.corrected = None
            change = RecallUpdate(id=batch.ids[0], text=f"{batch.name} was corrected")
            revo.recall.update(change)
            batch.corrected = True
        if self._random.random() < FORGOTTEN_SHARE:
            batch.forgotten = None
            revo.recall.forget([batch.ids[-1]])
            batch.forgotten = True


def scenario(run: Run) -> Iterator[Round]:
    """Yield a round for each kill; the last of a group also judges the group."""
    numbers = run.numbers(ROUNDS)
    first = numbers.start
    while first < numbers.stop:
        after = min(numbers.stop, (first // GROUP + 1) * GROUP)
        yield from _group(run, range(first, after))
        first = after


def _group(run: Run, numbers: range) -> Iterator[Round]:
    with ExitStack() as stack:
        paths = stack.enter_context(private_home())
        daemon = make_daemon(paths)
        daemon.allow_log(HARMLESS_LOG)
        daemon.start()
        stack.callback(lambda: daemon.kill() if daemon.running else None)
        chance = run.random(numbers.start)
        clients = [Storing(paths, f"c{n}", chance.getrandbits(32)) for n in range(CLIENTS)]
        for client in clients:
            stack.callback(client.stop)
            client.start()
        for number in numbers:
            chance = run.random(number)
            _await_progress(clients)
            _let_pass(chance.uniform(0.0, LONGEST_WAIT_S))
            what = chance.choice(("writer", "writer", "reader", "daemon"))
            if what == "daemon":
                daemon.kill()
                daemon.start()
            else:
                what = _kill_process(paths, what)
            if number != numbers[-1]:
                yield Round(ok=True, note=what)
        for client in clients:
            client.stop()
        batches = [batch for client in clients for batch in client.batches]
        broken = [*_read_back(paths, clients), *_stopped(daemon.stop()), *_checked(paths)]
        facts = {
            "batches": len(batches),
            "acknowledged": sum(batch.sure for batch in batches),
            "corrected": sum(batch.corrected is True for batch in batches),
            "forgotten": sum(batch.forgotten is True for batch in batches),
            "broken": broken[:20],
            "log": daemon.unexpected_log()[:20],
        }
        yield Round(ok=not broken, note="; ".join([what, *broken[:3]]), facts=facts)


def _await_progress(clients: list[Storing]) -> None:
    """Wait until something was acknowledged again since the last kill."""
    before = [len(client.batches) for client in clients]

    def sure() -> bool:
        return any(
            batch.sure
            for client, count in zip(clients, before, strict=True)
            for batch in client.batches[max(0, count - 1) :]
        )

    wait_for(sure, BACK_S)


def _kill_process(paths: Paths, part: str) -> str:
    try:
        with Client(paths, deadline_s=5.0) as revo:
            found = [
                worker
                for worker in revo.workers().workers
                if worker.lane is Lane.RESIDENT and part in worker.id and worker.pid
            ]
        if found:
            psutil.Process(found[0].pid).send_signal(signal.SIGKILL)
            return found[0].id
    except (RevoError, psutil.NoSuchProcess) as error:
        return f"{part}: {error}"
    return f"no {part} was up"


def _read_back(paths: Paths, clients: list[Storing]) -> Iterator[str]:
    """Yield what is not as it was acknowledged."""
    with Client(paths) as revo:
        there: dict[str, Item] = {}
        cursor, more = None, True
        while more:
            page = revo.recall.list(RecallList(limit=1000, order="oldest", cursor=cursor))
            there |= {item.id: item for item in page.items}
            cursor = page.cursor
            more = cursor is not None
    by_batch: dict[str, int] = {}
    for item in there.values():
        by_batch[item.text.split()[0]] = by_batch.get(item.text.split()[0], 0) + 1
    for batch in (batch for client in clients for batch in client.batches):
        count, least = by_batch.get(batch.name, 0), BATCH - (batch.forgotten is not False)
        most = BATCH - (batch.forgotten is True)
        if batch.sure and not least <= count <= most:
            yield f"{batch.name}: {count} of {BATCH} items are there"
        if not batch.sure and count not in (0, BATCH):
            yield f"{batch.name}: {count} of {BATCH} items of a batch that was never acknowledged"
        if batch.corrected and there[batch.ids[0]].text != f"{batch.name} was corrected":
            yield f"{batch.name}: its correction does not hold"
        if batch.forgotten and batch.ids[-1] in there:
            yield f"{batch.name}: what was forgotten is there"


def _stopped(code: int) -> Iterator[str]:
    if code:
        yield f"the daemon ended with {code}"


def _checked(paths: Paths) -> Iterator[str]:
    """Yield what is wrong in the file itself."""
    db = sqlite3.connect(paths.home / "memory.db")
    try:
        (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            yield f"memory.db: {verdict}"
        (holds,) = db.execute("SELECT count(*) FROM version WHERE valid_to IS NULL").fetchone()
        tables = "SELECT name FROM sqlite_master WHERE sql LIKE '%USING fts5%'"
        full_texts = [name for (name,) in db.execute(tables)]
        entries = 0
        for name in full_texts:
            db.execute(f"INSERT INTO {name} ({name}) VALUES ('integrity-check')")  # noqa: S608 - from the schema
            if not name.startswith("old_"):
                query = f"SELECT count(*) FROM {name}_docsize"  # noqa: S608 - from the schema
                entries += db.execute(query).fetchone()[0]
        if entries != holds:
            yield f"{holds} versions hold, and {entries} are among the words"
    except sqlite3.DatabaseError as error:
        yield f"memory.db: {error}"
    finally:
        db.close()


def _let_pass(seconds: float) -> None:
    end = time.monotonic() + seconds
    wait_for(lambda: time.monotonic() >= end, seconds + 1)

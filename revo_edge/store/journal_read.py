"""Reading the journal on a read-only connection: once at start, then by the reader thread."""

import json
import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from revo_edge.contract.events import QueueInfo
from revo_edge.contract.task_requests import TaskList, TaskListReply
from revo_edge.contract.tasks import ItemResult, Ranges, Story, TaskInfo, TaskSpec, TaskState
from revo_edge.store.journal import merge_ranges
from revo_edge.store.sqlite import connect, unavailable

PAGE_BYTES = 1024 * 1024
"""A page of children ends after so many bytes, since one reply must fit into one message."""

_SLOTS = 1 << 20
"""A children cursor is the row's number times this, plus how many of its results were read.

A row holds one message's results, so fewer than 16 MiB / 16 B; JSON has room for 2**33 rows.
"""
_LAST_ID = "\U0010ffff"

# CROSS JOIN: from the few live tasks to their rows, through the index on owner
_CHILDREN = (
    "SELECT owner, failed, done FROM task CROSS JOIN children"
    " ON owner=id OR (owner>id||'/' AND owner<id||'0') WHERE "
)
_STARTS = (
    "SELECT owner, number FROM task CROSS JOIN child_start"
    " ON owner=id OR (owner>id||'/' AND owner<id||'0') WHERE "
)
_TASKS = "SELECT info, spec, params, story FROM task JOIN asked USING (seq) WHERE "
_LIVE = "ended_at IS NULL"
_THE_ONE = "id=?"

_info = msgspec.msgpack.Decoder(TaskInfo)
_spec = msgspec.msgpack.Decoder(TaskSpec)
_story = msgspec.msgpack.Decoder(tuple[Story, ...])
_result = msgspec.msgpack.Decoder(ItemResult)
_results = msgspec.msgpack.Decoder(tuple[ItemResult, ...])
_ranges: msgspec.msgpack.Decoder[Ranges] = msgspec.msgpack.Decoder(Ranges)
_digests = msgspec.msgpack.Decoder(list[str])
_queue = msgspec.msgpack.Decoder(QueueInfo)


class TaskRow(NamedTuple):
    """One task as it was written."""

    info: TaskInfo
    spec: TaskSpec
    params: bytes | None
    story: tuple[Story, ...]


class ReplyRow(NamedTuple):
    """What was answered to a key."""

    method: str
    params_hash: str
    reply: bytes


class ChildPage(NamedTuple):
    """Outcomes in the order they were committed; `next_cursor` reads on (also when not `more`)."""

    results: tuple[ItemResult, ...]
    next_cursor: int
    more: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is known of the children of one owner. `started` have begun but have no outcome."""

    done: Ranges = ()
    done_failed: int = 0
    started: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveTask:
    """A task to go on with; `nested` are its children that have children, by owner."""

    row: TaskRow
    children: Recorded
    nested: dict[str, Recorded]


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that a scheduler needs to go on. `live` is oldest first, `finished` newest last."""

    live: tuple[LiveTask, ...]
    finished: tuple[TaskInfo, ...]
    queues: tuple[QueueInfo, ...]
    groups: tuple[tuple[int, int], ...]
    """(pid, start_ticks) of worker process groups that were not seen to end."""


@dataclass(slots=True)
class _Gathered:
    ranges: list[tuple[int, int]] = field(default_factory=list)
    failed: int = 0
    starts: list[int] = field(default_factory=list)


class JournalReader:
    """Reads revo.db, which a Journal has opened before. Every method raises Unavailable."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = connect(path, readonly=True)
        except sqlite3.Error as error:
            raise unavailable(error, path) from error

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    def load(self, history: int) -> Loaded:
        """Return every task that has not ended and the newest `history` that have."""
        finished = self._all(
            "SELECT info FROM task WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT ?",
            history,
        )
        return Loaded(
            live=self._with_children(_LIVE),
            finished=tuple(_info.decode(info) for (info,) in reversed(finished)),
            queues=tuple(_queue.decode(row[0]) for row in self._all("SELECT info FROM queue")),
            groups=tuple(self._all("SELECT pid, start_ticks FROM worker_group")),
        )

    def task(self, task_id: str) -> TaskRow | None:
        """Return one task, or None."""
        row = self._one(_TASKS + _THE_ONE, task_id)
        return None if row is None else _task_row(row)

    def saved(self, task_id: str) -> LiveTask | None:
        """Return one task with what is known of its children, or None."""
        return next(iter(self._with_children(_THE_ONE, task_id)), None)

    def tasks(self, query: TaskList) -> TaskListReply:
        """Return a page of tasks, newest first (task ids sort by time)."""
        states = "".join(f",{state.value}," for state in query.states)
        rows = self._all(
            "SELECT info FROM task WHERE id<?1 AND id>=?2 AND id<?3"
            " AND (?4='' OR instr(?4, ','||state||',')) AND (?5 IS NULL OR kind=?5)"
            " AND (?6 IS NULL OR queue=?6) AND (?8 IS NULL OR task_group=?8)"
            " ORDER BY id DESC LIMIT ?7",
            query.cursor or _LAST_ID,
            query.prefix,
            query.prefix + _LAST_ID,
            states,
            query.kind,
            query.queue,
            query.limit + 1,
            query.group,
        )
        page = tuple(_info.decode(info) for (info,) in rows[: query.limit])
        return TaskListReply(page, page[-1].id if len(rows) > query.limit else None)

    def grouped(self, names: Collection[str]) -> list[TaskInfo]:
        """Return all tasks of these groups, or without names of all groups."""
        rows = self._all(
            "SELECT info FROM task WHERE task_group IS NOT NULL"
            " AND (?1='[]' OR task_group IN (SELECT value FROM json_each(?1)))",
            json.dumps(list(names)),
        )
        return [_info.decode(info) for (info,) in rows]

    def result(self, task_id: str) -> ItemResult | None:
        """Return the outcome of a task that ended with one, or None."""
        row = self._one("SELECT result FROM task WHERE id=?", task_id)
        return None if row is None or row[0] is None else _result.decode(row[0])

    def children(self, owner: str, cursor: int, limit: int) -> ChildPage:
        """Return recorded outcomes after `cursor` (0: from the first one)."""
        seq, skip = divmod(cursor, _SLOTS)
        results: list[ItemResult] = []
        size_bytes = 0
        for row_seq, blob in self._batches(owner, seq):
            batch = _results.decode(blob)
            for read in range(skip if row_seq == seq else 0, len(batch)):
                if len(results) >= limit or (results and size_bytes >= PAGE_BYTES):
                    return ChildPage(tuple(results), cursor, more=True)
                results.append(batch[read])
                size_bytes += len(memoryview(batch[read].value))
                cursor = row_seq * _SLOTS + read + 1
        return ChildPage(tuple(results), cursor, more=False)

    def reply(self, key: str) -> ReplyRow | None:
        """Return what was answered to a key, or None."""
        row = self._one("SELECT method, params_hash, reply FROM reply WHERE key=?", key)
        return None if row is None else ReplyRow(*row)

    def tombstone(self, task_id: str) -> bool:
        """Tell whether a task of this id was removed a short while ago."""
        return self._one("SELECT 1 FROM tombstone WHERE id=?", task_id) is not None

    def key_hash(self, task_id: str) -> str | None:
        """Return the `task_hash` of the submission that made the task, or None."""
        row = self._one("SELECT params_hash FROM task WHERE id=?", task_id)
        return None if row is None else str(row[0])

    def blobs_in_use(self) -> set[str]:
        """Return the digests that rows name."""
        rows = self._all(
            "SELECT params_blob FROM asked WHERE params_blob IS NOT NULL"
            " UNION SELECT result_blob FROM task WHERE result_blob IS NOT NULL"
        )
        digests = {str(digest) for (digest,) in rows}
        for (blobs,) in self._all("SELECT blobs FROM children WHERE blobs IS NOT NULL"):
            digests.update(_digests.decode(blobs))
        return digests

    def spent_blobs(self, kinds: Collection[str], states: Collection[TaskState]) -> set[str]:
        """Return the digests that only tasks of these kinds and (final) states name."""
        marks = ", ".join("?" * len(kinds)), ", ".join("?" * len(states))
        spent = f"kind IN ({marks[0]}) AND state IN ({marks[1]})"
        named = "SELECT params_blob FROM asked JOIN task USING (seq) WHERE params_blob IS NOT NULL"
        values = (*kinds, *(state.value for state in states))
        found = {str(digest) for (digest,) in self._all(f"{named} AND {spent}", *values)}
        others = {str(digest) for (digest,) in self._all(f"{named} AND NOT ({spent})", *values)}
        return found - others

    def _with_children(self, where: str, *args: str) -> tuple[LiveTask, ...]:
        rows = self._all(_TASKS + where + " ORDER BY seq", *args)
        owners = self._recorded(where, *args)
        return tuple(
            LiveTask(
                row,
                owners[row.info.id].pop(row.info.id, Recorded()),
                owners[row.info.id],
            )
            for row in map(_task_row, rows)
        )

    def _recorded(self, where: str, *args: str) -> defaultdict[str, dict[str, Recorded]]:
        """Return task id -> owner -> children, of the tasks asked for."""
        gathered: defaultdict[str, _Gathered] = defaultdict(_Gathered)
        for owner, failed, done in self._all(_CHILDREN + where, *args):
            gathered[owner].ranges.extend(_ranges.decode(done))
            gathered[owner].failed += failed
        for owner, number in self._all(_STARTS + where, *args):
            gathered[owner].starts.append(number)
        owners: defaultdict[str, dict[str, Recorded]] = defaultdict(dict)
        for owner, found in gathered.items():
            done = merge_ranges(found.ranges)
            started = tuple(_outside(found.starts, done))
            owners[owner.partition("/")[0]][owner] = Recorded(done, found.failed, started)
        return owners

    def _batches(self, owner: str, seq: int) -> Iterator[tuple[int, bytes]]:
        """Yield the owner's rows from `seq` on; each in a read of its own, so none stays open."""
        while True:
            row = self._one(
                "SELECT seq, results FROM children WHERE owner=? AND seq>=? ORDER BY seq LIMIT 1",
                owner,
                seq,
            )
            if row is None:
                return
            yield row[0], row[1]
            seq = row[0] + 1

    def _one(self, sql: str, *args: object) -> Any:
        rows = self._all(sql, *args)
        return rows[0] if rows else None

    def _all(self, sql: str, *args: Any) -> list[Any]:
        # fetched whole: an open read would keep the log from being folded into the file
        try:
            return self._db.execute(sql, args).fetchall()
        except sqlite3.Error as error:
            raise unavailable(error, self._path) from error


def _task_row(row: tuple[bytes, bytes, bytes | None, bytes]) -> TaskRow:
    info, spec, params, story = row
    return TaskRow(_info.decode(info), _spec.decode(spec), params, _story.decode(story))


def _outside(indexes: Iterable[int], ranges: Ranges) -> Iterator[int]:
    firsts = [first for first, _last in ranges]
    for index in indexes:
        at = bisect_right(firsts, index) - 1
        if at < 0 or ranges[at][1] < index:
            yield index

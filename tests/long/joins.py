"""1,000 joins of a mirror at 1,000 published events a second, and 20 restarts of the daemon.

A round is 25 joins; every other round also restarts the daemon under load (by kill -9 or TERM in
turn), and every round follows one task while one frame of its topic is lost on purpose.

How a mirror is compared with the daemon while both move: the daemon's record is read by state.get,
one cut at one number S. The mirror is then read once at its own number M >= S. The daemon's ring
(events.since) gives the messages S+1 to M, which are folded into the cut by the same fold that
daemon and mirror use. So both speak of the same stated M, nothing waits and nothing is masked by
later messages; the tasks are compared by their hash, workers, engines and queues by equality.

The frame is lost in a forwarder between the daemon's XPUB and the follower: a home of its own
whose endpoint.json names the daemon's control socket and the forwarder's event socket. Once the
task has ended it changes no more, so the follower must hold the daemon's record of it, whichever
frame was lost: at once if a later frame shows the gap, else after two heartbeats.

The load: batches of tiny tasks, as many as it takes for 1,000 published messages a second; a round
begins once it is reached, states the rate of its own joins, and is bad if that was lower.
"""

import random
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from revo_edge import Client, TaskSpec
from revo_edge.client.mirror import Link, Mirror, MirrorState
from revo_edge.contract.digest import tasks_digest
from revo_edge.contract.record import Record, decode_body
from revo_edge.contract.requests import StateReply
from revo_edge.paths import Paths
from tests.harness import DaemonProcess, wait_for
from tests.long._stream import Load, Loss, forwarder
from tests.long.run import Round, Run
from tests.private import private_daemon

ROUNDS = 40
JOINS = 25
KEPT_TASKS = 2_000
"""Ended tasks the daemon keeps, so that a cut has a few pages and not ten."""
LOAD_LIMIT_S = 30.0
RATE_PER_S = 1_000
PRESSURE = 1.4
"""The joins take CPU from the load: it aims higher, so that they see the rate that is stated."""
JOIN_LIMIT_S = 10.0
RECONNECT_LIMIT_S = 5.0
HEAL_LIMIT_S = 8.0
"""Two heartbeats to suspect a loss, a repair at most every 5 s."""
FOLLOWED_S = 1.0
PROGRESS_TO_LOSE = 5
"""Of the 10 progress messages that a follower hears in that time, one of the first is lost."""

COMPARED = ("task.", "worker.", "engine.", "sys.")


def scenario(run: Run) -> Iterator[Round]:
    """Yield a round for each 25 joins."""
    with (
        private_daemon({"REVO_DAEMON_HISTORY_TASKS": f"{KEPT_TASKS}"}) as daemon,
        Load(daemon.paths, RATE_PER_S * PRESSURE) as load,
    ):
        for number in run.numbers(ROUNDS):
            found = one_round(daemon, load, run.random(number), restart=number % 2 == 1)
            enough = found.facts["published_per_s"] >= RATE_PER_S
            yield msgspec.structs.replace(found, ok=enough)


def one_round(
    daemon: DaemonProcess, load: Load, chance: random.Random, *, restart: bool, joins: int = JOINS
) -> Round:
    """Join so many times, lose a frame, restart; every comparison must hold."""
    wait_for(lambda: load.rate_per_s >= load.wanted_per_s, LOAD_LIMIT_S)
    joined = [join(daemon.paths) for _ in range(joins)]
    first, last = joined[0], joined[-1]
    rate_per_s = (last.s - first.s) / (last.at_s - first.at_s)
    facts: dict[str, Any] = {
        "joins": joins,
        "join_s_max": round(max(each.took_s for each in joined), 3),
        "published_per_s": round(rate_per_s),
        "s": last.s,
        "lost_frame": lose_a_frame(daemon.paths, chance),
    }
    if restart:
        facts["restart"] = reconnect(daemon, hard=chance.random() < 0.5)
    return Round(ok=True, note=f"{rate_per_s:,.0f} published a second", facts=facts)


class Joined(NamedTuple):
    """A join that held: how long it took, the number at which it was compared, and when."""

    took_s: float
    s: int
    at_s: float


def join(paths: Paths) -> Joined:
    """Open a mirror, compare it with the daemon, close it."""
    began = time.monotonic()
    with Mirror(paths) as mirror, Client(paths) as revo:
        mirror.wait(lambda state: state.link is Link.LIVE, JOIN_LIMIT_S)
        took_s = time.monotonic() - began
        stated = compare(mirror, revo)
        assert mirror.counters.gaps == 0, mirror.counters
    return Joined(took_s, stated, time.monotonic())


def compare(mirror: Mirror, revo: Client) -> int:
    """Assert that the mirror equals the daemon at one number, and return that number."""
    cut = revo.state()
    seen = mirror.wait(lambda state: state.boot == cut.boot and state.s >= cut.s, JOIN_LIMIT_S)
    record = _record_at(revo, cut, seen.s)
    assert seen.digest() == record.digest(), _difference(seen, record)
    assert seen.workers == record.workers, f"workers differ at s {seen.s}"
    assert seen.engines == record.engines, f"engines differ at s {seen.s}"
    assert seen.queues == record.queues, f"queues differ at s {seen.s}"
    return seen.s


def _record_at(revo: Client, cut: StateReply, s: int) -> Record:
    """Return the daemon's record at `s`: its cut, and what its ring has from there to `s`."""
    record = Record()
    for body in (*cut.tasks, *cut.workers, *cut.engines, *cut.queues):
        record.fold(body)
    base = cut.s
    while base < s:
        page = revo.events_since(cut.boot, base, COMPARED)
        assert not page.too_old, f"the ring has nothing after {base}"
        for found in page.events:
            if found.event.s <= s:
                record.fold(decode_body(found.topic, found.event))
        base = page.s
    return record


def _difference(seen: MirrorState, record: Record) -> str:
    ours, theirs = seen.tasks, record.tasks
    differ = [id_ for id_ in ours.keys() | theirs.keys() if ours.get(id_) != theirs.get(id_)]
    first = differ[0] if differ else ""
    return (
        f"{len(differ)} tasks differ at s {seen.s}: mirror {ours.get(first)}, "
        f"daemon {theirs.get(first)}"
    )


def reconnect(daemon: DaemonProcess, *, hard: bool) -> dict[str, float | bool]:
    """Restart the daemon under a live mirror, and compare again once it has found it."""
    with Mirror(daemon.paths) as mirror:
        before = mirror.wait(lambda state: state.link is Link.LIVE, JOIN_LIMIT_S)
        if hard:
            daemon.kill()
        else:
            assert daemon.stop() == 0, daemon.output()
        daemon.start()
        up_at = time.monotonic()
        mirror.wait(
            lambda state: state.link is Link.LIVE and state.boot not in ("", before.boot),
            RECONNECT_LIMIT_S,
        )
        reconnected_s = time.monotonic() - up_at
        with Client(daemon.paths) as revo:
            compare(mirror, revo)
    return {"hard": hard, "reconnected_s": round(reconnected_s, 3)}


def lose_a_frame(paths: Paths, chance: random.Random) -> dict[str, float | int]:
    """Follow one task through the forwarder, which loses one frame of its topic."""
    loss = Loss(chance.choice((None, *range(PROGRESS_TO_LOSE))))
    with Client(paths) as revo, forwarder(paths, loss) as via:
        task = revo.submit(TaskSpec("probe.sleep", {"seconds": FOLLOWED_S}, priority=100))
        loss.topic = f"task.{task.id}.".encode()
        with Mirror(via, task=task.id) as mirror:
            mirror.wait(lambda state: task.id in state.tasks, JOIN_LIMIT_S)
            revo.wait(task.id, 30)
            began = time.monotonic()
            cut = revo.state(tasks=(task.id,))
            mirror.wait(lambda state: _is_up_to(state, cut), HEAL_LIMIT_S)
            healed_s = time.monotonic() - began
            counters = mirror.counters
    return {
        "lost": loss.count,
        "gaps": counters.gaps,
        "resyncs": counters.resyncs,
        "healed_s": round(healed_s, 3),
    }


def _is_up_to(state: MirrorState, cut: StateReply) -> bool:
    return (
        state.boot == cut.boot
        and state.s >= cut.s
        and tasks_digest(state.tasks.values()) == tasks_digest(cut.tasks)
    )

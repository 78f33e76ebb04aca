"""The mirror against real sockets: joins under load, lost frames, restarts, silence."""

import random
import threading
from collections.abc import Callable

import pytest

from revo_edge.client.mirror import Link, Mirror, MirrorState
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState
from revo_edge.core.routing import Frame, Publisher
from revo_edge.errors import DeadlineExceeded
from revo_edge.paths import Paths
from tests.harness import wait_for
from tests.unit.client.small_daemon import Publish, SmallDaemon


def _info(id_: str, state: TaskState = TaskState.RUNNING, attempt: int = 0) -> TaskInfo:
    return TaskInfo(id_, "k", state, attempt=attempt)


def _load(seed: int) -> Publish:
    """Return a seeded load over 30 tasks: states, progress, removals."""
    r = random.Random(seed)  # noqa: S311 - a seeded load, nothing secret
    states = list(TaskState)[:7]

    def publish(p: Publisher, now: float) -> list[Frame]:
        id_ = f"t{r.randrange(30)}"
        chance = r.random()
        if chance < 0.1:
            return p.removed(id_, now, now)
        if chance < 0.4 and id_ in p.record.tasks:
            return p.progress(id_, Progress(r.randrange(99)), 1, now, now)
        return p.task(_info(id_, r.choice(states), r.randrange(99)), now, now)

    return publish


def _publish(info: TaskInfo) -> Publish:
    return lambda p, now: p.task(info, now, now)


def _live(state: MirrorState) -> bool:
    return state.link is Link.LIVE


def _measured(daemon: SmallDaemon, after: int = 0) -> Callable[[MirrorState], bool]:
    """Tell whether the state is this daemon's, later than `after`, and its digest was noted."""
    boot, noted = daemon.publisher.boot, daemon.digests
    return lambda state: state.boot == boot and state.s > after and state.s in noted


@pytest.mark.usefixtures("no_leaks")
def test_joins_under_load_lose_nothing(home: Paths) -> None:
    with SmallDaemon(home) as daemon:
        daemon.load = _load(1)
        for _ in range(20):
            with Mirror(home) as mirror:
                start = mirror.wait(_measured(daemon))
                later = mirror.wait(_measured(daemon, start.s + 30))
                assert start.digest() == daemon.digests[start.s]
                assert later.digest() == daemon.digests[later.s]
                assert mirror.counters.gaps == 0


def test_lost_frames_are_found_and_repaired(home: Paths) -> None:
    r = random.Random(2)  # noqa: S311 - seeded
    with SmallDaemon(home) as daemon, Mirror(home, repair_interval_s=0.05) as mirror:
        mirror.wait(_live)
        daemon.lose = lambda topic: topic.startswith(b"task.") and r.random() < 0.01
        daemon.load = _load(2)
        wait_for(lambda: mirror.counters.gaps >= 5)
        daemon.load = None
        daemon.lose = lambda _topic: False
        wait_for(lambda: mirror.state().digest() == daemon.publisher.digest())
        assert mirror.counters.resyncs >= 3
        assert mirror.too_slow


def test_what_the_ring_no_longer_has_is_read_anew(home: Paths) -> None:
    with SmallDaemon(home, ring_events=3) as daemon, Mirror(home) as mirror:
        mirror.wait(_live)
        daemon.lose = lambda topic: topic == b"task.lost."
        for attempt in range(9):
            daemon.do(_publish(_info("lost", attempt=attempt)))
        daemon.do(_publish(_info("seen")))
        state = mirror.wait(lambda state: "seen" in state.tasks and state.complete)
        assert state.tasks == daemon.publisher.record.tasks
        assert daemon.methods_asked().count("state.get") == 2


def test_the_last_frame_of_all_is_missed_at_the_next_heartbeat(home: Paths) -> None:
    with SmallDaemon(home) as daemon, Mirror(home) as mirror:
        mirror.wait(_live)
        daemon.lose = lambda topic: topic == b"task.last."
        daemon.do(_publish(_info("last")))
        mirror.wait(lambda state: "last" in state.tasks, timeout_s=3)
        assert mirror.counters.gaps == 1


def test_restarts_under_load_are_survived(home: Paths) -> None:
    changed = threading.Event()
    with Mirror(home, on_change=changed.set) as mirror:
        for number in range(5):
            with SmallDaemon(home) as daemon:
                daemon.load = _load(number)
                state = mirror.wait(_measured(daemon, 50), timeout_s=5)
                assert state.digest() == daemon.digests[state.s]
            mirror.wait(lambda state: state.link is Link.LOST)
        assert changed.is_set()
        assert mirror.counters.reconnects == 4
        assert "daemon" in mirror.counters.problem


def test_one_task_alone_is_followed_though_frames_are_lost(home: Paths) -> None:
    with SmallDaemon(home) as daemon:
        daemon.do(_publish(_info("one")))
        with Mirror(home, task="one", repair_interval_s=0.05) as mirror:
            mirror.wait(_live)
            daemon.load = lambda p, now: p.task(_info("other", attempt=p.s), now, now)
            daemon.rate_per_s = 100
            for attempt in range(1, 21):
                lost = b"task.one." if attempt % 3 == 0 else b"nothing"
                daemon.lose = lost.__eq__
                daemon.do(_publish(_info("one", attempt=attempt)))
            state = mirror.wait(lambda state: state.tasks["one"].attempt == 20)
            assert list(state.tasks) == ["one"]
            assert mirror.counters.gaps > 0
            daemon.lose = b"task.one.".__eq__
            daemon.do(_publish(_info("one", TaskState.SUCCEEDED)))
            mirror.wait(lambda state: state.tasks["one"].state.final, timeout_s=5)


def test_silence_is_said(home: Paths) -> None:
    with SmallDaemon(home) as daemon, Mirror(home) as mirror:
        mirror.wait(_live)
        daemon.heartbeats = False
        mirror.wait(lambda state: state.link is Link.STALE, timeout_s=5)
        daemon.heartbeats = True
        mirror.wait(_live)


def test_a_state_that_does_not_come_is_a_deadline(home: Paths) -> None:
    with Mirror(home) as mirror, pytest.raises(DeadlineExceeded, match="the mirror is"):
        mirror.wait(_live, timeout_s=0.05)


def test_a_state_stays_what_it_was(home: Paths) -> None:
    with SmallDaemon(home) as daemon, Mirror(home) as mirror:
        before = mirror.wait(_live)
        daemon.do(_publish(_info("new")))
        after = mirror.wait(lambda state: "new" in state.tasks)
        assert (list(before.tasks), list(after.tasks)) == ([], ["new"])
        daemon.heartbeats = False
        assert mirror.state() is mirror.state()

"""Following one task: every change, lost frames, restarts, and the end as the daemon says it."""

import threading

import pytest

from revo_edge.client.client import Client
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState
from revo_edge.errors import DaemonUnreachable, NotFound
from revo_edge.paths import Paths
from tests.unit.client.small_daemon import Publish, SmallDaemon


def _publish(state: TaskState, attempt: int = 1) -> Publish:
    return lambda p, now: p.task(TaskInfo("a", "k", state, attempt=attempt), now, now)


def test_each_change_is_yielded_and_the_last_is_final(home: Paths) -> None:
    with SmallDaemon(home) as daemon, Client(home) as client:
        daemon.do(_publish(TaskState.QUEUED))
        seen = []
        for info in client.follow("a"):
            seen.append((info.state, info.progress.done if info.progress else 0))
            if info.state is TaskState.QUEUED:
                daemon.do(_publish(TaskState.RUNNING))
                daemon.do(lambda p, now: p.progress("a", Progress(5), 5, now, now))
                daemon.do(_publish(TaskState.SUCCEEDED))
        assert seen == [
            (TaskState.QUEUED, 0),
            (TaskState.RUNNING, 0),
            (TaskState.RUNNING, 5),
            (TaskState.SUCCEEDED, 0),
        ]
        assert daemon.methods_asked()[-1] == "task.get"


def test_a_task_that_has_ended_is_yielded_once(home: Paths) -> None:
    with SmallDaemon(home) as daemon, Client(home) as client:
        daemon.do(_publish(TaskState.FAILED))
        assert [info.state for info in client.follow("a")] == [TaskState.FAILED]


def test_the_end_is_seen_though_its_event_was_lost(home: Paths) -> None:
    with SmallDaemon(home) as daemon, Client(home) as client:
        daemon.do(_publish(TaskState.RUNNING))
        follow = client.follow("a")
        assert next(follow).state is TaskState.RUNNING
        daemon.lose = lambda topic: topic == b"task.a."
        daemon.do(_publish(TaskState.SUCCEEDED))
        assert [info.state for info in follow] == [TaskState.SUCCEEDED]


def test_a_lost_change_shows_with_the_next(home: Paths) -> None:
    with SmallDaemon(home) as daemon, Client(home) as client:
        daemon.do(_publish(TaskState.RUNNING, 1))
        follow = client.follow("a")
        next(follow)
        daemon.lose = lambda topic: topic == b"task.a."
        daemon.do(_publish(TaskState.QUEUED, 2))
        daemon.lose = lambda _topic: False
        daemon.do(_publish(TaskState.RUNNING, 3))
        assert next(follow).attempt == 3


def test_a_restart_in_between_is_survived(home: Paths) -> None:
    with Client(home) as client:
        with SmallDaemon(home) as first:
            first.do(_publish(TaskState.RUNNING))
            follow = client.follow("a")
            assert next(follow).state is TaskState.RUNNING
        with SmallDaemon(home) as second:
            second.do(_publish(TaskState.SUCCEEDED))
            assert next(follow).state is TaskState.SUCCEEDED
        with pytest.raises(StopIteration):
            next(follow)


def test_no_daemon_and_no_task_are_said(home: Paths) -> None:
    with Client(home) as client:
        with SmallDaemon(home), pytest.raises(NotFound):
            next(client.follow("a"))
        with pytest.raises(DaemonUnreachable):
            next(client.follow("a"))


def test_a_removed_task_ends_the_following(home: Paths) -> None:
    with SmallDaemon(home) as daemon, Client(home) as client:
        daemon.do(_publish(TaskState.RUNNING))
        follow = client.follow("a")
        next(follow)
        daemon.do(lambda p, now: p.removed("a", now, now))
        with pytest.raises(NotFound):
            next(follow)


def test_a_follower_left_alone_leaves_no_socket(home: Paths, no_leaks: None) -> None:
    with SmallDaemon(home) as daemon, Client(home) as client:
        daemon.do(_publish(TaskState.RUNNING))
        follow = client.follow("a")
        next(follow)
        assert threading.active_count() >= 2

"""One subscription: in force on return, closed for good when lost."""

from collections.abc import Iterator

import pytest
import zmq

from revo_edge.client.connection import Context
from revo_edge.client.endpoint import require_endpoint
from revo_edge.client.stream import Stream
from revo_edge.contract.events import EngineInfo, Notice
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.core.routing import Frame, Publisher
from revo_edge.errors import DaemonUnreachable
from revo_edge.paths import Paths
from tests.unit.client.small_daemon import SmallDaemon


@pytest.fixture
def context() -> Iterator[Context]:
    context: Context = zmq.Context()
    yield context
    context.destroy(linger=0)


def _task(p: Publisher, now: float) -> list[Frame]:
    return p.task(TaskInfo(f"t{p.s}", "k", TaskState.QUEUED), now, now)


def test_nothing_published_after_the_join_is_missed(home: Paths, context: Context) -> None:
    with SmallDaemon(home) as daemon:
        for _ in range(20):
            with Stream(context, require_endpoint(home), ("task.",)) as stream:
                before = daemon.publisher.s
                daemon.do(_task)
                assert next(stream).event.s > before


def test_only_the_topics_asked_are_given(home: Paths, context: Context) -> None:
    with SmallDaemon(home) as daemon, Stream(context, require_endpoint(home), ("sys.n",)) as stream:
        daemon.do(_task)
        daemon.do(lambda p, now: p.engine(EngineInfo("e", "E", "online"), now, now))
        daemon.do(lambda p, now: p.heartbeat(now, now, now))
        daemon.do(lambda p, now: p.notice(Notice("info", "x"), now, now))
        assert next(stream).topic == "sys.notice."


def test_a_lost_daemon_is_said_after_all_that_had_come(home: Paths, context: Context) -> None:
    with SmallDaemon(home) as daemon:
        stream = Stream(context, require_endpoint(home), ("task.",))
        for _ in range(50):
            daemon.do(_task)
    with stream:
        assert [next(stream).topic for _ in range(50)]
        with pytest.raises(DaemonUnreachable):
            next(stream)


def test_what_cannot_be_read_is_passed_over(home: Paths, context: Context) -> None:
    with SmallDaemon(home) as daemon, Stream(context, require_endpoint(home), ("task.",)) as stream:
        daemon.do(lambda _p, _now: [(b"task.\xff", b"x"), (b"task.a.", b"\xc1")])
        daemon.do(_task)
        assert next(stream).topic.startswith("task.t")

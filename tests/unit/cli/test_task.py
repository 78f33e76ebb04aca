import pytest

from revo_edge.cli.task import _row, _took
from revo_edge.contract.params import Params
from revo_edge.contract.requests import Request
from revo_edge.contract.task_requests import (
    Spot,
    SubmitReply,
    TaskList,
    TaskListReply,
    TaskMove,
    TaskPriority,
)
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState
from revo_edge.paths import Paths
from tests.unit.cli.runner import revo
from tests.unit.client.small_daemon import SmallDaemon


def test_a_row_shows_progress_and_time() -> None:
    info = TaskInfo(
        "1",
        "parallel.map",
        TaskState.SUCCEEDED,
        progress=Progress(9, 9),
        started_at=10.0,
        ended_at=12.5,
    )
    assert _row(info) == ("1", "succeeded", "9/9", "2.5 s", "parallel.map")
    assert _took(TaskInfo("1", "k", TaskState.QUEUED)) == ""


@pytest.mark.parametrize(
    "args",
    [
        ["ls", "--state", "lost"],
        ["show"],
        ["wait"],
        ["cancel", "1", "--grace", "-1"],
        ["hold"],
        ["priority", "1", "101"],
        ["priority", "1", "-101"],
        ["priority", "1"],
        ["move", "1"],
        ["move", "1", "--first", "--last"],
        ["move", "1", "--before", "2", "--after", "3"],
    ],
)
def test_a_wrong_command_line_asks_no_daemon(args: list[str]) -> None:
    assert revo("task", *args).exit_code == 2


@pytest.mark.usefixtures("home")
def test_without_a_daemon_and_without_leave_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVO_AUTOSTART", "0")
    assert revo("task", "ls").exit_code == 4


def test_the_spot_of_a_move_and_a_negative_priority_reach_the_daemon(home: Paths) -> None:
    asked: list[Params] = []

    def answer(_request: Request, params: Params) -> SubmitReply:
        asked.append(params)
        return SubmitReply(TaskInfo("t1", "k", TaskState.QUEUED))

    def found(_request: Request, params: Params) -> TaskListReply:
        assert isinstance(params, TaskList)
        return TaskListReply((TaskInfo(params.prefix, "k", TaskState.QUEUED),))

    with SmallDaemon(home) as daemon:
        daemon.answers.update({"task.list": found, "task.move": answer, "task.priority": answer})
        for args in (["move", "t1", "--first"], ["move", "t1", "--after", "t2"]):
            assert revo("task", *args).output == "t1 queued\n"
        assert revo("task", "priority", "t1", "-5", "-q").output == "t1\n"
    assert asked == [
        TaskMove("t1", Spot.FIRST),
        TaskMove("t1", Spot.AFTER, "t2"),
        TaskPriority("t1", -5),
    ]

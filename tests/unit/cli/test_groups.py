"""`revo group`: what is asked of the daemon and what is said."""

from collections.abc import Iterator

import pytest

from revo_edge.cli.groups import _expected, _row
from revo_edge.clock import utc_now
from revo_edge.contract.groups import GroupChanged, GroupInfo, GroupList, GroupListReply
from revo_edge.contract.params import Params
from revo_edge.contract.requests import Request
from revo_edge.contract.task_requests import TaskList, TaskListReply, TaskWaitReply
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.paths import Paths
from tests.unit.cli.runner import revo
from tests.unit.client.small_daemon import SmallDaemon

NIGHT = GroupInfo("night", held=1, queued=2, succeeded=1, done_ratio=0.25, started_at=5.0)


@pytest.fixture
def daemon(home: Paths) -> Iterator[SmallDaemon]:
    with SmallDaemon(home) as daemon:
        yield daemon


def answer_groups(daemon: SmallDaemon, *groups: GroupInfo) -> None:
    """Answer with these in turn, the last one again and again."""
    left = list(groups)

    def found(_request: Request, params: Params) -> GroupListReply:
        assert isinstance(params, GroupList)
        group = left.pop(0) if len(left) > 1 else left[0]
        known = not params.names or group.name in params.names
        return GroupListReply(1.0, (group,) if known else ())

    daemon.answers["group.list"] = found


@pytest.mark.parametrize(
    "args", [["show"], ["hold", "a b"], ["cancel", "night", "--grace", "-1"], ["wait", "x" * 65]]
)
def test_a_wrong_command_line_asks_no_daemon(args: list[str]) -> None:
    assert revo("group", *args).exit_code == 2


def test_a_row_counts_by_state_and_tells_when_it_ends() -> None:
    assert _row(NIGHT)[:8] == ("night", 2, 1, 0, 1, 0, 0, "25 %")
    assert _expected(NIGHT) == "unknown"
    assert _expected(GroupInfo("g", queued=1, end_p50_at=utc_now() + 65.9)).startswith(
        "ends in 1 m 0"
    )
    assert _expected(GroupInfo("g", queued=1, end_p50_at=utc_now() - 1)) == "ends now"
    assert _expected(GroupInfo("g", failed=1, ended_at=5.0)).startswith("ended ")


def test_changes_say_how_many_tasks_were_changed(daemon: SmallDaemon) -> None:
    changes = ("group.cancel", "group.hold", "group.release")
    daemon.answers.update(
        dict.fromkeys(changes, lambda _request, _params: GroupChanged("night", 1234))
    )
    assert revo("group", "hold", "night").output == "1,234 held\n"
    assert revo("group", "release", "night").output == "1,234 released\n"
    assert revo("group", "cancel", "night").output == "1,234 cancelled\n"
    daemon.answers["group.hold"] = lambda _request, _params: GroupChanged("night", 2, stopped=True)
    assert "took over" in revo("group", "hold", "night").stderr


def test_an_unknown_group_is_not_found(daemon: SmallDaemon) -> None:
    answer_groups(daemon, NIGHT)
    assert revo("group", "show", "day").exit_code == 3
    assert revo("group", "wait", "day").exit_code == 3
    assert revo("group", "ls", "-q").output == "night\n"


def wait_world(daemon: SmallDaemon, *groups: GroupInfo) -> list[str]:
    """Answer a wait for a group of one held and one running task; return who is waited for."""
    answer_groups(daemon, *groups)
    waited: list[str] = []
    states = {"h": TaskState.HELD, "r": TaskState.RUNNING}

    def tasks(_request: Request, params: Params) -> TaskListReply:
        assert isinstance(params, TaskList)
        assert params.group == "night"
        return TaskListReply(tuple(TaskInfo(i, "k", state) for i, state in states.items()))

    def wait(_request: Request, params: Params) -> TaskWaitReply:
        task_id: str = params.id  # type: ignore[attr-defined]  # a TaskWait
        waited.append(task_id)
        del states[task_id]
        return TaskWaitReply(TaskInfo(task_id, "k", TaskState.SUCCEEDED), final=True)

    daemon.answers.update({"task.list": tasks, "task.wait": wait})
    return waited


def test_a_wait_takes_what_goes_first_and_says_what_is_held(daemon: SmallDaemon) -> None:
    waited = wait_world(
        daemon,
        GroupInfo("night", running=1, held=1),
        GroupInfo("night", held=1, succeeded=1),
        GroupInfo("night", succeeded=2),
    )
    done = revo("group", "wait", "night")
    assert (done.exit_code, done.stdout, waited) == (0, "2 succeeded\n", ["r", "h"])
    assert "Held: 1 task. `revo group release night`" in done.stderr


def test_a_wait_exits_with_1_if_one_did_not_succeed(daemon: SmallDaemon) -> None:
    answer_groups(daemon, GroupInfo("night", succeeded=2, cancelled=1))
    done = revo("group", "wait", "night")
    assert (done.exit_code, done.stdout) == (1, "2 succeeded, 1 cancelled\n")

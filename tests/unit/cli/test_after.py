"""What --after names."""

from collections.abc import Iterator

import click
import pytest

from revo_edge.cli.after import awaited
from revo_edge.client.client import Client
from revo_edge.contract.params import Params
from revo_edge.contract.requests import Request
from revo_edge.contract.task_requests import TaskList, TaskListReply
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.errors import BadRequest, NotFound
from revo_edge.paths import Paths
from tests.unit.client.small_daemon import SmallDaemon

GROUPS = {
    "g": [("a", TaskState.QUEUED), ("b", TaskState.SUCCEEDED), ("c", TaskState.FAILED)],
    "big": [(f"t{number}", TaskState.QUEUED) for number in range(1001)],
}


@pytest.fixture
def client(home: Paths) -> Iterator[Client]:
    def tasks(_request: Request, params: Params) -> TaskListReply:
        assert isinstance(params, TaskList)
        found = (
            GROUPS.get(params.group, []) if params.group else [(params.prefix, TaskState.QUEUED)]
        )
        return TaskListReply(tuple(TaskInfo(i, "k", state) for i, state in found))

    with SmallDaemon(home) as daemon, Client(home) as client:
        daemon.answers["task.list"] = tasks
        yield client


def test_a_group_stands_for_its_tasks_that_have_not_succeeded(client: Client) -> None:
    assert awaited(client, ["x", "group:g", "a"]) == ("x", "a", "c")
    assert awaited(client, []) == ()


def test_a_group_must_exist_have_a_plain_name_and_not_be_huge(client: Client) -> None:
    with pytest.raises(NotFound, match="group ls"):
        awaited(client, ["group:nobody"])
    with pytest.raises(click.UsageError, match="group name"):
        awaited(client, ["group:a b"])
    with pytest.raises(BadRequest, match="1,001 tasks"):
        awaited(client, ["group:big"])

"""What --after names: tasks, or all tasks of a group."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from revo_edge.cli.options import GroupName
from revo_edge.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from revo_edge.client.client import Client

GROUP = "group:"
MOST = 1000
"""More ids than this make a request too large."""


def awaited(client: "Client", named: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the tasks to wait for; raise NotFound, Conflict or BadRequest.

    Of a group these are the tasks it has now and that have not succeeded yet.
    """
    ids: dict[str, None] = {}
    for name in named:
        if name.startswith(GROUP):
            ids.update(
                dict.fromkeys(
                    _members(client, GroupName().convert(name.removeprefix(GROUP), None, None))
                )
            )
        else:
            ids[client.find(name)] = None
    if len(ids) > MOST:
        raise BadRequest(
            f"--after stands for {len(ids):,} tasks, and {MOST:,} is the most. Wait with"
            " `revo group wait` and submit then."
        )
    return tuple(ids)


def _members(client: "Client", group: str) -> list[str]:
    from revo_edge.contract.task_requests import TaskList  # noqa: PLC0415 - not for --help
    from revo_edge.contract.tasks import TaskState  # noqa: PLC0415 - as above

    tasks = list(client.tasks(TaskList(group=group, limit=1000)))
    if not tasks:
        raise NotFound(f"There is no group {group}. `revo group ls` lists them.")
    return [info.id for info in tasks if info.state is not TaskState.SUCCEEDED]

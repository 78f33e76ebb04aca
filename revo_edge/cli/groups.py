"""`revo group`: tasks that belong together, named with --group when they are submitted."""

import contextlib
import sys
from itertools import islice
from typing import TYPE_CHECKING

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.expected import UNKNOWN, outlooks
from revo_edge.cli.group import INTERRUPTED, Group
from revo_edge.cli.options import group_argument, json_option, quiet_option
from revo_edge.cli.output import plain, say, show_json, show_table
from revo_edge.client.units import clock, duration, percent
from revo_edge.clock import utc_now
from revo_edge.contract.groups import GroupChanged, GroupInfo
from revo_edge.contract.task_requests import TaskList
from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.errors import NotFound

if TYPE_CHECKING:
    from revo_edge.client.client import Client

LIVE = tuple(state for state in TaskState if not state.final and state is not TaskState.UNKNOWN)
_STAND = frozenset({TaskState.HELD, TaskState.PROPOSED})
COLUMNS = (
    "group", ">waiting", ">held", ">running", ">succeeded", ">failed", ">cancelled", ">done",
    "started", "expected",
)  # fmt: skip


@click.group(cls=Group)
def group() -> None:
    """Count, hold, release, cancel and wait for tasks that belong together.

    A group exists once a task names it: add --group NAME to run, map, survey or test.
    """


@group.command(epilog="Example: revo group ls")
@quiet_option
@json_option
def ls(*, quiet: bool, as_json: bool) -> None:
    """List groups, the one that began last first."""
    with connected() as client:
        found = client.groups.list()
    if as_json:
        show_json(found)
    elif quiet:
        for info in found:
            click.echo(info.name)
    else:
        show_table(COLUMNS, map(_row, found))
        if not found:
            say("There are no groups. `revo run map ... --group NAME` begins one.")


@group.command(epilog="Example: revo group show night -n 20")
@group_argument
@click.option(
    "-n", "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Tasks shown."
)
@json_option
def show(*, name: str, limit: int, as_json: bool) -> None:
    """Show a group and its tasks, the newest first."""
    with connected() as client:
        found = client.groups.get(name)
        tasks = tuple(islice(client.tasks(TaskList(group=name, limit=min(limit, 1000))), limit))
        ahead = {} if as_json else outlooks(client, tasks)
    if as_json:
        show_json(plain(found) | {"tasks": tasks})
        return
    from revo_edge.cli.task import show_tasks  # noqa: PLC0415 - only for a person

    show_table(COLUMNS, [_row(found)])
    click.echo()
    show_tasks(tasks, ahead)
    if found.total > len(tasks):
        say(f"{found.total - len(tasks):,} more: `revo group show {name} -n {found.total}`.")


@group.command(epilog="Example: revo group cancel night")
@group_argument
@click.option(
    "--grace",
    "grace_s",
    type=click.FloatRange(0, 3600),
    default=2.0,
    show_default=True,
    help="Seconds for cleaning up; then a running task's process is killed. 0: at once.",
)
@json_option
def cancel(*, name: str, grace_s: float, as_json: bool) -> None:
    """Cancel every task of a group that has not ended."""
    with connected() as client:
        _say_changed(client.groups.cancel(name, grace_s), "cancelled", as_json=as_json)


@group.command(epilog="Example: revo group hold night")
@group_argument
@json_option
def hold(*, name: str, as_json: bool) -> None:
    """Keep the waiting tasks of a group from starting; those that run go on."""
    with connected() as client:
        found = client.groups.hold(name)
    _say_changed(found, "held", as_json=as_json)
    if not (found.changed or as_json):
        say(f"Nothing waits in it. `revo group cancel {name}` also stops what runs.")


@group.command(epilog="Example: revo group release night")
@group_argument
@json_option
def release(*, name: str, as_json: bool) -> None:
    """Let the held tasks of a group wait again where they stood."""
    with connected() as client:
        _say_changed(client.groups.release(name), "released", as_json=as_json)


@group.command(epilog="Example: revo group wait night && echo all done")
@group_argument
@json_option
def wait(*, name: str, as_json: bool) -> None:
    """Wait until every task of a group has ended; exit 1 if one did not succeed.

    Tasks that join meanwhile are waited for too. Ctrl+C leaves them running.
    """
    with connected() as client:
        try:
            found = _ended(client, name)
        except KeyboardInterrupt:
            say(f"The tasks of {name} go on. `revo group wait {name}` waits again.")
            sys.exit(INTERRUPTED)
    if as_json:
        show_json(found)
    else:
        counts = {
            "succeeded": found.succeeded, "failed": found.failed, "cancelled": found.cancelled
        }  # fmt: skip
        click.echo(", ".join(f"{count:,} {word}" for word, count in counts.items() if count))
    sys.exit(0 if found.succeeded == found.total else 1)


def _ended(client: "Client", name: str) -> GroupInfo:
    """Return the group once nothing of it lives; say what only a person can move."""
    said = ""
    while (found := client.groups.get(name)).live:
        live = _live(client, name)
        going = [info for info in live if info.state not in _STAND]
        text = f"Waiting for {_tasks(len(going))}."
        if not going:
            text = f"Held: {_tasks(found.held)}. `revo group release {name}` lets them go on."
        if text != said:
            said = text
            say(text)
        for info in going or live[:1]:
            with contextlib.suppress(NotFound):  # somebody removed it
                client.wait(info.id)
    return found


def _live(client: "Client", name: str) -> list[TaskInfo]:
    """Return the tasks that have not ended, the oldest first."""
    found = client.tasks(TaskList(states=LIVE, group=name, limit=1000))
    return list(reversed(list(found)))


def _row(info: GroupInfo) -> tuple[object, ...]:
    return (
        info.name,
        info.queued + info.proposed,
        info.held,
        info.running,
        info.succeeded,
        info.failed,
        info.cancelled,
        percent(info.done_ratio),
        clock(info.started_at),
        _expected(info),
    )


def _expected(info: GroupInfo) -> str:
    if not info.live:
        return f"ended {clock(info.ended_at)}"
    if info.end_p50_at is None:
        return UNKNOWN
    left_s = info.end_p50_at - utc_now()
    return f"ends in {duration(left_s)}" if left_s > 0 else "ends now"


def _say_changed(found: GroupChanged, word: str, *, as_json: bool) -> None:
    if as_json:
        show_json(found)
        return
    click.echo(f"{found.changed:,} {word}")
    if found.stopped:
        say("A later request for this group took over before all were seen.")


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count:,} tasks"

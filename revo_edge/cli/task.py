"""`revo task`: list, show, follow and end tasks. Any unique prefix of an id will do."""

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.expected import expected, expected_facts, outlooks
from revo_edge.cli.group import Group
from revo_edge.cli.options import GroupName, confirm, json_option, quiet_option, yes_option
from revo_edge.cli.output import plain, say, show_json, show_line, show_table
from revo_edge.client.units import clock, duration, size
from revo_edge.clock import utc_now
from revo_edge.contract.task_requests import Spot, TaskList, TaskReply
from revo_edge.contract.tasks import Outlook, TaskInfo, TaskState

if TYPE_CHECKING:
    from revo_edge.client.client import Client

STATES = [state.value for state in TaskState if state is not TaskState.UNKNOWN]
LOG_EVERY_S = 0.5
LOG_CHUNK_BYTES = 65_536

task_argument = click.argument("task_id", metavar="TASK")


@click.group(cls=Group)
def task() -> None:
    """List, follow, cancel and read tasks.

    TASK is an id or any prefix of it that fits one task only.
    """


@task.command(epilog="Example: revo task ls --state running --state held")
@click.option(
    "-s", "--state", "states", multiple=True, type=click.Choice(STATES), help="Only these."
)
@click.option("-k", "--kind", help="Only this kind, for example parallel.map.")
@click.option("--queue", help="Only this queue.")
@click.option("--group", metavar="NAME", type=GroupName(), help="Only this group.")
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="At most so many.",
)
@quiet_option
@json_option
def ls(
    *,
    states: tuple[str, ...],
    limit: int,
    quiet: bool,
    as_json: bool,
    **only: Any,
) -> None:
    """List tasks, newest first, with when they are expected to start or end."""
    query = TaskList(states=tuple(map(TaskState, states)), limit=min(limit, 1000), **only)
    with connected() as client:
        found = tuple(islice(client.tasks(query), limit))
        ahead = {} if as_json or quiet else outlooks(client, found)
    if as_json:
        show_json(found)
    elif quiet:
        for info in found:
            click.echo(info.id)
    else:
        show_tasks(found, ahead)
        if not found:
            say("There are no such tasks.")


@task.command(epilog="Example: revo task show 01J9ZK")
@task_argument
@json_option
def show(*, task_id: str, as_json: bool) -> None:
    """Show one task: its state, what was asked and its history."""
    with connected() as client:
        found = client.task(client.find(task_id))
        ahead = outlooks(client, [found.task]).get(found.task.id)
    if as_json:
        more = {"spec": found.spec, "story": found.story, "outlook": ahead}
        show_json(plain(found.task) | more)
    else:
        _show_facts(found, ahead)


@task.command(epilog="Example: revo task logs 01J9ZK -f")
@task_argument
@click.option("-f", "--follow", is_flag=True, help="Go on until the task has ended.")
@json_option
def logs(*, task_id: str, follow: bool, as_json: bool) -> None:
    """Print what a task's own code wrote."""
    with connected() as client:
        known = client.find(task_id)
        offset = 0
        while True:
            final = not follow or _final_soon(client, known)
            offset = _print_log(client, known, offset, as_json=as_json)
            if final:
                return


@task.command(epilog="Example: revo task wait 01J9ZK --timeout 60")
@click.argument("task_ids", metavar="TASK...", nargs=-1, required=True)
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0), help="Seconds; then exit 8.")
@quiet_option
@json_option
def wait(*, task_ids: tuple[str, ...], timeout_s: float | None, quiet: bool, as_json: bool) -> None:
    """Wait until tasks have ended; exit 1 if one of them did not succeed."""
    good = True
    limit = None if timeout_s is None else utc_now() + timeout_s
    with connected() as client:
        for known in [client.find(task_id) for task_id in task_ids]:
            left_s = None if limit is None else max(0.0, limit - utc_now())
            info = client.wait(known, left_s)
            good = good and info.state is TaskState.SUCCEEDED
            if as_json:
                show_line(info)
            else:
                click.echo(info.id if quiet else _outcome(info))
    sys.exit(0 if good else 1)


@task.command(epilog="Example: revo task follow 01J9ZK --json")
@task_argument
@json_option
def follow(*, task_id: str, as_json: bool) -> None:
    """Print each change of a task until it has ended; exit 1 if it did not succeed."""
    from revo_edge.cli.progress import describe  # noqa: PLC0415 - only this command needs it

    with connected() as client:
        for info in client.follow(client.find(task_id)):
            if as_json:
                show_line(info)
            else:
                click.echo(_outcome(info) if info.state.final else describe(info))
    sys.exit(0 if info.state is TaskState.SUCCEEDED else 1)


@task.command(epilog="Example: revo task cancel 01J9ZK --grace 10")
@click.argument("task_ids", metavar="TASK...", nargs=-1, required=True)
@click.option(
    "--grace",
    "grace_s",
    type=click.FloatRange(0, 3600),
    default=2.0,
    show_default=True,
    help="Seconds for cleaning up; then its process is killed. 0: at once.",
)
@quiet_option
@json_option
def cancel(*, task_ids: tuple[str, ...], grace_s: float, quiet: bool, as_json: bool) -> None:
    """Cancel tasks; results recorded so far are kept."""
    with connected() as client:
        known = [client.find(task_id) for task_id in task_ids]
        _show_changed(
            [client.cancel(found, grace_s) for found in known], quiet=quiet, as_json=as_json
        )


@task.command(epilog="Example: revo task retry 01J9ZK")
@click.argument("task_ids", metavar="TASK...", nargs=-1, required=True)
@quiet_option
@json_option
def retry(*, task_ids: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Run held, failed or cancelled tasks again; a map runs only what has no result yet."""
    with connected() as client:
        known = [client.find(task_id) for task_id in task_ids]
        _show_changed([client.retry(found) for found in known], quiet=quiet, as_json=as_json)


@task.command(epilog="Example: revo task hold 01J9ZK")
@click.argument("task_ids", metavar="TASK...", nargs=-1, required=True)
@quiet_option
@json_option
def hold(*, task_ids: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Keep waiting tasks from starting until they are released."""
    with connected() as client:
        known = [client.find(task_id) for task_id in task_ids]
        _show_changed([client.hold(found) for found in known], quiet=quiet, as_json=as_json)


@task.command(epilog="Example: revo task release 01J9ZK")
@click.argument("task_ids", metavar="TASK...", nargs=-1, required=True)
@quiet_option
@json_option
def release(*, task_ids: tuple[str, ...], quiet: bool, as_json: bool) -> None:
    """Let held tasks wait again where they stood; attempts so far count (see retry)."""
    with connected() as client:
        known = [client.find(task_id) for task_id in task_ids]
        _show_changed([client.release(found) for found in known], quiet=quiet, as_json=as_json)


@task.command(
    context_settings={"ignore_unknown_options": True}, epilog="Example: revo task priority 01J9ZK 5"
)
@task_argument
@click.argument("value", metavar="PRIORITY", type=click.IntRange(-100, 100))
@quiet_option
@json_option
def priority(*, task_id: str, value: int, quiet: bool, as_json: bool) -> None:
    """Change the priority of a waiting or held task: -100 to 100, the highest starts first."""
    with connected() as client:
        info = client.set_priority(client.find(task_id), value)
    _show_changed([info], quiet=quiet, as_json=as_json)


@task.command(epilog="Example: revo task move 01J9ZK --before 01J9ZB")
@task_argument
@click.option("--first", is_flag=True, help="Ahead of all.")
@click.option("--last", is_flag=True, help="Behind all.")
@click.option("--before", metavar="TASK", help="Just ahead of this one.")
@click.option("--after", metavar="TASK", help="Just behind this one.")
@quiet_option
@json_option
def move(  # noqa: PLR0913 - one for each option
    *,
    task_id: str,
    first: bool,
    last: bool,
    before: str | None,
    after: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Move a waiting or held task among those of its queue and priority."""
    chosen = {Spot.FIRST: first, Spot.LAST: last, Spot.BEFORE: before, Spot.AFTER: after}
    spots = [spot for spot, wanted in chosen.items() if wanted]
    if len(spots) != 1:
        raise click.UsageError("Say one of --first, --last, --before TASK and --after TASK.")
    other = before or after
    with connected() as client:
        info = client.move(client.find(task_id), spots[0], client.find(other) if other else None)
    _show_changed([info], quiet=quiet, as_json=as_json)


@task.command(epilog="Example: revo task result 01J9ZK -o result.json")
@task_argument
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file.")
@json_option
def result(*, task_id: str, output: Path | None, as_json: bool) -> None:
    """Print a task's result as JSON (with or without --json)."""
    with connected() as client:
        found = client.result(client.find(task_id))
    if output is None:
        show_json(found)
    else:
        output.write_text(json.dumps(plain(found), indent=2, default=str) + "\n")


@task.command(epilog="Example: revo task rm 01J9ZK --yes")
@click.argument("task_ids", metavar="TASK...", nargs=-1, required=True)
@yes_option
@json_option
def rm(*, task_ids: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Delete ended tasks with their results and logs."""
    with connected() as client:
        known = [client.find(task_id) for task_id in task_ids]
        confirm(f"Delete {len(known)} task(s) with results and logs?", yes=yes)
        for found in known:
            client.remove(found)
    if as_json:
        show_json({"removed": known})


def _row(info: TaskInfo) -> tuple[str, ...]:
    progress = info.progress
    far = f"{progress.done:,}/{progress.total:,}" if progress and progress.total else ""
    return info.id, info.state.value, far, _took(info), info.title or info.kind


def _took(info: TaskInfo) -> str:
    if info.started_at is None:
        return ""
    return duration((info.ended_at or utc_now()) - info.started_at)


def _outcome(info: TaskInfo) -> str:
    reason = f": {info.error.msg}" if info.error is not None else ""
    return f"{info.id} {info.state.value}{reason}"


def _show_facts(found: TaskReply, ahead: Outlook | None) -> None:
    info, spec = found.task, found.spec
    facts: list[tuple[str, object]] = [
        ("task", info.id),
        ("state", info.state.value + (f" ({info.why.value})" if info.why else "")),
        ("kind", info.kind),
        ("title", info.title),
        ("queue", f"{info.queue}, priority {info.priority}"),
        ("group", info.group or ""),
        ("attempt", info.attempt),
        ("after", ", ".join(spec.after)),
        ("not before", clock(spec.at)),
        ("created", clock(info.created_at)),
        ("started", clock(info.started_at)),
        ("ended", clock(info.ended_at)),
        *expected_facts(info, ahead),
        ("time", _took(info)),
        ("items", info.items),
        ("result", size(info.result_bytes)),
        ("error", f"{info.error.code}: {info.error.msg}" if info.error else ""),
        ("folder", spec.cwd),
        ("python", spec.python or ""),
    ]
    show_table(("", ""), [fact for fact in facts if fact[1] not in ("", 0, "-")])
    click.echo()
    show_table(
        ("at", "state", "note"),
        [(clock(line.at), line.state.value, line.note) for line in found.story],
    )


def show_tasks(infos: Sequence[TaskInfo], ahead: Mapping[str, Outlook]) -> None:
    """Print a table of tasks; `ahead` has the outlooks of those that wait or run."""
    rows = ((*_row(info), expected(info, ahead.get(info.id), utc_now())) for info in infos)
    show_table(("task", "state", ">progress", ">time", "title", "expected"), rows)


def _show_changed(infos: list[TaskInfo], *, quiet: bool, as_json: bool) -> None:
    if as_json:
        show_json(infos)
        return
    for info in infos:
        word = "cancelling" if info.cancelling and not info.state.final else info.state.value
        click.echo(info.id if quiet else f"{info.id} {word}")


def _final_soon(client: "Client", task_id: str) -> bool:
    """Wait a moment; True when the task had ended before the log is read once more."""
    from revo_edge.errors import DeadlineExceeded  # noqa: PLC0415 - only for -f

    try:
        return client.wait(task_id, LOG_EVERY_S).state.final
    except DeadlineExceeded:
        return False


def _print_log(client: "Client", task_id: str, offset: int, *, as_json: bool) -> int:
    """Print a log from `offset` to its end; return where it ended."""
    while True:
        page = client.log(task_id, offset, LOG_CHUNK_BYTES)
        if page.text and as_json:
            show_line({"offset": page.offset, "text": page.text})
        elif page.text:
            click.echo(page.text, nl=False)
        if page.next >= page.size_bytes or page.next == offset:
            return page.next
        offset = page.next

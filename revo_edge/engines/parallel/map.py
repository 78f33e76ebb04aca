"""`parallel.map`: a function or a command over many inputs, one isolated child for each."""

import itertools
import shlex
from collections.abc import Iterator

from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import Context, FunctionCall, ItemFailed, MapPlan
from revo_edge.engines.parallel.params import ItemParams, MapParams

PLACEHOLDER = "{}"


def run(params: MapParams, ctx: Context) -> dict[str, int]:
    """Run every input once and return the totals; values are the children's recorded results."""
    _check(params)
    total = len(params.inputs)
    done = sum(last - first + 1 for first, last in ctx.done)
    failed = ctx.done_failed
    ctx.progress(done, total, failed=failed)
    plan = MapPlan(
        concurrency=params.concurrency,
        retries=params.item_retries,
        replay=False,
    )
    for result in ctx.map("parallel.item", _items(params), plan):
        done += 1
        failed += result.error is not None
        ctx.progress(done, total, failed=failed)
    return {"total": total, "succeeded": done - failed, "failed": failed}


def run_item(params: ItemParams, ctx: Context) -> object:
    """Run one input; raise ItemFailed with what the function or the command did wrong."""
    if params.function:
        return FunctionCall(params.function, params.value, params.timeout_s, params.memory_mb)
    argv = command_line(params.command, params.value)
    ended = ctx.run_command(argv, timeout_s=params.timeout_s)
    if ended.code != 0:
        raise ItemFailed(
            ErrorInfo(
                "command_failed",
                f"{argv[0]} ended with {ended.code}: {_last_line(ended.stderr)}",
                retry=True,
                detail={"code": ended.code, "stdout": ended.stdout, "stderr": ended.stderr},
            )
        )
    return {"code": ended.code, "stdout": ended.stdout, "stderr": ended.stderr}


def command_line(template: str, value: object) -> list[str]:
    """Split the template as a shell would, then put the value in place of each `{}`.

    No shell runs, so a value with spaces or quotes stays one argument. Without a `{}` the value
    is the last argument.
    """
    words = shlex.split(template)
    if not any(PLACEHOLDER in word for word in words):
        words.append(PLACEHOLDER)
    return [word.replace(PLACEHOLDER, str(value)) for word in words]


def _items(params: MapParams) -> Iterator[ItemParams]:
    return (
        ItemParams(value, params.function, params.command, params.item_timeout_s, params.memory_mb)
        for value in params.inputs
    )


def _check(params: MapParams) -> None:
    problem = ""
    if bool(params.function) == bool(params.command):
        problem = "Give either a function or a command."
    elif params.function and ":" not in params.function:
        problem = f'"{params.function}" is not package.module:func or file.py:func.'
    elif params.command:
        try:
            shlex.split(params.command)
        except ValueError as error:
            problem = f"The command cannot be split into words: {error}."
    if problem:
        raise ItemFailed(ErrorInfo("bad_params", problem))


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return next(itertools.islice(reversed(lines), 1), "no output on stderr")[:200]

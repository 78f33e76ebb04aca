"""Judges what became of every task after a group of kills."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from revo_edge import Client
from revo_edge.contract.kinds import OnLost
from revo_edge.contract.task_requests import TaskReply
from revo_edge.contract.tasks import ItemResult, TaskState
from revo_edge.core.endings import TASK_LOSSES
from revo_edge.errors import NotFound
from tests.long._effects import Ran
from tests.long._load import Asked

LATE_S = 3.0
"""A task's items may run on for its grace (2 s) after it has ended; not after so long."""

Committed = dict[tuple[str, int], float]
"""(task, item) -> a time (UTC epoch seconds) at which its outcome was seen recorded."""
Kill = tuple[float, float]
"""UTC epoch seconds before the signal, and when everything the victim had started was gone."""
NOTICE_S = 1.0
"""A driver's children run on until the daemon, perhaps busy, has seen that the driver died."""


class Verdict(msgspec.Struct):
    """Counts, and each promise that was broken, in words."""

    tasks: Counter[str] = msgspec.field(default_factory=Counter)
    items: Counter[str] = msgspec.field(default_factory=Counter)
    broken: list[str] = []

    def facts(self) -> dict[str, Any]:
        """Return everything for the report."""
        return {"tasks": dict(self.tasks), "items": dict(self.items), "broken": self.broken}


def judge(
    revo: Client, asked: Sequence[Asked], ran: Ran, kills: Sequence[Kill], committed: Committed
) -> Verdict:
    """Compare what was asked, what the daemon says and what really ran."""
    verdict = Verdict()
    known = {task.id for task in revo.tasks()}
    strange = known - {each.id for each in asked}
    verdict.broken += [f"{task_id}: nobody asked for it" for task_id in strange]
    for each in asked:
        try:
            reply = revo.task(each.id)
        except NotFound:
            verdict.tasks["not accepted"] += 1
            if each.sure:
                verdict.broken.append(f"{each.id}: accepted and gone")
            continue
        problems = [*_state_problems(each, reply)]
        if each.items:
            recorded = list(_recorded(revo, each.id))
            problems += _item_problems(each, reply, recorded, ran, verdict.items)
            problems += _effect_problems(each, reply, ran, kills, committed)
        elif reply.task.state is TaskState.SUCCEEDED:
            problems += _value_problems(revo, each)
        verdict.tasks[_end_of(reply)] += 1
        verdict.broken += [f"{each.id} ({_about(each)}): {problem}" for problem in problems]
    return verdict


def _state_problems(each: Asked, reply: TaskReply) -> Iterator[str]:
    task = reply.task
    match task.state:
        case TaskState.SUCCEEDED if each.on_lost is OnLost.RETRY or task.attempt == 1:
            return
        case TaskState.CANCELLED if each.cancelled:
            return
        case TaskState.HELD if each.on_lost is OnLost.HOLD:
            return
        case TaskState.FAILED if task.error is not None and task.error.code == "worker_lost":
            if each.on_lost is OnLost.FAIL:
                return
            if each.on_lost is OnLost.RETRY and task.lost > TASK_LOSSES:
                return
    error = task.error.code if task.error else "no error"
    story = "; ".join(f"{line.state.value} {line.note}".strip() for line in reply.story[-4:])
    yield f"{task.state.value} ({error}), attempt {task.attempt}, lost {task.lost} times; {story}"


def _value_problems(revo: Client, each: Asked) -> Iterator[str]:
    result = revo.result(each.id)
    params = each.spec.params
    if each.spec.kind == "probe.fan":
        good = sorted(index for index, _ in result) == list(range(params["count"]))
        good &= all(value in (index, "worker_lost") for index, value in result)
    elif "size_bytes" in params:
        good = len(result) == params["size_bytes"]
    else:
        good = result == params["value"]
    if not good:
        yield f"a wrong result: {str(result)[:100]}"


def _recorded(revo: Client, task_id: str) -> Iterator[ItemResult]:
    cursor = 0
    while True:
        page = revo.items(task_id, cursor)
        yield from page.items
        if not page.more:
            return
        cursor = page.cursor


def _item_problems(
    each: Asked, reply: TaskReply, recorded: list[ItemResult], ran: Ran, counts: Counter[str]
) -> Iterator[str]:
    times = Counter(result.index for result in recorded)
    for result in recorded:
        code = result.error.code if result.error else "succeeded"
        counts[code] += 1
        if code not in ("succeeded", "worker_lost"):
            yield f"item {result.index} failed: {code} {result.error}"
        if code == "succeeded" and not ran.get((each.id, result.index)):
            yield f"item {result.index} has a result and never ran"
    twice = [index for index, count in times.items() if count > 1]
    if twice:
        yield f"items {twice} are recorded twice"
    if reply.task.state is TaskState.SUCCEEDED and len(times) != each.items:
        yield f"succeeded with {len(times)} of {each.items} items"


def _effect_problems(
    each: Asked, reply: TaskReply, ran: Ran, kills: Sequence[Kill], committed: Committed
) -> Iterator[str]:
    ended_at = reply.task.ended_at or float("inf")
    for item in range(each.items):
        begins = [effect.at for effect in ran.get((each.id, item), [])]
        again = list(itertools.pairwise(begins))
        if again and each.on_lost is not OnLost.RETRY:
            yield f"item {item} ran {len(begins)} times"
        if not all(_explained(first, second, kills) for first, second in again):
            yield f"item {item} ran again without a kill between: {begins}"
        seen_at = committed.get((each.id, item), float("inf"))
        if any(begin > seen_at for begin in begins):
            yield f"item {item} ran again after its outcome was recorded"
        if any(begin > ended_at + LATE_S for begin in begins):
            yield f"item {item} began after its task had ended"


def _explained(first: float, second: float, kills: Sequence[Kill]) -> bool:
    return any(first <= after + NOTICE_S and before <= second for before, after in kills)


def _end_of(reply: TaskReply) -> str:
    return f"{reply.task.state.value} {reply.task.error.code if reply.task.error else ''}".strip()


def _about(each: Asked) -> str:
    cancelled = ", cancelled" if each.cancelled else ""
    return f"{each.spec.kind}, on_lost {each.on_lost.value}{cancelled}"

"""group.*: how groups stand, and changes of all their tasks."""

import time
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import msgspec

from revo_edge.contract import groups as wire
from revo_edge.contract.params import Params
from revo_edge.core import outlook
from revo_edge.core.groups import Change, summed
from revo_edge.core.scheduler import Scheduler
from revo_edge.daemon.asks import Answer, Ask
from revo_edge.daemon.background import Background
from revo_edge.daemon.mutations import Decision, Mutations
from revo_edge.daemon.task_methods import TaskMethods
from revo_edge.store.journal_read import JournalReader

PART = 100
"""Tasks changed in one turn of the loop: with their publishing a few milliseconds."""


@dataclass(slots=True, eq=False)
class _Pass:
    """One change on its way through a group; `left` is taken from the end."""

    group: str
    change: Change
    grace_s: float
    left: list[str]
    changed: int = 0


@dataclass(slots=True)
class GroupMethods:
    """The methods of groups."""

    tasks: TaskMethods
    scheduler: Scheduler
    mutations: Mutations
    reader: Background
    journal: JournalReader
    _passes: dict[str, _Pass] = field(default_factory=dict)
    """The newest change of each group that is on its way."""

    def table(self) -> dict[str, Answer]:
        """Return method name -> function."""
        change = self.mutations.method
        return {
            "group.list": self._list,
            "group.cancel": change(self._cancel),
            "group.hold": change(partial(self._begin, Change.HOLD)),
            "group.release": change(partial(self._begin, Change.RELEASE)),
        }

    def _list(self, ask: Ask, params: Params) -> None:
        names = cast("wire.GroupList", params).names
        picture = self.scheduler.picture((), time.monotonic())
        known = self.tasks.shell.publisher.record.tasks.copy()
        evicted = self.tasks.evicted

        def look() -> wire.GroupListReply:  # not on the loop: it takes long with many tasks
            old = {info.id: info for info in self.journal.grouped(names)} if evicted else {}
            infos = [info for info in (old | known).values() if _named(info.group, names)]
            live = any(not info.state.final for info in infos)
            ahead = {one.id: one for one in outlook.foresee(picture)} if live else {}
            return wire.GroupListReply(picture.at, summed(infos, ahead))

        def found(answer: msgspec.Struct | BaseException) -> None:
            ask.fail(answer) if isinstance(answer, BaseException) else ask.ok(answer)

        self.reader.run(look, found)

    def _cancel(self, params: Params, now: float) -> Decision:
        return self._begin(Change.CANCEL, params, now, cast("wire.GroupCancel", params).grace_s)

    def _begin(self, change: Change, params: Params, now: float, grace_s: float = 0.0) -> Decision:
        group = cast("wire.GroupRef", params).group
        members = self.scheduler.group_members(group, change)
        members.reverse()
        going = self._passes[group] = _Pass(group, change, grace_s, members)
        return self._step(going, now)

    def _step(self, going: _Pass, now: float) -> Decision:
        """Change the next tasks; the answer waits for the last ones."""
        if self._passes.get(going.group) is not going:
            return Decision([], wire.GroupChanged(going.group, going.changed, stopped=True))
        part = going.left[: -PART - 1 : -1]
        del going.left[-PART:]
        actions, changed = self.scheduler.change_group(part, going.change, going.grace_s, now)
        going.changed += changed
        reply = wire.GroupChanged(going.group, going.changed)
        if going.left:
            return Decision(actions, reply, rest=partial(self._step, going))
        del self._passes[going.group]
        return Decision(actions, reply)


def _named(group: str | None, names: tuple[str, ...]) -> bool:
    return group is not None and (not names or group in names)

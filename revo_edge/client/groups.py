"""The typed calls about groups."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec

from revo_edge.contract import groups
from revo_edge.contract.groups import GroupChanged, GroupInfo
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.params import Params
from revo_edge.errors import NotFound

CHANGE_S = 60.0
"""So long a change of 10,000 tasks may take on a slow disk; it usually takes two seconds."""

R = TypeVar("R", bound=msgspec.Struct)


class Call(Protocol):
    """Asks one method and returns its reply."""

    def __call__(
        self,
        method: str,
        params: Params,
        reply: type[R],
        *,
        key: str | None = None,
        wait_s: float = 0.0,
    ) -> R:
        """Ask; raises the error of the reply's code."""


class Groups:
    """Tasks that belong together: `client.groups`. Each call may raise what a Client's may."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def list(self, names: Sequence[str] = ()) -> tuple[GroupInfo, ...]:
        """Return the groups of these names, or all; the one that began last comes first."""
        params = groups.GroupList(names=tuple(names))
        return self._call("group.list", params, groups.GroupListReply).groups

    def get(self, name: str) -> GroupInfo:
        """Return one group; raise NotFound if no task has this name."""
        found = self.list([name])
        if not found:
            raise NotFound(f"There is no group {name}. `revo group ls` lists them.")
        return found[0]

    def cancel(self, name: str, grace_s: float = 2.0) -> GroupChanged:
        """Cancel all tasks that have not ended; return how many were."""
        return self._change("group.cancel", groups.GroupCancel(group=name, grace_s=grace_s))

    def hold(self, name: str) -> GroupChanged:
        """Keep all queued tasks from starting until they are released."""
        return self._change("group.hold", groups.GroupRef(group=name))

    def release(self, name: str) -> GroupChanged:
        """Queue all held tasks where they stood; their attempts so far count."""
        return self._change("group.release", groups.GroupRef(group=name))

    def _change(self, method: str, params: Params) -> GroupChanged:
        return self._call(method, params, GroupChanged, key=new_ulid(), wait_s=CHANGE_S)

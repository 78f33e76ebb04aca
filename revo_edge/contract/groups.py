"""Groups: tasks that belong together, as one figure each, and what is asked about them."""

from typing import Annotated

import msgspec
from msgspec import Meta

from revo_edge.contract.params import Params
from revo_edge.contract.tasks import GroupName


class GroupInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """All tasks of one name added up, those that ended long ago as well.

    `done_ratio` counts ended tasks whole and running ones by their own progress. Times are UTC
    epoch seconds: `created_at` and `started_at` of the earliest, `ended_at` of the last to end.
    `end_p50_at` and `end_p90_at` are the latest of its tasks' outlooks; None: unknown.
    """

    name: str
    proposed: int = 0
    held: int = 0
    queued: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    done_ratio: float = 0.0
    created_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    end_p50_at: float | None = None
    end_p90_at: float | None = None

    @property
    def live(self) -> int:
        """How many have not ended."""
        return self.proposed + self.held + self.queued + self.running

    @property
    def total(self) -> int:
        """How many there are."""
        return self.live + self.succeeded + self.failed + self.cancelled


class GroupList(Params, frozen=True):
    """Ask for groups; without names for all."""

    names: Annotated[tuple[GroupName, ...], Meta(max_length=1000)] = ()


class GroupListReply(msgspec.Struct, frozen=True):
    """The groups, the newest first; a name that no task has is left out."""

    at: float
    groups: tuple[GroupInfo, ...]


class GroupRef(Params, frozen=True):
    """Names a group."""

    group: GroupName


class GroupCancel(Params, frozen=True):
    """Cancel what has not ended; after `grace_s` the worker of a running task is killed."""

    group: GroupName
    grace_s: Annotated[float, Meta(ge=0, le=3600)] = 2.0


class GroupChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many tasks were changed; asked again it is none.

    `stopped` says that a later request for the same group took over before all were seen.
    """

    group: str
    changed: int
    stopped: bool = False

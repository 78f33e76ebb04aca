"""Kinds: what a task can be, which lane runs it and what happens when its worker is lost."""

from enum import Enum
from typing import Any

import msgspec


class Lane(Enum):
    """Which processes run a kind."""

    ELASTIC = "elastic"
    """One of the 4-16 auto-scaled workers."""
    DRIVER = "driver"
    """A process of its own that waits for children; not counted in the 4-16."""
    RESIDENT = "resident"
    """A process that stays up and keeps an engine's data open."""
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # Enum has a slow one, in Python

    @classmethod
    def _missing_(cls, value: object) -> "Lane":
        return cls.UNKNOWN


class OnLost(Enum):
    """What happens to a running task whose worker or daemon died."""

    RETRY = "retry"
    HOLD = "hold"
    FAIL = "fail"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # Enum has a slow one, in Python

    @classmethod
    def _missing_(cls, value: object) -> "OnLost":
        return cls.UNKNOWN


class Role(Enum):
    """What a peer may do; each role includes those before it."""

    VIEWER = "viewer"
    AGENT = "agent"
    OPERATOR = "operator"
    ADMIN = "admin"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> "Role":
        return cls.UNKNOWN


ENGINE_COLOURS = ("teal", "orange", "indigo", "lime")
"""What an engine of the user's may be painted in: readable in both themes, none of our four."""
ENGINE_ICONS = (
    "copy",
    "doctor",
    "eye",
    "file",
    "filter",
    "folder",
    "image",
    "metrics",
    "script",
    "search",
    "tasks",
    "terminal",
)


class Engine(msgspec.Struct, frozen=True):
    """An engine of the user's, as it declares itself. An empty `colour` or `icon`: a plain one."""

    name: str
    title: str
    colour: str = ""
    icon: str = ""


class Kind(msgspec.Struct, frozen=True):
    """One kind of task, as its engine declares it.

    `params` is the Struct that is the only source of the kind's types. `child` kinds are made by a
    driver through `ctx.map` and cannot be submitted. `cost_s` is a hint used until the mean of the
    kind has been measured. `wears` says that its worker is replaced afterwards: the kind lowers its
    own priority, which a process cannot take back.
    """

    name: str
    engine: str
    title: str
    params: type[msgspec.Struct]
    lane: Lane = Lane.ELASTIC
    on_lost: OnLost = OnLost.RETRY
    idempotent: bool = True
    mutates: bool = False
    sensitive: bool = False
    child: bool = False
    min_role: Role = Role.OPERATOR
    cost_s: float = 1.0
    wears: bool = False


class KindInfo(msgspec.Struct, frozen=True):
    """The public record of a kind; `params` is its JSON Schema."""

    name: str
    engine: str
    title: str
    lane: Lane
    on_lost: OnLost
    params: dict[str, Any]

"""What the banner says of the tie to the daemon, and the one thing to do about it."""

import math
from dataclasses import dataclass

from revo_edge import __version__
from revo_edge.client.units import duration
from revo_edge.contract.codec import PROTOCOL_VERSION
from revo_gui.link import LOST_S, Presence

START = "start_daemon"
RESTART = "restart_daemon"
DIAGNOSE = "diagnose"
OVERVIEW = "page-overview"
"""Ids of actions of the window."""
_JOINING_QUIET_S = 1.0
"""A daemon that is there is found within this; words for less would only flicker."""
_HUNG = ("has been silent", "did not answer")


@dataclass(frozen=True, slots=True)
class BannerWords:
    """One line with one next action; `level` is `info`, `warning` or `error`.

    While the action is under way there is none: `action_id` and `action_text` are empty.
    """

    level: str
    text: str
    action_id: str = ""
    action_text: str = ""


_NOBODY = BannerWords(
    "error", "No daemon is running: there is nothing to show yet.", START, "Start the daemon"
)


@dataclass(frozen=True, slots=True)
class Tie:
    """What is known of the tie to the daemon."""

    presence: Presence
    silent_s: float = 0.0
    problem: str = ""
    """Why the last connection ended."""
    skewed: str = ""
    """The daemon's version, if it is not ours."""
    starting: bool = False
    """This window is starting the daemon."""
    too_slow: bool = False
    """This window keeps missing events."""
    met: bool = True
    """It has heard of a daemon since it opened."""


def words(tie: Tie) -> BannerWords | None:
    """Return what to say; None when all is well."""
    if tie.starting and tie.presence is not Presence.LIVE:
        return BannerWords("info", "Starting the daemon")
    match tie.presence:
        case Presence.JOINING:
            return _joining(tie.silent_s)
        case Presence.STALE:
            return _stale(tie.silent_s)
        case Presence.LOST:
            known = tie.met or _hung(tie.problem)
            return _lost(tie.silent_s, tie.problem) if known else _NOBODY
        case Presence.SKEW:
            return _other_protocol(tie.problem)
        case Presence.LIVE:
            return _live(tie.skewed, too_slow=tie.too_slow)


def _joining(silent_s: float) -> BannerWords | None:
    if silent_s < _JOINING_QUIET_S:
        return None
    return BannerWords("info", "Looking for the daemon", START, "Start the daemon")


def _stale(silent_s: float) -> BannerWords:
    left_s = max(1, math.ceil(LOST_S - silent_s))
    said = f"No word for {int(silent_s)} s; counted as lost in {left_s} s"
    return BannerWords("warning", said, DIAGNOSE, "Check its health")


def _lost(silent_s: float, problem: str) -> BannerWords:
    if _hung(problem):
        return BannerWords(
            "error",
            f"The daemon runs but has not answered for {_whole(silent_s)}. "
            "What you see is the last it said.",
            RESTART,
            "Restart the daemon",
        )
    return BannerWords(
        "error",
        f"The daemon is gone for {_whole(silent_s)}. What you see is the last it said.",
        START,
        "Start the daemon",
    )


def _other_protocol(problem: str) -> BannerWords:
    said = problem or f"The daemon does not speak protocol {PROTOCOL_VERSION}, as this window does."
    return BannerWords("error", said, RESTART, "Restart the daemon")


def _hung(problem: str) -> bool:
    return any(sign in problem for sign in _HUNG)


def _live(skewed: str, *, too_slow: bool) -> BannerWords | None:
    if too_slow:
        return BannerWords(
            "warning",
            "Events come faster than this window can take them; some were read again. "
            "Tasks and workers are complete.",
            OVERVIEW,
            "Show the overview",
        )
    if skewed:
        said = f"The daemon is {skewed}, this window {__version__}"
        return BannerWords("info", said, RESTART, "Restart the daemon")
    return None


def _whole(seconds: float) -> str:
    return duration(seconds) if seconds >= 60 else f"{int(seconds)} s"

"""What is said of a task, and which tasks a filter shows: plain functions, without Qt."""

from enum import Enum
from types import MappingProxyType

from revo_edge.client.units import duration, rate
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState, Why
from revo_gui.models.text import one_line

GROUP_WORD = "group:"


class Group(Enum):
    """The choices of the filter by state."""

    ALL = "All"
    RUNNING = "Running"
    WAITING = "Waiting"
    FAILED = "Failed"
    DONE = "Done"


GROUP_OF = MappingProxyType(
    {
        TaskState.PROPOSED: Group.WAITING,
        TaskState.HELD: Group.WAITING,
        TaskState.QUEUED: Group.WAITING,
        TaskState.RUNNING: Group.RUNNING,
        TaskState.FAILED: Group.FAILED,
        TaskState.SUCCEEDED: Group.DONE,
        TaskState.CANCELLED: Group.DONE,
    }
)
_RETRYABLE = frozenset({TaskState.HELD, TaskState.FAILED, TaskState.CANCELLED})
_WAITS = MappingProxyType(
    {
        Why.SLOT: "Waits for a free worker",
        Why.AFTER: "Waits for the tasks it comes after",
        Why.AT: "Waits for its time to start",
        Why.PAUSED: "Waits: its queue is paused",
    }
)
_ADVICE = MappingProxyType(
    {
        "user_error": "The log has what the code printed. Correct it, then retry.",
        "user_exit": "The code ended its own process. Let it return or raise instead, then retry.",
        "user_crash": "The code crashed its process. The log has its last words.",
        "command_failed": "The result and the log have what the command printed.",
        "not_sendable": "Return plain values: numbers, texts, lists and maps.",
        "bad_params": "Run it again with changes to correct what was asked.",
        "spawn_failed": "Run it again with changes, or see the log of the daemon.",
    }
)


def title_of(info: TaskInfo) -> str:
    """Return the title on one line; a task without one is called by its kind."""
    return one_line(info.title.strip() or info.kind)


def state_word(info: TaskInfo) -> str:
    """Return the state as a person says it."""
    if info.cancelling and not info.state.final:
        return "Cancelling"
    return info.state.value.capitalize()


def state_icon(state: TaskState) -> str:
    """Return the name of the state's icon."""
    return "held" if state is TaskState.PROPOSED else state.value


def waits(info: TaskInfo) -> str:
    """Say what a task that does not run waits for; empty for all others."""
    if info.state is TaskState.QUEUED:
        return _WAITS.get(info.why, "Waits for its turn") if info.why else "Waits for its turn"
    if info.state is TaskState.HELD:
        return "Its worker was lost and it may not run twice by itself. Retry runs it again"
    return "Waits for approval" if info.state is TaskState.PROPOSED else ""


def can_cancel(info: TaskInfo) -> bool:
    """Tell whether there is anything left to stop."""
    return not info.state.final and not info.cancelling


def can_retry(info: TaskInfo) -> bool:
    """Tell whether the daemon would queue it again."""
    return info.state in _RETRYABLE


def advice(code: str) -> str:
    """Say what to do about an error whose own message does not."""
    return _ADVICE.get(code, "")


def progress_ratio(info: TaskInfo) -> float | None:
    """Return 0 to 1; None where nobody knows."""
    if info.state is TaskState.SUCCEEDED:
        return 1.0
    found = info.progress
    return min(1.0, found.done / found.total) if found and found.total > 0 else None


def progress_words(progress: Progress | None) -> str:
    """Return `412 of 1,790`, or what has been done where the total is not known."""
    if progress is None or not (progress.done or progress.total):
        return ""
    if progress.total:
        return f"{progress.done:,} of {progress.total:,}"
    return f"{progress.done:,} done"


def progress_line(info: TaskInfo) -> str:
    """Return progress in full: how far, how fast, and how many failed."""
    found = info.progress
    if found is None:
        return ""
    parts = [progress_words(found)]
    if found.rate and info.state is TaskState.RUNNING:
        parts.append(rate(found.rate))
    if found.failed:
        parts.append(f"{found.failed:,} failed")
    return "  ·  ".join(part for part in parts if part)


def took_s(info: TaskInfo, now: float) -> float | None:
    """Return how long it ran, or has run by `now` (UTC epoch seconds); None if it has not begun."""
    if info.started_at is None:
        return None
    end = info.ended_at if info.ended_at is not None else now
    return max(0.0, end - info.started_at)


def took_words(info: TaskInfo, now: float) -> str:
    """Return how long it ran; whole seconds while it still counts."""
    found = took_s(info, now)
    if found is None or info.state.final:
        return duration(found)
    return f"{int(found)} s" if found < 60 else duration(found)


def ago(at: float, now: float) -> str:
    """Return how long ago that was: `now`, `12 s ago`, `5 m ago`, `3 h ago`, `2 d ago`."""
    gone = max(0, int(now - at))
    for unit_s, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if gone >= unit_s:
            return f"{gone // unit_s} {unit} ago"
    return f"{gone} s ago" if gone > 1 else "now"


def matches(info: TaskInfo, words: tuple[str, ...], group: Group) -> bool:
    """Tell whether the task is of the group and has all the words, which are casefolded.

    `group:NAME` is a word that only the tasks of the group NAME have.
    """
    if group is not Group.ALL and GROUP_OF.get(info.state) is not group:
        return False
    if not words:
        return True
    error = f"{info.error.code} {info.error.msg}" if info.error else ""
    named = f"{GROUP_WORD}{info.group}" if info.group else ""
    text = f"{info.title}\n{info.kind}\n{info.queue}\n{info.group or ''}\n{error}".casefold()
    name = info.id.casefold()
    return all(
        word == named.casefold()
        if word.startswith(GROUP_WORD)
        else word in text or name.startswith(word)
        for word in words
    )

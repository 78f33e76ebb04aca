import pytest

from revo_edge.contract.tasks import ErrorInfo, Progress, TaskInfo, TaskState, Why
from revo_gui.models.task_words import (
    Group,
    ago,
    can_cancel,
    can_retry,
    matches,
    progress_line,
    progress_words,
    state_word,
    title_of,
    took_words,
    waits,
)


def info(state: TaskState = TaskState.RUNNING, **fields: object) -> TaskInfo:
    return TaskInfo("01AB", "parallel.map", state, **fields)  # type: ignore[arg-type]  # fields of the Struct


def test_a_task_without_a_title_is_called_by_its_kind() -> None:
    assert title_of(info()) == "parallel.map"
    assert title_of(info(title=" \n ")) == "parallel.map"
    assert title_of(info(title="mine")) == "mine"


def test_a_state_says_what_is_going_on() -> None:
    assert state_word(info()) == "Running"
    assert state_word(info(cancelling=True)) == "Cancelling"
    assert state_word(info(TaskState.CANCELLED, cancelling=True)) == "Cancelled"
    assert waits(info(TaskState.QUEUED, why=Why.PAUSED)) == "Waits: its queue is paused"
    assert waits(info(TaskState.QUEUED, why=Why.UNKNOWN)) == "Waits for its turn"
    assert "Retry" in waits(info(TaskState.HELD))
    assert waits(info()) == ""


def test_what_can_be_done_follows_from_the_state() -> None:
    assert [s.value for s in TaskState if can_retry(info(s))] == ["held", "failed", "cancelled"]
    assert can_cancel(info(TaskState.QUEUED))
    assert not can_cancel(info(cancelling=True))
    assert not can_cancel(info(TaskState.SUCCEEDED))


def test_progress_in_words() -> None:
    assert progress_words(None) == progress_words(Progress()) == ""
    assert progress_words(Progress(412, 1790)) == "412 of 1,790"
    assert progress_words(Progress(5)) == "5 done"
    running = info(progress=Progress(412, 1790, failed=3, rate=12.0))
    assert progress_line(running) == "412 of 1,790  ·  12/s  ·  3 failed"


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (0, "now"),
        (-5, "now"),
        (12, "12 s ago"),
        (300, "5 m ago"),
        (7300, "2 h ago"),
        (2e5, "2 d ago"),
    ],
)
def test_ages(gone: float, words: str) -> None:
    assert ago(1000.0, 1000.0 + gone) == words


def test_time_counts_in_whole_seconds_until_the_end() -> None:
    assert took_words(info(), 10.0) == "-"
    assert took_words(info(started_at=1.0), 5.5) == "4 s"
    assert took_words(info(TaskState.SUCCEEDED, started_at=1.0, ended_at=1.3), 99.0) == "300 ms"


@pytest.mark.parametrize(
    ("text", "group", "fits"),
    [
        ("", Group.ALL, True),
        ("", Group.FAILED, True),
        ("", Group.DONE, False),
        ("shell map", Group.ALL, True),
        ("SHELL", Group.ALL, True),
        ("01a", Group.ALL, True),
        ("1ab", Group.ALL, False),
        ("gpu", Group.FAILED, True),
        ("luck", Group.ALL, True),
        ("shell nothing", Group.ALL, False),
    ],
)
def test_a_filter_needs_all_words_and_the_group(text: str, group: Group, fits: bool) -> None:  # noqa: FBT001 - a case
    failed = info(
        TaskState.FAILED, title="Shell", queue="gpu", error=ErrorInfo("user_error", "no luck")
    )
    assert matches(failed, tuple(text.casefold().split()), group) is fits


def test_a_state_of_a_newer_daemon_is_shown_under_all() -> None:
    assert matches(info(TaskState.UNKNOWN), (), Group.ALL)
    assert not any(matches(info(TaskState.UNKNOWN), (), g) for g in Group if g is not Group.ALL)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("group:night-1", True),
        ("GROUP:Night-1 map", True),
        ("group:night", False),
        ("group:", False),
        ("night", True),
        ("group:other", False),
    ],
)
def test_a_group_is_named_in_the_filter(text: str, fits: bool) -> None:  # noqa: FBT001 - a case
    words = tuple(text.casefold().split())
    assert matches(info(group="Night-1"), words, Group.ALL) is fits
    assert not matches(info(), ("group:none",), Group.ALL)

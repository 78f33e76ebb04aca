import msgspec
import pytest
from PySide6.QtTest import QAbstractItemModelTester

from revo_edge.client.mirror import Link as MirrorLink
from revo_edge.client.mirror import MirrorState
from revo_edge.contract import events
from revo_edge.contract.codec import encode
from revo_edge.contract.events import Event, Notice, TaskProgress
from revo_edge.contract.requests import StreamEvent
from revo_edge.contract.tasks import Progress
from revo_gui.link import EVENTS_KEPT, Frame, Line, Missed, Presence
from revo_gui.models.event_rules import ALL, Rules
from revo_gui.models.events import MARK, SUBJECT, TEXT, TIME, EventModel
from revo_gui.theme import Theme

STATE = MirrorState(MirrorLink.LIVE, True, "boot", 1, {}, {}, {}, {}, {})
PROGRESS = StreamEvent(
    "task.T.",
    Event("boot", 1, 0, 1.0, "progress", msgspec.Raw(encode(TaskProgress("T", Progress(1, 2))))),
)


def frame(*lines: Line) -> Frame:
    return Frame(STATE, Presence.LIVE, (), (), lines, sampled=False)


def notices(first: int, count: int) -> list[StreamEvent]:
    return [
        StreamEvent(
            "sys.notice.",
            Event("boot", n, 0, 1.0, events.NOTICE, msgspec.Raw(encode(Notice("info", f"n{n}")))),
        )
        for n in range(first, first + count)
    ]


@pytest.fixture
def model(theme: Theme) -> EventModel:
    return EventModel(theme)


@pytest.fixture
def tester(model: EventModel) -> QAbstractItemModelTester:
    return QAbstractItemModelTester(
        model, QAbstractItemModelTester.FailureReportingMode.Fatal, model
    )


def texts(model: EventModel) -> list[str]:
    return [row.words.text for row in model.rows()]


@pytest.mark.usefixtures("tester")
def test_events_come_newest_last_with_gaps_and_without_progress(model: EventModel) -> None:
    model.take(frame(*notices(0, 2), Missed.GAP, PROGRESS))
    assert texts(model)[:2] == ["n0", "n1"]
    assert model.rowCount() == 3
    cells = [model.index(0, column).data() for column in (TIME, MARK, SUBJECT, TEXT)]
    assert cells[1:] == ["info", "Daemon", "n0"]
    model.list_progress(True)
    model.take(frame(PROGRESS))
    assert texts(model)[-1] == "1 of 2"
    model.list_progress(False)
    assert model.rowCount() == 3


@pytest.mark.usefixtures("tester")
def test_a_paused_list_stands_still_and_counts_what_comes(model: EventModel) -> None:
    model.take(frame(*notices(0, 3)))
    model.pause(True)
    model.take(frame(*notices(3, 4)))
    assert (texts(model), model.waiting) == (["n0", "n1", "n2"], 4)
    model.restrict(Rules(terms=("n5",)))
    assert (texts(model), model.waiting) == ([], 1)
    model.restrict(ALL)
    model.pause(False)
    assert (model.rowCount(), model.waiting) == (7, 0)


@pytest.mark.usefixtures("tester")
def test_the_oldest_leave_also_from_a_filtered_list(model: EventModel) -> None:
    model.restrict(Rules(terms=("99",)))
    for first in range(0, EVENTS_KEPT + 2000, 1000):
        model.take(frame(*notices(first, 1000)))
    assert model.kept <= EVENTS_KEPT
    shown = texts(model)
    assert "n99" not in shown
    assert shown[-1] == f"n{EVENTS_KEPT + 1999}"
    kept = [n for n in range(EVENTS_KEPT + 2000 - model.kept, EVENTS_KEPT + 2000) if "99" in str(n)]
    assert shown == [f"n{n}" for n in kept]


def test_a_flood_in_one_frame_leaves_the_newest(model: EventModel) -> None:
    model.take(frame(*notices(0, EVENTS_KEPT)))
    model.take(frame(*notices(EVENTS_KEPT, EVENTS_KEPT)))
    assert texts(model)[-1] == f"n{2 * EVENTS_KEPT - 1}"
    assert model.rowCount() == model.kept <= EVENTS_KEPT

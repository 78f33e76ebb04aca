import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.recall import NewItem
from revo_edge.contract.tasks import TaskInfo, TaskSpec, TaskState
from revo_gui.link import Frame, Missed
from revo_gui.models.engines import Slot
from revo_gui.models.overview_lists import ROW, WORDS, EventRows, TaskRows
from revo_gui.theme import Theme
from revo_gui.views.engine_gauge import Gauge
from revo_gui.views.engine_slots import WorkerSlots, columns
from revo_gui.views.overview import Overview, Shape, shape_of
from revo_gui.views.page import Parts
from tests.gui.conftest import Said, Showing
from tests.harness import DaemonProcess

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
LEFT = Qt.MouseButton.LeftButton
BUSY = TaskSpec("probe.sleep", {"seconds": 30.0}, title="A long one")


@pytest.fixture
def page(parts: Parts, show: Showing) -> Overview:
    """Give the page on screen, fed by the daemon."""
    page = Overview(parts)
    parts.link.frame.connect(page.take)
    page.set_online(True)
    show(page, 1280, 800)
    return page


def test_only_the_engines_that_are_there_have_figures(page: Overview, qtbot: QtBot) -> None:
    parallel = page.cards["parallel"]
    qtbot.waitUntil(lambda: "Scales from 4 to 16" in parallel.accessibleDescription())
    assert parallel.figures.isVisible()
    assert "workers busy" in parallel.accessibleDescription()
    assert page.cards["recall"].figures.isVisible()
    for name in ("creative", "coordinator"):
        card = page.cards[name]
        assert "Not built yet" in card.accessibleDescription()
        assert card.blank.isVisible()
        assert not card.figures.isVisible()


def test_the_card_of_memory_lives(page: Overview, client: Client, qtbot: QtBot) -> None:
    card = page.cards["recall"]
    qtbot.waitUntil(lambda: "not measured yet" in card.accessibleDescription())
    client.recall.put(NewItem("the retry queue"))
    assert client.recall.search("retry").hits
    qtbot.waitUntil(
        lambda: (
            " ms. Retrieval latency p95, last 60 s" in card.accessibleDescription()
            and "Items 1" in card.accessibleDescription()
            and "Cache hits 0 %" in card.accessibleDescription()
        )
    )


def test_without_tasks_it_offers_to_make_one(page: Overview, qtbot: QtBot, said: Said) -> None:
    button = page.findChild(QPushButton)
    assert button is not None
    qtbot.waitUntil(button.isVisible)
    page.set_online(False)
    assert not button.isEnabled()
    assert "daemon" in button.toolTip()
    page.set_online(True)
    QTest.mouseClick(button, LEFT)
    assert said.asked == [None]


def test_tasks_are_listed_as_they_run_and_open_by_click_and_by_key(
    page: Overview, client: Client, qtbot: QtBot, said: Said
) -> None:
    tester = QAbstractItemModelTester(page.tasks, FATAL)
    done = client.submit(TaskSpec("probe.echo", title="<b>first</b>\x1b[2J")).id
    busy = client.submit(BUSY).id
    client.submit(TaskSpec("probe.echo", title="last"))
    ended, running = TaskState.SUCCEEDED, TaskState.RUNNING
    qtbot.waitUntil(lambda: [t.state for t in page.tasks.shown] == [running, ended, ended])
    titles = [page.tasks.index(row).data() for row in range(3)]
    assert titles == ["A long one", "last", "<b>first</b>\\x1b[2J"]
    rows = page.task_panel.rows
    rows.setCurrentIndex(page.tasks.index(0))
    QTest.keyClick(rows, Qt.Key.Key_Return)
    place = rows.visualRect(page.tasks.index(2)).center()
    QTest.mouseClick(rows.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)
    assert said.shown == [busy, done]
    client.cancel(busy)
    qtbot.waitUntil(lambda: page.tasks.shown[1].state is TaskState.CANCELLED)
    assert page.tasks.index(1).data(ROW).icon == "cancelled"
    client.remove(done)
    qtbot.waitUntil(lambda: page.tasks.rowCount() == 2)
    del tester


def test_a_busy_worker_shows_its_task_by_keys_alone(
    page: Overview, client: Client, qtbot: QtBot, said: Said
) -> None:
    slots = page.cards["parallel"].figures.slots
    task = client.submit(BUSY).id
    qtbot.waitUntil(lambda: " 1 of " in page.cards["parallel"].accessibleDescription())
    qtbot.waitUntil(lambda: slots.accessibleDescription() != "")
    slots.setFocus()
    QTest.keyClick(slots, Qt.Key.Key_Home)
    for _ in range(16):
        QTest.keyClick(slots, Qt.Key.Key_Return)
        QTest.keyClick(slots, Qt.Key.Key_Right)
    assert said.shown == [task]
    client.cancel(task)


def test_events_are_gathered_also_while_the_page_is_hidden(
    page: Overview, client: Client, qtbot: QtBot, said: Said
) -> None:
    tester = QAbstractItemModelTester(page.events, FATAL)
    page.parts.link.frame.disconnect(page.take)
    page.hide()
    for number in range(8):
        task = client.submit(TaskSpec("probe.echo", title=f"Task {number}")).id
        client.wait(task)  # so the last one is the last to end
    qtbot.waitUntil(lambda: "Task 7, Succeeded" in "".join(_texts(page)))
    assert page.tasks.rowCount() == 0
    page.show()
    state = page.parts.link.state()
    page.take(Frame(state, page.parts.link.presence, (), (), (), sampled=False))
    assert page.tasks.index(0).data() == "Task 7"
    newest = next(row for row, text in enumerate(_texts(page)) if "Task 7" in text)
    page.event_panel.rows.chosen.emit(page.events.index(newest))
    assert said.shown == [task]
    del tester


def test_only_the_newest_events_are_kept_and_a_gap_is_said(page: Overview) -> None:
    rows = EventRows()
    tester = QAbstractItemModelTester(rows, FATAL)
    state, presence = page.parts.link.state(), page.parts.link.presence
    for count, kept in ((1, 1), (30, 31), (30, 50), (120, 50), (0, 50)):
        rows.take(Frame(state, presence, (), (), (Missed.GAP,) * count, sampled=False))
        assert rows.rowCount() == kept
    assert "missed" in rows.index(0).data()
    assert rows.index(0).data(WORDS).task == ""
    del tester


@pytest.mark.parametrize("width", [360, 380, 768, 1280, 2600])
def test_it_fits_every_width(page: Overview, width: int, qtbot: QtBot) -> None:
    qtbot.waitUntil(page.cards["parallel"].figures.isVisible)
    page.resize(width, 700)
    area = page.findChild(QScrollArea)
    assert area is not None
    body = area.widget()
    assert body is not None
    qtbot.waitUntil(lambda: area.viewport().width() <= width)
    qtbot.waitUntil(lambda: body.width() <= min(2200, area.viewport().width()))
    for label in body.findChildren(QLabel):
        if label.isVisible():
            right = label.mapTo(body, QPoint(label.width(), 0)).x()
            assert right <= body.width(), label.text()
    parts = [*page.cards.values(), page.task_panel, page.event_panel]
    qtbot.waitUntil(lambda: all(p.height() >= p.minimumSizeHint().height() for p in parts))
    assert page.minimumSizeHint().width() <= 340


def test_the_shape_follows_the_width() -> None:
    shapes = [shape_of(width) for width in (360, 720, 1100, 3840)]
    assert shapes == [Shape.ONE, Shape.TWO, Shape.WIDE, Shape.WIDE]


def test_rows_move_without_a_reset(qapp: QApplication) -> None:
    def task(name: str, state: TaskState = TaskState.RUNNING) -> TaskInfo:
        return TaskInfo(name, "k", state)

    model = TaskRows()
    tester = QAbstractItemModelTester(model, FATAL)
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    for names in ("abc", "cab", "dacb", "d", "xyz", ""):
        model.show_tasks([task(name) for name in names])
        assert [info.id for info in model.shown] == list(names)
    assert resets == []
    del tester


def test_every_state_of_a_slot_has_its_own_picture(theme: Theme) -> None:
    pictures = set()
    for state in ("idle", "busy", "starting", "stopping", "free"):
        slots = WorkerSlots(theme, "parallel")
        slots.set((Slot(state),))
        pictures.add(bytes(slots.grab().toImage().constBits()))
    assert len(pictures) == 5


def test_slots_stand_in_rows_of_equal_length() -> None:
    assert [columns(count, 220) for count in (0, 4, 8, 9, 16)] == [1, 4, 8, 5, 8]
    assert columns(16, 5) == 1
    assert columns(16, 1000) == 16


def test_a_gauge_without_a_figure_says_so(theme: Theme) -> None:
    gauge = Gauge(theme, "parallel", "Utilisation")
    gauge.set(0.5)
    assert gauge.accessibleDescription() == "50 %"
    gauge.set(None)
    assert gauge.accessibleDescription() == "-"


def test_it_survives_the_end_of_the_daemon(
    page: Overview, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    card = page.cards["parallel"]
    qtbot.waitUntil(lambda: "Scales from" in card.accessibleDescription())
    daemon.kill()
    qtbot.waitUntil(lambda: not page.parts.link.online)
    assert "Scales from" in card.accessibleDescription()


def _texts(page: Overview) -> list[str]:
    return [page.events.index(row).data() for row in range(page.events.rowCount())]

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_gui.models.task_order import Column
from revo_gui.models.task_words import Group
from revo_gui.views.page import Parts
from revo_gui.views.tasks_page import TasksPage
from tests.gui.conftest import Said, Showing
from tests.harness import DaemonProcess

WIDE = (1280, 760)
NARROW = (380, 700)
OpenPage = Callable[[tuple[int, int]], TasksPage]


@pytest.fixture
def open_page(parts: Parts, show: Showing) -> OpenPage:
    def open_page(size: tuple[int, int]) -> TasksPage:
        page = TasksPage(parts)
        parts.link.frame.connect(page.take)
        show(page, *size)
        page.activateWindow()
        return page

    return open_page


def state_of(page: TasksPage, task_id: str) -> TaskState | None:
    info = page.model.info(task_id)
    return info.state if info else None


def test_a_task_is_found_opened_cancelled_and_retried_by_keyboard_alone(
    open_page: OpenPage, client: Client, qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    client.submit(TaskSpec("probe.echo", {"value": 1}, title="Another"))
    task = client.submit(TaskSpec("probe.sleep", {"seconds": 60}, title="Find me")).id
    qtbot.waitUntil(lambda: state_of(page, task) is TaskState.RUNNING)
    page.focus_filter()
    QTest.keyClicks(page.filters.field, "find me")
    assert page.model.rowCount() == 1
    for _ in range(6):
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        if page.table.hasFocus():
            break
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert page.drawer.isVisible()
    assert page.drawer.head.title.full == "Find me"
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    assert page.drawer.question.isVisible()
    assert page.drawer.question.no.hasFocus()
    QTest.keyClick(page.drawer.question.no, Qt.Key.Key_Tab)
    assert page.drawer.question.yes.hasFocus()
    QTest.keyClick(page.drawer.question.yes, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: state_of(page, task) is TaskState.CANCELLED)
    qtbot.waitUntil(page.drawer.buttons["Retry"].isVisible)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: state_of(page, task) is TaskState.RUNNING)
    QTest.keyClick(page.table, Qt.Key.Key_Escape)
    assert not page.drawer.isVisible()
    assert page.table.hasFocus()
    client.cancel(task, 0)


def test_the_tab_key_goes_from_the_list_through_the_drawer_in_the_order_of_reading(
    open_page: OpenPage, client: Client, qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    task = client.submit(TaskSpec("probe.raise", {"value": 1})).id
    qtbot.waitUntil(lambda: state_of(page, task) is TaskState.FAILED)
    page.open(task)
    page.focus_filter()
    names = []
    for _ in range(11):
        found = page.focusWidget()
        names.append(found.accessibleName() or str(found.property("text") or type(found).__name__))
        QTest.keyClick(found, Qt.Key.Key_Tab)
    assert names == [
        "Filter tasks",
        "Show tasks: all",
        "Tasks",
        "Close",
        "Copy the id",
        "Retry",
        "Remove",
        "Run again with changes",
        "Details of the task",
        "Story of the task",
        "Filter tasks",
    ]


def test_a_queued_task_is_cancelled_without_a_question(
    open_page: OpenPage, client: Client, qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    client.pause()
    task = client.submit(TaskSpec("probe.echo", {"value": 1})).id
    qtbot.waitUntil(lambda: state_of(page, task) is TaskState.QUEUED)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: state_of(page, task) is TaskState.CANCELLED)
    assert not page.drawer.isVisible()


def test_the_id_is_copied(open_page: OpenPage, client: Client, qtbot: QtBot, said: Said) -> None:
    page = open_page(WIDE)
    task = client.submit(TaskSpec("probe.echo", {"value": 1})).id
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert said.toasts == [("Choose a task first", "info")]
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    QTest.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == task


def test_the_choice_stays_on_its_task_and_never_falls_on_another(
    open_page: OpenPage, client: Client, qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    client.pause()
    first, second, third = (
        client.submit(TaskSpec("probe.echo", {"value": n}, title=f"T{n}")).id for n in range(3)
    )
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    page.table.choose(second)
    page.table.sortByColumn(Column.TASK, Qt.SortOrder.AscendingOrder)
    assert page.table.currentIndex().row() == page.model.row_of(second) == 1
    page.filters.choose(Group.WAITING)
    client.cancel(second)
    qtbot.waitUntil(lambda: page.model.row_of(second) is None)
    assert page.table.chosen == ""
    assert not page.table.selectionModel().hasSelection()
    assert {first, third} == {page.model.info_at(row).id for row in range(2)}


def test_an_empty_page_offers_the_one_next_step(
    open_page: OpenPage, client: Client, qtbot: QtBot, said: Said
) -> None:
    page = open_page(NARROW)
    qtbot.waitUntil(lambda: page.empty.title.text() == "No tasks yet")
    page.empty.button.click()
    assert said.asked == [None]
    client.submit(TaskSpec("probe.echo", {"value": 1}))
    qtbot.waitUntil(page.table.isVisible)
    page.filters.field.setText("nothing like it")
    assert page.empty.title.text() == "No task fits the filter"
    page.empty.button.click()
    assert page.table.isVisible()
    assert page.filters.text == ""


def test_a_narrow_page_shows_the_list_or_the_task(
    open_page: OpenPage, client: Client, qtbot: QtBot
) -> None:
    page = open_page(NARROW)
    task = client.submit(TaskSpec("probe.echo", {"value": 1})).id
    qtbot.waitUntil(lambda: state_of(page, task) is TaskState.SUCCEEDED)
    assert page.table.isColumnHidden(Column.QUEUE)
    assert not page.table.isColumnHidden(Column.PROGRESS)
    assert page.table.horizontalHeader().length() <= page.table.viewport().width()
    page.open(task)
    assert page.drawer.isVisible()
    assert not page.table.isVisible()
    assert page.drawer.head.back.isVisible()
    QTest.keyClick(page.focusWidget(), Qt.Key.Key_Escape)
    assert page.table.isVisible()
    page.open(task)
    page.resize(*WIDE)
    assert page.table.isVisible()
    page.resize(*NARROW)
    assert page.width() == NARROW[0]
    assert not page.table.isVisible()


def test_arrows_lead_the_open_drawer_along(
    open_page: OpenPage, client: Client, qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    older, newer = (client.submit(TaskSpec("probe.echo", {"value": n})).id for n in range(2))
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    page.open(newer)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    assert page.drawer.task_id == older


@pytest.mark.qt_log_ignore("grabbing the keyboard")  # a pop-up does, and offscreen cannot
def test_the_menu_is_for_the_task_it_was_asked_on(
    open_page: OpenPage, client: Client, qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    older, newer = (client.submit(TaskSpec("probe.raise", {"value": n})).id for n in range(2))
    qtbot.waitUntil(lambda: page.model.count(Group.FAILED) == 2)
    page.open(newer)
    place = page.table.visualRect(page.model.index(1, 1)).center()
    QTest.mouseClick(page.table.viewport(), Qt.MouseButton.RightButton, pos=place)
    page.table.customContextMenuRequested.emit(place)
    menu = page.findChild(QMenu)
    assert menu is not None
    assert [action.text().split()[0] for action in menu.actions()] == [
        "Open",
        "Run",
        "Retry",
        "Remove",
        "Copy",
    ]
    assert page.drawer.task_id == page.table.chosen == older
    menu.close()


def test_a_low_window_scrolls_the_drawer(open_page: OpenPage, client: Client, qtbot: QtBot) -> None:
    page = open_page((380, 250))
    task = client.submit(TaskSpec("probe.raise", {"value": 1})).id
    qtbot.waitUntil(lambda: state_of(page, task) is TaskState.FAILED)
    page.open(task)
    assert (page.width(), page.height()) == (380, 250)


def test_a_lost_daemon_leaves_what_is_known_and_switches_off_what_needs_it(
    open_page: OpenPage, client: Client, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    task = client.submit(TaskSpec("probe.raise", {"value": 1}, title="Broken")).id
    qtbot.waitUntil(lambda: state_of(page, task) is TaskState.FAILED)
    page.open(task)
    qtbot.waitUntil(lambda: page.drawer.story.model.rowCount() > 0)
    daemon.kill()
    page.set_online(False)
    assert page.table.isVisible()
    assert page.drawer.head.title.full == "Broken"
    assert not any(button.isEnabled() for button in page.drawer.buttons.values())
    page.set_online(True)
    assert page.drawer.buttons["Retry"].isEnabled()


def test_a_task_that_is_not_in_memory_is_asked_for(
    open_page: OpenPage, client: Client, qtbot: QtBot
) -> None:
    task = client.submit(TaskSpec("probe.echo", {"value": 1}, title="Old")).id
    client.wait(task)
    page = open_page(WIDE)
    page.parts.tasks.apply((), (task,))
    page.open(task)
    qtbot.waitUntil(lambda: page.drawer.head.title.full == "Old")
    page.open("01ARZ3NDEKTSV4RRFFQ69G5FAV")
    qtbot.waitUntil(page.drawer.question.isVisible)
    QTest.keyClick(page.drawer.question.yes, Qt.Key.Key_Space)
    assert not page.drawer.isVisible()

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.recall import ItemKind, NewItem, Source
from revo_gui.models.recall_query import Answer, Choices, Question
from revo_gui.models.recall_snippets import utf16
from revo_gui.recall_search import PAGE, RecallSearch
from revo_gui.views.page import Parts
from revo_gui.views.recall_note import NoteDialog
from revo_gui.views.recall_page import RecallPage
from tests.gui.conftest import OpenWindow, Said, Showing
from tests.harness import DaemonProcess, StartDaemon

WIDE = (1280, 760)
NARROW = (380, 700)
OpenPage = Callable[[tuple[int, int]], RecallPage]

ITEMS = (
    NewItem("The retry queue waits with back-off", title="Queue", tags=("infra",)),
    NewItem(
        "def retry(task):\n    return queue.put(task)",
        "code",
        ItemKind.CODE,
        "jobs.retry",
        source=Source("/src/jobs.py", 12, 13),
    ),
    NewItem("The secret of the other team: retry is off", "other"),
    NewItem("\u05d6\u05d9\u05db\u05e8\u05d5\u05df \u05de\u05d5\u05e9\u05dc\u05dd", "rtl"),
)


@pytest.fixture
def memory(client: Client) -> tuple[str, ...]:
    """Store a few items; return their ids."""
    return tuple(stored.id for stored in client.recall.store(ITEMS).stored)


@pytest.fixture
def open_page(parts: Parts, show: Showing) -> OpenPage:
    def open_page(size: tuple[int, int]) -> RecallPage:
        page = RecallPage(parts)
        parts.link.frame.connect(page.take)
        parts.link.presence_changed.connect(lambda _: page.set_online(parts.link.online))
        show(page, *size)
        page.activateWindow()
        return page

    return open_page


def titles(page: RecallPage) -> list[str]:
    model = page.results.model
    return [model.row(row).title for row in range(model.rowCount())]


def namespaces(page: RecallPage) -> set[str]:
    model = page.results.model
    return {model.row(row).item.namespace for row in range(model.rowCount())}


def settle(page: RecallPage, qtbot: QtBot) -> None:
    """Wait until what is shown answers what is asked."""
    qtbot.waitUntil(lambda: not page.search.busy and page.results.answer is not None)


def ask(page: RecallPage, qtbot: QtBot, text: str) -> None:
    page.field.setText(text)
    settle(page, qtbot)


def test_typing_asks_once_it_rests_and_shows_the_newest_answer_only(
    open_page: OpenPage, memory: tuple[str, ...], qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    settle(page, qtbot)
    assert len(titles(page)) == len(memory)
    asked = page.search.asked
    answers: list[Answer] = []
    page.search.answered.connect(answers.append)
    QTest.keyClicks(page.field, "retry queue")
    settle(page, qtbot)
    assert page.search.asked - asked < len("retry queue")
    assert answers[-1].question.text == "retry queue"
    assert all("retry queue".startswith(answer.question.text) for answer in answers)
    assert titles(page)[0] == "Queue"
    snippet = page.results.model.row(0).snippet
    assert [snippet.text[a:b] for a, b in snippet.marks] == ["retry", "queue"]
    assert "ms" in page.results.summary.text()


def test_an_answer_that_is_overtaken_is_dropped(parts: Parts, qtbot: QtBot) -> None:
    search = RecallSearch(parts.link)
    answers: list[str] = []
    search.answered.connect(lambda answer: answers.append(answer.question.text))
    for word in ("first", "second", "third", "last"):
        search.want(Question(word))
    qtbot.waitUntil(lambda: not search.busy)
    assert answers == ["last"]
    assert search.asked == 2


def test_everything_goes_by_keyboard(
    open_page: OpenPage, memory: tuple[str, ...], client: Client, qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    page.focus_filter()
    QTest.keyClicks(page.field, "retry")
    settle(page, qtbot)
    QTest.keyClick(page.field, Qt.Key.Key_Down)
    QTest.keyClick(page.field, Qt.Key.Key_Down)
    QTest.keyClick(page.field, Qt.Key.Key_Up)
    first = page.results.list.item
    assert first is not None
    assert first.id == page.results.model.row(0).item.id
    QTest.keyClick(page.field, Qt.Key.Key_Return)
    assert page.details.isVisible()
    assert page.field.hasFocus()
    QTest.keyClick(page.field, Qt.Key.Key_Down)
    assert page.details.item is not None
    assert page.details.item.id == page.results.model.row(1).item.id
    page.results.list.setFocus()
    QTest.keyClick(page.results.list, Qt.Key.Key_Delete)
    assert page.details.question.isVisible()
    assert page.details.question.no.hasFocus()
    QTest.keyClick(page.details.question.no, Qt.Key.Key_Tab)
    gone = page.details.item.id
    QTest.keyClick(page.details.question.yes, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.results.model.row_of(gone) < 0)
    assert not page.details.isVisible()
    assert client.recall.stats().items == len(memory) - 1
    page.focus_filter()
    QTest.keyClick(page.field, Qt.Key.Key_Escape)
    assert page.field.text() == ""


def test_delete_in_the_search_field_edits_the_words(
    open_page: OpenPage, memory: tuple[str, ...], qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    ask(page, qtbot, "xretry")
    page.field.setFocus()
    QTest.keyClick(page.field, Qt.Key.Key_Home)
    QTest.keyClick(page.field, Qt.Key.Key_Delete)
    assert page.field.text() == "retry"
    assert not page.details.isVisible()


def test_filters_restrict_and_a_second_namespace_never_appears(
    open_page: OpenPage, memory: tuple[str, ...], qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    box = page.filters.namespace
    qtbot.waitUntil(lambda: box.count() == 5)
    box.setCurrentIndex(box.findData("default"))
    for text in ("retry", "secret of the other team", "retry is off", "", "def retry"):
        ask(page, qtbot, text)
        assert namespaces(page) <= {"default"}
    page.clear()
    settle(page, qtbot)
    assert namespaces(page) == {"default", "code", "other", "rtl"}
    page.filters.chips[ItemKind.CODE].click()
    settle(page, qtbot)
    assert titles(page) == ["jobs.retry"]
    page.filters.tags.setText("infra")
    settle(page, qtbot)
    assert page.results.empty.title.text() == "No item fits the filters"
    page.results.empty.button.click()
    settle(page, qtbot)
    assert page.filters.choices == Choices()
    page.filters.since.setCurrentIndex(1)
    settle(page, qtbot)
    assert len(titles(page)) == len(memory)


def test_the_namespace_that_is_chosen_stays_while_others_come(
    open_page: OpenPage, memory: tuple[str, ...], client: Client, qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    box = page.filters.namespace
    qtbot.waitUntil(lambda: box.count() == 5)
    box.setCurrentIndex(box.findData("other"))
    client.recall.put(NewItem("new", "aaa"))
    qtbot.waitUntil(lambda: box.count() == 6)
    assert box.currentData() == "other"
    client.recall.forget([memory[2]])
    qtbot.waitUntil(lambda: "(0)" in box.currentText())
    assert box.currentData() == "other"


def test_a_score_is_explained_on_demand(
    open_page: OpenPage, memory: tuple[str, ...], qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    ask(page, qtbot, "retry")
    rows = page.results.list
    low = rows.visualRect(page.results.model.index(0)).height()
    page.filters.explain.click()
    settle(page, qtbot)
    assert "lexical" in {part.name for part in page.results.model.row(0).parts}
    qtbot.waitUntil(lambda: rows.visualRect(page.results.model.index(0)).height() > low)


BAD = (
    '"',
    "a AND (b OR",
    "NEAR(x y",
    "col:ump *",
    "'; DROP TABLE item; --",
    "^-+~",
    "\u200f \u05de\u05d5\u05e9\u05dc\u05dd",
    "\u8a66\u884c \u518d",
    "\ud83d alone",
    "\x00\x01",
    "retry " * 10_000,
)


def test_no_words_break_the_search(
    open_page: OpenPage, memory: tuple[str, ...], qtbot: QtBot
) -> None:
    page = open_page(NARROW)
    for text in BAD:
        ask(page, qtbot, text)
        assert page.results.answer is not None, text
        assert page.results.answer.question == page.search.wanted, text
        assert page.results.empty.title.text() != "Memory cannot be asked", text
        assert page.results.notice.property("tone") != "error", text
    assert {"Queue", "jobs.retry"} <= set(titles(page))


def test_text_from_right_to_left_is_found_marked_and_drawn(
    open_page: OpenPage, memory: tuple[str, ...], qtbot: QtBot
) -> None:
    page = open_page(NARROW)
    ask(page, qtbot, "\u05de\u05d5\u05e9\u05dc\u05dd")
    snippet = page.results.model.row(0).snippet
    assert snippet.text == ITEMS[3].text
    assert snippet.marks == ((7, utf16(snippet.text)),)
    assert not page.grab().isNull()


def test_an_empty_memory_offers_the_one_next_step(
    open_page: OpenPage, client: Client, qtbot: QtBot, said: Said
) -> None:
    page = open_page(NARROW)
    qtbot.waitUntil(lambda: page.results.empty.title.text() == "Nothing is remembered yet")
    page.results.offer_ingest(True)
    page.results.empty.button.click()
    assert [spec.kind for spec in said.asked if spec] == ["recall.ingest"]
    page.results.offer_ingest(False)
    page.results.empty.button.click()
    dialog = page.findChild(NoteDialog)
    assert dialog is not None
    dialog.reject()
    client.recall.put(NewItem("from somebody else"))
    qtbot.waitUntil(lambda: titles(page) == ["from somebody else"])
    ask(page, qtbot, "zzz")
    assert page.results.empty.title.text() == "Nothing fits"
    page.results.empty.button.click()
    assert page.field.text() == ""


def test_a_note_is_stored_and_shown_and_a_second_one_is_said_to_be_there(
    open_page: OpenPage, client: Client, qtbot: QtBot, said: Said
) -> None:
    page = open_page(WIDE)
    settle(page, qtbot)
    for toast in ("Stored", "Memory has this text already: nothing was stored"):
        page.store.click()
        dialog = page.findChild(NoteDialog)
        assert dialog is not None
        dialog.save.click()
        assert "nothing to remember" in dialog.problem.text()
        dialog.text.setPlainText("Port 5433 it is")
        dialog.namespace.setCurrentText("")
        dialog.save.click()
        assert "namespace" in dialog.problem.text()
        dialog.namespace.setCurrentText("infra")
        dialog.title.setText("Staging")
        dialog.tags.setText("db, port")
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow)
        with qtbot.waitSignal(dialog.stored):
            QTest.keyClick(dialog.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert said.toasts[-1][0] == toast
        qtbot.waitUntil(lambda: page.details.item is not None)
        qtbot.waitUntil(lambda: page.findChild(NoteDialog) is None)
    item = page.details.item
    assert item is not None
    assert (item.title, item.namespace, item.tags) == ("Staging", "infra", ("db", "port"))
    assert client.recall.stats().items == 1


def test_a_long_list_is_read_page_by_page(
    open_page: OpenPage, client: Client, qtbot: QtBot
) -> None:
    client.recall.store([NewItem(f"note number {n}") for n in range(PAGE + 30)])
    page = open_page(WIDE)
    qtbot.waitUntil(lambda: page.results.model.rowCount() == PAGE)
    page.results.list.scrollToBottom()
    qtbot.waitUntil(lambda: page.results.model.rowCount() == PAGE + 30)
    assert titles(page)[-1] == "note number 0"
    assert page.results.summary.text() == f"{PAGE + 30} items, the newest first"


def test_a_lost_daemon_leaves_the_last_results_and_the_page_comes_back(
    open_page: OpenPage, memory: tuple[str, ...], daemon: DaemonProcess, qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    ask(page, qtbot, "retry")
    page.open_current()
    shown = titles(page)
    daemon.kill()
    qtbot.waitUntil(lambda: not page.parts.link.online, timeout=15_000)
    page.field.setText("queue")
    assert titles(page) == shown
    assert "not reachable" in page.results.notice.text()
    head = page.details.head
    off = (page.store, head.correct, head.pin, head.remove, page.details.form.save)
    assert not any(button.isEnabled() for button in off)
    assert head.copy.isEnabled()
    daemon.start()
    qtbot.waitUntil(lambda: page.parts.link.online, timeout=15_000)
    qtbot.waitUntil(
        lambda: page.results.answer is not None and page.results.answer.question.text == "queue",
        timeout=15_000,
    )
    assert all(button.isEnabled() for button in off)


def test_a_search_by_words_only_is_said_with_the_reason(
    start_daemon: StartDaemon, open_window: OpenWindow, qtbot: QtBot
) -> None:
    daemon = start_daemon({"REVO_RECALL_MODEL": "none"})
    with Client(daemon.paths) as client:
        client.recall.put(NewItem("the retry queue"))
    window = open_window()
    window.search_memory("retry")
    notice = window.recall_page.results.notice
    qtbot.waitUntil(lambda: notice.text().startswith("By words only: "))
    assert notice.isVisible()


def test_a_memory_that_is_switched_off_is_said(
    start_daemon: StartDaemon, open_window: OpenWindow, qtbot: QtBot
) -> None:
    start_daemon({"REVO_RECALL_ENABLED": "false"})
    window = open_window()
    window.go("recall")
    empty = window.recall_page.results.empty
    qtbot.waitUntil(lambda: empty.title.text() == "Memory cannot be asked")
    assert "switched off" in empty.text.text()


def test_a_narrow_page_shows_the_hits_or_the_item_and_folds_the_filters(
    open_page: OpenPage, memory: tuple[str, ...], qtbot: QtBot
) -> None:
    page = open_page(NARROW)
    settle(page, qtbot)
    assert not page.filters.isVisible()
    page.fold.click()
    assert page.filters.isVisible()
    page.filters.chips[ItemKind.CODE].click()
    assert page.fold.text() == "Filters  1"
    page.open_current()
    assert not page.results.isVisible()
    assert page.details.head.back.isVisible()
    page.details.head.back.click()
    assert page.results.isVisible()
    assert page.width() == NARROW[0]


@pytest.mark.qt_log_ignore("grabbing the keyboard")  # a pop-up does, and offscreen cannot
def test_the_menu_is_for_the_current_item(
    open_page: OpenPage, memory: tuple[str, ...], qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    settle(page, qtbot)
    rows = page.results.list
    rows.customContextMenuRequested.emit(rows.viewport().rect().center())
    assert page.findChild(QMenu) is None
    rows.step(0)
    rows.customContextMenuRequested.emit(rows.viewport().rect().center())
    menu = page.findChild(QMenu)
    assert menu is not None
    assert [action.text().split()[0] for action in menu.actions()] == [
        "Show", "Open", "Copy", "Correct", "Pin", "Forget",
    ]  # fmt: skip
    menu.close()


def test_the_search_is_copied_as_a_command(
    open_page: OpenPage, memory: tuple[str, ...], qtbot: QtBot
) -> None:
    page = open_page(WIDE)
    ask(page, qtbot, "retry queue")
    page.results.command.click()
    assert QApplication.clipboard().text().endswith("revo recall search -- 'retry queue'")

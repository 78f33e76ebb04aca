import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.recall import ItemKind, NewItem, RecallUpdate, Source
from revo_gui.views.page import Parts
from revo_gui.views.recall_page import RecallPage
from tests.gui.conftest import Said, Showing

WIDE = (1280, 760)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "jobs of mine.py"
    file.write_text("x\n" * 20)
    return file


@pytest.fixture
def item_id(client: Client, source: Path) -> str:
    """Store the item that is looked at, and one like it."""
    text = "def retry(task):\n    return queue.put(task)"
    found = client.recall.put(
        NewItem(text, "code", ItemKind.CODE, "retry", ("a",), source=Source(str(source), 12, 13))
    )
    client.recall.put(NewItem("def retry_all(tasks): queue.put(tasks)", "code", ItemKind.CODE))
    return found.id


@pytest.fixture
def page(parts: Parts, show: Showing, client: Client, item_id: str, qtbot: QtBot) -> RecallPage:
    """Give the page with the item open."""
    page = RecallPage(parts)
    parts.link.frame.connect(page.take)
    show(page, *WIDE)
    page.activateWindow()
    qtbot.waitUntil(lambda: page.results.model.row_of(item_id) >= 0)
    page.results.list.choose(item_id)
    page.open_current()
    return page


def edit(page: RecallPage, text: str) -> None:
    QTest.keyClick(page.results.list, Qt.Key.Key_F2)
    page.details.form.text.setPlainText(text)


def test_a_correction_makes_a_version_and_the_old_one_is_marked(
    page: RecallPage, client: Client, item_id: str, qtbot: QtBot, said: Said
) -> None:
    details = page.details
    edit(page, "def retry(task): ...")
    details.form.tags.setText("a, two words")
    assert details.correcting
    details.form.save.click()
    qtbot.waitUntil(lambda: details.item is not None and details.item.version == 2)
    assert client.recall.get(item_id).tags == ("a", "two words")
    assert details.text.toPlainText() == "def retry(task): ..."
    assert page.results.model.row(page.results.model.row_of(item_id)).item.version == 2
    assert said.toasts[-1] == ("Corrected: version 2 holds now", "ok")
    assert not details.correcting
    details.tabs.setCurrentWidget(details.history)
    qtbot.waitUntil(lambda: details.history.model.rowCount() == 2)
    model = details.history.model
    assert [str(model.index(row, 0).data()) for row in range(2)] == [
        "2  holds now",
        "1  superseded",
    ]
    details.history.table.selectRow(1)
    assert "superseded" in details.history.held.text()
    assert details.history.text.toPlainText().startswith("def retry(task):\n")


def test_nothing_changed_or_nothing_left_makes_no_version(
    page: RecallPage, client: Client, item_id: str
) -> None:
    edit(page, page.details.text.toPlainText())
    page.details.form.save.click()
    assert page.details.text.isVisible()
    edit(page, "  \n")
    page.details.form.save.click()
    assert "forget it" in page.details.form.problem.text()
    page.details.form.cancel.click()
    assert page.details.text.toPlainText().startswith("def retry")
    assert len(client.recall.history(item_id)) == 1


def test_who_was_overtaken_is_told_and_chooses(
    page: RecallPage, client: Client, item_id: str, qtbot: QtBot
) -> None:
    form = page.details.form
    edit(page, "mine")
    client.recall.update(RecallUpdate(id=item_id, text="theirs"))
    form.save.click()
    qtbot.waitUntil(lambda: "corrected elsewhere" in form.problem.text())
    assert form.text.toPlainText() == "mine"
    assert client.recall.get(item_id).text == "theirs"
    page.open_current()
    page.close_details()
    assert page.details.isVisible()
    form.save.click()
    qtbot.waitUntil(lambda: page.details.item is not None and page.details.item.version == 3)
    assert client.recall.get(item_id).text == "mine"
    assert [version.text for version in client.recall.history(item_id)][:2] == ["mine", "theirs"]


def test_what_is_written_is_not_lost_by_another_key(
    page: RecallPage, client: Client, item_id: str, qtbot: QtBot, said: Said
) -> None:
    form = page.details.form
    edit(page, "mine")
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(form.text, Qt.Key.Key_F2)
    QTest.keyClick(form.text, Qt.Key.Key_P, control)
    QTest.keyClick(form.text, Qt.Key.Key_Escape)
    page.results.list.step(1)
    page.results.list.step(-1)
    assert form.text.toPlainText() == "mine"
    assert {text for text, _ in said.toasts} == {"Save or discard your correction first"}
    QTest.keyClick(form.text, Qt.Key.Key_Return, control)
    qtbot.waitUntil(lambda: client.recall.get(item_id).text == "mine")


def test_what_others_correct_or_forget_shows_up(
    page: RecallPage, client: Client, item_id: str, qtbot: QtBot
) -> None:
    client.recall.update(RecallUpdate(id=item_id, text="theirs"))
    qtbot.waitUntil(lambda: page.details.text.toPlainText() == "theirs")
    client.recall.forget([item_id])
    qtbot.waitUntil(page.details.question.isVisible)
    page.details.question.yes.click()
    qtbot.waitUntil(lambda: page.results.model.row_of(item_id) < 0)
    assert not page.details.isVisible()


def test_a_pin_is_set_and_taken_off(
    page: RecallPage, client: Client, item_id: str, qtbot: QtBot
) -> None:
    page.details.head.pin.click()
    qtbot.waitUntil(lambda: page.details.head.pin.accessibleName() == "Unpin")
    assert client.recall.get(item_id).pinned
    QTest.keyClick(page.results.list, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.details.head.pin.accessibleName() == "Pin")
    assert not client.recall.get(item_id).pinned


def test_related_items_are_one_click_away(
    page: RecallPage, client: Client, item_id: str, qtbot: QtBot
) -> None:
    details = page.details
    details.tabs.setCurrentWidget(details.related)
    qtbot.waitUntil(lambda: details.related.model.rowCount() == 1)
    details.related.list.step(0)
    details.related.list.picked.emit()
    assert details.item is not None
    assert details.item.text.startswith("def retry_all")
    client.recall.forget([item_id])
    details.related.load(details.item.id)
    qtbot.waitUntil(lambda: details.related.message.text() == "Nothing is like it")


def test_facts_are_listed_and_can_be_copied(page: RecallPage, source: Path, item_id: str) -> None:
    page.details.tabs.setCurrentWidget(page.details.facts)
    holder = page.details.facts.widget()
    assert holder is not None
    values = {field.accessibleName(): field for field in holder.findChildren(QLineEdit)}
    assert values["File"].text() == str(source)
    assert values["Lines"].text() == "12 to 13"
    values["Id"].selectAll()
    values["Id"].copy()
    assert QApplication.clipboard().text() == item_id


Editor = Callable[[], list[str]]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    """Make a program that writes down its arguments the user's editor."""
    script, log = tmp_path / "ed1t", tmp_path / "opened"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {log}.new && mv {log}.new {log}\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VISUAL", f"{script} --at {{line}} {{file}}")
    return lambda: log.read_text().splitlines() if log.exists() else []


def test_the_file_opens_at_the_line_in_the_users_editor(
    page: RecallPage,
    source: Path,
    editor: Editor,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
    said: Said,
) -> None:
    QTest.keyClick(page.results.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(editor()))
    assert editor() == ["--at", "12", str(source)]
    assert said.toasts[-1] == (f"Opened {source.name} at line 12 with ed1t ($VISUAL)", "ok")
    monkeypatch.delenv("VISUAL")
    monkeypatch.delenv("EDITOR", raising=False)
    source.chmod(0o700)
    page.details.head.open.click()
    assert "is a program" in said.toasts[-1][0]
    source.unlink()
    page.details.head.open.click()
    assert said.toasts[-1] == (f"{source} is no longer there", "warning")


def test_text_and_command_are_copied(page: RecallPage, item_id: str) -> None:
    page.details.head.copy.click()
    assert QApplication.clipboard().text().startswith("def retry(task):\n    return")
    page.details.head.command.click()
    assert QApplication.clipboard().text().endswith(f"revo recall get {item_id}")


def test_the_tab_key_goes_through_the_page_in_the_order_of_reading(page: RecallPage) -> None:
    page.focus_filter()
    names = []
    for _ in range(22):
        found = page.focusWidget()
        names.append(found.accessibleName() or str(found.property("text") or type(found).__name__))
        QTest.keyClick(found, Qt.Key.Key_Tab)
    assert names[:9] == [
        "Search memory",
        "Namespace",
        "How old",
        "Tags that must all be there",
        "Only notes",
        "Only code",
        "Only conversations",
        "Only documents",
        "Explain the scores",
    ]
    assert "Hits" in names
    after = names[names.index("Hits") :]
    assert [
        n for n in after if n in ("Close", "Open", "Correct", "Forget", "Parts of the item")
    ] == [
        "Close",
        "Open",
        "Correct",
        "Forget",
        "Parts of the item",
    ]

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskSpec
from revo_gui.link import Frame, Missed
from revo_gui.models.event_words import Source
from revo_gui.views.events_page import EventsPage
from revo_gui.views.page import Parts
from tests.gui.conftest import Said, Showing


@pytest.fixture
def page(parts: Parts, show: Showing) -> Iterator[EventsPage]:
    page = EventsPage(parts)
    show(page, 1200, 400)
    parts.link.frame.connect(page.take)
    yield page
    parts.link.frame.disconnect(page.take)


def texts(page: EventsPage) -> list[str]:
    return [row.words.text for row in page.parts.events.rows()]


def add(client: Client, title: str, kind: str = "probe.echo") -> str:
    return client.submit(TaskSpec(kind, {"value": 1}, title=title)).id


def flood(parts: Parts, count: int) -> None:
    """Fill the list with gap markers: they always show."""
    lines = (Missed.GAP,) * count
    parts.events.take(Frame(parts.link.state(), parts.link.presence, (), (), lines, sampled=False))


def test_an_event_is_found_opened_and_its_task_shown_by_keyboard(
    page: EventsPage, client: Client, qtbot: QtBot, said: Said
) -> None:
    task = add(client, "<b>luckless</b>", "probe.raise")
    qtbot.waitUntil(lambda: any(text.startswith("Failed") for text in texts(page)))
    page.focus_filter()
    qtbot.keyClicks(page.filter.field, "luckless no luck")
    qtbot.waitUntil(lambda: len(texts(page)) == 1)
    page.table.setFocus()
    page.table.selectRow(0)
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert page.details.isVisible()
    assert task in page.details._raw.toPlainText()
    page.details._to_task.setFocus()
    qtbot.keyClick(page.details._to_task, Qt.Key.Key_Space)
    assert said.shown == [task]
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "<b>luckless</b>\tFailed" in QGuiApplication.clipboard().text()
    qtbot.keyClick(page.details, Qt.Key.Key_Escape)
    assert not page.details.isVisible()


def test_space_pauses_and_resumes_and_says_how_many_have_come(
    page: EventsPage, parts: Parts, client: Client, qtbot: QtBot
) -> None:
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    before = texts(page)
    add(client, "meanwhile")
    qtbot.waitUntil(lambda: parts.events.waiting > 0)
    assert texts(page) == before
    qtbot.waitUntil(lambda: "new while paused" in page._paused.text())
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    assert len(texts(page)) > len(before)


def test_the_list_follows_its_end_until_somebody_scrolls_up(
    page: EventsPage, parts: Parts, qtbot: QtBot
) -> None:
    bar = page.table.verticalScrollBar()
    flood(parts, 9_900)
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)
    assert not page.jump.isVisible()
    bar.setValue(5_000)
    assert page.jump.isVisible()
    flood(parts, 200)
    qtbot.waitUntil(lambda: bar.value() < 5_000)
    assert parts.events.row(bar.value()).number == 5_001
    qtbot.mouseClick(page.jump, Qt.MouseButton.LeftButton)
    assert bar.value() == bar.maximum()
    assert not page.jump.isVisible()


def test_chips_choose_sources_and_clear_brings_all_back(
    page: EventsPage, client: Client, qtbot: QtBot
) -> None:
    add(client, "one")
    qtbot.waitUntil(lambda: any(text.startswith("Succeeded") for text in texts(page)))
    qtbot.mouseClick(page.filter.chips[Source.TASKS], Qt.MouseButton.LeftButton)
    assert not any(text.startswith("Succeeded") for text in texts(page))
    page.filter.clear()
    assert any(text.startswith("Succeeded") for text in texts(page))


def test_what_is_shown_is_saved_as_json_lines(
    page: EventsPage, client: Client, qtbot: QtBot, said: Said, tmp_path: Path
) -> None:
    add(client, "keep me")
    page.filter.field.setText("keep succeeded")
    qtbot.waitUntil(lambda: len(texts(page)) == 1)
    page.save_to(tmp_path / "events.jsonl")
    (saved,) = (tmp_path / "events.jsonl").read_text().splitlines()
    assert json.loads(saved)["d"]["title"] == "keep me"
    page.save_to(tmp_path / "no" / "events.jsonl")
    assert [level for _, level in said.toasts] == ["ok", "error"]


@pytest.mark.parametrize("width", [360, 700, 1600])
def test_every_width_is_enough(page: EventsPage, parts: Parts, width: int) -> None:
    flood(parts, 100)
    page.resize(width, 600)
    page._show_details()
    page.table.selectRow(0)
    page._show_details()
    assert page.width() == width
    assert page.details.isVisible()
    assert page.details.geometry().right() < width
    assert not page.table.horizontalScrollBar().isVisible()

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from revo_gui.views.metrics_page import MetricsPage
from revo_gui.views.page import Parts
from tests.gui.conftest import Said, Showing


@pytest.fixture
def page(parts: Parts, show: Showing, qtbot: QtBot) -> Iterator[MetricsPage]:
    page = MetricsPage(parts)
    show(page, 1200, 700)
    parts.link.frame.connect(page.take)
    qtbot.waitUntil(lambda: "self.request_p95" in page.charts.cards)
    yield page
    parts.link.frame.disconnect(page.take)


def drag(page: MetricsPage, pixels: int) -> None:
    """Drag on the first chart, as the mouse does."""
    plot = next(iter(page.charts.cards.values())).plot
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    kind = QEvent.Type
    for what, x, button in (
        (kind.MouseButtonPress, 300, left),
        (kind.MouseMove, 300 + pixels, none),
        (kind.MouseButtonRelease, 300 + pixels, left),
    ):
        place = QPointF(x, 50)
        event = QMouseEvent(what, place, place, button, left, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(plot.viewport(), event)


def test_pyqtgraph_and_numpy_wait_until_the_page_is_shown() -> None:
    code = "import revo_gui.views.metrics_page, sys; print('numpy' in sys.modules, 'pyqtgraph' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]


def test_charts_come_go_and_are_found_by_keyboard(page: MetricsPage, qtbot: QtBot) -> None:
    assert len(page.charts.cards) == 4
    page.focus_filter()
    qtbot.keyClicks(page.picker.field, "daemon open")
    qtbot.waitUntil(lambda: page.picker.list.count() == 2)
    page.picker.list.setCurrentRow(1)
    qtbot.keyClick(page.picker.list, Qt.Key.Key_Space)
    assert "self.fds" in page.picked
    assert "self.fds" in page.charts.cards
    page.charts.cards["self.fds"]._close.click()
    assert "self.fds" not in page.picked
    page.pick(())
    assert page._empty.text() == "No series picked"


def test_time_stands_still_while_samples_come_in_and_goes_live_again(
    page: MetricsPage, parts: Parts, qtbot: QtBot
) -> None:
    page.charts.setFocus()
    qtbot.keyClick(page.charts, Qt.Key.Key_Space)
    end = page.window_of_time.end
    assert end is not None
    assert page._state.text().startswith("Paused at")
    history = parts.link.history
    qtbot.waitUntil(lambda: history.span is not None and history.span[1] > end)
    assert page.charts._bounds[1] == end
    qtbot.keyClick(page.charts, Qt.Key.Key_End)
    assert page.window_of_time.live
    assert page._state.text() == "Live"
    drag(page, 40)
    assert not page.window_of_time.live


def test_the_crosshair_shows_the_values_of_all_charts_at_one_time(
    page: MetricsPage, qtbot: QtBot
) -> None:
    page.pick(["host.cpu", "self.rss"])
    cards = page.charts.cards
    qtbot.waitUntil(lambda: all(len(card.points) > 1 for card in cards.values()))
    page.pause()
    at, memory = cards["self.rss"].points[-2]
    assert memory
    cards["host.cpu"].plot.hovered.emit(at)
    assert all(card.plot._cross.isVisible() for card in cards.values())
    assert "MB" in cards["self.rss"]._value.text()
    cards["host.cpu"].plot.hovered.emit(None)
    assert not any(card.plot._cross.isVisible() for card in cards.values())
    page.charts.setFocus()
    qtbot.keyClick(page.charts, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert page._moment.text().startswith("at ")


def test_what_is_charted_is_saved_as_table_and_as_picture(
    page: MetricsPage, said: Said, qtbot: QtBot, tmp_path: Path
) -> None:
    page.pick(
        ["host.cpu", "self.rss", "self.fds", "self.threads", "host.load_1m", "host.disk_free"]
    )
    page.save_table_to(tmp_path / "m.csv")
    head, first, *_ = (tmp_path / "m.csv").read_text().splitlines()
    assert head.startswith("time,host.cpu (ratio),host.load_1m (count)")
    assert len(first.split(",")) == 7
    page.save_picture_to(tmp_path / "m.png")
    assert QImage(str(tmp_path / "m.png")).height() > page.charts.height()
    page.save_table_to(tmp_path / "no" / "m.csv")
    page.save_picture_to(tmp_path / "no" / "m.png")
    assert [level for _, level in said.toasts] == ["ok", "ok", "error", "error"]


def test_the_picker_folds_where_there_is_no_room(page: MetricsPage) -> None:
    assert page.picker.isVisible()
    page.resize(360, 640)
    assert page.width() == 360
    assert not page.picker.isVisible()
    page._series.click()
    assert page.picker.isVisible()
    assert not page.charts.isVisible()
    page.resize(1200, 640)
    assert page.charts.isVisible()

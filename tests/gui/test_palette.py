from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QListView, QMainWindow
from pytestqt.qtbot import QtBot

from revo_gui.actions import Actions
from revo_gui.theme import Theme
from revo_gui.views.palette import Palette, PaletteEntry

Showing = Callable[[QMainWindow, int, int], None]


class Bench:
    """A window with a field, four actions and the palette."""

    def __init__(self, theme: Theme) -> None:
        self.ran: list[str] = []
        self.window = QMainWindow()
        self.field = QLineEdit(self.window)
        self.window.setCentralWidget(self.field)
        self.actions = Actions(self.window, theme)
        for id, text, online in (
            ("tasks", "Go to &tasks", False),
            ("new", "New task", True),
            ("pause", "Pause the queue", True),
            ("theme", "Change the theme", False),
        ):
            self.actions.add(id, text, partial(self.ran.append, id), group="G", online=online)
        self.found: list[PaletteEntry] = []
        self.palette = Palette(self.actions, theme, self.window, lambda _query: self.found)
        shown = self.palette.findChild(QListView)
        assert isinstance(shown, QListView)
        self.list = shown
        search = self.palette.findChild(QLineEdit)
        assert isinstance(search, QLineEdit)
        self.search = search

    def lines(self) -> list[str]:
        model = self.list.model()
        return [model.index(row, 0).data() for row in range(model.rowCount())]


@pytest.fixture
def bench(theme: Theme, show: Showing) -> Bench:
    bench = Bench(theme)
    show(bench.window, 800, 600)
    bench.window.activateWindow()
    bench.field.setFocus()
    return bench


def test_it_is_found_and_run_by_keyboard_and_the_focus_comes_back(bench: Bench) -> None:
    bench.palette.open()
    assert QApplication.focusWidget() is bench.search
    assert bench.lines() == ["Go to tasks", "New task", "Pause the queue", "Change the theme"]
    QTest.keyClicks(bench.search, "the")
    assert sorted(bench.lines()) == ["Change the theme", "Pause the queue"]
    bench.search.clear()
    QTest.keyClicks(bench.search, "cht")
    QTest.keyClick(bench.search, Qt.Key.Key_Return)
    assert bench.ran == ["theme"]
    assert not bench.palette.isVisible()
    assert QApplication.focusWidget() is bench.field


def test_what_needs_the_daemon_is_dimmed_says_so_and_does_not_run(bench: Bench) -> None:
    bench.palette.open()
    QTest.keyClicks(bench.search, "new")
    assert bench.search.accessibleDescription() == "New task, needs the daemon"
    QTest.keyClick(bench.search, Qt.Key.Key_Return)
    assert bench.ran == []
    assert bench.palette.isVisible()
    bench.palette.close_card()
    bench.actions.set_online(True)
    bench.palette.open()
    QTest.keyClicks(bench.search, "new")
    QTest.keyClick(bench.search, Qt.Key.Key_Return)
    assert bench.ran == ["new"]


def test_arrows_wrap_and_recent_ones_stand_first(bench: Bench) -> None:
    bench.palette.open()
    QTest.keyClick(bench.search, Qt.Key.Key_Up)
    assert bench.list.currentIndex().data() == "Change the theme"
    QTest.keyClick(bench.search, Qt.Key.Key_Return)
    bench.palette.open()
    assert bench.lines()[0] == "Change the theme"
    QTest.keyClick(bench.search, Qt.Key.Key_PageDown)
    assert bench.list.currentIndex().row() == 3
    QTest.keyClick(bench.search, Qt.Key.Key_Down)
    assert bench.list.currentIndex().row() == 0


def test_esc_and_a_click_outside_close_it(bench: Bench) -> None:
    bench.palette.open()
    QTest.keyClick(bench.search, Qt.Key.Key_Escape)
    assert not bench.palette.isVisible()
    bench.palette.toggle()
    corner = bench.palette.rect().bottomLeft()
    QTest.mouseClick(bench.palette, Qt.MouseButton.LeftButton, pos=corner)
    assert not bench.palette.isVisible()
    assert QApplication.focusWidget() is bench.field


def test_a_line_runs_on_a_click(bench: Bench) -> None:
    bench.palette.open()
    where = bench.list.visualRect(bench.list.model().index(0, 0)).center()
    QTest.mouseClick(bench.list.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert bench.ran == ["tasks"]


def test_plain_keys_do_not_reach_shortcuts_below_and_tab_stays(bench: Bench) -> None:
    bench.actions.add("go", "Go", lambda: bench.ran.append("go"), group="G", keys="1")
    bench.palette.open()
    QTest.keyClick(bench.search, Qt.Key.Key_1)
    QTest.keyClick(bench.search, Qt.Key.Key_Tab)
    assert bench.ran == []
    assert bench.search.text() == "1"
    assert QApplication.focusWidget() is bench.search


def test_it_closes_when_a_dialog_takes_the_keyboard(bench: Bench, qtbot: QtBot) -> None:
    bench.palette.open()
    dialog = QDialog(bench.window)
    field = QLineEdit(dialog)
    with qtbot.waitExposed(dialog):
        dialog.open()
    dialog.activateWindow()
    field.setFocus()
    qtbot.waitUntil(lambda: not bench.palette.isVisible())
    dialog.close()


def test_further_entries_are_foreign_text_and_run(bench: Bench) -> None:
    ran: list[str] = []
    texts = ("<b>x</b>\x1b[31m\n" + "y" * 10_000, "\u05e9\u05dc\u05d5\u05dd \u202e abc", "")
    bench.found = [
        PaletteEntry(str(row), text, "Task", "tasks", partial(ran.append, text))
        for row, text in enumerate(texts)
    ]
    bench.palette.open()
    QTest.keyClicks(bench.search, "zz")
    assert bench.lines() == list(texts)
    assert isinstance(bench.window.grab().toImage(), QImage)
    QTest.keyClick(bench.search, Qt.Key.Key_Return)
    assert ran == [texts[0]]
    bench.found = []
    bench.palette.open()
    QTest.keyClicks(bench.search, "zz")
    assert bench.lines() == []
    QTest.keyClick(bench.search, Qt.Key.Key_Return)
    assert bench.search.accessibleDescription() == "Nothing matches"


@pytest.mark.parametrize(("width", "height"), [(360, 480), (800, 600), (3840, 2160)])
def test_it_fits_every_window(bench: Bench, width: int, height: int) -> None:
    bench.palette.open()
    bench.window.resize(width, height)
    card = bench.palette.card.geometry()
    assert bench.palette.rect().contains(card)
    assert card.width() == min(600, bench.window.width() - 24)


def test_the_model_keeps_qts_rules(bench: Bench) -> None:
    mode = QAbstractItemModelTester.FailureReportingMode.Fatal
    QAbstractItemModelTester(bench.list.model(), mode, bench.list)
    bench.palette.open()
    for keys in ("t", "zzz"):
        bench.search.clear()
        QTest.keyClicks(bench.search, keys)

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMainWindow, QScrollArea

from revo_gui.actions import Actions
from revo_gui.theme import Theme
from revo_gui.views.cheat_sheet import CheatSheet, columns

Showing = Callable[[QMainWindow, int, int], None]


@given(lengths=st.lists(st.integers(1, 20), max_size=12), count=st.integers(1, 4))
def test_every_group_stands_in_exactly_one_column(lengths: list[int], count: int) -> None:
    dealt = columns(lengths, count)
    assert len(dealt) == count
    assert sorted(index for column in dealt for index in column) == list(range(len(lengths)))
    assert all(column == sorted(column) for column in dealt)


def texts(sheet: CheatSheet) -> list[str]:
    return [label.text() for label in sheet.findChildren(QLabel)]


@pytest.mark.parametrize("width", [360, 768, 1600])
def test_it_lists_every_shortcut_and_fits(theme: Theme, show: Showing, width: int) -> None:
    window = QMainWindow()
    field = QLineEdit(window)
    window.setCentralWidget(field)
    actions = Actions(window, theme)
    actions.add("new", "New &task", lambda: None, group="Tasks", keys="Ctrl+N")
    actions.add("none", "Without keys", lambda: None, group="Tasks")
    for row in range(30):
        actions.add(f"a{row}", f"Action {row}", lambda: None, group=f"G{row % 4}", keys="Ctrl+F; /")
    sheet = CheatSheet(actions, theme, window)
    show(window, width, 600)
    field.setFocus()
    sheet.toggle()
    said = texts(sheet)
    assert "New task" in said
    assert "Ctrl+N" in said
    assert "Without keys" not in said
    assert said.count("/") == 30
    scroll = sheet.findChild(QScrollArea)
    assert isinstance(scroll, QScrollArea)
    content = scroll.widget()
    assert content is not None
    assert content.minimumSizeHint().width() <= scroll.viewport().width()
    assert sheet.rect().contains(sheet.card.geometry())
    assert QApplication.focusWidget() is scroll
    QTest.keyClicks(scroll, "?")
    assert not sheet.isVisible()
    assert QApplication.focusWidget() is field
    actions.add("late", "Declared later", lambda: None, group="G1", keys="L")
    sheet.open()
    assert "Declared later" in texts(sheet)
    window.resize(1200, 600)
    assert sheet.rect().contains(sheet.card.geometry())
    QTest.keyClick(scroll, Qt.Key.Key_Escape)
    assert not sheet.isVisible()

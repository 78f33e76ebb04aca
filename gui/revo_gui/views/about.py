"""About: versions, where things are, and whose work is in it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from revo_edge import __version__
from revo_edge.contract.codec import PROTOCOL_MINOR, PROTOCOL_VERSION
from revo_edge.paths import Paths
from revo_gui.icons import icon
from revo_gui.link import Link
from revo_gui.theme import Theme
from revo_gui.views.labels import plain_label, text_label
from revo_gui.views.mark import Mark

_LICENCES = (
    ("reVo Edge", "MIT"),
    ("Inter, JetBrains Mono", "SIL Open Font License 1.1"),
    ("Lucide icons", "ISC, parts MIT (Feather)"),
    ("Qt for Python", "LGPL 3"),
)


def facts(daemon: str, paths: Paths) -> list[tuple[str, str]]:
    """Return what a report of a problem needs; `daemon` is its version, empty when not known."""
    return [
        ("This window", __version__),
        ("Daemon", daemon or "-"),
        ("Protocol", f"{PROTOCOL_VERSION}.{PROTOCOL_MINOR}"),
        ("Home", str(paths.home)),
        ("Settings", str(paths.config)),
    ]


class About(QDialog):
    """A small dialog; Esc closes it."""

    def __init__(self, link: Link, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About reVo Edge")
        self.setMinimumWidth(320)
        version = link.hello.version if link.hello and link.online else ""
        self._facts = facts(version, link.paths)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addLayout(self._make_top())
        column.addLayout(_form(self._facts, mono=True))
        rule = QFrame(self)
        rule.setProperty("rule", True)
        column.addWidget(rule)
        column.addLayout(_form(_LICENCES, mono=False))
        column.addLayout(self._make_buttons(theme))

    def _make_top(self) -> QHBoxLayout:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(Mark(self, side=36))
        top.addWidget(plain_label("reVo Edge", scale="page"), 1)
        return top

    def _make_buttons(self, theme: Theme) -> QHBoxLayout:
        self._copy = QPushButton(icon("copy", theme.tokens.secondary), "Copy", self)
        self._copy.setAccessibleName("Copy the versions and folders")
        self._copy.clicked.connect(self._to_clipboard)
        close = QPushButton("Close", self)
        close.setAccessibleName("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self._copy)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def _to_clipboard(self) -> None:
        lines = [f"{name}: {value}" for name, value in self._facts]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._copy.setText("Copied")


def _form(rows: list[tuple[str, str]] | tuple[tuple[str, str], ...], *, mono: bool) -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(16)
    form.setVerticalSpacing(6)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    for name, value in rows:
        text = text_label(value, wrap=True, mono=str(mono).lower())
        text.setMinimumWidth(0)  # the dialog is as high as its lines
        form.addRow(plain_label(name, tone="secondary"), text)
    return form

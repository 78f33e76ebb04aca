"""What restricts the hits: namespace, kinds, time, tags; and whether scores are explained."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from revo_edge.contract.recall import NamespaceInfo
from revo_gui.models.recall_query import SINCE, Choices, read_tags
from revo_gui.models.recall_words import KIND_WORDS
from revo_gui.models.text import one_line
from revo_gui.theme import Theme

ONE_LINE_PX = 880
_EVERYWHERE = "All namespaces"
_COMBO_PX = 120
_LEAST_PX = 300
_SHORT_PX = 460
_SHORT = {"Conversations": "Talks", "Documents": "Docs"}
"""Words for a narrow page."""


class RecallFilters(QWidget):
    """The fields below the search, on one line or two as there is room."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.namespace = QComboBox(self)
        self.since = QComboBox(self)
        self.tags = QLineEdit(self)
        self.chips = {kind: _chip(word, self) for kind, word in KIND_WORDS.items()}
        self.explain = _chip("Explain", self)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._dress()
        self._lay_out()
        self.show_namespaces(())

    @property
    def choices(self) -> Choices:
        """What is chosen."""
        kinds = tuple(kind for kind, chip in self.chips.items() if chip.isChecked())
        return Choices(
            namespace=self.namespace.currentData() or "",
            kinds=kinds,
            tags=read_tags(self.tags.text()),
            since=self.since.currentData(),
        )

    def clear(self) -> None:
        """Choose everything."""
        with QSignalBlocker(self):
            self.namespace.setCurrentIndex(0)
            self.since.setCurrentIndex(0)
            self.tags.clear()
            for chip in self.chips.values():
                chip.setChecked(False)
        self.changed.emit()

    def show_namespaces(self, found: Sequence[NamespaceInfo]) -> None:
        """Offer these; the one that is chosen stays, also when it is empty by now."""
        chosen = self.namespace.currentData() or ""
        counts = {info.name: info.items for info in found}
        counts.setdefault(chosen, 0)
        with QSignalBlocker(self.namespace):
            self.namespace.clear()
            self.namespace.addItem(_EVERYWHERE, "")
            for name in sorted(counts):
                if name:
                    self.namespace.addItem(f"{one_line(name, 60)}  ({counts[name]:,})", name)
            self.namespace.setCurrentIndex(max(0, self.namespace.findData(chosen)))

    def arrange(self, width: int) -> None:
        """Use as many lines as a page of this width asks for."""
        direction = QBoxLayout.Direction
        one = width >= ONE_LINE_PX
        self._rows.setDirection(direction.LeftToRight if one else direction.TopToBottom)
        for kind, chip in self.chips.items():
            word = KIND_WORDS[kind]
            chip.setText(_SHORT.get(word, word) if width < _SHORT_PX else word)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Never hold a window wide."""
        return QSize(_LEAST_PX, super().minimumSizeHint().height())

    def _dress(self) -> None:
        self.namespace.setAccessibleName("Namespace")
        self.since.setAccessibleName("How old")
        for combo in (self.namespace, self.since):
            combo.setMinimumWidth(_COMBO_PX)
            combo.setMinimumContentsLength(8)
            combo.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            combo.currentIndexChanged.connect(self.changed)
        for word, value in SINCE.items():
            self.since.addItem(word, value)
        self.tags.setPlaceholderText("Tags")
        self.tags.setAccessibleName("Tags that must all be there")
        self.tags.setToolTip("Only items with all of these tags, apart by commas")
        self.tags.setMinimumWidth(70)
        self.tags.setMaximumWidth(220)
        self.namespace.setMaximumWidth(360)
        self.since.setMaximumWidth(220)
        self.tags.textChanged.connect(self.changed)
        self.explain.setAccessibleName("Explain the scores")
        self.explain.setToolTip("Show what each score is made of")
        self.explain.toggled.connect(self.changed)
        for kind, chip in self.chips.items():
            chip.setAccessibleName(f"Only {KIND_WORDS[kind].lower()}")
            chip.toggled.connect(self.changed)

    def _lay_out(self) -> None:
        where, what = QHBoxLayout(), QHBoxLayout()
        for layout in (where, what):
            layout.setSpacing(6)
            layout.setContentsMargins(0, 0, 0, 0)
        where.addWidget(self.namespace, 2)
        where.addWidget(self.since, 1)
        where.addWidget(self.tags, 1)
        where.addStretch(0)
        for chip in self.chips.values():
            what.addWidget(chip)
        what.addStretch(1)
        what.addWidget(self.explain)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(8)
        self._rows.addLayout(where, 3)
        self._rows.addLayout(what, 4)


def _chip(word: str, parent: QWidget) -> QPushButton:
    chip = QPushButton(word, parent)
    chip.setCheckable(True)
    chip.setProperty("chip", "true")
    return chip

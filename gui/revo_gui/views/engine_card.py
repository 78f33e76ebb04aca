"""The card of one engine: is it there, how does it do, what went wrong last."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from revo_gui.models.engines import Card, Fact
from revo_gui.models.text import breakable
from revo_gui.theme import Theme
from revo_gui.views.engine_gauge import Gauge
from revo_gui.views.engine_slots import WorkerSlots
from revo_gui.views.engine_sparkline import Sparkline
from revo_gui.views.labels import ElidedLabel, EngineIcon, StatusPill, plain_label

_FACT_COLUMNS = 3
_ICON_PX = 20
_LARGE_ICON_PX = 40
_UNIT_LIFT_PX = 6
"""Brings the unit onto the base line of the figure beside it."""


class EngineCard(QFrame):
    """Shows a Card of the engine `name`."""

    task_chosen = Signal(str)
    """The task of a worker that was clicked."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.setObjectName(f"engine-{name}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._card: Card | None = None
        self._title = plain_label(scale="card")
        self._pill = StatusPill(theme)
        self.blank = BlankCard(theme, name)
        self.figures = Figures(theme, name)
        self.figures.slots.chosen.connect(self.task_chosen)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(EngineIcon(theme, name, _ICON_PX))
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._pill)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.blank, 1)
        column.addWidget(self.figures, 1)

    def show_card(self, card: Card) -> None:
        """Show what changed."""
        if card == self._card:
            return
        self._card = card
        self._title.setText(card.title)
        self._pill.set(card.status, card.status_word)
        if card.notice:
            self.blank.set(card)
        else:
            self.figures.set(card)
        self.blank.setVisible(bool(card.notice))
        self.figures.setVisible(not card.notice)
        self.setAccessibleName(card.title)
        self.setAccessibleDescription(card.spoken)


class BlankCard(QWidget):
    """What is said of an engine that has no figures: why, and what it will be held against."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._notice = plain_label(scale="card", tone="secondary", wrap=True)
        self._reason = plain_label(tone="muted", wrap=True)
        self._target = plain_label(tone="muted", scale="small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(4)
        column.addStretch(1)
        icon = EngineIcon(theme, name, _LARGE_ICON_PX, faint=True)
        column.addWidget(icon, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        for label in (self._notice, self._reason, self._target):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addStretch(1)

    def set(self, card: Card) -> None:
        """Show this."""
        self._notice.setText(card.notice)
        self._reason.setText(breakable(card.caption))
        self._target.setText("\n".join(f"{fact.label}: {fact.value}" for fact in card.facts))


class Figures(QWidget):
    """The figures of an engine that is there."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._value = plain_label(scale="value")
        self._unit = plain_label(tone="secondary")
        self._unit.setContentsMargins(0, 0, 0, _UNIT_LIFT_PX)
        self._caption = plain_label(tone="muted", scale="small", wrap=True)
        self.spark = Sparkline(theme, name)
        self.slots = WorkerSlots(theme, name)
        self._gauge = Gauge(theme, name, "Utilisation")
        self._facts = FactGrid()
        self._error = ElidedLabel(tone="error", scale="small")
        self._lay_out()

    def set(self, card: Card) -> None:
        """Show these figures."""
        self._value.setText(card.headline)
        self._unit.setText(card.unit)
        self._caption.setText(breakable(card.caption))
        self._facts.set(card.facts)
        self._error.show_text(f"Last error: {card.error}" if card.error else "")
        self._error.setVisible(bool(card.error))
        self.spark.set(card.spark)
        self.slots.setVisible(card.pool is not None)
        self._gauge.setVisible(card.pool is not None)
        if card.pool is not None:
            self.slots.set(card.pool.slots)
            self._gauge.set(card.pool.utilisation_ratio)

    def _lay_out(self) -> None:
        figure = QHBoxLayout()
        figure.setSpacing(8)
        figure.addWidget(self._value)
        figure.addWidget(self._unit, 0, Qt.AlignmentFlag.AlignBottom)
        figure.addStretch(1)
        head = QVBoxLayout()
        head.setSpacing(0)
        head.addLayout(figure)
        head.addWidget(self._caption)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.spark, 1_000)
        column.addWidget(self.slots)
        column.addWidget(self._gauge)
        column.addStretch(1)
        column.addWidget(self._facts)
        column.addWidget(self._error)


class FactGrid(QWidget):
    """Small figures in columns, each below its name."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(1)
        self._pairs: list[tuple[QLabel, QLabel]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(self, facts: tuple[Fact, ...]) -> None:
        """Show these figures."""
        if len(facts) != len(self._pairs):
            self._build(len(facts))
        for (label, value), fact in zip(self._pairs, facts, strict=True):
            label.setText(fact.label)
            value.setText(fact.value)
            value.setToolTip(fact.note)
            label.setToolTip(fact.note)

    def _build(self, count: int) -> None:
        for label in [label for pair in self._pairs for label in pair]:
            self._grid.removeWidget(label)
            label.deleteLater()
        self._pairs = [(plain_label(scale="caption"), plain_label()) for _ in range(count)]
        columns = max(1, min(count, _FACT_COLUMNS))
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)
        for index, (label, value) in enumerate(self._pairs):
            row, column = divmod(index, columns)
            value.setContentsMargins(0, 0, 0, 6)
            self._grid.addWidget(label, 2 * row, column)
            self._grid.addWidget(value, 2 * row + 1, column)

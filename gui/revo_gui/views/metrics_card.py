"""A chart with its title, its value at the moment looked at, and what is to be said of it."""

from bisect import bisect_left

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from revo_gui.history import GAP_S, Point, Series
from revo_gui.models.metrics_catalogue import value_text
from revo_gui.models.metrics_points import stats, value_at
from revo_gui.theme import Theme
from revo_gui.views.controls import quiet_button
from revo_gui.views.labels import ElidedLabel, plain_label
from revo_gui.views.metrics_chart import Plot

WIDE_PX = 560
_VALUE_PX = 64
"""So that what stands beside the value keeps its place."""


class MetricsCard(QFrame):
    """Shows one series over the window of the page."""

    closed = Signal(str)
    """The id of the series."""

    def __init__(
        self, series: Series, group: str, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.series = series
        self.points: list[Point] = []
        self._gap_s = GAP_S
        self._name = f"{series.title}, {group}"
        self.setProperty("card", True)
        self.plot = Plot(series, theme)
        self._title = plain_label(series.title, scale="card")
        self._group = ElidedLabel(tone="muted")
        self._group.show_text(group)
        self._value = plain_label("-", scale="card")
        self._stats = plain_label(tone="muted", scale="small")
        self._close = quiet_button(theme, "close", "Remove this chart", tone="muted")
        self._top = QGridLayout()
        self._wide: bool | None = None
        self._lay_out()

    def draw(self, points: list[Point], start: float, end: float, gap_s: float = GAP_S) -> None:
        """Show the points, which may begin before `start`; `gap_s` apart they are no line."""
        self._gap_s = gap_s
        first = bisect_left(points, start, key=lambda point: point[0])
        self.points = points[first:]
        self.plot.draw(points, start, end, gap_s)
        found = stats(self.points)
        unit = self.series.unit
        if found is None:
            self._stats.setText("not measured yet")
        else:
            least, average, most = (value_text(unit, value) for value in found)
            self._stats.setText(f"min {least}  ·  avg {average}  ·  max {most}")
        self.setAccessibleDescription(self._stats.text())

    def point_at(self, at: float | None, newest: float) -> None:
        """Show the value at a time, or the newest one."""
        self.plot.point_at(at)
        value = value_at(self.points, newest if at is None else at, self._gap_s)
        self._value.setText(value_text(self.series.unit, value))
        self.setAccessibleName(f"{self._name}: {self._value.text()}")

    def _lay_out(self) -> None:
        self._close.setAccessibleName(f"Remove the chart {self._name}")
        self._close.clicked.connect(lambda: self.closed.emit(self.series.id))
        self._value.setMinimumWidth(_VALUE_PX)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        title = QHBoxLayout()
        title.setSpacing(8)
        title.addWidget(self._title)
        title.addWidget(self._group, 1)
        self._top.setContentsMargins(0, 0, 0, 0)
        self._top.setHorizontalSpacing(12)
        self._top.setVerticalSpacing(0)
        self._top.setColumnStretch(0, 1)
        self._top.addLayout(title, 0, 0)
        self._top.addWidget(self._value, 0, 2)
        self._top.addWidget(self._close, 0, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.setSpacing(2)
        layout.addLayout(self._top)
        layout.addWidget(self.plot, 1)
        self._place_stats()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's
        """Put the figures beside the title, or below it where there is no room."""
        super().resizeEvent(event)
        self._place_stats()

    def _place_stats(self) -> None:
        wide = self.width() >= WIDE_PX
        if wide != self._wide:
            self._wide = wide
            self._top.removeWidget(self._stats)
            place = (0, 1, 1, 1) if wide else (1, 0, 1, 4)
            self._top.addWidget(self._stats, *place)

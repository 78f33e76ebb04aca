"""The column of charts, each over the same span of time."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from revo_gui.history import History, Point, Series
from revo_gui.models.metrics_past import Past
from revo_gui.models.metrics_window import Span
from revo_gui.theme import Theme

if TYPE_CHECKING:
    from revo_gui.views.metrics_card import MetricsCard


class MetricsBoard(QScrollArea):
    """Charts one below the other; what the mouse does on one concerns them all."""

    hovered = Signal(object)
    dragged = Signal(float)
    live_wanted = Signal()
    closed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: dict[str, MetricsCard] = {}
        self._theme = theme
        self._history: History | Past = History()
        self._bounds: Span = (0.0, 1.0)
        self._at: float | None = None
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Charts")
        self.setObjectName("charts")
        self.verticalScrollBar().valueChanged.connect(lambda: self._draw(only_seen=True))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_series(self, wanted: Mapping[str, tuple[Series, str]]) -> None:
        """Have exactly these charts, by id: the series and the title of its source."""
        for id in [id for id in self.cards if id not in wanted]:
            self.cards.pop(id).deleteLater()
        before, self.cards = self.cards, {}
        for place, (id, (series, title)) in enumerate(wanted.items()):
            self.cards[id] = before.get(id) or self._make(series, title)
            self._column.insertWidget(place, self.cards[id])

    def draw(self, history: History | Past, bounds: Span) -> None:
        """Draw what the history has within the bounds, on the charts that are in sight."""
        self._history, self._bounds = history, bounds
        self._draw(only_seen=True)

    def point_at(self, at: float | None) -> None:
        """Show the values at a time, or at the end."""
        self._at = at
        for card in self.cards.values():
            card.point_at(at, self._bounds[1])

    def columns(self) -> list[tuple[Series, Sequence[Point]]]:
        """Return every series with its points within the bounds."""
        start, end = self._bounds
        history = self._history
        return [
            (card.series, history.points(card.series, end - start, end))
            for card in self.cards.values()
        ]

    def picture(self) -> QPixmap:
        """Return all charts, those out of sight too."""
        self._draw(only_seen=False)
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self._content.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(self._theme.tokens.bg))
        painter = QPainter(picture)
        self._content.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
        painter.end()
        return picture

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's
        """Draw what comes into sight, and as finely as there is room."""
        super().resizeEvent(event)
        self._draw(only_seen=True)

    def _draw(self, *, only_seen: bool) -> None:
        start, end = self._bounds
        for card in self.cards.values():
            if not only_seen or self._is_seen(card):
                # a little more, so that the line begins at the edge
                gap_s = self._history.gap_s
                points = self._history.points(card.series, end - start + gap_s, end)
                card.draw(points, start, end, gap_s)
                card.point_at(self._at, end)

    def _is_seen(self, card: QWidget) -> bool:
        top = self.verticalScrollBar().value()
        place = card.geometry()
        return place.top() <= top + self.viewport().height() and place.bottom() >= top

    def _make(self, series: Series, title: str) -> "MetricsCard":
        # pyqtgraph and numpy cost half a second, which the first window must not wait for
        from revo_gui.views.metrics_card import MetricsCard  # noqa: PLC0415 - as above

        card = MetricsCard(series, title, self._theme)
        card.closed.connect(self.closed)
        card.plot.hovered.connect(self.hovered)
        card.plot.dragged.connect(self.dragged)
        card.plot.live_wanted.connect(self.live_wanted)
        return card

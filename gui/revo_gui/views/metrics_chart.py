"""One series over time, drawn with pyqtgraph; imported only once the Metrics page is shown."""

import time
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from revo_gui.history import GAP_S, Point, Series
from revo_gui.models.metrics_catalogue import HOST, SELF, value_text
from revo_gui.models.metrics_points import ceiling, decimated, step_s
from revo_gui.theme import Theme, Tokens, font

PLOT_PX = 112
_LABELS_PX = 68
_TIME_PX = 76
_WHOLE_MINUTES_S = 600
_BUCKET_PX = 2
_HEADROOM = 1.12
"""So that the highest label is not cut."""
_NONE = float("nan")


class TimeAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no stubs
    """Times of day below a chart."""

    def tickValues(self, least: float, most: float, size: float) -> Any:  # noqa: N802 - pyqtgraph's
        """Return round times, as far apart as their words need."""
        step = step_s(most - least, size, _TIME_PX)
        first = int(least // step + 1) * step
        return [(step, [float(at) for at in range(first, int(most) + 1, step)])]

    def tickStrings(self, values: list[float], _scale: float, spacing: float) -> list[str]:  # noqa: N802 - pyqtgraph's
        """Return local times of day; seconds only where they differ."""
        form = "%H:%M" if spacing >= _WHOLE_MINUTES_S else "%H:%M:%S"
        return [time.strftime(form, time.localtime(value)) for value in values]


class ValueAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no stubs
    """Nought, half and all of a chart's height, with the unit."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        super().__init__("left")

    def tickValues(self, _least: float, most: float, _size: float) -> Any:  # noqa: N802 - pyqtgraph's
        """Return three heights."""
        top = most / _HEADROOM
        return [(top / 2, [0.0, top / 2, top])]

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:  # noqa: N802 - pyqtgraph's
        """Return the values as people read them."""
        return [value_text(self._unit, value) if value else "0" for value in values]


class Plot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no stubs
    """The drawing of a series. The page owns the time range: this only says what the mouse wants."""

    hovered = Signal(object)
    """UTC epoch seconds under the mouse, or None."""
    dragged = Signal(float)
    """Seconds towards the past."""
    live_wanted = Signal()

    def __init__(self, series: Series, theme: Theme, parent: QWidget | None = None) -> None:
        axes = {"bottom": TimeAxis("bottom"), "left": ValueAxis(series.unit)}
        super().__init__(parent, axisItems=axes, background=None, enableMenu=False)
        self._series = series
        self._theme = theme
        self._from_x: float | None = None
        self._window_s = 1.0
        self._curve = pg.PlotCurveItem(antialias=True, connect="finite")
        self._lines = [pg.InfiniteLine(angle=0) for _ in range(3)]
        self._cross = pg.InfiniteLine(angle=90)
        self._target = self._make_target()
        self._build()
        theme.changed.connect(self._colour)
        self._colour()

    def draw(self, points: list[Point], start: float, end: float, gap_s: float = GAP_S) -> None:
        """Show these points, from `start` to `end` (UTC epoch seconds)."""
        self._window_s = end - start
        width_px = max(1.0, self.plotItem.vb.width())
        shown = decimated(points, _BUCKET_PX * self._window_s / width_px, gap_s)
        self._curve.setData(
            [at for at, _ in shown], [_NONE if value is None else value for _, value in shown]
        )
        known = [value for _, value in shown if value is not None]
        top = ceiling(self._series.unit, max([*known, self._series.target or 0.0]))
        for line, share in zip(self._lines, (0.0, 0.5, 1.0), strict=True):
            line.setPos(top * share)
        self.setRange(
            xRange=(start, end), yRange=(0, top * _HEADROOM), padding=0, disableAutoRange=False
        )

    def point_at(self, at: float | None) -> None:
        """Put the crosshair at a time, or take it away."""
        self._cross.setVisible(at is not None)
        if at is not None:
            self._cross.setPos(at)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's
        """Return a height that leaves room for four charts on a screen."""
        return QSize(320, PLOT_PX)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's
        """Begin to drag."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._from_x = event.position().x()
        event.ignore()  # so that a click also gives the charts the focus

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's
        """Drag the time, or read the values under the mouse."""
        x = event.position().x()
        if self._from_x is not None:
            width_px = max(1.0, self.plotItem.vb.width())
            self.dragged.emit((x - self._from_x) * self._window_s / width_px)
            self._from_x = x
        else:
            place = self.plotItem.vb.mapSceneToView(QPointF(event.position()))
            self.hovered.emit(place.x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's
        """End to drag."""
        self._from_x = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's
        """Go back to what is happening now."""
        self.live_wanted.emit()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's
        """Take the crosshair away."""
        self.hovered.emit(None)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's
        """Leave the wheel to the page, which scrolls."""
        event.ignore()

    def _build(self) -> None:
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(200, PLOT_PX)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.hideButtons()
        self.setMouseEnabled(x=False, y=False)
        self.getAxis("left").setWidth(_LABELS_PX)
        for axis in (self.getAxis("left"), self.getAxis("bottom")):
            axis.setStyle(tickLength=0, tickAlpha=0, tickFont=font(11), hideOverlappingLabels=False)
        for item in (*self._lines, self._curve, self._cross):
            self.addItem(item, ignoreBounds=True)
        if self._target is not None:
            self.addItem(self._target, ignoreBounds=True)
        self.point_at(None)

    def _make_target(self) -> Any:
        target = self._series.target
        if target is None:
            return None
        words = f"target {value_text(self._series.unit, target)}"
        where = {"position": 0.02, "anchors": [(0, 1), (0, 1)], "movable": False}
        return pg.InfiniteLine(pos=target, angle=0, label=words, labelOpts=where)

    def _colour(self) -> None:
        tokens = self._theme.tokens
        self._curve.setPen(QPen(colour_of(self._series, tokens), 0))
        for line in self._lines:
            line.setPen(QPen(QColor(tokens.line), 0))
        self._cross.setPen(QPen(QColor(tokens.muted), 0))
        if self._target is not None:
            self._target.setPen(QPen(QColor(tokens.warning), 0, Qt.PenStyle.DashLine))
            self._target.label.setColor(QColor(tokens.warning))
        for axis in (self.getAxis("left"), self.getAxis("bottom")):
            axis.setPen(QPen(Qt.PenStyle.NoPen))
            axis.setTextPen(QColor(tokens.muted))


def colour_of(series: Series, tokens: Tokens) -> QColor:
    """Return an engine's own colour; the machine and the daemon have none."""
    neutral = series.source in (HOST, SELF)
    return QColor(tokens.secondary) if neutral else tokens.engine(series.source)

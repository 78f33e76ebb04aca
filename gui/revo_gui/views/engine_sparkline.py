"""A small line of the last minutes, drawn in the colour of its engine."""

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from revo_gui.models.engine_strokes import Stroke, strokes, target_y
from revo_gui.models.engines import Spark
from revo_gui.theme import Theme, font

_HEIGHT_PX = 56
_DOT_PX = 2.5
_LABEL_PX = 14


class Sparkline(QWidget):
    """Draws a Spark: line, soft fill, and the dashed line of its target."""

    def __init__(self, theme: Theme, engine: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._engine = engine
        self._spark: Spark | None = None
        self._font = font(11)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(_HEIGHT_PX)
        self.setToolTip("The last 5 minutes")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for a little more than the least."""
        return QSize(200, _HEIGHT_PX)

    def set(self, spark: Spark | None) -> None:
        """Show this line; None says that nobody has measured it."""
        if spark != self._spark:
            self._spark = spark
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        foot = self.height() - _DOT_PX - 0.5
        if self._spark is None:
            painter.setFont(self._font)
            painter.setPen(QColor(self._theme.tokens.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Not measured yet")
        else:
            painter.setPen(QPen(QColor(self._theme.tokens.line), 1))
            painter.drawLine(QLineF(0, foot, self.width(), foot))
            self._draw_target(painter, self._spark, foot)
            self._draw_line(painter, strokes(self._spark, self.width() - _DOT_PX, foot), foot)
            self._draw_label(painter, self._spark, foot)

    def _draw_line(self, painter: QPainter, lines: list[Stroke], foot: float) -> None:
        colour = self._theme.tokens.engine(self._engine)
        for line in lines:
            polygon = QPolygonF([QPointF(x, y) for x, y in line])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._fill(colour, foot))
            edge = [QPointF(line[-1][0], foot), QPointF(line[0][0], foot)]
            painter.drawPolygon(QPolygonF([*polygon.toList(), *edge]))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour, 1.2, c=Qt.PenCapStyle.RoundCap))
            painter.drawPolyline(polygon) if len(line) > 1 else painter.drawPoint(polygon.at(0))
        if lines:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(*lines[-1][-1]), _DOT_PX, _DOT_PX)

    def _draw_target(self, painter: QPainter, spark: Spark, foot: float) -> None:
        if spark.target is not None:
            y = target_y(spark, foot)
            pen = QPen(QColor(self._theme.tokens.muted), 1, Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([4, 4])
            painter.setPen(pen)
            painter.drawLine(QLineF(0, y, self.width(), y))

    def _draw_label(self, painter: QPainter, spark: Spark, foot: float) -> None:
        if spark.target is None:
            return
        painter.setFont(self._font)
        width = painter.fontMetrics().horizontalAdvance(spark.target_text) + 6
        y = max(0.0, target_y(spark, foot) - _LABEL_PX - 1)
        box = QRectF(0, y, width, _LABEL_PX)
        ground = QColor(self._theme.tokens.surface)
        ground.setAlphaF(0.8)
        painter.fillRect(box, ground)
        painter.setPen(QColor(self._theme.tokens.muted))
        painter.drawText(
            box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, spark.target_text
        )

    def _fill(self, colour: QColor, foot: float) -> QLinearGradient:
        gradient = QLinearGradient(0, 0, 0, foot)
        for place, alpha in ((0.0, 0.35), (1.0, 0.04)):
            shade = QColor(colour)
            shade.setAlphaF(alpha)
            gradient.setColorAt(place, shade)
        return gradient

"""The places for workers, as small squares: who is busy, with what, and how much room is left."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from revo_gui.models.engines import Slot
from revo_gui.models.text import tooltip
from revo_gui.theme import Theme

_SIDE_PX = 20
_PITCH_PX = 26
_INSET_PX = 3.5
"""The one that the keys have chosen is drawn smaller, to make room for its ring."""
_STEPS = {
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Home: -10_000,
    Qt.Key.Key_End: 10_000,
}


def columns(count: int, width: float) -> int:
    """Return how many slots stand in a row: as many as fit, in rows of equal length."""
    fit = max(1, int((width + _PITCH_PX - _SIDE_PX) // _PITCH_PX))
    rows = -(-max(1, count) // fit)
    return -(-max(1, count) // rows)


class WorkerSlots(QWidget):
    """Shows slots; the arrow keys choose one, Enter or a click on a busy one asks for its task."""

    chosen = Signal(str)
    """The task of a slot."""

    def __init__(self, theme: Theme, engine: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._engine = engine
        self._slots: tuple[Slot, ...] = ()
        self._current = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Worker slots")
        self.setMouseTracking(True)
        self._fit()
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for one row of eight."""
        return QSize(8 * _PITCH_PX, self.height())

    def set(self, slots: tuple[Slot, ...]) -> None:
        """Show these slots."""
        if slots == self._slots:
            return
        counted = len(slots) != len(self._slots)
        self._slots = slots
        self._current = min(self._current, max(0, len(slots) - 1))
        if counted:
            self._fit()
        self._describe()
        self.update()

    def box(self, index: int) -> QRectF:
        """Return where a slot is drawn."""
        row, column = divmod(index, columns(len(self._slots), self.width()))
        return QRectF(column * _PITCH_PX, row * _PITCH_PX, _SIDE_PX, _SIDE_PX)

    def event(self, event: QEvent) -> bool:
        """Show what there is to say of the slot under the mouse."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self._at(event.pos())
            lines = self._slots[found].lines or ("No worker here",) if found is not None else ()
            QToolTip.showText(event.globalPos(), tooltip(*lines), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Choose a slot, or ask for the task of the one chosen."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._current)
        elif event.key() in self._steps():
            last = max(0, len(self._slots) - 1)
            step = self._steps()[Qt.Key(event.key())]
            self._current = min(last, max(0, self._current + step))
            self._describe()
            self.update()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for the task of the slot."""
        found = self._at(event.position().toPoint())
        if found is not None and event.button() is Qt.MouseButton.LeftButton:
            self._current = found
            self._describe()
            self.update()
            self._choose(found)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Point a hand at what can be clicked."""
        found = self._at(event.position().toPoint())
        task = self._slots[found].task if found is not None else None
        self.setCursor(Qt.CursorShape.PointingHandCursor if task else Qt.CursorShape.ArrowCursor)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Show the ring."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Hide the ring."""
        self.update()
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Take as many rows as the width asks for."""
        self._fit()
        super().resizeEvent(event)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw every slot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, slot in enumerate(self._slots):
            box = self.box(index)
            if self.hasFocus() and index == self._current:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(self._theme.tokens.focus), 1.5))
                painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 6, 6)
                box = box.adjusted(_INSET_PX, _INSET_PX, -_INSET_PX, -_INSET_PX)
            self._draw(painter, box, slot.state)

    def _draw(self, painter: QPainter, box: QRectF, state: str) -> None:
        """Draw a state as a shape of its own, so that its colour never speaks alone."""
        tokens = self._theme.tokens
        colour = tokens.engine(self._engine)
        inner = box.adjusted(0.75, 0.75, -0.75, -0.75)
        painter.setPen(QPen(colour if state in ("idle", "starting") else QColor(tokens.muted), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if state in ("busy", "free"):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour if state == "busy" else QColor(tokens.raised))
            inner = box
        radius = box.width() / 4
        painter.drawRoundedRect(inner, radius, radius)
        if state == "starting":
            painter.setBrush(colour)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(box.center(), 2.5, 2.5)
        elif state not in ("busy", "idle", "free"):  # stopping, or a state we do not know
            arm = QPointF(3, 0)
            painter.drawLine(box.center() - arm, box.center() + arm)

    def _steps(self) -> dict[Qt.Key, int]:
        row = columns(len(self._slots), self.width())
        return {**_STEPS, Qt.Key.Key_Down: row, Qt.Key.Key_Up: -row}

    def _choose(self, index: int) -> None:
        if index < len(self._slots) and (task := self._slots[index].task):
            self.chosen.emit(task)

    def _at(self, place: QPoint) -> int | None:
        for index in range(len(self._slots)):
            if self.box(index).contains(QPointF(place)):
                return index
        return None

    def _describe(self) -> None:
        if self._slots:
            slot = self._slots[self._current]
            self.setAccessibleDescription(", ".join(slot.lines) or "No worker here")

    def _fit(self) -> None:
        count = len(self._slots)
        rows = -(-max(1, count) // columns(count, self.width()))
        self.setFixedHeight((rows - 1) * _PITCH_PX + _SIDE_PX)

"""Small parts of the drawer: a title that is elided, a state, a question."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from revo_edge.contract.tasks import TaskInfo
from revo_gui.icons import draw
from revo_gui.models.task_words import state_icon, state_word
from revo_gui.theme import Theme, font

_ICON = 14
_PAD = 10
_HEIGHT = 26


def text_label(text: str = "", *, tone: str = "", scale: str = "", wrap: bool = False) -> QLabel:
    """Return a label of plain text that can be selected."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setWordWrap(wrap)
    label.setMinimumWidth(1)  # what others need decides the width, and wrapping follows
    for name, value in (("tone", tone), ("scale", scale)):
        if value:
            label.setProperty(name, value)
    return label


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis where the room ends; `full` is what it says."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.full = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_full(self, text: str) -> None:
        """Show the text, as much of it as fits."""
        self.full = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102, N802 - Qt's own
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.full) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:  # noqa: D102, N802 - Qt's own
        return QSize(40, self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: D102, N802 - Qt's own
        painter = QPainter(self)
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.full, Qt.TextElideMode.ElideRight, room.width())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, int(flags | Qt.TextFlag.TextSingleLine), text)


class StatePill(QWidget):
    """A task's state: icon and word on a tint of its colour."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = "unknown"
        self._icon = "unknown"
        self._word = ""
        self.setFont(font(12))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_info(self, info: TaskInfo) -> None:
        """Show the state of this task."""
        self._state, self._icon = info.state.value, state_icon(info.state)
        self._word = state_word(info)
        self.setAccessibleName(f"State: {self._word}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102, N802 - Qt's own
        words = self.fontMetrics().horizontalAdvance(self._word)
        return QSize(words + _ICON + 6 + 2 * _PAD, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: D102, N802 - Qt's own
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self._theme.tokens.state(self._state)
        tint = QColor(colour)
        tint.setAlpha(34)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawRoundedRect(self.rect(), _HEIGHT / 2, _HEIGHT / 2)
        box = self.rect().toRectF().adjusted(_PAD, 0, -_PAD, 0)
        icon_box = box.adjusted(0, (_HEIGHT - _ICON) / 2, 0, -(_HEIGHT - _ICON) / 2)
        icon_box.setWidth(_ICON)
        draw(painter, self._icon, colour, icon_box)
        painter.setPen(colour)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box.adjusted(_ICON + 6, 0, 0, 0), int(flags), self._word)


class Question(QFrame):
    """Asks before something that cannot be undone, in place; the safe answer has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self._run: Callable[[], None] = self.hide
        self._text = text_label(wrap=True)
        self.no = QPushButton(self)
        self.yes = QPushButton(self)
        self.yes.clicked.connect(self._answer)
        self.no.clicked.connect(self.hide)
        buttons = QHBoxLayout()
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.addWidget(self._text)
        column.addLayout(buttons)
        self.yes.setProperty("danger", "true")
        self.hide()

    def ask(self, text: str, yes: str, no: str, run: Callable[[], None]) -> None:
        """Ask; `run` happens if the answer is yes."""
        self._run = run
        self._text.setText(text)
        self.yes.setText(yes)
        self.no.setText(no)
        self.show()
        self.no.setFocus()

    def _answer(self) -> None:
        self.hide()
        self._run()

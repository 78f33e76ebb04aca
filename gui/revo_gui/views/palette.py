"""The command palette: every action of the window, found by a few letters."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from revo_gui.actions import Actions, Entry
from revo_gui.icons import draw, icon
from revo_gui.models.matching import Match, match, rank
from revo_gui.models.table import ROOT, Index
from revo_gui.models.text import one_line
from revo_gui.theme import Theme, font
from revo_gui.views.overlay import Overlay

_WIDTH = 600
_ROW = 38
_ROWS_SHOWN = 10
_SHOWN_AT_MOST = 200
_RECENT_KEPT = 8
_FIELD = 48
_NARROW = 460
_FIRST_LEFTWARD = "\u0590"
"""Scripts below Hebrew all run to the right."""
_ENTRY = Qt.ItemDataRole.UserRole
_MATCH = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One line of the palette. `why_off` says why it cannot be run now; empty when it can."""

    id: str
    text: str
    group: str
    icon: str
    run: Callable[[], object]
    keys: str = ""
    why_off: str = ""


More = Callable[[str], Sequence[PaletteEntry]]


class Palette(Overlay):
    """Ctrl+K: a search field over all actions; Up, Down, Enter, Esc, or the mouse.

    `more` gives further entries for what is typed (tasks by title); they match already.
    """

    def __init__(
        self, actions: Actions, theme: Theme, window: QWidget, more: More | None = None
    ) -> None:
        super().__init__(window)
        self._actions = actions
        self._theme = theme
        self._more: More = more or (lambda _query: ())
        self._recent: deque[str] = deque(maxlen=_RECENT_KEPT)
        self._model = _Lines(self)
        self.card.setObjectName("palette")
        self._glass = QLabel(self.card)
        self._search = self._make_search()
        self._list = self._make_list()
        self._nothing = QLabel("Nothing matches", self.card)
        self._nothing.setProperty("tone", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setFixedHeight(2 * _ROW)
        rule = QFrame(self.card)
        rule.setProperty("rule", True)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(1, 1, 1, 7)
        column.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(18, 0, 12, 0)
        top.setSpacing(12)
        top.addWidget(self._glass)
        top.addWidget(self._search, 1)
        column.addLayout(top)
        for widget in (rule, self._list, self._nothing):
            column.addWidget(widget)
        theme.changed.connect(self._colour)
        self._colour()

    def prepare(self) -> None:
        """Begin with an empty search."""
        self._search.clear()
        self._refresh()

    def entry(self) -> QWidget:
        """Return the search field."""
        return self._search

    def place(self, room: QRect) -> QRect:
        """Stand at the top centre."""
        width = min(_WIDTH, room.width())
        rows = min(self._model.rowCount(), _ROWS_SHOWN)
        list_height = rows * _ROW + 14 if rows else 2 * _ROW
        top = room.top() + min(80, room.height() // 10)
        height = min(_FIELD + list_height + 10, room.bottom() - top)
        return QRect(room.center().x() - width // 2, top, width, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move through the list, run its current line, or close."""
        page = _ROWS_SHOWN - 1
        match event.key():
            case Qt.Key.Key_Down:
                self._step(1)
            case Qt.Key.Key_Up:
                self._step(-1)
            case Qt.Key.Key_PageDown:
                self._move_to(min(self._list.currentIndex().row() + page, self._last()))
            case Qt.Key.Key_PageUp:
                self._move_to(max(self._list.currentIndex().row() - page, 0))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._run(self._list.currentIndex())
            case _:
                super().keyPressEvent(event)

    def _make_search(self) -> QLineEdit:
        search = QLineEdit(self.card)
        search.setObjectName("palette-search")
        search.setFixedHeight(_FIELD)
        search.setPlaceholderText("Search for an action or a task")
        search.setAccessibleName("Search for an action or a task")
        search.textEdited.connect(self._refresh)
        return search

    def _make_list(self) -> QListView:
        shown = QListView(self.card)
        shown.setAccessibleName("What can be run")
        shown.setModel(self._model)
        shown.setItemDelegate(_Line(self._theme, shown))
        shown.setUniformItemSizes(True)
        shown.setMouseTracking(True)
        shown.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        shown.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        shown.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        shown.setViewportMargins(7, 7, 7, 0)
        shown.entered.connect(shown.setCurrentIndex)
        shown.clicked.connect(self._run)
        shown.selectionModel().currentChanged.connect(self._tell_current)
        return shown

    def _refresh(self) -> None:
        query = self._search.text()
        own = [_of_action(found) for found in self._actions]
        ranked = rank(query, ((one.id, one.text, one.group) for one in own), self._recent)
        lines = [(own[index], fit) for index, fit in ranked]
        lines += [(one, match(query, one.text) or Match(0.0, ())) for one in self._more(query)]
        self._model.show_lines(lines[:_SHOWN_AT_MOST])
        self._list.setVisible(bool(lines))
        self._nothing.setVisible(not lines)
        self._move_to(0)
        self._tell_current(self._list.currentIndex())
        self.refit()

    def _last(self) -> int:
        return self._model.rowCount() - 1

    def _step(self, by: int) -> None:
        if self._last() >= 0:
            self._move_to((self._list.currentIndex().row() + by) % (self._last() + 1))

    def _move_to(self, row: int) -> None:
        self._list.setCurrentIndex(self._model.index(row))

    def _tell_current(self, index: QModelIndex) -> None:
        """Let a screen reader say the line, though the focus stays in the search field."""
        found = index.data(_ENTRY)
        said = f"{found.text}, {found.why_off or found.keys}" if found else "Nothing matches"
        self._search.setAccessibleDescription(said)

    def _run(self, index: QModelIndex) -> None:
        found: PaletteEntry | None = index.data(_ENTRY)
        if found is None or found.why_off:
            return
        if found.id in self._recent:
            self._recent.remove(found.id)
        self._recent.appendleft(found.id)
        self.close_card()
        found.run()

    def _colour(self) -> None:
        shown = icon("search", self._theme.tokens.muted)
        self._glass.setPixmap(shown.pixmap(QSize(16, 16), self.devicePixelRatio()))


def _of_action(found: Entry) -> PaletteEntry:
    action = found.action
    why_off = "needs the daemon" if found.online else "not possible now"
    return PaletteEntry(
        id=found.id,
        text=action.iconText(),
        group=found.group,
        icon=found.icon,
        run=action.trigger,
        keys=action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
        why_off="" if action.isEnabled() else why_off,
    )


class _Lines(QAbstractListModel):
    """What the palette shows now."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lines: list[tuple[PaletteEntry, Match]] = []

    def show_lines(self, lines: list[tuple[PaletteEntry, Match]]) -> None:
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry, fit = self._lines[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return entry.text
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return entry.why_off or entry.keys
            case _ if role == _ENTRY:
                return entry
            case _ if role == _MATCH:
                return fit
            case _:
                return None


class _Line(QStyledItemDelegate):
    """Draws a line: icon, text with the met letters bold, group, keys or why it is off."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: PaletteEntry = index.data(_ENTRY)
        fit: Match = index.data(_MATCH)
        tokens = self._theme.tokens
        box = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.tokens.engine("recall"))
            painter.setOpacity(0.18)
            painter.drawRoundedRect(box, 8, 8)
            painter.setOpacity(1.0)
        text = tokens.muted if entry.why_off else tokens.text
        draw(painter, entry.icon, text, QRectF(box.left() + 12, box.center().y() - 8, 16, 16))
        side = self._paint_side(painter, entry, box.adjusted(0, 0, -12, 0))
        painter.setPen(text)
        inner = QRectF(box.left() + 40, box.top(), side - box.left() - 52, box.height())
        _paint_text(painter, one_line(entry.text), set(fit.positions), inner)
        painter.restore()

    def _paint_side(self, painter: QPainter, entry: PaletteEntry, box: QRectF) -> float:
        """Draw keys (or why it is off) and the group from the right; return where they begin."""
        tokens = self._theme.tokens
        right = box.right()
        painter.setFont(font(12))
        for words, colour in (
            (entry.why_off or entry.keys, tokens.warning if entry.why_off else tokens.secondary),
            (entry.group if box.width() >= _NARROW else "", tokens.muted),
        ):
            if not words:
                continue
            width = painter.fontMetrics().horizontalAdvance(words)
            painter.setPen(colour)
            where = QRectF(right - width, box.top(), width, box.height())
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, words)
            right -= width + 16
        return right


def _paint_text(painter: QPainter, text: str, met: set[int], box: QRectF) -> None:
    """Draw one line of text, elided, with the letters at `met` bold."""
    if max(text, default="") >= _FIRST_LEFTWARD:
        met = set()  # cut into pieces it would lose its order
    plain, bold = font(13), font(13, QFont.Weight.DemiBold)
    line = QFontMetrics(plain).elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
    left = box.left()
    for is_met, run in groupby(enumerate(line), key=lambda found: found[0] in met):
        piece = "".join(letter for _, letter in run)
        painter.setFont(bold if is_met else plain)
        where = QRectF(left, box.top(), box.right() - left, box.height())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, piece)
        left += painter.fontMetrics().horizontalAdvance(piece)

"""The list of events: it follows its end until somebody scrolls up."""

from PySide6.QtCore import QModelIndex, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from revo_gui.icons import draw
from revo_gui.models.event_words import EventWords, Level
from revo_gui.models.events import MARK, SUBJECT, TEXT, TIME, WORDS, EventModel, clock
from revo_gui.models.table import Index
from revo_gui.theme import Theme, font
from revo_gui.views.drawing import draw_text

ROW_PX = 30
TALL_ROW_PX = 50
_ICON_PX = 16
_GAP_PX = 8
_WIDTHS = {TIME: 80, MARK: 32, SUBJECT: 240}


class EventDelegate(QStyledItemDelegate):
    """Paints the cells of an event; in a narrow list all of it in one cell of two lines."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._font = font(13)
        self._small = font(12)
        self.narrow = False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        said: EventWords = index.data(WORDS)
        rect: QRect = option.rect
        painter.save()
        self._fill(painter, option, said, first=self.narrow or index.column() == TIME)
        if self.narrow:
            self._paint_both_lines(painter, QRectF(rect.adjusted(12, 5, -12, -5)), said)
        elif index.column() == MARK:
            top = rect.center().y() - _ICON_PX // 2 + 1
            self._mark(painter, QRectF(rect.left() + 8, top, _ICON_PX, _ICON_PX), said)
        else:
            box = QRectF(rect.adjusted(_GAP_PX, 0, -_GAP_PX, 0))
            self._paint_text(painter, box, said, index.column())
        painter.restore()

    def _fill(
        self, painter: QPainter, option: QStyleOptionViewItem, said: EventWords, *, first: bool
    ) -> None:
        tokens = self._theme.tokens
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or said.at is None:
            painter.fillRect(rect, QColor(tokens.raised))
        if first and (chosen or said.at is None):
            bar = QColor(tokens.focus if chosen else tokens.warning)
            painter.fillRect(QRect(rect.left(), rect.top(), 2, rect.height()), bar)

    def _paint_text(self, painter: QPainter, rect: QRectF, said: EventWords, column: int) -> None:
        tokens = self._theme.tokens
        if column == TIME:
            draw_text(painter, rect, self._small, tokens.muted, clock(said.at))
        elif column == SUBJECT:
            draw_text(painter, rect, self._font, tokens.text, said.subject)
        else:
            draw_text(painter, rect, self._font, self._tone(said), said.text)

    def _paint_both_lines(self, painter: QPainter, rect: QRectF, said: EventWords) -> None:
        tokens = self._theme.tokens
        half = rect.height() // 2
        place = QRectF(rect.left(), rect.top() + 2, _ICON_PX, _ICON_PX)
        self._mark(painter, place, said)
        inner = rect.adjusted(_ICON_PX + _GAP_PX, 0, 0, 0)
        over, under = inner.adjusted(0, 0, 0, -half), inner.adjusted(0, half, 0, 0)
        width = draw_text(painter, over, self._small, tokens.muted, clock(said.at), right=True)
        room = over.adjusted(0, 0, -width - 4 - _GAP_PX, 0)
        draw_text(painter, room, self._font, tokens.text, said.subject or "Gap")
        draw_text(painter, under, self._small, self._tone(said), said.text)

    def _tone(self, said: EventWords) -> str:
        tokens = self._theme.tokens
        if said.level is Level.INFO:
            return tokens.secondary
        return tokens.error if said.level is Level.ERROR else tokens.warning

    def _mark(self, painter: QPainter, rect: QRectF, said: EventWords) -> None:
        draw(painter, said.icon, self._theme.tokens.state(said.tone), rect)


class EventsTable(QTableView):
    """Shows an EventModel; keeps to the newest row, or to what is being read."""

    following_changed = Signal(bool)

    def __init__(self, model: EventModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.following = True
        self._delegate = EventDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        self._dress()
        self._size_columns()
        model.rowsInserted.connect(self._keep)
        model.modelReset.connect(self._keep)
        model.rowsAboutToBeRemoved.connect(self._let_go)
        self.verticalScrollBar().valueChanged.connect(self._see)

    def set_narrow(self, narrow: bool) -> None:  # noqa: FBT001 - one switch
        """Show each event in one cell of two lines, or in columns."""
        self._delegate.narrow = narrow
        self.horizontalHeader().setVisible(not narrow)
        for column in _WIDTHS:
            self.setColumnHidden(column, narrow)
        self.verticalHeader().setDefaultSectionSize(TALL_ROW_PX if narrow else ROW_PX)
        self._keep()

    def follow(self) -> None:
        """Go to the newest row, and stay with the newest."""
        self._follow(following=True)
        self.scrollToBottom()

    def current_row(self) -> int:
        """Return the row the cursor is on; -1 for none."""
        return self.currentIndex().row()

    def chosen_rows(self) -> list[int]:
        """Return the selected rows, oldest first."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's
        """Keep to the newest row also when the list gets lower."""
        super().resizeEvent(event)
        self._keep()

    def _dress(self) -> None:
        self.setAccessibleName("Events")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _size_columns(self) -> None:
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_PX)
        rows.setDefaultSectionSize(ROW_PX)
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setMinimumSectionSize(_WIDTHS[MARK])
        for column, width in _WIDTHS.items():
            columns.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            columns.resizeSection(column, width)
        columns.setSectionResizeMode(SUBJECT, QHeaderView.ResizeMode.Interactive)
        columns.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's
        """Go where the newest row is by now."""
        super().showEvent(event)
        self._keep()

    def _keep(self) -> None:
        if self.following and self.isVisible():
            self.scrollToBottom()

    def _let_go(self, _parent: QModelIndex, first: int, last: int) -> None:
        """Keep what is being read in its place while the oldest rows leave."""
        if not self.following:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - (last - first + 1))

    def _see(self, value: int) -> None:
        self._follow(following=value >= self.verticalScrollBar().maximum())

    def _follow(self, *, following: bool) -> None:
        if following != self.following:
            self.following = following
            self.following_changed.emit(following)

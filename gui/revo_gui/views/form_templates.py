"""The list of templates a task can be made from."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFont,
    QKeyEvent,
    QPainter,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from revo_edge.contract.events import EngineInfo
from revo_edge.contract.templates import BrokenTemplate, TemplateInfo
from revo_gui.icons import draw
from revo_gui.models.engines import engine_icon
from revo_gui.models.form_submission import absences, engine_of, offered
from revo_gui.models.table import Index
from revo_gui.models.text import breakable, one_line
from revo_gui.theme import Theme, font
from revo_gui.views.controls import restyle
from revo_gui.views.drawing import draw_text
from revo_gui.views.labels import plain_label

_TEMPLATE = Qt.ItemDataRole.UserRole
_WORDS = Qt.ItemDataRole.UserRole + 1
_ROW_PX = 60
_TITLE_LIMIT = 80
_SUMMARY_LIMIT = 200


class TemplateList(QWidget):
    """A search and the templates that fit it; or, while there are none, why."""

    chosen = Signal(object)
    """The TemplateInfo."""
    again = Signal()
    """The templates are to be asked for once more."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_awaited = False
        self._rows = QStandardItemModel(self)
        self._fitting = QSortFilterProxyModel(self)
        self._fitting.setSourceModel(self._rows)
        self._fitting.setFilterRole(_WORDS)
        self._fitting.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.search = self._make_search()
        self.view = self._make_view()
        self.said = plain_label("Asking the daemon", tone="secondary", scale="small", wrap=True)
        self.retry = QPushButton("Try again")
        self.retry.setAutoDefault(False)
        self.retry.clicked.connect(self.again)
        self.retry.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        for widget in (self._heading(), self.search, self.view, self.said, self.retry):
            column.addWidget(widget)
        column.setStretchFactor(self.view, 1)
        column.setAlignment(self.retry, Qt.AlignmentFlag.AlignLeft)
        theme.changed.connect(self.view.viewport().update)

    def show_templates(
        self,
        templates: Sequence[TemplateInfo],
        engines: Sequence[EngineInfo],
        broken: Sequence[BrokenTemplate] = (),
    ) -> None:
        """Offer these templates; say which files cannot be used, else which engines are absent."""
        self._rows.clear()
        for template in offered(templates, engines):
            self._rows.appendRow(_item(template))
        self.retry.hide()
        if broken:
            text = " ".join(wrong.text for wrong in broken)
            self._say(one_line(text, 2 * _SUMMARY_LIMIT), "error")
        else:
            self._say(absences(engines), "secondary")
        self._select_first()
        if self._is_awaited:
            self._enter()

    def show_problem(self, text: str) -> None:
        """Say why there are no templates."""
        self._say(one_line(text, 2 * _SUMMARY_LIMIT), "error")
        self.retry.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Let the arrow keys move in the list while the search has the keyboard."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step:
                last = self._fitting.rowCount() - 1
                row = max(0, min(last, self.view.currentIndex().row() + step))
                self.view.setCurrentIndex(self._fitting.index(row, 0))
                return True
        return super().eventFilter(watched, event)

    def _make_search(self) -> QLineEdit:
        search = QLineEdit()
        search.setPlaceholderText("Search templates")
        search.setAccessibleName("Search templates")
        search.textChanged.connect(self._filter)
        search.returnPressed.connect(self._enter)
        search.installEventFilter(self)
        return search

    def _make_view(self) -> QListView:
        view = QListView()
        view.setModel(self._fitting)
        view.setItemDelegate(_Rows(self._theme, view))
        view.setUniformItemSizes(True)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setMouseTracking(True)
        view.setAccessibleName("Templates")
        view.activated.connect(self._choose)
        view.clicked.connect(self._choose)
        return view

    def _heading(self) -> QLabel:
        return plain_label("New task", scale="page", wrap=True)

    def _filter(self, text: str) -> None:
        self._fitting.setFilterFixedString(text.strip())
        self._select_first()

    def _select_first(self) -> None:
        self.view.setCurrentIndex(self._fitting.index(0, 0))

    def _enter(self) -> None:
        """Choose the first that fits; who was faster than the daemon gets it when it comes."""
        self._is_awaited = not self._rows.rowCount()
        self._choose(self.view.currentIndex())

    def _choose(self, index: QModelIndex) -> None:
        template = index.data(_TEMPLATE)
        if template is not None:
            self.chosen.emit(template)

    def _say(self, text: str, tone: str) -> None:
        self.said.setText(breakable(text))
        restyle(self.said, tone=tone)
        self.said.setVisible(bool(text))


def _item(template: TemplateInfo) -> QStandardItem:
    title = one_line(template.title, _TITLE_LIMIT)
    about = template.summary or template.params.get("description")
    summary = one_line(about, _SUMMARY_LIMIT) if isinstance(about, str) else ""
    item = QStandardItem(title)
    item.setData(template, _TEMPLATE)
    item.setData(f"{title} {summary} {template.name} {template.kind}", _WORDS)
    item.setData(summary, Qt.ItemDataRole.StatusTipRole)
    item.setData(f"{title}. {summary}", Qt.ItemDataRole.AccessibleTextRole)
    return item


class _Rows(QStyledItemDelegate):
    """Paints a template: the engine's icon in its colour, title, summary."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: Index
    ) -> QSize:
        """Return one height for all rows."""
        return QSize(0, _ROW_PX)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> None:
        """Paint one row."""
        template: TemplateInfo = index.data(_TEMPLATE)
        tokens = self._theme.tokens
        box = QRectF(option.rect).adjusted(2, 2, -2, -2)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.state("queued"))
            painter.setOpacity(0.16)
            painter.drawRoundedRect(box, 8, 8)
            painter.setOpacity(1)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(tokens.line)
            painter.drawRoundedRect(box, 8, 8)
        mark = QRectF(box.left() + 14, box.center().y() - 10, 20, 20)
        engine = engine_of(template.kind)
        name = engine_icon(engine, tokens.look(engine).icon)
        draw(painter, name, tokens.engine(engine), mark)
        self._write(painter, box.adjusted(48, 8, -12, -8), index)
        painter.restore()

    def _write(self, painter: QPainter, box: QRectF, index: Index) -> None:
        title, summary = index.data(), index.data(Qt.ItemDataRole.StatusTipRole)
        tokens = self._theme.tokens
        upper = QRectF(box.left(), box.top(), box.width(), box.height() / 2)
        for text, place, style, colour in (
            (title, upper if summary else box, font(13, QFont.Weight.DemiBold), tokens.text),
            (summary, upper.translated(0, box.height() / 2), font(12), tokens.secondary),
        ):
            draw_text(painter, place, style, colour, text)

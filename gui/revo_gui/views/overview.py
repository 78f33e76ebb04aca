"""The first page: how the engines do, what runs, and what has just happened."""

from enum import Enum

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from revo_gui.history import History
from revo_gui.link import Frame
from revo_gui.models.engines import ENGINES, Engine, card, engines_of
from revo_gui.models.overview_lists import INFO, WORDS, EventRows, TaskRows
from revo_gui.models.overview_rows import counts, following_tasks, reordered
from revo_gui.views.alerts import AlertLines, active_alerts
from revo_gui.views.engine_card import EngineCard
from revo_gui.views.labels import plain_label
from revo_gui.views.overview_cells import EventDelegate, TaskDelegate
from revo_gui.views.overview_panel import Panel, RowList
from revo_gui.views.page import Page, Parts

WIDE_PX = 1000
"""Of the page, without the page switch beside it: room for the cards and a column of lists."""
TWO_COLUMNS_PX = 640
_GAP_PX = 16
_SIDE_PX = 400
_MOST_PX = 2200
"""Beyond this nothing gets easier to read; the page stays in the middle."""
_MOST_WIDE_PX = 1320
"""The same for the height, of two rows."""
_NO_LIMIT_PX = (1 << 24) - 1  # QWIDGETSIZE_MAX, which the binding misses
_PANEL_LEAST_PX = 240
_PANEL_BELOW_PX = 340
_OFFLINE = "Needs the daemon"


class Shape(Enum):
    """How the page is laid out."""

    WIDE = "wide"
    TWO = "two columns"
    ONE = "one column"


_SIDE = 2


def places(shape: Shape, cards: int) -> list[tuple[int, int, int, int]]:
    """Return (row, column, rows, columns) of so many cards, of the tasks and of the events."""
    if shape is Shape.ONE:
        return [(row, 0, 1, 1) for row in range(cards + 2)]
    pairs = -(-cards // 2)
    found = [(*divmod(index, 2), 1, 1) for index in range(cards)]
    if cards % 2:
        found[-1] = (pairs - 1, 0, 1, 2)  # the last one has its row for itself
    if shape is Shape.WIDE:
        return [*found, (0, _SIDE, 1, 1), (1, _SIDE, pairs - 1, 1)]
    return [*found, (pairs, 0, 1, 1), (pairs, 1, 1, 1)]


def stretched(shape: Shape, cards: int) -> tuple[set[int], set[int]]:
    """Return the columns and the rows that take what room is left."""
    pairs = -(-cards // 2)
    if shape is Shape.ONE:
        return {0}, set()
    return {0, 1}, set(range(pairs)) if shape is Shape.WIDE else {pairs}


def shape_of(width: int) -> Shape:
    """Return the layout for a page of this width."""
    if width >= WIDE_PX:
        return Shape.WIDE
    return Shape.TWO if width >= TWO_COLUMNS_PX else Shape.ONE


class Overview(Page):
    """A card for each engine, and the newest tasks and events."""

    name = "overview"
    title = "Overview"
    icon = "overview"

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parts, parent)
        self.cards: dict[str, EngineCard] = {}
        self._engines: tuple[Engine, ...] = ()
        self.tasks = TaskRows(self)
        self.events = EventRows(self)
        self._new_task = QPushButton("New task")
        self._new_task.setAccessibleName("New task")
        self._new_task.clicked.connect(lambda: parts.new_task(None))
        self.task_panel = Panel(
            "Tasks", RowList(self.tasks, TaskDelegate(parts.theme)), self._new_task
        )
        self.event_panel = Panel("Events", RowList(self.events, EventDelegate(parts.theme)))
        self.alerts = AlertLines(parts.theme)
        self._body = QWidget()
        self._grid = QGridLayout()
        self._shape: Shape | None = None
        self._behind = True
        """Frames were missed while the page was hidden, or none has come yet."""
        self._known: tuple[object, ...] = ()
        self._show_engines(ENGINES)
        self._lay_out()
        self._connect()

    def take(self, frame: Frame) -> None:
        """Show what changed."""
        state, history = frame.state, self.parts.link.history
        known = (state.boot, state.engines, state.workers, state.queues)
        if self._behind or frame.sampled or known != self._known:
            self._known = known
            self._show_engines(engines_of(state.engines))
            for engine in self._engines:
                self.cards[engine.name].show_card(card(engine, state, history))
        self.alerts.show_alerts(active_alerts(self.parts.link))
        self._take_tasks(frame)
        self.tasks.tick(_daemon_clock(history))
        self._behind = False

    def set_online(self, online: bool) -> None:  # noqa: FBT001 - Page's
        """Switch the button that needs the daemon."""
        self._new_task.setEnabled(online)
        self._new_task.setToolTip("" if online else _OFFLINE)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Remember that frames will be missed."""
        self._behind = True
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Take the layout that fits the width."""
        super().resizeEvent(event)
        self._reshape(shape_of(self.width()))

    def _show_engines(self, engines: tuple[Engine, ...]) -> None:
        """Make cards for the engines that have none; take away those of another daemon."""
        names = [engine.name for engine in engines]
        if names == list(self.cards):
            return
        self._engines = engines
        for name in self.cards.keys() - set(names):
            gone = self.cards.pop(name)
            self._grid.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for name in [name for name in names if name not in self.cards]:
            self.cards[name] = EngineCard(self.parts.theme, name)
            self.cards[name].task_chosen.connect(self.parts.show_task)
        self.cards = {name: self.cards[name] for name in names}
        if self._shape is not None:
            self._place(self._shape)

    def _take_tasks(self, frame: Frame) -> None:
        if not (self._behind or frame.changed or frame.removed):
            return
        if self._behind or frame.removed or reordered(self.tasks.shown, frame.changed):
            every = frame.state.tasks
            shown = () if self._behind else self.tasks.shown
            changed = every.values() if self._behind else frame.changed
            self.tasks.show_tasks(following_tasks(shown, changed, every))
            self.task_panel.show_count(counts(every.values()))
        else:
            self.tasks.update_tasks(frame.changed)
        if self.tasks.shown:
            self.task_panel.show_rows()
        elif frame.state.boot:
            self.task_panel.show_empty("No tasks yet", button=True)

    def _take_events(self, frame: Frame) -> None:
        """Add to the list also while the page is hidden: nobody could say later what was new."""
        self.events.take(frame)
        if self.events.rowCount():
            self.event_panel.show_rows()
        elif frame.state.boot:
            self.event_panel.show_empty("No events since this window was opened")

    def _connect(self) -> None:
        self.parts.link.frame.connect(self._take_events)
        self.task_panel.rows.chosen.connect(self._open_task)
        self.event_panel.rows.chosen.connect(self._open_event)

    def _open_task(self, index: QModelIndex) -> None:
        self.parts.show_task(index.data(INFO).id)

    def _open_event(self, index: QModelIndex) -> None:
        if task := index.data(WORDS).task:
            self.parts.show_task(task)

    def _lay_out(self) -> None:
        for panel in (self.task_panel, self.event_panel):
            panel.show_empty("Waiting for the daemon")
        self._body.setMaximumWidth(_MOST_PX)
        column = QVBoxLayout(self._body)
        column.setContentsMargins(_GAP_PX, _GAP_PX, _GAP_PX, _GAP_PX)
        column.setSpacing(_GAP_PX)
        column.addWidget(plain_label(self.title, scale="page"))
        column.addWidget(self.alerts)
        column.addLayout(self._grid, 1)
        self._grid.setSpacing(_GAP_PX)
        area = QScrollArea()
        area.setWidget(self._body)
        area.setWidgetResizable(True)
        area.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def _reshape(self, shape: Shape) -> None:
        if shape is self._shape:
            return
        self._shape = shape
        self._place(shape)

    def _place(self, shape: Shape) -> None:
        wide = shape is Shape.WIDE
        pairs = -(-len(self.cards) // 2)
        self._body.setMaximumHeight(_MOST_WIDE_PX // 2 * pairs if wide else _NO_LIMIT_PX)
        for panel in (self.task_panel, self.event_panel):
            panel.setMinimumHeight(_PANEL_LEAST_PX if wide else _PANEL_BELOW_PX)
        parts = (*self.cards.values(), self.task_panel, self.event_panel)
        for part, place in zip(parts, places(shape, len(self.cards)), strict=True):
            self._grid.addWidget(part, *place)
        columns, rows = stretched(shape, len(self.cards))
        for line in range(max(len(parts), self._grid.rowCount(), self._grid.columnCount())):
            self._grid.setColumnStretch(line, 1 if line in columns else 0)
            self._grid.setRowStretch(line, 1 if line in rows else 0)
        self._grid.setColumnMinimumWidth(_SIDE, _SIDE_PX if wide else 0)


def _daemon_clock(history: History) -> float | None:
    """Return the daemon's time: ages are measured against what gave the tasks their times."""
    newest = history.newest("self")
    return newest.at if newest else None

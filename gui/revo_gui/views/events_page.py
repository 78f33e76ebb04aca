"""The Events page: all that happens, as it happens."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from revo_gui.icons import icon
from revo_gui.link import Frame
from revo_gui.models.event_rules import Rules, as_json
from revo_gui.models.events import EventModel
from revo_gui.views.controls import action_button
from revo_gui.views.events_details import EventDetails
from revo_gui.views.events_filter import EventsFilter
from revo_gui.views.events_table import EventsTable
from revo_gui.views.labels import plain_label
from revo_gui.views.page import Page, Parts

PAGE_LEAST_PX = 340
NARROW_PX = 600
SIDE_PX = 1100


class EventsPage(Page):
    """Events, filtered as the user likes; one of them in full beside or below."""

    name = "events"
    title = "Events"
    icon = "events"

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parts, parent)
        self._model: EventModel = parts.events
        self.table = EventsTable(parts.events, parts.theme)
        self.filter = EventsFilter(parts.theme)
        self.details = EventDetails(parts)
        self._counts = plain_label(tone="muted")
        self._paused = plain_label(tone="warning")
        self._empty = plain_label(tone="secondary")
        self._clear = QPushButton("Clear the filter")
        self.jump = QPushButton("Jump to newest")
        self._nothing = QWidget()
        self._splitter = QSplitter(childrenCollapsible=False)
        self._declare()
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.table)

    def take(self, frame: Frame) -> None:
        """Say how many events there are; the list itself follows the model."""
        self._count()

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.filter.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def pause(self) -> None:
        """Let the list stand still, or show what has come meanwhile."""
        self._model.pause(not self._model.paused)
        self._show_pausing()

    def copy(self) -> None:
        """Copy the selected rows as text."""
        index = self._model.index
        lines = [
            "\t".join(str(index(row, column).data() or "") for column in (0, 2, 3))
            for row in self.table.chosen_rows()
        ]
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def save(self) -> None:
        """Ask for a file and write there what is shown."""
        name, _ = QFileDialog.getSaveFileName(
            self, "Save events", "events.jsonl", "JSON Lines (*.jsonl)"
        )
        if name:
            self.save_to(Path(name))

    def save_to(self, file: Path) -> None:
        """Write what is shown as JSON Lines."""
        rows = self._model.rows()
        try:
            file.write_text("".join(f"{as_json(row.line)}\n" for row in rows), encoding="utf-8")
        except OSError as error:
            self.parts.say(f"The events could not be saved: {error.strerror}.", "error")
        else:
            self.parts.say(f"Saved {len(rows):,} events to {file.name}", "ok")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's
        """Close the details with Esc."""
        if event.key() == Qt.Key.Key_Escape and self.details.isVisible():
            self._close_details()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's
        """Say how many there are by now."""
        super().showEvent(event)
        self._count()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's
        """Put the details beside or below, and the list into columns or one cell."""
        super().resizeEvent(event)
        wide = self.width() >= SIDE_PX
        self._splitter.setOrientation(
            Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        )
        self.table.set_narrow(self.width() < NARROW_PX)

    def _declare(self) -> None:
        add = self.parts.actions.add
        table, group = self.table, "Events"
        self._pausing = add(
            "events.pause", "Pause events", self.pause, group=group, icon="pause", keys="Space",
            within=table, tip="Let the list stand still; nothing is lost (Space)",
        )  # fmt: skip
        self._saving = add(
            "events.save", "Save the events shown", self.save, group=group, icon="export",
            keys="Ctrl+S", within=self, tip="Save the events shown as JSON Lines (Ctrl+S)",
        )  # fmt: skip
        add(
            "events.newest", "Jump to the newest event", table.follow, group=group, icon="down",
            keys="End", within=table,
        )  # fmt: skip
        add(
            "events.copy", "Copy the selected events", self.copy, group=group, icon="copy",
            keys="Ctrl+C", within=table,
        )  # fmt: skip
        add(
            "events.clear", "Clear the filter of events", self.filter.clear, group=group,
            icon="filter",
        )  # fmt: skip

    def _connect(self) -> None:
        self._model.modelReset.connect(self._count)
        self.filter.changed.connect(self._restrict)
        self.filter.progress_wanted.connect(self._model.list_progress)
        self.table.clicked.connect(self._show_details)
        self.table.activated.connect(self._show_details)
        self.table.selectionModel().currentRowChanged.connect(self._move_details)
        self.table.following_changed.connect(self._offer_jump)
        self.details.closed.connect(self._close_details)
        self._clear.clicked.connect(self.filter.clear)
        self.jump.clicked.connect(self.table.follow)
        self.parts.theme.changed.connect(self._show_pausing)

    def _restrict(self, rules: Rules) -> None:
        self._model.restrict(rules)

    def _count(self) -> None:
        """Say how many there are; called whenever that may have changed."""
        if not self.isVisible():
            return
        shown, kept, paused = self._model.rowCount(), self._model.kept, self._model.paused
        self._counts.setText(f"{shown:,}" if shown == kept else f"{shown:,} of {kept:,}")
        self._paused.setText(f"{self._model.waiting:,} new while paused" if paused else "")
        self._nothing.setVisible(not shown)
        self._empty.setText("No event matches the filter" if kept else "No events yet")
        self._clear.setVisible(bool(kept))

    def _show_pausing(self) -> None:
        paused = self._model.paused
        self._pausing.setText("Resume events" if paused else "Pause events")
        mark = "play" if paused else "pause"
        self._pausing.setIcon(icon(mark, self.parts.theme.tokens.secondary))

    def _show_details(self) -> None:
        row = self.table.current_row()
        if row >= 0:
            self.details.show_row(self._model.row(row))

    def _move_details(self) -> None:
        if self.details.isVisible():
            self._show_details()

    def _close_details(self) -> None:
        self.details.hide()
        self.table.setFocus()

    def _offer_jump(self, following: bool) -> None:  # noqa: FBT001 - a signal's value
        self.jump.setVisible(not following)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        self.setMinimumWidth(PAGE_LEAST_PX)  # not what the layout of the moment asks for
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(self._header())
        layout.addWidget(self.filter)
        layout.addWidget(self._splitter, 1)
        self._splitter.setHandleWidth(12)
        self._splitter.addWidget(self._card())
        self._splitter.addWidget(self.details)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(plain_label(self.title, scale="page"))
        row.addWidget(self._counts)
        row.addStretch(1)
        row.addWidget(self._paused)
        for action in (self._pausing, self._saving):
            row.addWidget(action_button(action, self))
        return row

    def _card(self) -> QFrame:
        """Return the frame with the list, and over it what is said while it is empty."""
        card = QFrame()
        card.setProperty("card", True)
        words = QVBoxLayout(self._nothing)
        words.setSpacing(12)
        words.addWidget(self._empty, 0, Qt.AlignmentFlag.AlignHCenter)
        words.addWidget(self._clear, 0, Qt.AlignmentFlag.AlignHCenter)
        grid = QGridLayout(card)
        grid.setContentsMargins(8, 8, 8, 8)
        grid.addWidget(self.table, 0, 0)
        grid.addWidget(self._nothing, 0, 0, Qt.AlignmentFlag.AlignCenter)
        floating = QVBoxLayout()
        floating.setContentsMargins(0, 0, 0, 16)
        floating.addWidget(self.jump)
        grid.addLayout(floating, 0, 0, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter)
        self.jump.setProperty("primary", True)
        self.jump.hide()
        return card

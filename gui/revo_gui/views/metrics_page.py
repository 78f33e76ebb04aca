"""The Metrics page: any series over time, under one crosshair."""

import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from revo_gui.history import KEPT_S
from revo_gui.icons import icon
from revo_gui.link import Frame, Presence
from revo_gui.models.metrics_catalogue import DEFAULT_PICK, Group, groups
from revo_gui.models.metrics_past import DAY_S
from revo_gui.models.metrics_points import csv_table
from revo_gui.models.metrics_window import CHOICES, Span, TimeWindow
from revo_gui.views.controls import action_button, restyle
from revo_gui.views.labels import plain_label
from revo_gui.views.metrics_board import MetricsBoard
from revo_gui.views.metrics_feed import MetricsFeed
from revo_gui.views.metrics_picker import MetricsPicker
from revo_gui.views.page import Page, Parts

PAGE_LEAST_PX = 340
NARROW_PX = 820
TIGHT_PX = 520
"""Below this there is room for the spans of time alone."""
_PICKER_PX = 248
_CHARTS, _EMPTY = range(2)
_MOVES = 10
"""A key moves a tenth of the window, or the crosshair by a sixth of that."""


class MetricsPage(Page):
    """Charts of the picked series, one below the other, all over the same span of time."""

    name = "metrics"
    title = "Metrics"
    icon = "metrics"
    picked_changed = Signal()

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parts, parent)
        self.picked: tuple[str, ...] = DEFAULT_PICK
        self.window_of_time = TimeWindow()
        self._groups: tuple[Group, ...] = ()
        self._cursor: float | None = None
        self._tight = False
        self.picker = MetricsPicker(parts.theme)
        self._state = plain_label()
        self._moment = plain_label(tone="muted")
        self._empty = plain_label(tone="secondary")
        self._series = QPushButton("Series")
        self._spans = QButtonGroup(self)
        self._stack = QStackedWidget()
        self.charts = MetricsBoard(parts.theme)
        self.feed = MetricsFeed(parts.link, self)
        self._declare()
        self._lay_out()
        self._connect()
        self._place_cards()
        self.setFocusProxy(self.charts)
        self._show_state()

    def take(self, frame: Frame) -> None:
        """Draw what has come."""
        self._show_state()
        if self.parts.link.history.sources != tuple(group.source for group in self._groups):
            self._read_catalogue()
        if frame.sampled or not self.charts.cards:
            self._draw()

    def focus_filter(self) -> None:
        """Put the cursor into the search for series."""
        self._series.setChecked(True)
        self.picker.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def pick(self, ids: Iterable[str]) -> None:
        """Chart these series; those that nobody measures yet come when somebody does."""
        self.picked = tuple(dict.fromkeys(ids))
        self._read_catalogue()
        self._draw()
        self.picked_changed.emit()

    def toggle(self, id: str) -> None:
        """Chart a series, or no longer."""
        kept = tuple(one for one in self.picked if one != id)
        self.pick(kept if id in self.picked else (*kept, id))

    def pause(self) -> None:
        """Let the time stand still, or go back to what is happening now."""
        span = self._span()
        if span is not None:
            live = self.window_of_time.live
            self._move(self.window_of_time.paused(span) if live else self.window_of_time.resumed())

    def go_live(self) -> None:
        """Go back to what is happening now."""
        self._move(self.window_of_time.resumed())

    def scrub(self, back_s: float) -> None:
        """Move that many seconds towards the past; the time then stands still."""
        span = self._span()
        if span is not None:
            self._move(self.window_of_time.moved(back_s, span))

    def point_at(self, at: float | None) -> None:
        """Show the values of all charts at a time (UTC epoch seconds); None: the newest."""
        self._cursor = at
        self._show_values()

    def save_table(self) -> None:
        """Ask for a file and write there what the charts show."""
        name, _ = QFileDialog.getSaveFileName(self, "Save as CSV", "metrics.csv", "CSV (*.csv)")
        if name:
            self.save_table_to(Path(name))

    def save_table_to(self, file: Path) -> None:
        """Write what the charts show as CSV."""
        columns = self.charts.columns()
        try:
            file.write_text(csv_table(columns), encoding="utf-8")
        except OSError as error:
            self.parts.say(f"The metrics could not be saved: {error.strerror}.", "error")
        else:
            self.parts.say(f"Saved {len(columns)} series to {file.name}", "ok")

    def save_picture(self) -> None:
        """Ask for a file and write there the charts as a picture."""
        name, _ = QFileDialog.getSaveFileName(self, "Save as PNG", "metrics.png", "PNG (*.png)")
        if name:
            self.save_picture_to(Path(name))

    def save_picture_to(self, file: Path) -> None:
        """Write the charts as PNG, those out of sight too."""
        if self.charts.picture().save(str(file), "PNG"):
            self.parts.say(f"Saved the charts to {file.name}", "ok")
        else:
            self.parts.say(f"The picture could not be written to {file}.", "error")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's
        """Fold the picker away where it would leave too little room."""
        super().resizeEvent(event)
        self._fold()

    # what is shown

    def _span(self) -> Span | None:
        """Return from when to when there is something to look at."""
        span = self.parts.link.history.span
        if span is None or not self.window_of_time.long:
            return span
        return span[1] - DAY_S, span[1]

    def _want(self) -> None:
        """Have the daemon's memory of what is charted, as long as it is looked at."""
        cards = self.charts.cards.values() if self.window_of_time.long else ()
        self.feed.want(card.series for card in cards)

    def _move(self, window: TimeWindow) -> None:
        self.window_of_time = window
        self.parts.link.history.hold(not window.live)
        self._want()
        self._show_state()
        self._draw()

    def _read_catalogue(self) -> None:
        link = self.parts.link
        self._groups = groups(link.history.sources, link.state().engines)
        self.picker.show_groups(self._groups, self.picked)
        self._place_cards()

    def _place_cards(self) -> None:
        """Have exactly the charts that are picked, in the order of the catalogue."""
        wanted = {
            series.id: (series, group.title)
            for group in self._groups
            for series in group.series
            if series.id in self.picked
        }
        self.charts.show_series(wanted)
        self._want()
        self._stack.setCurrentIndex(_CHARTS if wanted else _EMPTY)
        self._empty.setText("No series picked" if self._groups else "No metrics yet")

    def _draw(self) -> None:
        span = self._span()
        if span is not None:
            shown = self.feed.past if self.window_of_time.long else self.parts.link.history
            self.charts.draw(shown, self.window_of_time.bounds(span))
            self._show_values()

    def _show_values(self) -> None:
        span = self._span()
        if span is None:
            return
        start, end = self.window_of_time.bounds(span)
        at = self._cursor
        if at is not None and not start <= at <= end:
            at = None
        self._moment.setText("" if at is None else f"at {_clock(at)}")
        self.charts.point_at(at)

    def _show_state(self) -> None:
        """Say whether the charts go on, and where they stand if not."""
        window, online = self.window_of_time, self.parts.link.presence is Presence.LIVE
        live = window.live and online
        if window.end is not None:
            self._say_state(f"Paused at {_clock(window.end)}", "warning")
        else:
            words = "Live, per minute" if window.long else "Live"
            self._say_state(words if live else "No new samples", "secondary" if live else "warning")
        self._pausing.setText("Pause the charts" if window.live else "Go back to live")
        mark = "pause" if window.live else "play"
        self._pausing.setIcon(icon(mark, self.parts.theme.tokens.secondary))

    def _say_state(self, text: str, tone: str) -> None:
        if text == self._state.text():
            return
        self._state.setText(text)
        if self._state.property("tone") != tone:
            self._state.setProperty("tone", tone)
            self._state.style().polish(self._state)

    def _set_seconds(self, seconds: int) -> None:
        span, end = self.parts.link.history.span, self.window_of_time.end
        if end is not None and span is not None and seconds <= KEPT_S:
            end = max(end, span[0])  # what is older is not there second by second
        self._move(TimeWindow(seconds, end))

    def _step(self, share: float) -> None:
        self.scrub(share * self.window_of_time.seconds / _MOVES)

    def _step_cursor(self, direction: int) -> None:
        span = self._span()
        if span is not None:
            start, end = self.window_of_time.bounds(span)
            at = end if self._cursor is None else self._cursor
            at += direction * self.window_of_time.seconds / _MOVES / 6
            self.point_at(min(end, max(start, at)))

    def _fold(self) -> None:
        narrow = self.width() < NARROW_PX
        chosen = self._series.isChecked()
        self._series.setVisible(narrow)
        self.picker.setVisible(chosen or not narrow)
        self._stack.setVisible(not (narrow and chosen))
        self.picker.setMaximumWidth(16_777_215 if narrow else _PICKER_PX)
        tight = self.width() < TIGHT_PX
        self._moment.setHidden(tight)
        if tight != self._tight:
            self._tight = tight
            for chip in self._spans.buttons():
                restyle(chip, tight=tight)
                words = CHOICES[self._spans.id(chip)][0]
                chip.setText(words.replace("min", "m") if tight else words)

    # how it is built

    def _declare(self) -> None:
        add = partial(self.parts.actions.add, group="Metrics", within=self.charts)
        self._pausing = add(
            "metrics.pause", "Pause the charts", self.pause, icon="pause", keys="Space",
            tip="Let the time stand still; nothing is lost (Space)",
        )  # fmt: skip
        add("metrics.live", "Go back to live", self.go_live, icon="live", keys="End")
        add("metrics.back", "Look further back", partial(self._step, 1), icon="left", keys="Left")
        add("metrics.on", "Look further on", partial(self._step, -1), keys="Right")
        add(
            "metrics.cursor_back",
            "Read the values before",
            partial(self._step_cursor, -1),
            icon="left",
            keys="Shift+Left",
        )
        add(
            "metrics.cursor_on",
            "Read the values after",
            partial(self._step_cursor, 1),
            keys="Shift+Right",
        )
        self._exports = (
            add(
                "metrics.csv",
                "Save the metrics as CSV",
                self.save_table,
                icon="export",
                keys="Ctrl+S",
            ),
            add(
                "metrics.png",
                "Save the charts as PNG",
                self.save_picture,
                icon="image",
                keys="Ctrl+Shift+S",
            ),
        )
        add("metrics.series", "Pick series to chart", self.focus_filter, icon="metrics")

    def _connect(self) -> None:
        self.picker.toggled.connect(self.toggle)
        self._series.toggled.connect(self._fold)
        self.charts.closed.connect(self.toggle)
        self.charts.hovered.connect(self.point_at)
        self.charts.dragged.connect(self.scrub)
        self.charts.live_wanted.connect(self.go_live)
        self.feed.changed.connect(self._draw)
        self.feed.failed.connect(lambda words: self.parts.say(words, "warning"))
        self._spans.idClicked.connect(self._set_seconds)
        self.parts.theme.changed.connect(self._show_state)

    def _lay_out(self) -> None:
        self.setMinimumWidth(PAGE_LEAST_PX)  # not what the layout of the moment asks for
        self._series.setCheckable(True)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addWidget(self.picker)
        body.addWidget(self._stack, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(self._header())
        layout.addLayout(self._choices())
        layout.addLayout(body, 1)
        self._stack.addWidget(self.charts)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack.addWidget(self._empty)
        self._stack.setCurrentIndex(_EMPTY)

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(plain_label(self.title, scale="page"))
        row.addWidget(self._state)
        row.addStretch(1)
        for action in (self._pausing, *self._exports):
            row.addWidget(action_button(action, self))
        return row

    def _choices(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        for seconds, (words, spoken) in CHOICES.items():
            chip = QPushButton(words)
            chip.setProperty("quiet", True)
            chip.setCheckable(True)
            chip.setChecked(seconds == self.window_of_time.seconds)
            chip.setAccessibleName(f"Show {spoken}")
            self._spans.addButton(chip, seconds)
            row.addWidget(chip)
        row.addWidget(self._moment)
        row.addStretch(1)
        row.addWidget(self._series)
        return row


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))

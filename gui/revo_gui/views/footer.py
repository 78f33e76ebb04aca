"""The bottom line: what the window and the daemon cost, and whether anything was missed."""

import psutil
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from revo_edge.client.units import milliseconds, percent, size
from revo_edge.contract.metrics import SelfSample
from revo_gui.link import Link
from revo_gui.views.labels import plain_label


class Footer(QWidget):
    """Figures of the last second."""

    def __init__(self, link: Link, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("footer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(30)
        self._link = link
        self._process = psutil.Process()
        self._measuring = False
        self._own = self._label("What this window takes", "Window: CPU and memory")
        self._daemon = self._label("What the daemon takes, without its workers", "Daemon")
        self._trip = self._label("How long the daemon takes to answer", "Round trip")
        self._missed = self._label(
            "Messages that did not arrive and were read again: what you see is complete", "Gaps"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(20)
        for label in (self._own, self._daemon, self._trip):
            row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self._missed)

    def refresh(self) -> None:
        """Measure and show; called once a second while the window can be seen."""
        with self._process.oneshot():
            ratio = self._process.cpu_percent() / 100
            rss = self._process.memory_info().rss
        cpu = ratio if self._measuring else None  # the first call only begins the measurement
        self._measuring = True
        self._own.setText(f"Window {percent(cpu)}, {size(rss)}")
        found = self._link.history.newest("self")
        if isinstance(found, SelfSample) and self._link.online:
            self._daemon.setText(f"Daemon {percent(found.cpu_ratio)}, {size(found.rss_bytes)}")
        else:
            self._daemon.setText("Daemon -")
        trip = self._link.round_trip_ms if self._link.online else None
        self._trip.setText(f"Round trip {milliseconds(trip)}")
        gaps = self._link.counters.gaps
        repaired = "repaired" if self._link.state().complete else "being repaired"
        self._missed.setText(f"Gaps {gaps}, {repaired}" if gaps else "No gaps")

    def adapt(self, width: int) -> None:
        """Leave out what there is no room for."""
        self._trip.setVisible(width >= 600)
        self._missed.setVisible(width >= 480)

    def _label(self, tip: str, name: str) -> QLabel:
        label = plain_label("-")
        label.setToolTip(tip)
        label.setAccessibleName(name)
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        return label

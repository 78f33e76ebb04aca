"""Asks the daemon for the last 24 hours of what is charted, and again each minute."""

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from revo_edge.client.client import Client
from revo_edge.contract.history import MetricHistoryReply
from revo_edge.errors import RevoError
from revo_gui.history import Series
from revo_gui.link import Link
from revo_gui.models.metrics_past import Past, kept_name

_AGAIN_MS = 60_000
_NAMES_LIMIT = 100
"""Names of one request."""


class MetricsFeed(QObject):
    """Keeps `past` up to date for what is wanted."""

    changed = Signal()
    failed = Signal(str)
    """Why there is no history, in words; once until there is one again."""

    def __init__(self, link: Link, parent: QObject) -> None:
        super().__init__(parent)
        self.past = Past()
        self._link = link
        self._names: tuple[str, ...] = ()
        self._said = False
        self._timer = QTimer(self, interval=_AGAIN_MS)
        self._timer.timeout.connect(self._ask)
        link.greeted.connect(self._ask)

    def want(self, series: Iterable[Series]) -> None:
        """Fetch these from now on, at once if there are new ones; none ends it."""
        names = tuple(kept_name(one) for one in series)[:_NAMES_LIMIT]
        if names == self._names:
            return
        self._names = names
        if names:
            self._timer.start()
            self._ask()
        else:
            self._timer.stop()

    def _ask(self, _greeting: object = None) -> None:
        if self._names and self._link.online:
            self._link.ask(self, partial(_fetch, names=self._names), self._load, self._fail)

    def _load(self, reply: MetricHistoryReply) -> None:
        self._said = False
        self.past.load(reply)
        self.changed.emit()

    def _fail(self, error: RevoError) -> None:
        if not self._said:
            self._said = True
            self.failed.emit(error.msg)


def _fetch(client: Client, names: tuple[str, ...]) -> MetricHistoryReply:
    return client.metric_history(names=names)

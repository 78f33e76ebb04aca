"""metrics.get, metrics.history, alert.list: what was measured, and what that means."""

from dataclasses import dataclass
from functools import partial
from typing import cast

import msgspec

from revo_edge.clock import utc_now
from revo_edge.contract import requests as rq
from revo_edge.contract.codec import encode
from revo_edge.contract.history import Minute
from revo_edge.contract.metrics import MetricHistory
from revo_edge.contract.params import Params
from revo_edge.core.minutes import bounds, series_of
from revo_edge.daemon.asks import Answer, Ask
from revo_edge.daemon.background import Background
from revo_edge.daemon.sampler import Sampler
from revo_edge.store.metric_ring import MetricRing


@dataclass(slots=True)
class MetricMethods:
    """The methods that tell of measurements."""

    sampler: Sampler
    reader: Background
    ring: MetricRing

    def table(self) -> dict[str, Answer]:
        """Return method name -> function."""
        return {
            "metrics.get": self._latest,
            "metrics.history": self._history,
            "alert.list": lambda _ask, _params: self.sampler.alerts(),
        }

    def _latest(self, _ask: Ask, params: Params) -> MetricHistory:
        query = cast("rq.MetricsGet", params)
        return self.sampler.history(query.since, query.sources)

    def _history(self, ask: Ask, params: Params) -> None:
        query = cast("rq.MetricsHistory", params)
        now = self.sampler.minutes.current()
        self.reader.run(partial(self._read, query, now), partial(_answer, ask))

    def _read(self, query: rq.MetricsHistory, now: list[Minute]) -> msgspec.Raw:
        """Encode it here: half a MB would hold up the loop."""
        first, last = bounds(query, utc_now())
        current = [minute for minute in now if first <= minute.at <= last]
        minutes = [*self.ring.read(first, last), *current]
        return msgspec.Raw(encode(series_of(minutes, query, first, last)))


def _answer(ask: Ask, result: msgspec.Raw | BaseException) -> None:
    if isinstance(result, BaseException):
        ask.fail(result)
    else:
        ask.ok(result)

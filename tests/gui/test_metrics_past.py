"""The long spans of the Metrics page: what the daemon kept, also from before it was restarted."""

from collections.abc import Iterator
from itertools import pairwise
from operator import attrgetter

import pytest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from revo_edge.clock import utc_now
from revo_edge.contract.history import MetricHistoryReply, MetricSeries, Minute, fields_of
from revo_edge.paths import Paths
from revo_edge.store.metric_ring import MetricRing
from revo_gui.history import Series
from revo_gui.models.metrics_catalogue import groups
from revo_gui.models.metrics_past import Past, kept_name
from revo_gui.models.metrics_points import decimated
from revo_gui.views.metrics_page import MetricsPage
from revo_gui.views.page import Parts
from tests.gui.conftest import Showing

CPU = Series("host.cpu", "CPU", "ratio", "host", attrgetter("cpu_ratio"), field="cpu_ratio")


def test_every_series_of_the_catalogue_is_kept_by_the_daemon() -> None:
    for group in groups(("parallel", "host", "self"), {}):
        missing = {one.id for one in group.series if one.field not in fields_of(one.source)}
        assert missing == set()


def test_a_value_stands_in_the_middle_of_its_step_and_a_gap_breaks_the_line() -> None:
    past = Past()
    assert past.points(CPU, 600) == []
    values = (0.1, None, 0.3, 0.4)
    past.load(
        MetricHistoryReply(1_200.0, 60, (MetricSeries(kept_name(CPU), values, values, values),))
    )
    assert past.points(CPU, 600) == [(1230, 0.1), (1290, None), (1350, 0.3), (1410, 0.4)]
    assert past.points(CPU, 100, 1_400.0) == [(1350, 0.3)]
    drawn = decimated(past.points(CPU, 600), 1.0, past.gap_s)
    assert drawn == past.points(CPU, 600), "minutes are one line, and only the gap breaks it"
    past.load(MetricHistoryReply(0.0, 60))
    assert past.points(CPU, 600) == []


@pytest.fixture
def ring(home: Paths) -> int:
    """Write two hours of a day ago's daemon, with a gap; return the minute that it is now."""
    now = int(utc_now() // 60) * 60
    ring = MetricRing(home.metrics)
    for ago in (*range(5, 60), *range(90, 120)):
        stat = (0.5, 0.4, 0.6)
        ring.write(Minute(now - 60 * ago, {"host": (stat,) * 4}))
    return now


@pytest.fixture
def page(ring: int, parts: Parts, show: Showing, qtbot: QtBot) -> Iterator[MetricsPage]:
    assert ring
    page = MetricsPage(parts)
    show(page, 1200, 700)
    parts.link.frame.connect(page.take)
    qtbot.waitUntil(lambda: "self.request_p95" in page.charts.cards)
    page.pick(["host.cpu"])
    yield page
    parts.link.frame.disconnect(page.take)


def chip(page: MetricsPage, seconds: int) -> QAbstractButton:
    return page._spans.button(seconds)


def test_a_long_span_is_filled_from_what_the_daemon_kept(page: MetricsPage, qtbot: QtBot) -> None:
    chip(page, 86_400).click()
    assert page._state.text() == "Live, per minute"
    card = page.charts.cards["host.cpu"]
    qtbot.waitUntil(lambda: len([v for _, v in card.points if v == 0.5]) == 85, timeout=15_000)
    known = [at for at, value in card.points if value is not None]
    assert max(b - a for a, b in pairwise(known)) >= 31 * 60, "the gap stays"
    chip(page, 3_600).click()
    qtbot.waitUntil(
        lambda: 50 <= len([v for _, v in card.points if v == 0.5]) <= 55, timeout=15_000
    )
    page.scrub(3_600)
    assert page._state.text().startswith("Paused")
    assert 25 <= len([v for _, v in card.points if v == 0.5]) <= 31
    page.toggle("host.load_1m")
    other = page.charts.cards["host.load_1m"]
    qtbot.waitUntil(lambda: any(value == 0.5 for _, value in other.points), timeout=15_000)
    chip(page, 300).click()
    page.go_live()
    assert page._state.text() == "Live"
    qtbot.waitUntil(lambda: any(value is not None for _, value in card.points))


@pytest.mark.parametrize("width", [380, 1200])
def test_all_spans_can_be_read_at_any_width(page: MetricsPage, width: int) -> None:
    page.resize(width, 700)
    for button in page._spans.buttons():
        room = button.width() - button.fontMetrics().horizontalAdvance(button.text())
        assert room >= 10, button.text()

"""24 hours of metrics: what a daemon measured is there after its end, however that came."""

import math

import pytest

from revo_edge.client.client import Client
from revo_edge.clock import utc_now
from revo_edge.contract.history import MetricHistoryReply, Minute
from revo_edge.paths import Paths
from revo_edge.store.metric_ring import SLOT_BYTES, MetricRing
from tests.harness import DaemonProcess, StartDaemon, WaitFor
from tests.ipc import schemas
from tests.ipc.cli import document, revo

pytestmark = pytest.mark.timeout(60)
CPU = "host.cpu_ratio"


def minute_of(at: float) -> int:
    return int(at // 60) * 60


def earlier(home: Paths, *minutes_ago: int) -> int:
    """Write minutes as a daemon of that time would have; return the minute that it is now."""
    now = minute_of(utc_now())
    ring = MetricRing(home.metrics)
    for ago in minutes_ago:
        value = ago / 8
        ring.write(Minute(now - 60 * ago, {"host": ((value, value, value), None, None, None)}))
    return now


def values(reply: MetricHistoryReply, name: str = CPU) -> dict[int, float]:
    """Return what is known of a series, by minute."""
    (series,) = (one for one in reply.series if one.name == name)
    return {
        int(reply.begin) + reply.step_s * place: mean
        for place, mean in enumerate(series.mean)
        if mean is not None
    }


def seen(client: Client) -> dict[int, float]:
    """Return the host's minutes, once the running daemon has measured."""
    reply = client.metric_history(names=(CPU,))
    return values(reply) if reply.series else {}


def test_a_day_is_kept_with_its_gaps_over_stop_and_kill(
    home: Paths, start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    now = earlier(home, 90, 60, 2)
    old = {now - 60 * ago: ago / 8 for ago in (90, 60, 2)}
    daemon = start_daemon()
    with Client(home) as client:
        measured = wait_for(lambda: seen(client).keys() - old.keys())
        assert min(measured) >= now
        daemon.restart()
        kept = MetricRing(home.metrics).read(now, now + 600)
        assert kept, "a clean stop writes the minute that is not over"
        assert kept[0].sources.keys() >= {"host", "self", "parallel"}
        daemon.kill()
        daemon.start()
        found = client.metric_history(since=now - 3_600.0, names=("host",))
        assert values(found).items() >= {now - 3_600: 7.5, now - 120: 0.25}.items()
        assert now - 5_400 not in values(found)
        assert now - 180 not in values(found), "nobody measured then: a gap, not a nought"


def test_a_damaged_ring_is_a_gap_and_no_reason_not_to_start(
    home: Paths, start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    now = earlier(home, 3, 2)
    torn = (1 + (now // 60 - 3) % 1440) * SLOT_BYTES
    with home.metrics.open("r+b") as file:
        file.seek(torn + 20)
        file.write(b"\xff" * 30)
    start_daemon()
    with Client(home) as client:
        found = wait_for(lambda: seen(client))
        assert now - 180 not in found
        assert found[now - 120] == 0.25


def test_a_ring_that_cannot_be_written_is_said_and_harms_nothing(
    home: Paths, start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    home.metrics.mkdir()
    daemon = start_daemon()
    daemon.allow_log("the history of metrics is not complete: .*metrics.ring")
    with Client(home) as client:
        assert wait_for(lambda: seen(client)), "the minute that runs is in memory"
        assert client.health().status == "ok"


def test_the_history_is_answered_in_json_too_and_says_its_step(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor
) -> None:
    wait_for(lambda: seen(client))
    printed = document(schemas.METRIC_HISTORY, "metrics", "history", "host", "--since", "1h")
    assert {len(one["mean"]) for one in printed["series"]} < {61, 62}, "one if a minute begins"
    table = revo("metrics", "history", "self", "--since", "1h")
    assert "self.rss_bytes" in table.stdout
    rows = revo("metrics", "history", CPU, "--csv").stdout.splitlines()
    assert rows[0] == f"time,{CPU},{CPU}.min,{CPU}.max"
    assert len(rows) > 1
    missing = document(schemas.ERROR, "metrics", "history", "hots", code=3)
    assert missing["error"]["code"] == "NOT_FOUND"
    reply = client.call("metrics.history", {"step_s": 90, "names": ["self.loop_lag"]})
    assert reply["step_s"] == 120
    assert [one["name"] for one in reply["series"]] == [
        f"self.loop_lag.p{part}_ms" for part in (50, 95, 99)
    ]
    assert {len(one["mean"]) for one in reply["series"]} == {math.ceil(1440 / 2)}

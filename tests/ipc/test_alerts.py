"""A queue that crosses its threshold twice: two alerts, each said once, for all who listen."""

import json
from collections.abc import Callable

import pytest

from revo_edge.client.client import Client
from revo_edge.client.mirror import Link, Mirror, MirrorState
from revo_edge.contract.alerts import Severity
from revo_edge.contract.requests import StreamEvent
from revo_edge.contract.tasks import TaskSpec
from revo_edge.paths import Paths
from tests.harness import DaemonProcess, StartDaemon, WaitFor
from tests.ipc import schemas
from tests.ipc.cli import document, lines, revo

pytestmark = pytest.mark.timeout(60)

SETTINGS = """
[alerts.queue]
raise_at = 3
clear_at = 1
raise_after_s = 1
clear_after_s = 1
severity = "error"
[alerts.utilisation]
enabled = false
[alerts.loop_lag]
enabled = false
"""
SPEC = TaskSpec("probe.echo", {"value": 1})


@pytest.fixture
def watchful(home: Paths, start_daemon: StartDaemon) -> DaemonProcess:
    """Give a daemon whose queue is too long from 4 tasks on."""
    home.config.mkdir(parents=True, exist_ok=True)
    home.settings_file.write_text(SETTINGS)
    return start_daemon()


def active(*rules: str) -> Callable[[MirrorState], bool]:
    return lambda state: state.link is Link.LIVE and set(state.alerts) == set(rules)


def cross(client: Client, mirror: Mirror) -> None:
    """Let the queue grow over its threshold, dance between the two, and empty."""
    client.pause()
    ids = client.submit_batch([SPEC] * 5)
    mirror.wait(active("queue"))
    for task_id in ids[:3]:
        client.cancel(task_id)  # 2 wait: they lie in the band
    seen = mirror.state().samples["self"].at
    mirror.wait(lambda state: state.samples["self"].at > seen + 1.5)  # two more samples
    assert set(mirror.state().alerts) == {"queue"}
    client.resume()
    mirror.wait(active())


def test_two_crossings_are_two_raises_and_two_clears(watchful: DaemonProcess) -> None:
    heard: list[StreamEvent] = []
    with (
        Client(watchful.paths) as client,
        Mirror(watchful.paths, on_events=lambda new, _: heard.extend(new)) as mirror,
    ):
        mirror.wait(lambda state: "self" in state.samples)
        assert "No alert is active" in revo("alerts").stderr
        cross(client, mirror)
        cross(client, mirror)
        kinds = [found.event.k for found in heard if found.topic.startswith("alert.")]
        assert kinds == ["alert.raised", "alert.cleared"] * 2
        assert mirror.counters.gaps == 0
    found = document(schemas.ALERTS, "alerts")
    assert found["active"] == []
    assert [alert["rule"] for alert in found["cleared"]] == ["queue", "queue"]
    late, early = found["cleared"]
    assert early["raised_at"] < early["cleared_at"] < late["raised_at"] < late["cleared_at"]
    assert {rule["name"] for rule in found["rules"]} == {
        "queue",
        "error_ratio",
        "retrieval",
        "disk",
    }
    recorded = lines(
        revo("events", "-t", "alert.", "--since", "1", "-n", "4", "--json").stdout, schemas.EVENT
    )
    assert [event["k"] for event in recorded] == kinds
    assert [event["d"]["text"] for event in recorded][::2] == ["5 tasks waiting, more than 3"] * 2


def test_who_joins_late_sees_what_is_active_and_a_new_boot_begins_with_none(
    watchful: DaemonProcess, wait_for: WaitFor
) -> None:
    with Client(watchful.paths) as client:
        client.pause()
        client.submit_batch([SPEC] * 5)
        wait_for(lambda: client.alerts().active)
        with Mirror(watchful.paths) as late:
            seen = late.wait(lambda state: state.link is Link.LIVE).alerts["queue"]
            assert (seen.severity, seen.value, seen.raise_at) == (Severity.ERROR, 5.0, 3.0)
            assert seen == client.alerts().active[0]
            status = json.loads(revo("status", "--json").stdout)["alerts"]
            assert [alert["rule"] for alert in status] == ["queue"]
            assert "1 alert, error: 5 tasks waiting" in revo("status").stdout
            watchful.restart()
            boot = watchful.endpoint.boot
            joined = late.wait(lambda state: state.boot == boot)
            # the tasks still wait: the new boot says so once, as an alert of its own
            raised = late.wait(lambda state: state.boot == boot and "queue" in state.alerts)
            assert joined.alerts.get("queue") in (None, raised.alerts["queue"])
            assert raised.alerts["queue"].raised_at > seen.raised_at
        assert client.alerts().cleared == ()
        events = client.events_since(boot, 0, ("alert.",)).events
        assert [found.event.k for found in events] == ["alert.raised"]


def test_failing_tasks_raise_only_once_enough_have_ended(
    start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    daemon = start_daemon({"REVO_ALERTS_ERROR_TASKS": "3"})
    failing = TaskSpec("probe.raise", {"value": "no"})
    with Client(daemon.paths) as client:
        for _ in range(2):
            client.wait(client.submit(failing).id, 10)
        wait_for(lambda: error_ratio(client) is None)
        assert client.alerts().active == ()
        client.wait(client.submit(failing).id, 10)
        (alert,) = wait_for(lambda: client.alerts().active)
        assert (alert.rule, alert.text) == (
            "error_ratio",
            "100 % of tasks failing, more than 20 %",
        )


def error_ratio(client: Client) -> float | None:
    return next(rule.value for rule in client.alerts().rules if rule.name == "error_ratio")

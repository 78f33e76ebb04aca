"""A queue that is too long, as the window shows it: header, overview, toasts, events."""

import pytest
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskSpec
from revo_edge.paths import Paths
from revo_gui.views.alerts import AlertButton, AlertLines
from revo_gui.views.labels import ElidedLabel
from revo_gui.views.toasts import Toast
from revo_gui.views.window import MainWindow
from tests.gui.conftest import OpenWindow
from tests.harness import StartDaemon

SPEC = TaskSpec("probe.echo", {"value": 1})
WORDS = "5 tasks waiting, more than 3"


@pytest.fixture
def client(start_daemon: StartDaemon, home: Paths) -> Client:
    """Give a client of a daemon whose queue is too long from 4 tasks on."""
    start_daemon(
        {
            "REVO_ALERTS_QUEUE_RAISE_AT": "3",
            "REVO_ALERTS_QUEUE_CLEAR_AT": "1",
            "REVO_ALERTS_QUEUE_RAISE_AFTER_S": "0",
            "REVO_ALERTS_QUEUE_CLEAR_AFTER_S": "0",
            "REVO_ALERTS_LOOP_LAG_ENABLED": "false",
        }
    )
    return Client(home)


def toasts(window: MainWindow) -> list[tuple[str, str]]:
    return [(found.text, found.level) for found in window.findChildren(Toast)]


def lines(window: MainWindow) -> list[str]:
    (found,) = window.findChildren(AlertLines)
    texts = [label.full for label in found.findChildren(ElidedLabel)]
    return texts if found.isVisible() else []


def test_the_window_shows_what_is_active_and_tells_what_changes(
    client: Client, open_window: OpenWindow, qtbot: QtBot
) -> None:
    with client:
        window = open_window()
        (button,) = window.findChildren(AlertButton)
        qtbot.waitUntil(lambda: window.link.state().boot != "")
        assert not button.isVisible()
        client.pause()
        client.submit_batch([SPEC] * 5)
        qtbot.waitUntil(lambda: (WORDS, "warning") in toasts(window), timeout=10_000)
        assert (button.isVisible(), button.text()) == (True, "1 alert")
        assert button.accessibleName() == f"1 alert, warning: {WORDS}"
        qtbot.waitUntil(lambda: lines(window) == [WORDS])
        window.resize(380, 700)
        assert button.text() == "1"
        menu = button.menu_of_alerts()
        assert [action.text().startswith(f"{WORDS}, since ") for action in menu.actions()] == [True]
        menu.actions()[0].trigger()
        assert window._page.name == "events"
        client.resume()
        cleared = ("Waiting tasks: back to normal", "ok")
        qtbot.waitUntil(lambda: cleared in toasts(window), timeout=10_000)
        assert not button.isVisible()
        said = [row.words.text for row in window.parts.events.rows() if "Alert" in row.words.text]
        assert said[0] == "Alert: 5 tasks waiting, more than 3"
        assert said[1].endswith(": Back to 0 tasks waiting")


def test_a_window_that_opens_later_shows_it_without_telling_it(
    client: Client, open_window: OpenWindow, qtbot: QtBot
) -> None:
    with client:
        client.pause()
        client.submit_batch([SPEC] * 5)
        qtbot.waitUntil(lambda: bool(client.alerts().active), timeout=10_000)
        window = open_window()
        (button,) = window.findChildren(AlertButton)
        qtbot.waitUntil(button.isVisible, timeout=10_000)
        assert toasts(window) == []

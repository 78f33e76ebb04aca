"""The window over a daemon that hangs, is of another protocol, or never was."""

import os
import signal

import msgspec
import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from revo_edge.contract.endpoint import Endpoint
from revo_edge.paths import Paths
from revo_gui.link import Presence
from revo_gui.views.window import MainWindow
from tests.gui.conftest import OpenWindow
from tests.harness import DaemonProcess

pytestmark = pytest.mark.alone


def said(window: MainWindow) -> str:
    label = window.findChild(QLabel, "banner-text")
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def test_without_a_daemon_it_says_so_and_comes_alive_alone(
    open_window: OpenWindow, home: Paths, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    daemon.stop()
    window = open_window()
    qtbot.waitUntil(lambda: "No daemon is running" in said(window))
    assert not window.actions_["new_task"].isEnabled()
    daemon.start()
    qtbot.waitUntil(lambda: window.link.presence is Presence.LIVE)
    qtbot.waitUntil(lambda: said(window) == "")


def test_a_daemon_that_hangs_is_dimmed_then_lost_and_is_back_when_it_goes_on(
    open_window: OpenWindow, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: window.link.presence is Presence.LIVE)
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        qtbot.waitUntil(lambda: "counted as lost in" in said(window))
        assert window.link.presence is Presence.STALE
        assert window._veil.isVisible()
        qtbot.waitUntil(lambda: "has not answered" in said(window), timeout=10_000)
        qtbot.waitUntil(lambda: window.link.presence is Presence.LOST)
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    qtbot.waitUntil(lambda: window.link.presence is Presence.LIVE)
    qtbot.waitUntil(lambda: said(window) == "")


def test_a_daemon_that_hangs_is_restarted_by_the_window(
    open_window: OpenWindow, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    daemon.allow_log(".")
    window = open_window()
    qtbot.waitUntil(lambda: window.link.presence is Presence.LIVE)
    boot = window.link.state().boot
    os.kill(daemon.pid, signal.SIGSTOP)
    window.actions_["restart_daemon"].trigger()
    qtbot.waitUntil(lambda: window.link.state().boot not in ("", boot), timeout=20_000)
    qtbot.waitUntil(lambda: window.link.presence is Presence.LIVE)
    window.actions_["stop_daemon"].trigger()
    qtbot.waitUntil(lambda: window.link.presence is Presence.LOST, timeout=15_000)


def test_a_daemon_of_another_protocol_is_named(
    open_window: OpenWindow, daemon: DaemonProcess, home: Paths, qtbot: QtBot
) -> None:
    true = home.endpoint.read_bytes()
    found = msgspec.json.decode(true, type=Endpoint)
    other = msgspec.structs.replace(found, proto=(2, 3), version="9.0.0")
    home.endpoint.write_bytes(msgspec.json.encode(other))
    window = open_window()
    qtbot.waitUntil(lambda: window.link.presence is Presence.SKEW)
    assert "9.0.0" in said(window)
    home.endpoint.write_bytes(true)
    qtbot.waitUntil(lambda: window.link.presence is Presence.LIVE)

from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_gui.link import Frame, Link, Presence
from tests.harness import DaemonProcess


def test_a_task_reaches_a_frame_and_the_daemon_may_die_and_come_back(
    link: Link, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    seen: dict[str, TaskState] = {}

    def note(frame: Frame) -> None:
        seen.update((info.id, info.state) for info in frame.changed)

    link.frame.connect(note)
    with Client(daemon.paths) as client:
        task = client.submit(TaskSpec("probe.echo", {"value": 1})).id
    qtbot.waitUntil(lambda: seen.get(task) is TaskState.SUCCEEDED)
    qtbot.waitUntil(lambda: link.hello is not None and link.history.sources != ())
    daemon.kill()
    qtbot.waitUntil(lambda: link.presence is Presence.LOST)
    daemon.start()
    qtbot.waitUntil(lambda: link.presence is Presence.LIVE)
    assert link.counters.reconnects == 1

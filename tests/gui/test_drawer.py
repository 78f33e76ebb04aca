import json
import sys
from pathlib import Path

import pytest
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.tasks import TaskInfo, TaskSpec, TaskState
from revo_gui.link import Frame
from revo_gui.models.task_items import PAGE, ItemModel
from revo_gui.views.drawer import Drawer
from revo_gui.views.page import Parts
from revo_gui.views.task_commands import TaskCommands
from tests.gui.conftest import Said, Showing

TALK = """
import time
def talk(n):
    for k in range(n):
        print(f"line {k:06} of \\x1b[31mmany", flush=True)
    time.sleep(0.3)
    print("the end", flush=True)
    return n
"""


@pytest.fixture
def drawer(parts: Parts, show: Showing) -> Drawer:
    drawer = Drawer(parts, TaskCommands(parts, parts.link))

    def take(frame: Frame) -> None:
        for info in frame.changed:
            if info.id == drawer.task_id:
                drawer.show_info(info)

    parts.link.frame.connect(take)
    show(drawer, 440, 760)
    return drawer


def finished(client: Client, kind: str, params: dict[str, object], title: str = "") -> TaskInfo:
    return client.wait(client.submit(TaskSpec(kind, params, title=title)).id, 20)


def test_a_task_tells_its_story_and_what_was_asked(
    drawer: Drawer, client: Client, qtbot: QtBot
) -> None:
    info = finished(client, "probe.raise", {"value": 7}, title="\u202e<b>x</b>\x1b")
    drawer.open(info.id, info)
    qtbot.waitUntil(lambda: drawer.story.model.rowCount() >= 3)
    assert drawer.head.title.full == "\\u202e<b>x</b>\\x1b"
    assert drawer.head.error.isVisible()
    assert "no luck with 7" in drawer.head.error.text.text()
    assert json.loads(drawer.params.view.toPlainText())["params"] == {"value": 7}
    drawer.tabs.setCurrentWidget(drawer.result)
    assert drawer.result.tree.model().index(0, 1).data() == "engine_error"


def test_the_group_of_a_task_is_shown_and_a_long_one_is_broken(
    drawer: Drawer, client: Client
) -> None:
    info = client.submit(TaskSpec("probe.echo", group="n" * 64))
    drawer.open(info.id, info)
    label = drawer.head.findChild(QLabel, "fact-group")
    assert label is not None
    assert label.text().replace("\u200b", "") == "n" * 64
    assert label.isVisible()
    assert drawer.head.minimumSizeHint().width() < 360


@pytest.mark.parametrize(
    ("value", "shown"), [("two\nlines", "two\nlines"), (42, "42"), (None, "null"), ("", "")]
)
def test_a_simple_result_is_a_text(
    drawer: Drawer, client: Client, qtbot: QtBot, value: object, shown: str
) -> None:
    info = finished(client, "probe.echo", {"value": value})
    drawer.tabs.setCurrentWidget(drawer.result)
    drawer.open(info.id, info)
    qtbot.waitUntil(drawer.result.text.isVisible)
    assert drawer.result.text.toPlainText() == shown


def test_a_result_comes_when_the_task_ends_and_can_be_saved(
    drawer: Drawer, client: Client, qtbot: QtBot, said: Said, tmp_path: Path
) -> None:
    task = client.submit(TaskSpec("probe.sleep", {"seconds": 0.2, "value": {"a": [1, 2]}}))
    drawer.tabs.setCurrentWidget(drawer.result)
    drawer.open(task.id, task)
    assert drawer.result.message.text() == "The result comes when the task has succeeded"
    qtbot.waitUntil(drawer.result.tree.isVisible)
    assert drawer.result.tree.model().index(0, 0).data() == "a"
    drawer.result.save.click()
    dialog = drawer.result.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "result.json"))
    dialog.close()
    qtbot.waitUntil(lambda: ("The result is saved", "ok") in said.toasts)
    assert json.loads((tmp_path / "result.json").read_text()) == {"a": [1, 2]}
    drawer.result.save_to(str(tmp_path / "no" / "folder"))
    qtbot.waitUntil(lambda: said.toasts[-1][1] == "error")
    assert "cannot be written" in drawer.result.message.text()


def test_a_large_result_is_not_decoded_but_saved(
    drawer: Drawer, client: Client, qtbot: QtBot, tmp_path: Path
) -> None:
    info = finished(client, "probe.echo", {"size_bytes": 3_000_000})
    drawer.open(info.id, info)
    assert drawer.result.message.text() == "The result has 3 MB: too large to show here"
    drawer.result.save_to(str(tmp_path / "large.json"))
    qtbot.waitUntil(lambda: drawer.result.message.text().startswith("Saved"))
    assert json.loads((tmp_path / "large.json").read_text()) == "x" * 3_000_000


def test_a_log_is_read_from_its_end_and_followed(
    drawer: Drawer, client: Client, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "talk.py").write_text(TALK)
    params = {"inputs": [20_000], "function": f"{tmp_path}/talk.py:talk"}
    task = client.submit(TaskSpec("parallel.map", params))
    drawer.open(task.id, task)
    drawer.tabs.setCurrentWidget(drawer.log)
    qtbot.waitUntil(lambda: drawer.log.view.toPlainText().endswith("the end\n"), timeout=15_000)
    assert drawer.log.view.blockCount() <= 5_000
    assert "\\x1b[31mmany" in drawer.log.view.toPlainText()
    assert drawer.log.earlier.isVisible()
    before = drawer.log.view.toPlainText().split("\n", 2)[1]
    drawer.log.earlier.click()
    qtbot.waitUntil(drawer.log.to_end.isVisible)
    assert drawer.log.view.toPlainText().split("\n", 2)[1] < before
    drawer.log.to_end.click()
    qtbot.waitUntil(lambda: drawer.log.view.toPlainText().endswith("the end\n"))


def test_a_failed_test_stands_in_the_log_while_others_run(
    drawer: Drawer, client: Client, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "test_x.py").write_text(
        "import os, time\ndef test_bad(): assert 1 == 2\n"
        "def test_long():\n    while not os.path.exists('go'): time.sleep(0.01)\n"
    )
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    params = {"path": str(tmp_path)}
    spec = TaskSpec("parallel.test", params, cwd=str(tmp_path), python=sys.executable, env=env)
    task = client.submit(spec)
    drawer.open(task.id, task)
    drawer.tabs.setCurrentWidget(drawer.log)
    line = "FAILED test_x.py::test_bad 0."
    qtbot.waitUntil(lambda: line in drawer.log.view.toPlainText(), timeout=15_000)
    assert client.task(task.id).task.state is TaskState.RUNNING
    qtbot.waitUntil(lambda: "1 of 2" in drawer.head.progress.text())
    (tmp_path / "go").touch()
    qtbot.waitUntil(lambda: "PASSED test_x.py::test_long" in drawer.log.view.toPlainText())


def test_items_are_read_as_somebody_scrolls(drawer: Drawer, client: Client, qtbot: QtBot) -> None:
    count = 2 * PAGE + 10
    info = finished(client, "probe.fan_quietly", {"kind": "probe.echo", "count": count})
    drawer.open(info.id, info)
    assert drawer.tabs.isTabVisible(drawer.tabs.indexOf(drawer.items))
    drawer.tabs.setCurrentWidget(drawer.items)
    model, view = drawer.items.model, drawer.items.view
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    qtbot.waitUntil(lambda: model.rowCount() >= PAGE)

    def scrolled_to_the_end() -> bool:
        view.scrollToBottom()
        return model.rowCount() == count

    qtbot.waitUntil(scrolled_to_the_end)
    view.selectRow(5)
    assert drawer.items.detail.toPlainText() == model.index(5, 2).data()
    assert drawer.items.status.text() == "2,010 items, in the order they ended"


def test_items_that_cannot_be_read_say_so(parts: Parts, qtbot: QtBot) -> None:
    model = ItemModel(parts.link, "01ARZ3NDEKTSV4RRFFQ69G5FAV", parts.link)
    model.known = 5
    with qtbot.waitSignal(model.failed, check_params_cb=lambda text: "no task" in text):
        model.fetchMore(model.index(-1, -1))
    assert model.canFetchMore(model.index(-1, -1))


def test_a_task_is_removed_once_that_is_confirmed(
    drawer: Drawer, client: Client, qtbot: QtBot, said: Said
) -> None:
    info = finished(client, "probe.echo", {"value": 1})
    drawer.open(info.id, info)
    drawer.buttons["Remove"].click()
    assert drawer.question.isVisible()
    drawer.question.no.click()
    assert not drawer.question.isVisible()
    drawer.buttons["Remove"].click()
    with qtbot.waitSignal(drawer.closed):
        drawer.question.yes.click()
    assert ("The task is removed", "ok") in said.toasts
    drawer.left_memory()
    qtbot.waitUntil(drawer.question.isVisible)
    assert not drawer.buttons["Run again"].isEnabled()


def test_a_task_runs_again_with_changes(
    drawer: Drawer, client: Client, qtbot: QtBot, said: Said
) -> None:
    info = finished(client, "probe.echo", {"value": 1}, title="Again")
    assert info.state is TaskState.SUCCEEDED
    drawer.open(info.id, info)
    drawer.buttons["Run again"].click()
    qtbot.waitUntil(lambda: said.asked != [])
    assert said.asked[0] is not None
    assert said.asked[0].title == "Again"

"""The New task dialog, filled in by keyboard and submitted to a real daemon."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from revo_edge.client.client import Client
from revo_edge.contract.events import EngineInfo
from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.contract.templates import TemplateInfo
from revo_gui.link import Presence
from revo_gui.theme import Choice, Theme
from revo_gui.views.form_task import TaskForm
from revo_gui.views.form_templates import TemplateList
from revo_gui.views.new_task import NewTaskDialog
from revo_gui.views.page import Parts
from tests.gui.conftest import Said, Showing
from tests.harness import DaemonProcess

Opened = Callable[[TaskSpec | None], NewTaskDialog]


@pytest.fixture
def window(show: Showing) -> QWidget:
    """Give the window under the dialog, which owns it."""
    window = QWidget()
    show(window, 720, 780)
    return window


@pytest.fixture
def opened(window: QWidget, parts: Parts, qtbot: QtBot) -> Opened:
    """Open the dialog over a window, and wait for its templates."""

    def opened(spec: TaskSpec | None) -> NewTaskDialog:
        dialog = over(window, parts, spec)
        view = dialog.templates.view
        qtbot.waitUntil(lambda: view.model().rowCount() > 0)
        return dialog

    return opened


def over(window: QWidget, parts: Parts, spec: TaskSpec | None) -> NewTaskDialog:
    dialog = NewTaskDialog(parts, spec, window)
    dialog.open()
    return dialog


def form_of(dialog: NewTaskDialog) -> TaskForm:
    assert dialog.form is not None
    return dialog.form


def choose(dialog: NewTaskDialog, words: str, qtbot: QtBot) -> TaskForm:
    qtbot.keyClicks(dialog.templates.search, words)
    qtbot.keyClick(dialog.templates.search, Qt.Key.Key_Return)
    return form_of(dialog)


def line(form: TaskForm, name: str) -> QLineEdit:
    box = form.findChild(QLineEdit, f"field-{name}")
    assert isinstance(box, QLineEdit)
    return box


def text(form: TaskForm, name: str) -> QPlainTextEdit:
    box = form.findChild(QPlainTextEdit, f"field-{name}")
    assert isinstance(box, QPlainTextEdit)
    return box


def problem(form: TaskForm, name: str) -> str:
    rows = {**form.params.rows, **form.rest.rows}
    return rows[name].problem.text()


def test_a_task_is_chosen_filled_in_and_submitted_by_keyboard_alone(
    opened: Opened, said: Said, client: Client, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "one.py").write_text("x = 1\n")
    dialog = opened(None)
    form = choose(dialog, "survey", qtbot)
    qtbot.waitUntil(lambda: line(form, "path").hasFocus())
    qtbot.keyClicks(line(form, "path"), str(tmp_path))
    qtbot.keyClick(line(form, "path"), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(said.shown))
    assert said.toasts == [("Submitted", "ok")]
    assert not dialog.isVisible()
    reply = client.task(said.shown[0])
    assert reply.spec.title == f"survey {tmp_path.name}"
    assert (reply.spec.params, reply.spec.cwd) == ({"path": str(tmp_path)}, str(Path.home()))
    assert client.wait(said.shown[0], 10).state is TaskState.SUCCEEDED


def test_ctrl_enter_submits_from_a_field_of_lines(
    opened: Opened, said: Said, client: Client, qtbot: QtBot
) -> None:
    form = choose(opened(None), "map", qtbot)
    qtbot.keyClicks(line(form, "function"), "math:sqrt")
    qtbot.keyClicks(text(form, "inputs"), "4")
    qtbot.keyClick(text(form, "inputs"), Qt.Key.Key_Return)
    qtbot.keyClicks(text(form, "inputs"), "9")
    qtbot.keyClick(text(form, "inputs"), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(said.shown))
    assert client.task(said.shown[0]).spec.params == {"function": "math:sqrt", "inputs": [4, 9]}


def test_what_is_wrong_stands_under_its_field_and_on_the_button(
    opened: Opened, said: Said, qtbot: QtBot
) -> None:
    dialog = opened(None)
    form = choose(dialog, "map", qtbot)
    line(form, "concurrency").setText("99")
    qtbot.waitUntil(lambda: problem(form, "concurrency") == "Must be at most 64.")
    assert line(form, "concurrency").property("invalid") is True
    assert "Must be at most 64." in line(form, "concurrency").accessibleDescription()
    assert dialog.submit.text() == "1 field needs attention"
    line(form, "cwd").setText("src")
    assert form.rest.isHidden()
    dialog.resize(380, 420)
    dialog.submit.click()
    assert dialog.submit.text() == "2 fields need attention"
    assert form.rest.isVisible()
    assert line(form, "concurrency").hasFocus()
    qtbot.waitUntil(lambda: not line(form, "concurrency").visibleRegion().isEmpty())
    line(form, "concurrency").setText("3")
    line(form, "cwd").setText("/")
    qtbot.waitUntil(lambda: dialog.submit.text() == "Submit")
    assert line(form, "concurrency").property("invalid") is False
    assert said.shown == []


def test_a_required_field_is_asked_for_only_at_submission(opened: Opened, qtbot: QtBot) -> None:
    dialog = opened(None)
    form = choose(dialog, "survey", qtbot)
    form.params.judge()
    assert form.wrong == 0
    dialog.submit.click()
    assert problem(form, "path") == "Must be filled in."


def test_a_refusal_is_shown_and_nothing_typed_is_lost(
    opened: Opened, said: Said, qtbot: QtBot
) -> None:
    dialog = opened(TaskSpec("probe.echo", {"count": 3, "nope": {"a": 1}}))
    form = form_of(dialog)
    assert text(form, "*").toPlainText() == '{"nope": {"a": 1}}'
    dialog.submit.click()
    qtbot.waitUntil(lambda: "nope" in dialog.said.text())
    assert dialog.said.isVisible()
    assert (line(form, "count").text(), dialog.submit.text()) == ("3", "Submit")
    text(form, "*").setPlainText("")
    dialog.submit.click()
    qtbot.waitUntil(lambda: bool(said.shown))


def test_a_folder_that_is_not_there_is_said_before_anything_is_submitted(
    opened: Opened, said: Said, client: Client, qtbot: QtBot
) -> None:
    dialog = opened(TaskSpec("parallel.analyze", {"path": "/no/such"}))
    dialog.submit.click()
    qtbot.waitUntil(lambda: dialog.said.text() == "/no/such does not exist. Check the spelling.")
    assert list(client.tasks()) == []


def test_run_again_with_changes_is_filled_in_from_the_spec(
    opened: Opened, said: Said, client: Client, qtbot: QtBot
) -> None:
    earlier = TaskSpec(
        "parallel.map",
        {"command": "echo {}", "inputs": ["a", 1, "two\nlines"], "item_timeout_s": 2.5},
        title="mine",
        queue="q",
        priority=-5,
        cwd="/usr",
        env={"A": "b"},
        at=1.0,
    )
    dialog = opened(earlier)
    form = form_of(dialog)
    assert text(form, "inputs").toPlainText() == 'a\n1\n"two\\nlines"'
    assert line(form, "cwd").text() == "/usr"
    line(form, "item_timeout_s").setText("3")
    dialog.submit.click()
    qtbot.waitUntil(lambda: bool(said.shown))
    spec = client.task(said.shown[0]).spec
    assert spec.params == {**earlier.params, "item_timeout_s": 3}
    assert (spec.title, spec.queue, spec.priority) == ("mine", "q", -5)
    assert (spec.env, spec.at) == ({"A": "b"}, None)


def test_large_params_run_again_as_they_were(
    opened: Opened, said: Said, client: Client, qtbot: QtBot
) -> None:
    first = client.submit(TaskSpec("probe.echo", {"value": "x" * 300_000}))
    client.wait(first.id, 10)
    dialog = opened(client.task(first.id).spec)
    assert form_of(dialog).params.rows == {}
    dialog.copy_command.click()
    assert said.toasts[-1][1] == "warning"
    dialog.submit.click()
    qtbot.waitUntil(lambda: bool(said.shown))
    assert client.wait(said.shown[0], 10).state is TaskState.SUCCEEDED
    assert len(client.result(said.shown[0])) == 300_000


def test_a_kind_that_is_gone_is_shown_as_json_and_refused_by_the_daemon(
    opened: Opened, qtbot: QtBot
) -> None:
    dialog = opened(TaskSpec("gone.kind", {"x": 1}))
    assert text(form_of(dialog), "*").toPlainText() == '{"x": 1}'
    dialog.submit.click()
    qtbot.waitUntil(lambda: "gone.kind" in dialog.said.text())


def test_a_preset_sets_its_fields_and_takes_them_back(opened: Opened, qtbot: QtBot) -> None:
    form = choose(opened(None), "map", qtbot)
    line(form, "function").setText("math:sqrt")
    form.preset.show_given("careful")
    assert [line(form, n).text() for n in ("item_timeout_s", "memory_mb")] == ["60", "1024"]
    form.preset.show_given("")
    assert [line(form, n).text() for n in ("item_timeout_s", "item_retries")] == ["", "0"]
    assert line(form, "function").text() == "math:sqrt"


def test_both_copies_hold_what_is_in_the_form(opened: Opened, said: Said, qtbot: QtBot) -> None:
    dialog = opened(TaskSpec("parallel.map", {"command": "echo {}", "inputs": ["a b"]}, cwd="/"))
    dialog.copy_command.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("cd / && REVO_HOME=")
    assert copied.endswith(" revo map '--cmd=echo {}' -- 'a b'")
    dialog.copy_script.click()
    assert "'inputs': ['a b']" in QGuiApplication.clipboard().text()
    assert said.toasts == [("The command is copied", "ok"), ("The script is copied", "ok")]
    line(form_of(dialog), "concurrency").setText("many")
    dialog.copy_script.click()
    assert dialog.submit.text() == "1 field needs attention"
    assert len(said.toasts) == 2


def test_without_a_daemon_submit_is_off_and_says_why_until_it_is_back(
    opened: Opened, parts: Parts, daemon: DaemonProcess, said: Said, qtbot: QtBot
) -> None:
    dialog = opened(TaskSpec("probe.echo", {"count": 5}))
    daemon.kill()
    qtbot.waitUntil(lambda: parts.link.presence is Presence.LOST)
    assert not dialog.submit.isEnabled()
    assert "Submit comes back with the daemon" in dialog.said.text()
    line(form_of(dialog), "count").setText("6")
    daemon.start()
    qtbot.waitUntil(dialog.submit.isEnabled)
    assert dialog.said.isHidden()
    assert line(form_of(dialog), "count").text() == "6"
    dialog.submit.click()
    qtbot.waitUntil(lambda: bool(said.shown))


def test_opened_without_a_daemon_it_says_so_and_fills_up_by_itself(
    window: QWidget, parts: Parts, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    daemon.kill()
    qtbot.waitUntil(lambda: parts.link.presence is Presence.LOST)
    dialog = over(window, parts, None)
    qtbot.waitUntil(dialog.templates.retry.isVisible)
    assert dialog.templates.said.text()
    daemon.start()
    qtbot.waitUntil(lambda: dialog.templates.view.model().rowCount() > 0)
    assert dialog.templates.retry.isHidden()


def test_a_users_template_is_offered_and_a_broken_one_is_said(
    opened: Opened, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    folder = daemon.paths.templates
    folder.mkdir(parents=True)
    good = 'name = "mine"\nkind = "parallel.map"\ntitle = "Mine"\n'
    own = '[fields.command]\ndefault = "wc {}"\nhidden = true\n[fields.concurrency]\ndefault = 2\n'
    (folder / "mine.toml").write_text(good + own)
    (folder / "bad.toml").write_text(good.replace("map", "mapp"))
    dialog = opened(None)
    assert "bad.toml:2: no kind parallel.mapp." in dialog.templates.said.text().replace(
        "\u200b", ""
    )
    form = choose(dialog, "mine", qtbot)
    assert form.template.name == "mine"
    spec = form.spec()
    assert spec is not None
    assert spec.params == {"command": "wc {}", "concurrency": 2}


def test_files_are_dropped_anywhere_and_fill_the_first_field_of_paths(
    opened: Opened, tmp_path: Path, qtbot: QtBot
) -> None:
    dialog = opened(None)
    assert not drop(dialog, [tmp_path])
    form = choose(dialog, "survey", qtbot)
    assert drop(dialog, [tmp_path])
    assert line(form, "path").text() == str(tmp_path)
    form.back.emit()
    dialog.templates.search.clear()
    form = choose(dialog, "map", qtbot)
    assert drop(dialog, [tmp_path / "a", tmp_path / "b"])
    assert drop(dialog, [tmp_path / "c"])
    assert text(form, "inputs").toPlainText().split() == [str(tmp_path / n) for n in "abc"]


def drop(dialog: NewTaskDialog, paths: list[Path]) -> bool:
    """Drag files over the dialog and let them go; tell whether it takes them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(QPoint(9, 9), copy, mime, left, none)
    enter.ignore()
    dialog.dragEnterEvent(enter)
    if enter.isAccepted():
        dialog.dropEvent(QDropEvent(QPoint(9, 9), copy, mime, left, none))
    return enter.isAccepted()


def test_a_folder_is_chosen_in_a_dialog(opened: Opened, tmp_path: Path, qtbot: QtBot) -> None:
    form = choose(opened(None), "survey", qtbot)
    button = form.params.rows["path"].editor.findChild(QWidget, "choose-path")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    dialog = form.findChild(QFileDialog)
    assert dialog is not None
    dialog.setDirectory(str(tmp_path.parent))
    dialog.selectFile(str(tmp_path))
    dialog.accept()
    qtbot.waitUntil(lambda: line(form, "path").text() == str(tmp_path))


def test_another_template_and_back_keeps_what_was_typed(opened: Opened, qtbot: QtBot) -> None:
    dialog = opened(None)
    form = choose(dialog, "map", qtbot)
    line(form, "command").setText("echo {}")
    form.back.emit()
    assert dialog.submit.isHidden()
    qtbot.keyClick(dialog.templates.search, Qt.Key.Key_Return)
    assert form_of(dialog) is form
    assert dialog.submit.isVisible()
    form.back.emit()
    dialog.templates.search.clear()
    qtbot.keyClick(dialog.templates.search, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.templates.search, Qt.Key.Key_Return)
    assert form_of(dialog).template.name != "map"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


@pytest.mark.parametrize("width", [360, 380, 720, 1280])
def test_nothing_needs_a_horizontal_scroll_bar(width: int, opened: Opened, qtbot: QtBot) -> None:
    dialog = opened(None)
    form = choose(dialog, "map", qtbot)
    form.unfold.setChecked(True)
    dialog.resize(width, 640)
    qtbot.waitUntil(lambda: dialog.width() == width)
    page = form.widget()
    assert page is not None
    qtbot.waitUntil(lambda: page.width() <= form.viewport().width())
    assert page.minimumSizeHint().width() <= form.viewport().width()


def test_in_a_narrow_window_the_dialog_fills_it(
    window: QWidget, parts: Parts, qtbot: QtBot
) -> None:
    window.resize(380, 600)
    dialog = over(window, parts, None)
    qtbot.waitUntil(lambda: dialog.size() == window.size())


def test_tab_goes_through_the_form_from_top_to_bottom(opened: Opened, qtbot: QtBot) -> None:
    dialog = opened(None)
    form = choose(dialog, "survey", qtbot)
    qtbot.waitUntil(lambda: line(form, "path").hasFocus())
    names = []
    for _ in range(10):
        focused = dialog.focusWidget()
        names.append(focused.accessibleName() or focused.property("text"))
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert names == [
        *("Folder", "Choose folder", "Report folder", "Choose folder", "Gates", "Advanced"),
        *("Copy as CLI command", "Copy as ZeroMQ script", "Cancel", "Submit"),
    ]


HOSTILE = "<b>x</b>\x1b[31m\u202e" + "y" * 10_000


def test_foreign_words_of_a_template_are_shown_as_plain_text(theme: Theme, show: Showing) -> None:
    template = TemplateInfo(
        HOSTILE,
        "a.b",
        HOSTILE,
        HOSTILE,
        ("p", "q"),
        {HOSTILE: {"p": "x"}},
        {
            "properties": {
                "p": {"type": "string", "title": HOSTILE, "description": HOSTILE},
                "q": {"enum": [HOSTILE, "b"], "title": HOSTILE},
            }
        },
    )
    listed = TemplateList(theme)
    QAbstractItemModelTester(listed.view.model())
    listed.show_templates([template], [EngineInfo("z", HOSTILE, "absent", HOSTILE)])
    show(listed, 380, 600)
    form = TaskForm(template, None, theme)
    show(form, 380, 600)
    page = form.widget()
    assert page is not None
    assert page.width() <= form.viewport().width()
    assert "\u202e" not in listed.said.text()
    form.preset.show_given(HOSTILE)
    assert line(form, "p").text() == "x"


def test_return_before_the_templates_are_there_chooses_when_they_come(qtbot: QtBot) -> None:
    templates = TemplateList(Theme(Choice.DARK))
    qtbot.addWidget(templates)
    chosen: list[TemplateInfo] = []
    templates.chosen.connect(chosen.append)
    qtbot.keyClicks(templates.search, "survey")
    qtbot.keyClick(templates.search, Qt.Key.Key_Return)
    assert chosen == []
    found = [
        TemplateInfo(name, "parallel.map", name.title(), "", (), {}, {})
        for name in ("map", "survey")
    ]
    templates.show_templates(found, [EngineInfo("parallel", "Parallel Mind", "online")])
    assert [template.name for template in chosen] == ["survey"]

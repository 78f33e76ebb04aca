"""The dialog that submits a task: choose a template, fill in its form."""

import os
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from revo_edge.client.client import Client
from revo_edge.contract.events import EngineInfo
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.tasks import TaskInfo, TaskSpec
from revo_edge.contract.templates import BrokenTemplate, TemplateInfo
from revo_edge.errors import NotFound, RevoError
from revo_gui.link import Presence
from revo_gui.models.form_submission import unknown_template
from revo_gui.models.text import breakable, one_line
from revo_gui.snippets import cli_command, too_large, zeromq_script
from revo_gui.views.controls import IconButton, restyle
from revo_gui.views.form import FieldRow
from revo_gui.views.form_task import TaskForm
from revo_gui.views.form_templates import TemplateList
from revo_gui.views.labels import plain_label
from revo_gui.views.page import Parts

_WIDE = (720, 780)
_LEAST_WIDTH = 340
_NARROW = 600
"""Below this the copy buttons are icons only."""
_SAID_LIMIT = 400
_OFFLINE = "The daemon cannot be reached. What you typed stays; Submit comes back with the daemon."
_TOO_LARGE = "The parameters are too large to copy: they do not fit one request"
_Offer = tuple[tuple[TemplateInfo, ...], tuple[EngineInfo, ...], tuple[BrokenTemplate, ...]]


class NewTaskDialog(QDialog):
    """Open it with `open()`. With a spec its form is filled in: run again with changes."""

    def __init__(
        self, parts: Parts, spec: TaskSpec | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._parts = parts
        self._earlier = spec
        self._sent: tuple[TaskSpec, str] | None = None
        self._sending = False
        self._offer: _Offer | None = None
        self._form: TaskForm | None = None
        self.setWindowTitle("New task")
        self.setMinimumSize(_LEAST_WIDTH, 420)
        self.setAcceptDrops(True)
        self.templates = TemplateList(parts.theme)
        self.templates.chosen.connect(self._choose)
        self.templates.again.connect(self._ask)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.templates)
        self.said = plain_label(tone="error", wrap=True)
        self.said.setObjectName("said")
        self._make_buttons()
        self._lay_out()
        parts.link.presence_changed.connect(self._follow_presence)
        self._show_state()
        self._ask()

    @property
    def form(self) -> TaskForm | None:
        """The form, once a template is chosen."""
        return self._form

    # what it looks like

    def _make_buttons(self) -> None:
        theme = self._parts.theme
        self.copy_command = IconButton(theme, "terminal", "Copy as CLI command")
        self.copy_command.clicked.connect(self._copy_command)
        self.copy_script = IconButton(theme, "script", "Copy as ZeroMQ script")
        self.copy_script.clicked.connect(self._copy_script)
        self.cancel = QPushButton("Cancel")
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        self.submit = QPushButton("Submit")
        self.submit.setProperty("primary", True)
        self.submit.setAutoDefault(False)
        self.submit.setToolTip("Submit (Ctrl+Enter)")
        self.submit.clicked.connect(self._submit)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.submit.click)

    def _lay_out(self) -> None:
        rule = QFrame()
        rule.setProperty("rule", True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for widget in (self.copy_command, self.copy_script):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        for button in (self.cancel, self.submit):
            buttons.addWidget(button)
        foot = QVBoxLayout()
        foot.setContentsMargins(24, 12, 24, 16)
        foot.setSpacing(10)
        foot.addWidget(self.said)
        foot.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.pages, 1)
        column.addWidget(rule)
        column.addLayout(foot)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Take the place in the window that it has: all of a narrow one."""
        super().showEvent(event)
        parent = self.parentWidget()
        if parent is not None and not event.spontaneous():
            room = parent.window().geometry()
            self.resize(min(_WIDE[0], room.width()), min(_WIDE[1], room.height()))
            self.move(room.center() - self.rect().center())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Show the copy buttons with or without their words."""
        super().resizeEvent(event)
        style = Qt.ToolButtonStyle
        wide = self.width() >= _NARROW
        for button in (self.copy_command, self.copy_script):
            button.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if wide else style.ToolButtonIconOnly
            )

    def _show_state(self) -> None:
        """Switch the buttons, and say why Submit is off or what is wrong."""
        online = self._parts.link.online
        form = self._form if self.pages.currentWidget() is self._form else None
        wrong = form.wrong if form else 0
        fields = "1 field needs" if wrong == 1 else f"{wrong} fields need"
        self.submit.setText(
            "Submitting" if self._sending else f"{fields} attention" if wrong else "Submit"
        )
        self.submit.setEnabled(form is not None and online and not self._sending)
        for widget in (self.submit, self.copy_command, self.copy_script):
            widget.setVisible(form is not None)
        if form is not None and not online:
            self._say(_OFFLINE, "warning")
        elif self.said.text() == _OFFLINE or form is None:
            self._say("")

    def _say(self, text: str, tone: str = "error") -> None:
        self.said.setText(breakable(one_line(text, _SAID_LIMIT)))
        restyle(self.said, tone=tone)
        self.said.setVisible(bool(text))

    # the daemon

    def _ask(self) -> None:
        self._parts.link.ask(self, _offer, self._take_offer, self._refuse_offer)

    def _take_offer(self, offer: _Offer) -> None:
        self._offer = offer
        if self._earlier is None or self._form is not None:
            self.templates.search.setFocus()  # before a Return that came early opens a form
            self.templates.show_templates(*offer)
            return
        self.templates.show_templates(*offer)
        named = [template for template in offer[0] if template.kind == self._earlier.kind]
        self._show_form(named[0] if named else unknown_template(self._earlier.kind), self._earlier)

    def _refuse_offer(self, error: RevoError) -> None:
        self.templates.show_problem(error.msg)

    def _follow_presence(self, presence: Presence) -> None:
        if presence is Presence.LIVE and self._offer is None:
            self._ask()
        self._show_state()

    # the form

    def _choose(self, template: TemplateInfo) -> None:
        """Show the template's form; the one that is there already keeps what was typed."""
        if self._form is not None and self._form.template == template:
            self.pages.setCurrentWidget(self._form)
            self._form.enter()
            self._show_state()
            return
        self._show_form(template, None)

    def _show_form(self, template: TemplateInfo, earlier: TaskSpec | None) -> None:
        if self._form is not None:
            self.pages.removeWidget(self._form)
            self._form.deleteLater()
        self._form = form = TaskForm(template, earlier, self._parts.theme)
        form.judged.connect(self._show_state)
        form.back.connect(self._go_back)
        self.pages.addWidget(form)
        self.pages.setCurrentWidget(form)
        self._say("")
        self._show_state()
        form.enter()

    def _go_back(self) -> None:
        self.pages.setCurrentWidget(self.templates)
        self.templates.search.setFocus()
        self._show_state()

    def _read(self) -> TaskSpec | None:
        """Return the spec, or None after showing what is wrong."""
        if self._form is None:
            return None
        spec = self._form.spec()
        if spec is None:
            self._form.show_wrong()
        return spec

    # what it does

    def _submit(self) -> None:
        spec = self._read()
        if spec is None or self._form is None:
            return
        needed = self._form.inputs_missing(spec)
        spec = self._form.titled(spec)
        if self._sent is None or self._sent[0] != spec:
            self._sent = (spec, new_ulid())  # sent again unchanged it is the same task
        key = self._sent[1]
        self._sending = True
        self._say("")
        self._show_state()
        self._parts.link.ask(
            self, lambda client: _send(client, spec, key, needed), self._accepted, self._refused
        )

    def _accepted(self, info: TaskInfo) -> None:
        self._parts.say("Submitted", "ok")
        self._parts.show_task(info.id)
        self.accept()

    def _refused(self, error: RevoError) -> None:
        self._sending = False
        self._say(error.msg)
        self._show_state()

    def _copy_command(self) -> None:
        home = self._parts.link.paths.home if "REVO_HOME" in os.environ else None
        self._copy(lambda spec: cli_command(spec, home), "The command is copied")

    def _copy_script(self) -> None:
        endpoint = self._parts.link.paths.endpoint
        self._copy(lambda spec: zeromq_script(spec, endpoint), "The script is copied")

    def _copy(self, write: Callable[[TaskSpec], str], done: str) -> None:
        spec = self._read()
        if spec is None:
            return
        if too_large(spec) or spec.params_blob:
            self._parts.say(_TOO_LARGE, "warning")
            return
        QGuiApplication.clipboard().setText(write(spec))
        self._parts.say(done, "ok")

    # files

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take files and folders if a field can hold them."""
        row = self._drop_row()
        if row is not None and _local_files(event):
            self._say(f"Drop to fill in: {row.field.title}", "secondary")
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """Take back what was said of the drop."""
        self._say("")

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Fill the first field of paths."""
        self._say("")
        row = self._drop_row()
        if row is not None:
            row.editor.add_paths(_local_files(event))
            event.acceptProposedAction()

    def _drop_row(self) -> FieldRow | None:
        on_form = self._form is not None and self.pages.currentWidget() is self._form
        return self._form.path_row() if self._form is not None and on_form else None


def _offer(client: Client) -> _Offer:
    listed = client.template_list()
    return listed.templates, client.engines().engines, listed.broken


def _send(client: Client, spec: TaskSpec, key: str, needed: list[str]) -> TaskInfo:
    for path in needed:
        if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where it may not look
            raise NotFound(f"{path} does not exist. Check the spelling.")
    return client.submit(spec, key=key)


def _local_files(event: QDropEvent) -> list[str]:
    urls = event.mimeData().urls()
    return [url.toLocalFile() for url in urls if url.isLocalFile()]

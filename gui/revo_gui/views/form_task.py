"""A template's form: its parameters, its presets and what every task has."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from revo_edge.contract.tasks import TaskSpec
from revo_edge.contract.templates import TemplateInfo
from revo_gui.models.form_fields import Field, FieldKind
from revo_gui.models.form_schema import fields_of
from revo_gui.models.form_submission import (
    EXTRA,
    begun,
    engine_of,
    extra_params,
    own_defaults,
    spec_fields,
    title_of,
)
from revo_gui.models.text import one_line
from revo_gui.theme import Theme
from revo_gui.views.controls import IconButton, quiet_button
from revo_gui.views.form import FieldRow, Form
from revo_gui.views.form_editors import ChoiceEditor
from revo_gui.views.labels import EngineIcon, plain_label

_TITLE_LIMIT = 80
_SUMMARY_LIMIT = 400
_BLOB = "The parameters are large and stay as they were; they cannot be changed here."

_ICON_PX = 24


class TaskForm(QScrollArea):
    """Everything about one task to be submitted; `spec` reads it."""

    judged = Signal()
    back = Signal()
    """Another template is wanted."""

    def __init__(
        self,
        template: TemplateInfo,
        earlier: TaskSpec | None,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.template = template
        self._theme = theme
        self._begun = begun(template, earlier)
        self._preset: Mapping[str, Any] = {}
        self.params = Form(self._fields(earlier), theme)
        self.rest = Form(spec_fields(Path.home()), theme)
        self.preset = ChoiceEditor(_preset_field(template), theme)
        self.unfold = self._make_unfold()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(self._page())
        for form in (self.params, self.rest):
            form.judged.connect(self.judged)
        self.preset.changed.connect(self._apply_preset)
        if earlier is not None:
            self._show_earlier(earlier)

    @property
    def wrong(self) -> int:
        """How many fields say that something is wrong."""
        return self.params.wrong + self.rest.wrong

    def spec(self) -> TaskSpec | None:
        """Return what was filled in, with the title as typed; None if some of it cannot be."""
        params, rest = self.params.values(), self.rest.values()
        if params is None or rest is None:
            self.unfold.setChecked(self.unfold.isChecked() or self.rest.wrong > 0)
            return None
        own = {} if self._begun.params_blob else own_defaults(self.template)
        params = {**own, **params.pop(EXTRA.name, {}), **params}
        return msgspec.structs.replace(self._begun, params=params, **rest)

    def titled(self, spec: TaskSpec) -> TaskSpec:
        """Return the spec with a title, made from its parameters if none was typed."""
        title = spec.title or title_of(self.template, self.params.fields, spec.params)
        return msgspec.structs.replace(spec, title=title)

    def inputs_missing(self, spec: TaskSpec) -> list[str]:
        """Return the paths that must be there; whoever calls looks, away from the Qt thread."""
        paths = [f for f in self.params.fields if f.required and f.kind is FieldKind.PATH]
        return [spec.params[f.name] for f in paths if f.name in spec.params]

    def show_wrong(self) -> None:
        """Bring the first field that is wrong to the eye and the keyboard."""
        wrong = self.params.first_wrong() or self.rest.first_wrong()
        if wrong is not None:
            wrong.setFocus(Qt.FocusReason.OtherFocusReason)
            self.ensureWidgetVisible(wrong, 0, 80)

    def enter(self) -> None:
        """Put the keyboard into the first field."""
        first = next(iter(self.params.rows.values()), None)
        (first.editor if first else self.unfold).setFocus(Qt.FocusReason.OtherFocusReason)

    def path_row(self) -> FieldRow | None:
        """Return the row that takes dropped files."""
        return self.params.path_row()

    def _fields(self, earlier: TaskSpec | None) -> tuple[Field, ...]:
        if earlier is not None and earlier.params_blob:
            return ()
        fields = fields_of(self.template)
        more = earlier is not None and extra_params(fields, earlier.params)
        return (*fields, EXTRA) if more else fields

    def _show_earlier(self, earlier: TaskSpec) -> None:
        extra = extra_params(self.params.fields, earlier.params)
        self.params.fill({**earlier.params, **({EXTRA.name: extra} if extra else {})})
        rest = {name: getattr(earlier, name) for name in self.rest.rows}
        self.rest.show_values(rest)

    def _page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 16, 24, 24)
        column.setSpacing(20)
        column.addLayout(self._heading())
        if self.template.presets:
            column.addLayout(self._presets())
        if self._begun.params_blob:
            column.addWidget(plain_label(_BLOB, tone="secondary", wrap=True))
        column.addWidget(self.params)
        column.addWidget(_rule())
        column.addWidget(self.unfold, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.rest)
        column.addStretch(1)
        return page

    def _heading(self) -> QVBoxLayout:
        back = quiet_button(self._theme, "left", "All templates")
        back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        back.clicked.connect(self.back)
        heading = QHBoxLayout()
        heading.setSpacing(12)
        mark = EngineIcon(self._theme, engine_of(self.template.kind), _ICON_PX)
        title = one_line(self.template.title, _TITLE_LIMIT)
        heading.addWidget(mark, alignment=Qt.AlignmentFlag.AlignTop)
        heading.addWidget(plain_label(title, scale="page", wrap=True), 1)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(back, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addLayout(heading)
        about = self.template.summary or self.template.params.get("description", "")
        words = one_line(str(about), _SUMMARY_LIMIT)
        column.addWidget(plain_label(words, tone="secondary", wrap=True))
        return column

    def _presets(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(plain_label("Preset", scale="field"))
        column.addWidget(self.preset)
        return column

    def _make_unfold(self) -> IconButton:
        unfold = quiet_button(self._theme, "right", "Advanced")
        unfold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        unfold.setCheckable(True)
        unfold.toggled.connect(self._fold)
        self.rest.hide()
        return unfold

    def _fold(self, shown: bool) -> None:  # noqa: FBT001 - a signal's argument
        self.rest.setVisible(shown)
        self.unfold.use("down" if shown else "right")

    def _apply_preset(self) -> None:
        """Set what the preset sets; what the one before had set goes back to its default."""
        gone = {
            name: self.params.default(name) for name in self._preset if name in self.params.rows
        }
        self._preset = self.template.presets.get(str(self.preset.given()), {})
        self.params.show_values({**gone, **self._preset})


def _preset_field(template: TemplateInfo) -> Field:
    names = tuple(template.presets)
    return Field("preset", "Preset", FieldKind.CHOICE, choices=names, nullable=True)


def _rule() -> QFrame:
    rule = QFrame()
    rule.setProperty("rule", True)
    return rule

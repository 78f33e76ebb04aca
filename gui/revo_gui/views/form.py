"""A form made of fields: a row for each, checked while it is filled in."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from revo_gui.models.form_fields import Field, FieldKind, Given, printed, read
from revo_gui.theme import Theme
from revo_gui.views.form_editors import editor_of, takes_paths
from revo_gui.views.labels import plain_label

_JUDGE_MS = 120
"""After the last key, so that nothing is called wrong in the middle of a word."""
_TWO_COLUMNS_PX = 520
"""From this width on short fields stand side by side."""
_SHORT = (FieldKind.INTEGER, FieldKind.NUMBER, FieldKind.CHOICE)


class FieldRow(QWidget):
    """A field's title, help, editor and, when there is one, its problem."""

    def __init__(self, field: Field, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.touched = False
        self.editor = editor_of(field, theme)
        self.problem = plain_label(tone="error", scale="small", wrap=True)
        self.problem.setObjectName(f"problem-{field.name}")
        self.problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        if field.kind is FieldKind.FLAG:
            column.addWidget(self.editor)
            self._add_help(column)
        else:
            column.addLayout(self._heading())
            self._add_help(column)
            column.addStretch()  # editors side by side stand on one line
            column.addWidget(self.editor)
        column.addWidget(self.problem)

    def show_problem(self, text: str) -> None:
        """Show what is wrong, or nothing; a screen reader hears it with the field."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        self.editor.mark(invalid=bool(text))
        self.editor.box.setAccessibleDescription(" ".join([text, self.field.help]).strip())

    def _heading(self) -> QHBoxLayout:
        heading = QHBoxLayout()
        heading.setSpacing(8)
        title = plain_label(self.field.title, scale="field")
        title.setMinimumWidth(1)
        title.setBuddy(self.editor.box)
        heading.addWidget(title)
        if self.field.required:
            heading.addWidget(plain_label("required", tone="muted", scale="small"))
        heading.addStretch(1)
        return heading

    def _add_help(self, column: QVBoxLayout) -> None:
        self.editor.box.setAccessibleDescription(self.field.help)
        if self.field.help:
            words = plain_label(self.field.help, tone="secondary", scale="small", wrap=True)
            column.addWidget(words)


class Form(QWidget):
    """Rows of fields. A row says what is wrong once it was edited, or all were asked for."""

    edited = Signal()
    judged = Signal()
    """The rows were checked."""

    def __init__(
        self, fields: Sequence[Field], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.fields = tuple(fields)
        self.rows = {field.name: FieldRow(field, theme) for field in fields}
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(20)
        self._timer = QTimer(self, singleShot=True, interval=_JUDGE_MS)
        self._timer.timeout.connect(self.judge)
        for row in self.rows.values():
            row.editor.changed.connect(lambda row=row: self._note_edit(row))
        self._arrange(1)
        self.fill({})

    @property
    def wrong(self) -> int:
        """How many rows say that something is wrong."""
        return sum(bool(row.problem.text()) for row in self.rows.values())

    def given(self) -> dict[str, Given]:
        """Return what is shown in each row."""
        return {name: row.editor.given() for name, row in self.rows.items()}

    def fill(self, values: Mapping[str, Any]) -> None:
        """Show these values, and the defaults of all other fields."""
        self.show_values({name: values.get(name, self.default(name)) for name in self.rows})
        for row in self.rows.values():
            row.touched = row.field.name in values
        self._timer.start()

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Show these values where the form has a field for them."""
        for name, value in values.items():
            if name in self.rows:
                row = self.rows[name]
                row.editor.show_given(printed(row.field, value))

    def default(self, name: str) -> Any:
        """Return the default of a field."""
        return self.rows[name].field.default

    def values(self) -> dict[str, Any] | None:
        """Return the values that are not defaults; None, and every row says why, if some cannot be."""
        for row in self.rows.values():
            row.touched = True
        self.judge()
        values, problems = read(self.fields, self.given())
        return None if problems else values

    def judge(self) -> None:
        """Check all rows; show what is wrong in those that were edited."""
        self._timer.stop()
        problems = read(self.fields, self.given())[1]
        for name, row in self.rows.items():
            row.show_problem(problems.get(name, "") if row.touched else "")
        self.judged.emit()

    def first_wrong(self) -> QWidget | None:
        """Return the editor of the first row that says that something is wrong."""
        wrong = (row.editor.box for row in self.rows.values() if row.problem.text())
        return next(wrong, None)

    def path_row(self) -> FieldRow | None:
        """Return the row that takes dropped files: the first of paths, else of a list."""
        rows = [row for row in self.rows.values() if takes_paths(row.field)]
        return min(rows, key=lambda row: row.field.kind is FieldKind.LIST, default=None)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Put short fields side by side where there is room."""
        super().resizeEvent(event)
        self._arrange(2 if self.width() >= _TWO_COLUMNS_PX else 1)

    def _note_edit(self, row: FieldRow) -> None:
        row.touched = True
        self._timer.start()
        self.edited.emit()

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        place = 0
        for row in self.rows.values():
            span = 1 if row.field.kind in _SHORT else columns
            place += -place % span  # a wide row begins a line
            self._grid.addWidget(row, place // columns, place % columns, 1, span)
            place += span
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

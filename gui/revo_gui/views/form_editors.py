"""What a parameter is typed into: one editor for each kind of field."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import UNSET
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from revo_gui.models.form_fields import Field, FieldKind, Given, label_of, printed
from revo_gui.models.text import one_line
from revo_gui.theme import Theme
from revo_gui.views.controls import IconButton, restyle

_LONGEST_LINE = 1_000_000
"""Qt cuts a line at 32,767 characters unless told otherwise."""
_PARAGRAPH = "\u2029"
_LINES_SHOWN = 4
_HINT_CHARACTERS = 60


class Editor(QWidget):
    """Shows one field's value and takes another."""

    changed = Signal()

    def __init__(self, field: Field, box: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.box = box
        self.setFocusProxy(box)
        box.setObjectName(f"field-{field.name}")
        box.setAccessibleName(field.title)
        box.setAcceptDrops(False)  # files that are dropped anywhere go to the dialog

    def given(self) -> Given:
        """Return what is shown, for `params.parse`."""
        raise NotImplementedError

    def show_given(self, given: Given) -> None:
        """Show what `params.printed` returned."""
        raise NotImplementedError

    def add_paths(self, paths: Sequence[str]) -> None:
        """Take files and folders that were chosen or dropped."""

    def mark(self, *, invalid: bool) -> None:
        """Give the box a red border, or none."""
        if bool(self.box.property("invalid")) is not invalid:
            restyle(self.box, invalid=invalid)


class LineEditor(Editor):
    """One line: a text or a number."""

    def __init__(self, field: Field, theme: Theme, parent: QWidget | None = None) -> None:
        self.line = QLineEdit()
        super().__init__(field, self.line, parent)
        self.line.setMaxLength(_LONGEST_LINE)
        self.line.setPlaceholderText(_hint(field))
        self.line.textChanged.connect(self.changed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.line)

    def given(self) -> Given:
        """Return the line."""
        return self.line.text()

    def show_given(self, given: Given) -> None:
        """Show the line from its beginning."""
        self.line.setText(str(given))
        self.line.setCursorPosition(0)


class PathEditor(LineEditor):
    """A line with a button that lets a file or folder be chosen."""

    def __init__(self, field: Field, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(field, theme, parent)
        what = "folder" if field.folder else "file"
        self.button = IconButton(theme, what, f"Choose {what}")
        self.button.setObjectName(f"choose-{field.name}")
        self.button.clicked.connect(self.choose)
        self.button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self._row.setSpacing(8)
        self._row.addWidget(self.button)

    def choose(self) -> None:
        """Open the dialog of files."""
        dialog = file_dialog(self, self.field, Path(self.line.text()))
        dialog.filesSelected.connect(self.add_paths)
        dialog.open()

    def add_paths(self, paths: Sequence[str]) -> None:
        """Show the first path."""
        if paths:
            self.line.setText(paths[0])
            self.line.setFocus()


class TextEditor(Editor):
    """Several lines: a long text, a list with one entry a line, or JSON."""

    def __init__(self, field: Field, theme: Theme, parent: QWidget | None = None) -> None:
        self.text = QPlainTextEdit()
        super().__init__(field, self.text, parent)
        self.text.setProperty("mono", field.kind is not FieldKind.LONG_TEXT)
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText(_hint(field))
        self.text.textChanged.connect(self.changed)
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * _LINES_SHOWN + 30)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.text)
        if takes_paths(field):
            what = "folder" if field.folder else "files"
            self.button = IconButton(theme, what.removesuffix("s"), f"Add {what}")
            self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self.button.clicked.connect(self.choose)
            column.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignLeft)

    def given(self) -> Given:
        """Return the text; Qt's own plain text would lose no-break spaces."""
        return self.text.document().toRawText().replace(_PARAGRAPH, "\n")

    def show_given(self, given: Given) -> None:
        """Show the text."""
        self.text.setPlainText(str(given))

    def choose(self) -> None:
        """Open the dialog of files."""
        dialog = file_dialog(self, self.field, Path())
        dialog.filesSelected.connect(self.add_paths)
        dialog.open()

    def add_paths(self, paths: Sequence[str]) -> None:
        """Add a line for each path."""
        before = str(self.given()).rstrip("\n")
        added = str(printed(self.field, list(paths)))
        self.text.setPlainText(f"{before}\n{added}" if before else added)
        self.text.setFocus()


class FlagEditor(Editor):
    """A check box; the title stands beside it."""

    def __init__(self, field: Field, theme: Theme, parent: QWidget | None = None) -> None:
        self.flag = QCheckBox(field.title.replace("&", "&&"))
        super().__init__(field, self.flag, parent)
        self.flag.toggled.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.flag)

    def given(self) -> Given:
        """Return whether it is checked."""
        return self.flag.isChecked()

    def show_given(self, given: Given) -> None:
        """Check it or not."""
        self.flag.setChecked(given is True)


class ChoiceEditor(Editor):
    """One of several values; the first line stands for none where none is allowed."""

    def __init__(self, field: Field, theme: Theme, parent: QWidget | None = None) -> None:
        self.choice = _Choice()
        super().__init__(field, self.choice, parent)
        labels = [label_of(option) for option in field.choices]
        if "" not in labels and (field.nullable or field.default is UNSET):
            self.choice.addItem("Choose one" if field.required else "Not set", "")
        for label in labels:
            self.choice.addItem(one_line(label, _HINT_CHARACTERS), label)
        self.choice.currentIndexChanged.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.choice)

    def given(self) -> Given:
        """Return the chosen label."""
        return str(self.choice.currentData())

    def show_given(self, given: Given) -> None:
        """Choose a label; what is not among the choices is added, so that it can be seen."""
        if self.choice.findData(given) < 0:
            self.choice.addItem(one_line(str(given), _HINT_CHARACTERS) or "Not set", given)
        self.choice.setCurrentIndex(self.choice.findData(given))


class _Choice(QComboBox):
    """A combo box that leaves the wheel to the page, and is no wider than its place."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Change nothing: whoever scrolls the form does not mean this."""
        event.ignore()


def editor_of(field: Field, theme: Theme) -> Editor:
    """Return the editor for a field."""
    match field.kind:
        case FieldKind.FLAG:
            return FlagEditor(field, theme)
        case FieldKind.CHOICE:
            return ChoiceEditor(field, theme)
        case FieldKind.PATH:
            return PathEditor(field, theme)
        case FieldKind.LONG_TEXT | FieldKind.PATHS | FieldKind.LIST | FieldKind.JSON:
            return TextEditor(field, theme)
    return LineEditor(field, theme)


def takes_paths(field: Field) -> bool:
    """Tell whether files can be dropped on the field."""
    anything = field.kind is FieldKind.LIST and field.holds == ""
    return anything or field.kind in (FieldKind.PATH, FieldKind.PATHS)


def file_dialog(parent: QWidget, field: Field, at: Path) -> QFileDialog:
    """Return a dialog that chooses a folder, a file or several files."""
    dialog = QFileDialog(parent, f"Choose: {field.title}")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if field.folder:
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    elif field.kind is FieldKind.PATH:
        # a report or another output need not be there yet
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, "Choose")
    else:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    if at.is_absolute():
        dialog.setDirectory(str(at if field.folder else at.parent))
    return dialog


def _hint(field: Field) -> str:
    if field.kind is FieldKind.LIST:
        return "One entry a line"
    if field.kind is FieldKind.PATHS:
        return "One path a line"
    if field.kind is FieldKind.JSON:
        return '{"name": 1}' if field.holds == "object" else ""
    return "Not set" if field.nullable else ""

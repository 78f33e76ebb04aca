"""Colours, fonts and the style sheet. The engines' colours live here and nowhere else.

Contrast: every text and engine colour is at least 4.5:1 on all three surfaces of its theme; the
engine colours stay apart for deuteranopes and protanopes. A colour never speaks alone: an icon or
a word stands beside it.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from string import Template
from types import MappingProxyType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QPalette,
    QPixmapCache,
)
from PySide6.QtWidgets import QApplication

from revo_edge.contract.events import EngineInfo
from revo_edge.contract.kinds import ENGINE_COLOURS

RESOURCES = Path(__file__).with_name("resources")
SANS = "Inter"
MONO = "JetBrains Mono"


class Choice(Enum):
    """What the user chose."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True, slots=True)
class Look:
    """What an engine of the user's declares: names of a colour and of an icon, or nothing."""

    engine: str
    colour: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one theme, as #RRGGBB."""

    name: str
    bg: str
    surface: str
    raised: str
    line: str
    text: str
    secondary: str
    muted: str
    recall: str
    parallel: str
    creative: str
    coordinator: str
    teal: str
    orange: str
    indigo: str
    lime: str
    warning: str
    error: str
    focus: str
    on_accent: str
    """Text on a filled button."""
    looks: tuple[Look, ...] = ()
    """Of the engines that are not ours."""

    def engine(self, name: str) -> QColor:
        """Return the colour of an engine (`parallel`, ...): ours, a declared one, or muted."""
        if name in _OURS:
            return QColor(getattr(self, name))
        colour = self.look(name).colour
        return QColor(getattr(self, colour) if colour in ENGINE_COLOURS else self.muted)

    def look(self, name: str) -> Look:
        """Return how an engine wants to look; empty for ours, which have looks of their own."""
        return next((look for look in self.looks if look.engine == name), Look(name))

    def state(self, name: str) -> QColor:
        """Return the colour of a task state, an engine status or a notice level."""
        return QColor(getattr(self, _STATES.get(name, "muted")))


_OURS = frozenset({"recall", "parallel", "creative", "coordinator"})
_STATES = MappingProxyType(
    {
        "running": "parallel",
        "busy": "parallel",
        "succeeded": "coordinator",
        "online": "coordinator",
        "ok": "coordinator",
        "failed": "error",
        "error": "error",
        "held": "warning",
        "proposed": "warning",
        "stale": "warning",
        "warning": "warning",
        "queued": "secondary",
        "info": "recall",
    }
)

DARK = Tokens(
    name="dark",
    bg="#0B0E14",
    surface="#121722",
    raised="#1A2130",
    line="#232C3D",
    text="#E6EAF2",
    secondary="#A7B0C0",
    muted="#7D889B",
    recall="#67D0FF",
    parallel="#A26BFF",
    creative="#FF5FA2",
    coordinator="#7EE787",
    teal="#2DD4BF",
    orange="#FF9F5A",
    indigo="#93A5FF",
    lime="#C5E063",
    warning="#FFC857",
    error="#FF6B6B",
    focus="#67D0FF",
    on_accent="#0B0E14",
)
LIGHT = Tokens(
    name="light",
    bg="#F6F8FB",
    surface="#FFFFFF",
    raised="#EEF2F7",
    line="#DCE3EC",
    text="#0F1722",
    secondary="#465266",
    muted="#5F6B7E",
    recall="#0F67C6",
    parallel="#6D28D9",
    creative="#C2256F",
    coordinator="#0A7D3E",
    teal="#0B7470",
    orange="#A8480A",
    indigo="#3F4FC9",
    lime="#4A6B08",
    warning="#8A5A00",
    error="#C62828",
    focus="#0F67C6",
    on_accent="#FFFFFF",
)


class Theme(QObject):
    """The theme in force. Widgets that paint by hand read `tokens` and repaint on `changed`."""

    changed = Signal()

    def __init__(self, choice: Choice = Choice.SYSTEM, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.choice = choice
        self.tokens = _resolve(choice)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    def choose(self, choice: Choice) -> None:
        """Put another theme in force."""
        self.choice = choice
        self._use(_resolve(choice))

    def apply(self) -> None:
        """Style the whole application with the tokens in force."""
        QPixmapCache.clear()  # it holds icons by palette: none of an older one is asked for again
        QApplication.setPalette(_palette(self.tokens))
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setStyleSheet(_style_sheet(self.tokens))
        self.changed.emit()

    def learn(self, engines: Iterable[EngineInfo]) -> None:
        """Take up how the engines of the user's want to look."""
        declared = (e for e in engines if e.name not in _OURS and (e.colour or e.icon))
        looks = tuple(Look(engine.name, engine.colour, engine.icon) for engine in declared)
        if looks != self.tokens.looks:
            self.tokens = replace(self.tokens, looks=looks)
            self.changed.emit()

    def _use(self, tokens: Tokens) -> None:
        self.tokens = replace(tokens, looks=self.tokens.looks)
        self.apply()

    def _follow_system(self) -> None:
        if self.choice is Choice.SYSTEM:
            self._use(_resolve(self.choice))


def load_fonts() -> bool:
    """Register the bundled fonts and make Inter the application's; False if that failed."""
    loaded = [
        QFontDatabase.addApplicationFont(str(file))
        for file in sorted((RESOURCES / "fonts").iterdir())
        if file.suffix in (".otf", ".ttf")
    ]
    QApplication.setFont(font(13))
    return bool(loaded) and -1 not in loaded


def font(pixels: int, weight: QFont.Weight = QFont.Weight.Normal, *, mono: bool = False) -> QFont:
    """Return a font of the house, `pixels` high, with figures of equal width."""
    found = QFont(MONO if mono else SANS)
    found.setStyleHint(QFont.StyleHint.Monospace if mono else QFont.StyleHint.SansSerif)
    found.setPixelSize(pixels)
    found.setWeight(weight)
    found.setFeature(QFont.Tag("tnum"), 1)
    return found


def _resolve(choice: Choice) -> Tokens:
    if choice is Choice.SYSTEM:
        light = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
        return LIGHT if light else DARK  # a desktop that does not say gets the dark one
    return LIGHT if choice is Choice.LIGHT else DARK


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for kind, colour in (
        (role.Window, tokens.bg),
        (role.Base, tokens.surface),
        (role.AlternateBase, tokens.raised),
        (role.Button, tokens.raised),
        (role.ToolTipBase, tokens.raised),
        (role.WindowText, tokens.text),
        (role.Text, tokens.text),
        (role.ButtonText, tokens.text),
        (role.ToolTipText, tokens.text),
        (role.PlaceholderText, tokens.muted),
        (role.Highlight, tokens.focus),
        (role.HighlightedText, tokens.on_accent),
        (role.Link, tokens.focus),
        (role.Mid, tokens.line),
    ):
        palette.setColor(kind, QColor(colour))
    for kind in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, kind, QColor(tokens.muted))
    return palette


def _style_sheet(tokens: Tokens) -> str:
    source = (RESOURCES / "style.qss").read_text(encoding="utf-8")
    icons = (RESOURCES / "icons").as_posix()
    return Template(source).substitute(asdict(tokens), sans=SANS, mono=MONO, icons=icons)

"""SVG icons in the colours of the theme."""

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from revo_gui.theme import RESOURCES

_SIZES = (16, 20, 32, 40)
"""What buttons show, and the same for screens of twice the pixels."""


def icon(name: str, colour: str | QColor) -> QIcon:
    """Return an icon of resources/icons in one colour, sharp at every scale."""
    return _icon(name, QColor(colour).name())


@lru_cache(maxsize=512)
def _icon(name: str, colour: str) -> QIcon:
    found = QIcon()
    for size in _SIZES:
        found.addPixmap(_pixmap(name, colour, size))
    return found


@lru_cache(maxsize=128)
def renderer(name: str, colour: str) -> QSvgRenderer:
    """Return a renderer that draws the icon in `colour` (#RRGGBB) wherever a painter wants it."""
    file: Path = RESOURCES / "icons" / f"{name}.svg"
    source = file.read_text(encoding="utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(source.encode()))


def draw(painter: QPainter, name: str, colour: str | QColor, box: QRectF) -> None:
    """Draw the icon into the box."""
    renderer(name, QColor(colour).name()).render(painter, box)


def _pixmap(name: str, colour: str, size: int) -> QPixmap:
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer(name, colour).render(painter)
    painter.end()
    return pixmap

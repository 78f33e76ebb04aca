"""What is wrong with how a window looks: cut text, widgets over one another or out of sight."""

from itertools import combinations

from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QLabel, QStackedWidget, QWidget

from revo_gui.views.overlay import Overlay
from revo_gui.views.toasts import Toasts
from revo_gui.views.veil import Veil

OVER_OTHERS = (Overlay, Toasts, Veil)


def faults(window: QWidget) -> list[str]:
    """Return, in words, every visible fault."""
    shown = [w for w in window.findChildren(QWidget) if w.isVisibleTo(window)]
    shown = [w for w in shown if not _inside(w, OVER_OTHERS)]
    return [*_cut(shown), *_overlapping(shown), *_outside(shown)]


def _cut(shown: list[QWidget]) -> list[str]:
    found = []
    for widget in shown:
        if isinstance(widget, QLabel) and widget.text():
            if widget.wordWrap():
                cut = widget.heightForWidth(widget.width()) > widget.height() + 1
            else:
                text = max(widget.text().splitlines(), key=len)
                cut = (
                    widget.fontMetrics().horizontalAdvance(text) > widget.contentsRect().width() + 1
                )
        elif isinstance(widget, QAbstractButton):
            cut = widget.minimumSizeHint().width() > widget.width() + 1
        else:
            cut = False
        if cut:
            found.append(f"cut: {_name(widget)} in {widget.width()}x{widget.height()}")
    return found


def _overlapping(shown: list[QWidget]) -> list[str]:
    found = []
    for parent in {widget.parentWidget() for widget in shown}:
        layout = parent.layout() if parent is not None else None
        if layout is None or isinstance(parent, QStackedWidget):
            continue
        laid_out = [w for w in shown if w.parentWidget() is parent and not w.isWindow()]
        laid_out = [w for w in laid_out if layout.indexOf(w) >= 0]
        for one, other in combinations(laid_out, 2):
            common = one.geometry().intersected(other.geometry())
            if common.width() > 1 and common.height() > 1:
                found.append(f"overlap: {_name(one)} and {_name(other)}")
    return found


def _outside(shown: list[QWidget]) -> list[str]:
    """Widgets that reach over their parent's side, where nothing scrolls."""
    found = []
    for widget in shown:
        parent = widget.parentWidget()
        if parent is None or widget.isWindow() or isinstance(parent.parent(), QAbstractScrollArea):
            continue
        if widget.geometry().right() > parent.rect().right() + 1:
            found.append(f"outside: {_name(widget)} of {_name(parent)}")
    return found


def _inside(widget: QWidget, kinds: tuple[type[QWidget], ...]) -> bool:
    at: QWidget | None = widget
    while at is not None and not isinstance(at, kinds):
        at = at.parentWidget()
    return at is not None


def _name(widget: QWidget) -> str:
    text = widget.text()[:30] if isinstance(widget, QLabel | QAbstractButton) else ""
    return f"{type(widget).__name__} {widget.objectName() or text or widget.accessibleName()!r}"

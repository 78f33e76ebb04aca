"""The desktop's process, wired by hand from top to bottom."""

import contextlib
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from revo_edge import __version__
from revo_edge.paths import find_paths
from revo_gui.heap import bound_malloc, keep_small
from revo_gui.layout import Layout
from revo_gui.link import Link
from revo_gui.picture import Picture
from revo_gui.signals import QuitOnSignal
from revo_gui.single import SingleInstance, window_socket
from revo_gui.theme import RESOURCES, Choice, Theme, load_fonts
from revo_gui.views.window import MainWindow

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What `revo gui` was asked for; `size` is in pixels before scaling."""

    page: str = ""
    """Empty: the page shown last."""
    size: tuple[int, int] | None = None
    theme: str | None = None
    screenshot: Path | None = None
    offscreen: bool = False


def run(options: Options) -> int:
    """Open the window and return its exit code; with `screenshot`, draw one picture and end."""
    bound_malloc()
    application = QApplication(sys.argv[:1])
    application.setApplicationName("reVo Edge")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("revo-edge")
    application.setWindowIcon(QIcon(str(RESOURCES / "mark.svg")))
    if not load_fonts():
        log.warning("the bundled fonts could not be read: the system's are used")
    signals = QuitOnSignal(application)
    try:
        return _picture(options) if options.screenshot else _window(application, options)
    finally:
        signals.close()


def _window(application: QApplication, options: Options) -> int:
    paths = find_paths()
    single = SingleInstance(window_socket(paths), application)
    if not single.claim():
        answered = single.send(options.page)
        said = (
            "is open already and was asked forward" if answered else "is open but does not answer"
        )
        sys.stdout.write(f"The window of {paths.home} {said}.\n")
        return 0 if answered else 1
    layout = Layout(paths.config / "desktop.json")
    with _opened(options, layout, remember=True) as window:
        single.asked.connect(window.come_forward)
        window.show()
        try:
            return application.exec()
        finally:
            single.close()


def _picture(options: Options) -> int:
    """Draw the page once it has something to show."""
    assert options.screenshot is not None  # noqa: S101 - `run` comes here only with one
    layout = Layout(None)
    with _opened(options, layout, remember=False) as window:
        window.show()
        picture = Picture(window, window.link, options.screenshot)
        QTimer.singleShot(0, picture.begin)
        return QGuiApplication.exec()


@contextlib.contextmanager
def _opened(options: Options, layout: Layout, *, remember: bool) -> Iterator[MainWindow]:
    """Make the window with its link; close both at the end, whatever happened."""
    theme = Theme(Choice(options.theme or layout.theme))
    theme.apply()
    link = Link(find_paths())
    window = MainWindow(link, theme, layout if remember else None)
    keep_small(window)
    sys.excepthook = _slot_border(window.say)
    try:
        if options.size:
            window.resize(*options.size)
        if options.page:
            window.go(options.page)
        yield window
    finally:
        sys.excepthook = sys.__excepthook__
        link.close()
        window.deleteLater()


def _slot_border(
    say: Callable[[str, str], None],
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """What a slot raises is a bug of ours: it is logged and said, and the window goes on."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("a slot failed", exc_info=(kind, error, trace))
        sys.__excepthook__(kind, error, trace)
        say(f"This window made a mistake ({kind.__name__}). Report it with what you did.", "error")

    return hook

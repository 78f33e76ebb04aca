"""The window: header, banner, pages and footer, and what lies over them."""

from functools import partial

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from revo_edge.contract.requests import HelloReply
from revo_edge.contract.tasks import TaskInfo, TaskSpec
from revo_gui.actions import Actions
from revo_gui.commands import Daemon, declare
from revo_gui.layout import Layout
from revo_gui.link import Frame, Link, Presence
from revo_gui.models.events import EventModel
from revo_gui.models.presence_words import Tie, words
from revo_gui.models.tasks import TaskModel
from revo_gui.theme import Choice, Theme
from revo_gui.views.about import About
from revo_gui.views.alerts import AlertWatch, active_alerts
from revo_gui.views.banner import Banner
from revo_gui.views.cheat_sheet import CheatSheet
from revo_gui.views.events_page import EventsPage
from revo_gui.views.footer import Footer
from revo_gui.views.header import Header
from revo_gui.views.metrics_page import MetricsPage
from revo_gui.views.navigation import Navigation
from revo_gui.views.new_task import NewTaskDialog
from revo_gui.views.overview import Overview
from revo_gui.views.page import Page, Parts
from revo_gui.views.palette import Palette
from revo_gui.views.palette_found import found
from revo_gui.views.recall_page import RecallPage
from revo_gui.views.tasks_page import TasksPage
from revo_gui.views.toasts import Toasts
from revo_gui.views.tray import Tray
from revo_gui.views.veil import Veil
from revo_gui.views.welcome import Welcome

NARROW = 720
"""Below this the pages' buttons stand at the bottom."""
WORDS = 1000
"""From this on they have words."""
BAR_WORDS = 480
"""In a bar at the bottom they stand beside the icons from this width on."""
LOW = 480
"""Below this height the figures at the bottom make room for the page."""
_TITLES = {
    "overview": "Overview",
    "tasks": "Tasks",
    "events": "Events",
    "metrics": "Metrics",
    "recall": "Recall",
}
_THEMES = {
    Choice.SYSTEM: "The theme follows the desktop's.",
    Choice.DARK: "The theme is dark.",
    Choice.LIGHT: "The theme is light.",
}
_LEAST = (360, 360)
_FIRST = (1280, 800)


class MainWindow(QMainWindow):
    """Everything a user sees; `layout` is where its shape is remembered, if it is."""

    def __init__(self, link: Link, theme: Theme, layout: Layout | None) -> None:
        super().__init__()
        self.link = link
        self._theme = theme
        self._layout = layout
        self.setWindowTitle("reVo Edge")
        self.setMinimumSize(*_LEAST)
        self.resize(*_FIRST)
        self._toasts = Toasts(theme, self)
        self.daemon = Daemon(link, self.say, self)
        self.actions_ = Actions(self, theme)
        declare(self.actions_, self, self.daemon, _TITLES)
        self.parts = self._make_parts()
        self._make_views()
        self._connect()
        self._restore()
        self._show_presence()
        self._stack.setFocus()  # on no button: none was chosen yet

    # what pages and actions ask for

    def say(self, text: str, level: str) -> None:
        """Show a toast."""
        self._toasts.say(text, level)

    def go(self, page: str) -> None:
        """Show a page."""
        self._page = self._pages[page]
        self._navigation.show_page(page)
        self._show_page()

    def show_task(self, task_id: str) -> None:
        """Show a task on the Tasks page."""
        self.go("tasks")
        self._tasks_page.open(task_id)

    def search_memory(self, words: str) -> None:
        """Search for these words on the Recall page."""
        self.go("recall")
        self.recall_page.look_for(words)

    def new_task(self, spec: TaskSpec | None = None) -> None:
        """Open the New task dialog, filled in from `spec`."""
        dialog = NewTaskDialog(self.parts, spec, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def choose_folder(self) -> None:
        """Survey a folder of the user's choice."""
        folder = QFileDialog.getExistingDirectory(self, "Survey a folder")
        if folder:
            self.survey(folder)

    def survey(self, folder: str) -> None:
        """Measure a folder, and show the task that does."""
        self.daemon.survey(folder, self._surveying)

    def focus_filter(self) -> None:
        """Put the cursor into the filter of the page."""
        self._page.focus_filter()

    def open_palette(self) -> None:
        """Show the command palette, or close it."""
        self._palette.toggle()

    def open_keys(self) -> None:
        """Show the keyboard shortcuts, or close them."""
        self._keys.toggle()

    def open_about(self) -> None:
        """Show versions and licences."""
        about = About(self.link, self._theme, self)
        about.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        about.open()

    def next_theme(self) -> None:
        """Go on to the next theme."""
        choices = list(Choice)
        choice = choices[(choices.index(self._theme.choice) + 1) % len(choices)]
        self._theme.choose(choice)
        self.say(_THEMES[choice], "info")

    def toggle_full_screen(self) -> None:
        """Fill the screen, or stop filling it."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def come_forward(self, page: str = "") -> None:
        """Show the window above the others, on a page if one is named."""
        if page in self._pages:
            self.go(page)
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    # Qt's events

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Lay out anew for the width."""
        super().resizeEvent(event)
        self._adapt(event.size().width())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Begin to take frames."""
        super().showEvent(event)
        self._footer.refresh()
        self._watch()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Stop taking frames: nobody sees them."""
        super().hideEvent(event)
        self._watch()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """A minimised window takes no frames either."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._watch()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Remember the shape of the window."""
        self._remember()
        self._tray.hide()
        super().closeEvent(event)

    # making

    def _make_parts(self) -> Parts:
        return Parts(
            link=self.link,
            theme=self._theme,
            actions=self.actions_,
            tasks=TaskModel(self._theme, self),
            events=EventModel(self._theme, self),
            say=self.say,
            show_task=self.show_task,
            new_task=self.new_task,
        )

    def _make_views(self) -> None:
        self._tasks_page = TasksPage(self.parts)
        self._metrics_page = MetricsPage(self.parts)
        self.recall_page = RecallPage(self.parts)
        made: tuple[Page, ...] = (
            Overview(self.parts),
            self._tasks_page,
            EventsPage(self.parts),
            self._metrics_page,
            self.recall_page,
        )
        self._pages = {page.name: page for page in made}
        self._page = self._pages["overview"]
        self._splitters = {
            page.name: page.splitter for page in (self._tasks_page, self.recall_page)
        }
        self._welcome = Welcome(self._theme)
        self._stack = QStackedWidget()
        self._stack.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        for widget in (*made, self._welcome):
            self._stack.addWidget(widget)
        self._header = Header(self.actions_, self._theme)
        self._banner = Banner(self._theme)
        self._footer = Footer(self.link)
        root = QWidget()
        root.setObjectName("root")
        self._navigation = Navigation(made, self.go, self._theme, root)
        self._rows = QVBoxLayout(root)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._body = QHBoxLayout()
        self._body.setSpacing(0)
        self._body.addWidget(self._navigation)
        self._body.addWidget(self._stack, 1)
        self._rows.addWidget(self._header)
        self._rows.addWidget(self._banner)
        self._rows.addLayout(self._body, 1)
        self._rows.addWidget(self._footer)
        self.setCentralWidget(root)
        self._veil = Veil(self._theme, self._stack)
        find = partial(found, self.link, self.show_task, self.search_memory)
        self._palette = Palette(self.actions_, self._theme, self, find)
        self._keys = CheatSheet(self.actions_, self._theme, self)
        self._tray = Tray(self._theme, self)
        tell = (self.say, self._tray.tell_alert)
        self._alerts = AlertWatch(self.link, self._header.alerts, tell, self)
        self._header.alerts.chosen = lambda: self.go("events")

    def _connect(self) -> None:
        link = self.link
        link.frame.connect(self.parts.tasks.take)
        link.frame.connect(self.parts.events.take)
        link.frame.connect(self._take)
        link.presence_changed.connect(self._show_presence)
        link.greeted.connect(self._greeted)
        self._banner.acted.connect(lambda name: self.actions_[name].trigger())
        self._welcome.surveyed.connect(self.survey)
        self._welcome.tried.connect(lambda name: self.actions_[name].trigger())
        self._tray.shown.connect(self.come_forward)
        self._tray.new_task.connect(self.new_task)
        self._tray.task_clicked.connect(self.show_task)
        self._tray.paused.connect(self.daemon.pause_queue)
        self._tray.resumed.connect(self.daemon.resume_queue)
        self._tray.quit.connect(self.close)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._tick)
        self._second.start()

    # frames

    def _take(self, frame: Frame) -> None:
        self._theme.learn(frame.state.engines.values())
        if self._stack.currentWidget() is self._page:
            self._page.take(frame)
        if frame.changed or frame.removed:
            self._show_page()

    def _show_page(self) -> None:
        """Put the page on screen, or the welcome in place of an overview of nothing."""
        state = self.link.state()
        empty = not state.tasks and self.link.presence is Presence.LIVE and state.boot != ""
        welcome = empty and self._page.name == "overview"
        widget = self._welcome if welcome else self._page
        if self._stack.currentWidget() is not widget:
            self._stack.setCurrentWidget(widget)
            if widget is self._page:
                frame = Frame(state, self.link.presence, (), (), (), sampled=True)
                self._page.take(frame)

    def _tick(self) -> None:
        """Once a second: what changes with time alone."""
        self._alerts.look()
        link = self.link
        self._tray.show_state(link.presence, link.state().tasks, active_alerts(link))
        if self.link.presence is not Presence.LIVE or self._banner.isVisible():
            self._show_banner()
        if self._seen():
            self._footer.refresh()
            trip = self.link.round_trip_ms
            live = self.link.presence is Presence.LIVE and trip is not None
            self._header.pill.show_presence(self.link.presence, f"{trip:.1f} ms" if live else "")

    def _show_presence(self, _presence: Presence | None = None) -> None:
        presence = self.link.presence
        self._header.pill.show_presence(presence, "")
        self._alerts.look()
        self._veil.show_presence(presence)
        online = presence is Presence.LIVE
        self.actions_.set_online(online)
        for page in self._pages.values():
            page.set_online(online)
        self._welcome.set_online(online)
        self._show_banner()
        self._show_page()

    def _show_banner(self) -> None:
        link = self.link
        tie = Tie(
            link.presence,
            link.silent_s,
            link.counters.problem,
            link.skewed,
            starting=self.daemon.starting,
            too_slow=link.too_slow,
            met=link.hello is not None,
        )
        self._banner.show_words(words(tie))

    def _greeted(self, _hello: HelloReply) -> None:
        self._show_banner()

    # shape

    def _adapt(self, width: int) -> None:
        narrow = width < NARROW
        words = width >= (BAR_WORDS if narrow else WORDS)
        self._navigation.place(bottom=narrow, words=words)
        self._footer.setVisible(self.height() >= LOW)
        self._rows.removeWidget(self._navigation)
        self._body.removeWidget(self._navigation)
        if narrow:
            self._rows.insertWidget(self._rows.count(), self._navigation)
        else:
            self._body.insertWidget(0, self._navigation)
        below = self._navigation.sizeHint().height() if narrow else 0
        self._toasts.lift(below + (self._footer.height() if self.height() >= LOW else 0))
        self._header.adapt(width)
        self._footer.adapt(width)

    def _watch(self) -> None:
        self.link.watch(self._seen())

    def _seen(self) -> bool:
        return self.isVisible() and not self.isMinimized()

    def _restore(self) -> None:
        if self._layout is None:
            return
        if self._layout.geometry:
            self.restoreGeometry(QByteArray(self._layout.geometry))
        if self._layout.series:  # an empty list would chart nothing
            self._metrics_page.pick(self._layout.series)
        for name, splitter in self._splitters.items():
            if name in self._layout.splitters:
                splitter.setSizes(self._layout.splitters[name])
        self.go(self._layout.page if self._layout.page in self._pages else "overview")
        if self._layout.problem:
            self.say(self._layout.problem, "warning")

    def _remember(self) -> None:
        if self._layout is not None:
            self._layout.geometry = bytes(self.saveGeometry().data())
            self._layout.page = self._page.name
            self._layout.series = list(self._metrics_page.picked)
            for name, splitter in self._splitters.items():
                sizes = splitter.sizes()
                if all(sizes):  # a page that was not shown, or has no drawer open, says nothing
                    self._layout.splitters[name] = sizes
            self._layout.theme = self._theme.choice.value
            self._layout.save()

    # answers

    def _surveying(self, task: TaskInfo) -> None:
        self.say("The survey has begun.", "ok")
        self.show_task(task.id)

"""An engine of the user's in the desktop, and one field that is added in one place."""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from revo_edge.cli.template_reference import reference
from revo_edge.client.client import Client
from revo_edge.contract.events import EngineInfo
from revo_edge.contract.kinds import ENGINE_COLOURS, ENGINE_ICONS
from revo_edge.contract.tasks import TaskState
from revo_edge.engines.registry import Registry
from revo_edge.paths import Paths
from revo_gui.models.engines import engine_icon
from revo_gui.theme import DARK, LIGHT, RESOURCES, Theme, Tokens
from revo_gui.views.new_task import NewTaskDialog
from revo_gui.views.overview import Overview, Shape, places
from revo_gui.views.page import Parts
from tests.gui.conftest import OpenWindow, Said, Showing
from tests.gui.looks import faults
from tests.harness import REPOSITORY, DaemonProcess, StartDaemon
from tests.ipc.cli import revo
from tests.pages import install, write_engine

FIELD = '    depth: Annotated[int, Meta(ge=1, le=9, description="How deep it looks.")] = 3\n'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder of installed packages with the engine of the page."""
    write_engine(tmp_path / "revo-dupes")
    site = tmp_path / "site"
    site.mkdir()
    install(tmp_path / "revo-dupes", site)
    return site


@pytest.fixture
def daemon(start_daemon: StartDaemon, site: Path, home: Paths) -> DaemonProcess:
    """Give a daemon with the page's engine, restarted after a field was added to its params."""
    env = {"PYTHONPATH": f"{REPOSITORY}:{site}", "REVO_ENGINES_MODULES": ""}
    daemon = start_daemon(env)
    with Client(home) as client:
        assert "depth" not in client.template("dupes.find").params["properties"]
    kinds = site / "revo_dupes" / "kinds.py"
    head, line, rest = kinds.read_text().partition("    min_bytes:")
    kinds.write_text(f"{head}{FIELD}{line}{rest}")
    daemon.restart()
    return daemon


@pytest.fixture
def registry(
    daemon: DaemonProcess, site: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Registry]:
    """Give the kinds as they are after the field was added, read by this process."""
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    yield Registry(["revo_dupes.kinds"])
    for name in [name for name in sys.modules if name.startswith("revo_dupes")]:
        del sys.modules[name]


@pytest.fixture
def window(show: Showing) -> QWidget:
    """Give the window under the dialog, which owns it."""
    window = QWidget()
    show(window, 720, 780)
    return window


@pytest.fixture
def dialog(window: QWidget, parts: Parts, qtbot: QtBot) -> NewTaskDialog:
    """Give the New task dialog over a window, with its templates."""
    dialog = NewTaskDialog(parts, None, window)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.templates.view.model().rowCount() > 0)
    return dialog


def test_a_field_added_in_one_place_shows_in_help_schema_form_and_docs(
    registry: Registry,
    home: Paths,
    dialog: NewTaskDialog,
    said: Said,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    help_ = revo("run", "dupes.find", "--help").stdout
    assert re.search(r"depth +integer +>= 1, <= 9 +3 +How deep it looks\.", help_)
    assert "| `depth` | integer | >= 1, <= 9 | 3 | How deep it looks. |" in reference(registry)
    with Client(home) as client:
        field = client.template("dupes.find").params["properties"]["depth"]
        assert (field["minimum"], field["maximum"], field["default"]) == (1, 9, 3)
        qtbot.keyClicks(dialog.templates.search, "duplicates")
        qtbot.keyClick(dialog.templates.search, Qt.Key.Key_Return)
        form = dialog.form
        assert form is not None
        depth, folder = (form.findChild(QLineEdit, f"field-{name}") for name in ("depth", "folder"))
        assert depth is not None
        assert folder is not None
        assert depth.placeholderText() or depth.text() == "3"
        depth.setText("10")
        qtbot.waitUntil(lambda: form.params.rows["depth"].problem.text() == "Must be at most 9.")
        depth.setText("4")
        folder.setText(str(tmp_path))
        dialog.submit.click()
        qtbot.waitUntil(lambda: bool(said.shown))
        task = said.shown[0]
        assert client.wait(task, 10).state is TaskState.SUCCEEDED
        assert client.task(task).spec.params == {"folder": str(tmp_path), "depth": 4}


def test_the_engine_has_a_card_with_its_figures_and_looks(
    daemon: DaemonProcess,
    home: Paths,
    tmp_path: Path,
    open_window: OpenWindow,
    qtbot: QtBot,
) -> None:
    assert revo("run", "dupes.find", f"folder={tmp_path}", "-q").returncode == 0
    window = open_window()
    page = window.findChild(Overview)
    assert page is not None
    qtbot.waitUntil(lambda: "dupes" in page.cards)
    card = page.cards["dupes"]
    qtbot.waitUntil(lambda: "Queue 0" in card.accessibleDescription())
    assert card.accessibleName() == "Duplicates"
    assert "0 running" in card.accessibleDescription()
    assert "dupes.find" in card.accessibleDescription()
    tokens = window.parts.theme.tokens
    assert tokens.engine("dupes") == QColor(DARK.teal)
    assert engine_icon("dupes", tokens.look("dupes").icon) == "copy"
    window.parts.theme.choose(window.parts.theme.choice)
    assert window.parts.theme.tokens.engine("dupes") == QColor(DARK.teal)
    for width in (380, 768, 1280):
        window.resize(width, 900)
        qtbot.waitUntil(lambda: faults(window) == [])


def test_a_broken_engine_says_why_on_its_card(
    parts: Parts, show: Showing, site: Path, home: Paths, daemon: DaemonProcess, qtbot: QtBot
) -> None:
    page = Overview(parts)
    parts.link.frame.connect(page.take)
    show(page, 380, 800)
    (site / "revo_dupes" / "kinds.py").write_text("1/0\n")
    daemon.allow_log("cannot be used")
    daemon.restart()
    qtbot.waitUntil(
        lambda: (
            "dupes" in page.cards
            and "ZeroDivisionError" in page.cards["dupes"].accessibleDescription()
        ),
        timeout=15_000,
    )
    card = page.cards["dupes"]
    assert "Cannot be used" in card.accessibleDescription()
    assert f"{site}/revo_dupes/kinds.py:1" in card.accessibleDescription()
    qtbot.waitUntil(card.blank.isVisible)
    assert card.minimumSizeHint().width() <= 340


def test_every_card_has_a_place_of_its_own() -> None:
    for shape in Shape:
        for cards in range(4, 9):
            taken: set[tuple[int, int]] = set()
            for row, column, rows, columns in places(shape, cards):
                cells = {(row + r, column + c) for r in range(rows) for c in range(columns)}
                assert not cells & taken
                taken |= cells


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
def test_every_colour_and_icon_that_can_be_declared_is_there_and_readable(tokens: Tokens) -> None:
    for name in ENGINE_COLOURS:
        colour = getattr(tokens, name)
        for ground in (tokens.bg, tokens.surface, tokens.raised):
            assert contrast(colour, ground) >= 4.5
    assert [n for n in ENGINE_ICONS if not (RESOURCES / "icons" / f"{n}.svg").exists()] == []


def test_a_declared_look_is_a_name_that_we_know_or_nothing(theme: Theme) -> None:
    theme.learn([EngineInfo("x", "X", "online", colour="bg", icon="../../x")])
    assert theme.tokens.engine("x") == QColor(DARK.muted)
    assert engine_icon("x", theme.tokens.look("x").icon) == "tasks"
    theme.learn([EngineInfo("recall", "X", "online", colour="teal")])
    assert theme.tokens.engine("recall") == QColor(DARK.recall)


def contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b

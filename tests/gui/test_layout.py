import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from revo_gui.layout import Layout


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings" / "desktop.json"


def test_what_is_saved_comes_back_and_is_private(path: Path) -> None:
    layout = Layout(path)
    assert layout.problem == ""
    layout.geometry = bytes(range(256))
    layout.page = "tasks"
    layout.theme = "light"
    layout.splitters["tasks"] = [700, 420]
    layout.series = ["parallel.busy"]
    assert layout.save()
    again = Layout(path)
    assert (again.problem, again.geometry, again.page) == ("", bytes(range(256)), "tasks")
    assert (again.theme, again.splitters) == ("light", {"tasks": [700, 420]})
    assert again.series == ["parallel.busy"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["desktop.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"editor": "of somebody else"}',
        b'{"revo_desktop": 2}',
        b'{"revo_desktop": 1, "theme": "pink"}',
        b'{"revo_desktop": 1, "geometry": "not base64!"}',
        b'{"revo_desktop": 1, "splitters": {"tasks": [-1, 99999999]}}',
        b'{"revo_desktop": 1, "x": ' + b"[" * 100_000,
        b"\xff\xfe\x00",
        b" " * 2_000_000,
    ],
)
def test_a_broken_or_foreign_file_is_kept_aside_and_said(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    layout = Layout(path)
    assert (layout.page, layout.theme, layout.geometry) == ("", "system", b"")
    assert "desktop.json.broken" in layout.problem
    assert path.with_name("desktop.json.broken").read_bytes() == content
    assert layout.save()
    assert Layout(path).problem == ""


def test_a_folder_in_its_place_or_no_place_at_all_is_said_not_raised(tmp_path: Path) -> None:
    taken = tmp_path / "desktop.json"
    taken.mkdir()
    (tmp_path / "desktop.json.broken").write_bytes(b"a file cannot give way to a folder")
    layout = Layout(taken)
    assert layout.problem
    assert not layout.save()
    assert "could not be saved" in layout.problem
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "desktop.json",
        "desktop.json.broken",
    ]
    assert not Layout(Path("/dev/null/desktop.json")).save()


def test_without_a_file_nothing_is_kept() -> None:
    layout = Layout(None)
    layout.page = "tasks"
    assert layout.save()
    assert Layout(None).page == ""


def test_a_field_of_a_newer_window_does_not_matter(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'{"revo_desktop": 1, "page": "tasks", "later": {"a": 1}}')
    assert Layout(path).page == "tasks"


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode()))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("layout") / "desktop.json"
    path.write_bytes(content)
    layout = Layout(path)
    assert layout.save()
    assert Layout(path).problem == ""


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
FIELDS = ("geometry", "page", "theme", "splitters", "series")


@given(fields=st.dictionaries(st.sampled_from(FIELDS), values))
def test_no_values_of_our_fields_raise(
    tmp_path_factory: pytest.TempPathFactory, fields: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("layout") / "desktop.json"
    path.write_text(json.dumps({"revo_desktop": 1, **fields}))
    assert Layout(path).save()


def test_a_place_off_every_screen_is_brought_back(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(100_000, 90_000, 640, 480)
    saved = bytes(window.saveGeometry().data())
    other = QWidget()
    qtbot.addWidget(other)
    assert other.restoreGeometry(QByteArray(saved))
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    assert any(screen.intersects(other.geometry()) for screen in screens)
    assert not other.restoreGeometry(QByteArray(b"garbage"))

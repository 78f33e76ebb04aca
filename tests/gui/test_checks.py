"""Where Qt can draw, decided from answers; and the real probes on this machine."""

import re
import shutil
import subprocess
from collections.abc import Collection, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from revo_gui.checks import (
    BASE,
    WINDOW,
    Probes,
    Verdict,
    choose,
    missing_libraries,
    packages,
    real_probes,
    report,
)

X11 = {"DISPLAY": ":0"}
WAYLAND = {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": "/run/user/1000"}
ALL = (*BASE, *WINDOW["xcb"], *WINDOW["wayland"])
HERE = (Path("/run/user/1000/wayland-0"),)


def probes(
    *,
    without: Collection[str] = (),
    displays: Collection[str] = (":0",),
    sockets: Collection[Path] = HERE,
) -> Probes:
    return Probes(
        loads=lambda soname: soname not in without,
        x_answers=lambda display: display in displays,
        is_socket=lambda path: path in sockets,
    )


@pytest.mark.parametrize(
    ("env", "platform"),
    [
        (X11, "xcb"),
        (WAYLAND, "wayland"),
        (X11 | WAYLAND, "wayland;xcb"),
        (X11 | {"QT_QPA_PLATFORM": "offscreen:size=800x600"}, "offscreen:size=800x600"),
        (X11 | WAYLAND | {"QT_QPA_PLATFORM": "xcb"}, "xcb"),
        ({"QT_QPA_PLATFORM": "wayland;xcb;offscreen"}, "offscreen"),
        ({"WAYLAND_DISPLAY": "/run/user/1000/wayland-0"}, "wayland"),
    ],
)
def test_it_draws_where_the_session_or_the_user_says(env: dict[str, str], platform: str) -> None:
    assert choose(env, probes()) == Verdict(platform)


def test_offscreen_needs_no_display_and_no_library_of_a_window() -> None:
    only_base = probes(without=[*WINDOW["xcb"], *WINDOW["wayland"]], displays=(), sockets=())
    assert choose({}, only_base, offscreen=True) == Verdict("offscreen")
    assert report({}, only_base) == Verdict("offscreen")


@pytest.mark.parametrize("env", [{}, {"DISPLAY": ""}, {"QT_QPA_PLATFORM": "xcb"}])
def test_without_a_display_it_says_what_to_do_instead(env: dict[str, str]) -> None:
    verdict = choose(env, probes())
    assert verdict.problem == "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set."
    assert "`revo status --watch`" in verdict.mend
    assert "`revo gui --offscreen --screenshot FILE.png`" in verdict.mend


def test_a_display_that_does_not_answer_is_named() -> None:
    silent = probes(displays=(), sockets=())
    assert choose(X11, silent).problem == "The display does not answer: DISPLAY=:0."
    both = choose(X11 | WAYLAND, silent).problem
    assert both == "The display does not answer: WAYLAND_DISPLAY=wayland-0 and DISPLAY=:0."
    assert report(X11, silent).problem == "The display does not answer: DISPLAY=:0."


def test_one_display_that_answers_is_enough() -> None:
    assert choose(X11 | WAYLAND, probes(sockets=())).platform == "xcb"
    assert choose(X11 | WAYLAND, probes(without=WINDOW["wayland"])).platform == "xcb"


def test_all_missing_libraries_are_named_at_once_with_one_line_to_type() -> None:
    gone = ("libGL.so.1", "libEGL.so.1", "libxcb-cursor.so.0")
    verdict = choose(X11, probes(without=gone))
    assert verdict.missing == gone
    assert ", ".join(gone) in verdict.problem
    assert verdict.mend.endswith("sudo apt-get install libgl1 libegl1 libxcb-cursor0")
    assert report(X11, probes(without=gone)) == verdict
    assert choose({}, probes(without=gone), offscreen=True).missing == gone[:2]


def test_the_x_server_is_not_asked_while_its_library_is_missing() -> None:
    def ask(display: str) -> bool:
        raise AssertionError(display)

    found = Probes(lambda soname: soname != "libxcb.so.1", ask, Path.is_socket)
    assert choose(X11, found).missing == ("libxcb.so.1",)


def test_every_library_has_a_package() -> None:
    assert packages(ALL) == [*BASE.values(), *WINDOW["xcb"].values(), *WINDOW["wayland"].values()]
    assert all(re.fullmatch(r"[a-z0-9.+-]+", name) for name in packages(ALL))


def test_the_real_probes_look_at_this_machine() -> None:
    real = real_probes()
    assert real.loads("libc.so.6")
    assert not real.loads("libnosuchthing.so.9")
    if not missing_libraries(("xcb",), real):
        assert not real.x_answers(":7777")
        assert not real.x_answers("nonsense")


BROUGHT = re.compile(
    r"lib(Qt6\w+|pyside6|shiboken6|icu\w+)\W"  # with the wheel
    r"|(ld-linux|libc|libm|libdl|libpthread|libgcc_s|libstdc\+\+|libz|libzstd)[.-]"  # with Python
    r"|libgthread-2"  # in one package with libglib
)


def needed(*files: Path) -> Iterator[str]:
    done = subprocess.run(
        ["readelf", "-d", *files], capture_output=True, text=True, check=True, env={"LC_ALL": "C"}
    )
    for soname in re.findall(r"NEEDED.*\[(.*)\]", done.stdout):
        if not BROUGHT.match(soname):
            yield soname


@pytest.mark.skipif(not shutil.which("readelf"), reason="readelf (binutils) is not installed")
def test_the_list_has_what_the_installed_qt_is_linked_with() -> None:
    spec = find_spec("PySide6")
    assert spec is not None
    assert spec.origin is not None
    qt = Path(spec.origin).with_name("Qt")
    libraries = [
        qt / "lib" / f"libQt6{name}.so.6" for name in ("Core", "Gui", "Widgets", "Svg", "DBus")
    ]
    assert set(needed(*libraries)) <= set(BASE)
    xcb = (qt / "plugins/platforms/libqxcb.so", qt / "lib/libQt6XcbQpa.so.6")
    assert set(needed(*xcb)) <= {*BASE, *WINDOW["xcb"]}
    assert set(needed(*(qt / "lib").glob("libQt6WaylandClient.so.6"))) <= {
        *BASE,
        *WINDOW["wayland"],
    }

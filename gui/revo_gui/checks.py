"""Can a window open here? Asked before Qt is imported: Qt itself would abort the process.

`choose` decides from an environment and from probes; `Probes` looks at the real thing.
"""

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

BASE = MappingProxyType(
    {
        "libglib-2.0.so.0": "libglib2.0-0",
        "libGL.so.1": "libgl1",
        "libEGL.so.1": "libegl1",
        "libX11.so.6": "libx11-6",
        "libxkbcommon.so.0": "libxkbcommon0",
        "libfreetype.so.6": "libfreetype6",
        "libfontconfig.so.1": "libfontconfig1",
        "libdbus-1.so.3": "libdbus-1-3",
    }
)
"""Libraries that Qt needs even to draw a picture, and their packages in Debian and Ubuntu."""

WINDOW = MappingProxyType(
    {
        "xcb": MappingProxyType(
            {
                "libX11-xcb.so.1": "libx11-xcb1",
                "libxcb.so.1": "libxcb1",
                "libxcb-cursor.so.0": "libxcb-cursor0",
                "libxcb-icccm.so.4": "libxcb-icccm4",
                "libxcb-image.so.0": "libxcb-image0",
                "libxcb-keysyms.so.1": "libxcb-keysyms1",
                "libxcb-randr.so.0": "libxcb-randr0",
                "libxcb-render.so.0": "libxcb-render0",
                "libxcb-render-util.so.0": "libxcb-render-util0",
                "libxcb-shape.so.0": "libxcb-shape0",
                "libxcb-shm.so.0": "libxcb-shm0",
                "libxcb-sync.so.1": "libxcb-sync1",
                "libxcb-util.so.1": "libxcb-util1",
                "libxcb-xfixes.so.0": "libxcb-xfixes0",
                "libxcb-xkb.so.1": "libxcb-xkb1",
                "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
            }
        ),
        "wayland": MappingProxyType(
            {
                "libwayland-client.so.0": "libwayland-client0",
                "libwayland-cursor.so.0": "libwayland-cursor0",
            }
        ),
    }
)
"""What a window needs beside that, by Qt's name of the platform."""

INSTEAD = (
    "In this terminal: `revo status --watch`. "
    "A picture instead of a window: `revo gui --offscreen --screenshot FILE.png`."
)


@dataclass(frozen=True, slots=True)
class Probes:
    """How to look: replaced in tests by answers."""

    loads: Callable[[str], bool]
    """Whether a shared library can be loaded."""
    x_answers: Callable[[str], bool]
    """Whether the X server of a DISPLAY lets us in; asked when libxcb loads."""
    is_socket: Callable[[Path], bool]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where Qt can draw (QT_QPA_PLATFORM); or why it cannot, and what to type."""

    platform: str = ""
    problem: str = ""
    mend: str = ""
    missing: tuple[str, ...] = ()
    """Libraries that are missing."""


def choose(env: Mapping[str, str], probes: Probes, *, offscreen: bool = False) -> Verdict:
    """Decide where to draw. What QT_QPA_PLATFORM names goes before what the session offers."""
    wanted = _wanted(env, offscreen=offscreen)
    missing = {name: missing_libraries((name,), probes) for name in wanted}
    usable = [name for name in wanted if not missing[name] and _reachable(name, env, probes)]
    if usable:
        return Verdict(";".join(usable))
    for libraries in filter(None, missing.values()):
        return _incomplete(libraries)
    return Verdict(problem=_no_display(env), mend=INSTEAD)


def report(env: Mapping[str, str], probes: Probes) -> Verdict:
    """Decide as `choose`; where no display is named it is enough that pictures can be drawn."""
    headless = not (env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))
    return choose(env, probes, offscreen=headless)


def missing_libraries(platforms: tuple[str, ...], probes: Probes) -> tuple[str, ...]:
    """Return the libraries that these platforms need and that do not load."""
    needed = dict(BASE)
    for name in platforms:
        needed |= WINDOW.get(_plugin(name), {})
    return tuple(soname for soname in needed if not probes.loads(soname))


def packages(missing: tuple[str, ...]) -> list[str]:
    """Return the packages of Debian and Ubuntu that bring these libraries."""
    known = dict(BASE)
    for more in WINDOW.values():
        known |= more
    return list(dict.fromkeys(known[soname] for soname in missing))


def real_probes() -> Probes:
    """Return the probes that look at this machine."""
    return Probes(_loads, _x_answers, Path.is_socket)


def _wanted(env: Mapping[str, str], *, offscreen: bool) -> list[str]:
    if offscreen:
        return ["offscreen"]
    if chosen := env.get("QT_QPA_PLATFORM"):
        return [name for name in chosen.split(";") if name]
    offered = (("wayland", "WAYLAND_DISPLAY"), ("xcb", "DISPLAY"))
    return [name for name, variable in offered if env.get(variable)]


def _plugin(name: str) -> str:
    """Return the bare name of a platform that may have options: `offscreen:size=...`."""
    return name.partition(":")[0]


def _reachable(name: str, env: Mapping[str, str], probes: Probes) -> bool:
    if _plugin(name) == "xcb":
        return bool(env.get("DISPLAY")) and probes.x_answers(env["DISPLAY"])
    if _plugin(name) == "wayland":
        # an absolute WAYLAND_DISPLAY replaces the folder, as `/` of two paths does
        folder = Path(env.get("XDG_RUNTIME_DIR", "/nowhere"))
        return probes.is_socket(folder / env.get("WAYLAND_DISPLAY", "wayland-0"))
    return True


def _no_display(env: Mapping[str, str]) -> str:
    tried = [f"{name}={env[name]}" for name in ("WAYLAND_DISPLAY", "DISPLAY") if env.get(name)]
    if tried:
        return f"The display does not answer: {' and '.join(tried)}."
    return "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set."


def _incomplete(missing: tuple[str, ...]) -> Verdict:
    line = "sudo apt-get install " + " ".join(packages(missing))
    return Verdict(
        problem=f"The desktop needs system libraries that are missing: {', '.join(missing)}.",
        mend=f"Debian or Ubuntu: {line}",
        missing=missing,
    )


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _x_answers(display: str) -> bool:
    """Connect as Qt will: same library, same authority file."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(display.encode(errors="surrogateescape"), None))
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not refused

"""What Qt finds around it in a bundle: its plugins, and what a bare machine lacks.

Run before Qt is imported. Some libraries belong to the system, so that they fit its display: the
bundle's own stand in only where they are missing. Widgets are painted without OpenGL; Qt's
libraries are linked to it all the same, and the loaders of libglvnd are enough for them.
"""

import ctypes
import os
from pathlib import Path

BUNDLE = Path(__file__).resolve().parent
FALLBACKS = (
    "libxcb.so.1",
    "libwayland-client.so.0",
    "libwayland-cursor.so.0",
    "libGLdispatch.so.0",
    "libGLX.so.0",
    "libGL.so.1",
    "libEGL.so.1",
)
"""In the order in which they need one another."""


def prepare(bundle: Path = BUNDLE, system_fonts: Path = Path("/etc/fonts/fonts.conf")) -> None:
    """Point Qt at the bundle; what the system has itself is left to the system."""
    _keep_libraries_to_ourselves()
    os.environ["QT_PLUGIN_PATH"] = str(bundle / "PySide6" / "Qt" / "plugins")
    if not system_fonts.exists():
        os.environ.setdefault("FONTCONFIG_FILE", str(bundle / "fonts.conf"))
    for name in FALLBACKS:
        load(name, bundle / "fallback" / name)


def _keep_libraries_to_ourselves() -> None:
    """Let the browser that opens a report find the system's libraries, not the bundle's.

    The bundle's loader has pointed LD_LIBRARY_PATH at them; for this process that is done with.
    """
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", "")
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before:
        os.environ["LD_LIBRARY_PATH"] = before


def load(name: str, fallback: Path) -> None:
    """Load a library for all that come after; the system's own, if there is one."""
    try:
        ctypes.CDLL(name, ctypes.RTLD_GLOBAL)
    except OSError:
        ctypes.CDLL(str(fallback), ctypes.RTLD_GLOBAL)

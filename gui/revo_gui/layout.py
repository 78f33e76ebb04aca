"""What the window remembers: its place, page, splitters, theme and picked series."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from revo_edge.errors import RevoError
from revo_edge.paths import private_dir

_LIMIT_BYTES = 1_000_000
_Name = Annotated[str, Meta(max_length=100)]
_Pixels = Annotated[int, Meta(ge=0, le=100_000)]


class _Kept(msgspec.Struct, kw_only=True):
    """The file. `revo_desktop` is its version: a file without it is not ours."""

    revo_desktop: Annotated[int, Meta(ge=1, le=1)]
    geometry: bytes = b""
    page: _Name = ""
    theme: Annotated[str, Meta(pattern="^(system|dark|light)$")] = "system"
    splitters: dict[_Name, list[_Pixels]] = {}
    series: list[_Name] = []


class Layout:
    """Reads the file when made; change the attributes, then `save`. No file: nothing is kept.

    A file that cannot be read or is not ours leaves the defaults in force; it is kept as
    `desktop.json.broken`, and `problem` says so. Nothing here raises.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.problem = ""
        kept = _Kept(revo_desktop=1) if path is None else self._read(path)
        self.geometry = kept.geometry
        """What QWidget.saveGeometry said; restoring it brings a window back onto a screen."""
        self.page = kept.page
        self.theme = kept.theme
        """`system`, `dark` or `light`."""
        self.splitters = kept.splitters
        """Sizes in pixels, by the splitter's name."""
        self.series = kept.series
        """Ids of the series picked on the Metrics page; empty when none were."""

    def save(self) -> bool:
        """Write the file, readable by the user only; False, with `problem`, if that failed."""
        if self._path is None:
            return True
        kept = _Kept(
            revo_desktop=1,
            geometry=self.geometry,
            page=self.page,
            theme=self.theme,
            splitters=self.splitters,
            series=self.series,
        )
        try:
            _replace(self._path, msgspec.json.format(msgspec.json.encode(kept)))
        except (OSError, RevoError) as error:
            self.problem = f"The layout of the window could not be saved: {error}"
            return False
        return True

    def _read(self, path: Path) -> _Kept:
        try:
            if os.path.lexists(path):
                return msgspec.json.decode(_bytes_of(path), type=_Kept)
        except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
            self._put_aside(path)
        return _Kept(revo_desktop=1)

    def _put_aside(self, path: Path) -> None:
        broken = path.with_name(f"{path.name}.broken")
        self.problem = "The saved layout of the window could not be read; it is set back."
        with suppress(OSError):
            path.replace(broken)
            self.problem += f" The old file is {broken}."


def _bytes_of(path: Path) -> bytes:
    if not path.is_file() or path.stat().st_size > _LIMIT_BYTES:
        raise ValueError("not a file of this program")
    return path.read_bytes()


def _replace(path: Path, content: bytes) -> None:
    private_dir(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise

"""`revo gui`: runs the desktop as a process of its own; nothing of it is imported here."""

import importlib.util
import os
import re
import shlex
import sys
from pathlib import Path

import click

from revo_edge.cli.output import error_line
from revo_edge.paths import find_paths

PAGES = ("overview", "tasks", "events", "metrics", "recall")
THEMES = ("dark", "light", "system")
SMALLEST = (360, 360)
LARGEST = (7680, 4320)
NOT_INSTALLED = 1
"""The exit code without the extra; the desktop ends with the same when it cannot open here."""


class Size(click.ParamType[str]):
    """WIDTHxHEIGHT in pixels."""

    name = "WxH"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the size as it was written; fail with an example."""
        found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", value)
        pair = (int(found[1]), int(found[2])) if found else (0, 0)
        if not all(low <= n <= high for low, n, high in zip(SMALLEST, pair, LARGEST, strict=True)):
            low, high = ("x".join(map(str, pair)) for pair in (SMALLEST, LARGEST))
            self.fail(
                f"{value!r} is not a size. Write width x height in pixels, for example 1280x800; "
                f"the smallest is {low}, the largest {high}.",
                param,
                ctx,
            )
        return value


class Picture(click.ParamType[str]):
    """A PNG file that can be written."""

    name = "PATH"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the absolute path; fail if no PNG file can be written there."""
        path = Path(value).absolute()
        if path.suffix.lower() != ".png":
            self.fail(f"{value!r} must end in .png.", param, ctx)
        if not path.parent.is_dir():
            self.fail(f"there is no folder {path.parent}.", param, ctx)
        if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
            self.fail(f"{path} cannot be written.", param, ctx)
        return str(path)


@click.command(epilog="Example: revo gui --page tasks --theme light")
@click.option("--page", type=click.Choice(PAGES), help="The page to show.")
@click.option("--size", type=Size(), help="The window's size in pixels, for example 1280x800.")
@click.option("--theme", type=click.Choice(THEMES), help="Colours; default: as last time.")
@click.option("--scale", type=click.FloatRange(0.5, 4), help="Enlarge everything, for example 1.5.")
@click.option("--offscreen", is_flag=True, help="Draw without a display.")
@click.option("--screenshot", type=Picture(), help="Write a picture and end; needs no display.")
def gui(
    *,
    page: str | None,
    size: str | None,
    theme: str | None,
    scale: float | None,
    offscreen: bool,
    screenshot: str | None,
) -> None:
    """Open the desktop: everything live in a window.

    Starts the daemon if it is not running. A second `revo gui` brings the open window to the
    front. Ctrl+C in the terminal closes it; the daemon stays up.
    """
    if not is_installed():
        error_line(f"The desktop is not installed. Type: {install_line()}")
        sys.exit(NOT_INSTALLED)
    from revo_edge.client.launch import ensure_daemon  # noqa: PLC0415 - zmq only when needed

    ensure_daemon(find_paths())
    named = {"page": page, "size": size, "theme": theme, "scale": scale, "screenshot": screenshot}
    args = [f"--{name}={value}" for name, value in named.items() if value is not None]
    if offscreen or screenshot:
        args.append("--offscreen")
    command = desktop_command(*args)
    sys.stdout.flush()
    # our own program takes this one's place: Ctrl+C and the exit code need no passing on
    os.execv(command[0], command)  # noqa: S606


def is_installed() -> bool:
    """Tell whether the extra [gui] is there, without importing any of it."""
    return all(importlib.util.find_spec(name) for name in ("revo_gui", "PySide6"))


def install_line() -> str:
    """Return what to type to install the desktop into this very Python."""
    return f"{shlex.quote(sys.executable)} -m pip install 'revo-edge[gui]'"


def desktop_command(*args: str) -> list[str]:
    """Return the command line of the desktop's process."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--desktop", *args]
    # -P: nothing that lies in the caller's folder is imported
    return [sys.executable, "-P", "-m", "revo_gui", *args]

"""`python -m revo_gui`: the desktop's process. Looks around first, then brings Qt in."""

import revo_edge.lean  # noqa: F401, I001 - works by being imported first
import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from revo_gui.checks import (
    WINDOW,
    Verdict,
    choose,
    missing_libraries,
    packages,
    real_probes,
    report,
)

PAGES = ("overview", "tasks", "events", "metrics", "recall")
THEMES = ("dark", "light", "system")
CANNOT_OPEN = 1
INTERRUPTED = 130


def main(argv: Sequence[str]) -> int:
    """Open the window, or draw its picture; return the exit code."""
    try:
        return _run(_parser().parse_args(argv))
    except KeyboardInterrupt:  # while Qt is loading; later it closes the window
        return INTERRUPTED


def _run(asked: argparse.Namespace) -> int:
    if asked.packages:
        needed = packages(missing_libraries(tuple(WINDOW), real_probes()))
        sys.stdout.write("".join(f"{name}\n" for name in needed))
        return 0
    if asked.check:
        return _say(report(os.environ, real_probes()))
    offscreen = asked.offscreen or asked.screenshot is not None
    verdict = choose(os.environ, real_probes(), offscreen=offscreen)
    if verdict.problem:
        sys.stderr.write(f"error: {verdict.problem}\n{verdict.mend}\n")
        return CANNOT_OPEN
    os.environ["QT_QPA_PLATFORM"] = verdict.platform
    if asked.scale:
        os.environ["QT_SCALE_FACTOR"] = str(asked.scale)
    return _open(asked, offscreen=offscreen)


def _open(asked: argparse.Namespace, *, offscreen: bool) -> int:
    from revo_gui.app import Options, run  # noqa: PLC0415 - brings Qt in, which aborts where the checks explain
    from revo_gui.messages import offscreen_messages  # noqa: PLC0415 - brings Qt in, which aborts where the checks explain

    named = {name: getattr(asked, name) for name in ("page", "size", "theme", "screenshot")}
    given = {name: value for name, value in named.items() if value is not None}
    with offscreen_messages() if offscreen else nullcontext():
        code = run(Options(**given, offscreen=offscreen))
    if asked.screenshot and code == 0:
        sys.stdout.write(f"{asked.screenshot}\n")
    return code


def _say(verdict: Verdict) -> int:
    """Answer `revo doctor`: what was found, and on a second line what mends it."""
    if verdict.problem:
        sys.stdout.write(f"{verdict.problem}\n{verdict.mend}\n")
        return CANNOT_OPEN
    no_window = verdict.platform == "offscreen"
    found = "no display here, pictures can be drawn" if no_window else "a window can open here"
    sys.stdout.write(f"{found} ({verdict.platform})\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("revo gui", allow_abbrev=False)
    parser.add_argument("--page", choices=PAGES)
    parser.add_argument("--size", type=_size, metavar="WxH")
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument("--scale", type=float)
    parser.add_argument("--offscreen", action="store_true")
    parser.add_argument("--screenshot", type=Path, metavar="PATH")
    parser.add_argument("--check", action="store_true", help="say whether a window can open")
    parser.add_argument("--packages", action="store_true", help="list missing system packages")
    return parser


def _size(text: str) -> tuple[int, int]:
    width, height = text.split("x")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The first file of the bundle: one program that is the command line and everything it starts.

A hidden first argument says which part to be; each part imports what it needs and nothing else.
"""

import os
import sys
from collections.abc import Callable


def main() -> int | None:
    """Be the part that the first argument names, or the command line; return the exit code."""
    part: Callable[[], int | None] = _command_line
    if len(sys.argv) > 1 and sys.argv[1] in _PARTS:
        part = _PARTS[sys.argv.pop(1)]
    return part()


def _command_line() -> None:
    from revo_edge.__main__ import main as command_line  # noqa: PLC0415 - only this part

    if chosen := _at_start("VIRTUAL_ENV"):  # the bundle's loader drops it
        os.environ["VIRTUAL_ENV"] = chosen
    command_line()


def _daemon() -> int:
    from revo_edge.daemon.__main__ import main as daemon  # noqa: PLC0415 - only this part

    return daemon()


def _fork_server() -> None:
    from revo_edge.pool.fork_server import main as fork_server  # noqa: PLC0415 - only this part

    fork_server()


def _desktop() -> int:
    import surroundings  # noqa: PLC0415 - only this part, and before Qt

    surroundings.prepare()
    from revo_gui.__main__ import main as desktop  # noqa: PLC0415 - only this part

    return desktop(sys.argv[1:])


_PARTS: dict[str, Callable[[], int | None]] = {
    "--daemon": _daemon,
    "--fork-server": _fork_server,
    "--desktop": _desktop,
}


def _at_start(variable: str) -> str | None:
    """Return what the variable was when this process began."""
    with open("/proc/self/environ", "rb") as block:  # noqa: PTH123 - pathlib costs each start 8 ms
        for pair in block.read().split(b"\0"):
            name, _, value = pair.partition(b"=")
            if name == os.fsencode(variable):
                return os.fsdecode(value)
    return None


if __name__ == "__main__":
    sys.exit(main())

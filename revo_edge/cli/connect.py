"""The way to the daemon: started on demand, except by commands that only look."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from revo_edge.errors import DaemonUnreachable
from revo_edge.paths import Paths, find_paths

if TYPE_CHECKING:
    from revo_edge.client.client import Client

NOT_RUNNING = "The daemon is not running. Start it with `revo up`."


@contextmanager
def connected(*, start: bool = True) -> Iterator["Client"]:
    """Yield a client; start the daemon when none answers, or raise DaemonUnreachable."""
    from revo_edge.client.client import Client  # noqa: PLC0415 - zmq only when something is asked
    from revo_edge.client.launch import ensure_daemon  # noqa: PLC0415

    paths = find_paths()
    if start:
        ensure_daemon(paths)
    elif not is_running(paths):
        raise DaemonUnreachable(NOT_RUNNING)
    with Client(paths) as client:
        yield client


def is_running(paths: Paths) -> bool:
    """Tell whether the process that wrote endpoint.json lives."""
    from revo_edge.client.launch import read_endpoint  # noqa: PLC0415 - as above

    return read_endpoint(paths) is not None

"""Where the daemon of a REVO_HOME listens."""

import msgspec

from revo_edge.contract.codec import PROTOCOL_VERSION
from revo_edge.contract.endpoint import Endpoint
from revo_edge.errors import DaemonUnreachable, VersionMismatch
from revo_edge.paths import Paths
from revo_edge.procfs import is_alive


def read_endpoint(paths: Paths) -> Endpoint | None:
    """Return the endpoint of the daemon that lives now; None if there is none.

    A file left behind by a dead daemon does not count, even if its pid was given out again.
    """
    try:
        endpoint = msgspec.json.decode(paths.endpoint.read_bytes(), type=Endpoint)
    except (OSError, msgspec.MsgspecError):
        return None
    return endpoint if is_alive(endpoint.pid, endpoint.start_ticks) else None


def require_endpoint(paths: Paths) -> Endpoint:
    """Return the endpoint; raise DaemonUnreachable, or VersionMismatch if it cannot be talked to."""
    endpoint = read_endpoint(paths)
    if endpoint is None:
        raise DaemonUnreachable(f"No daemon runs for {paths.home}. Start it with `revo up`.")
    low, high = endpoint.proto
    if not low <= PROTOCOL_VERSION <= high:
        raise VersionMismatch(
            f"The daemon (version {endpoint.version}) speaks protocol {low} to {high}, "
            f"this client {PROTOCOL_VERSION}. Stop the daemon with the program that started it, "
            "then try again."
        )
    return endpoint

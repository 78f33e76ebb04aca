"""endpoint.json: where the daemon of a REVO_HOME listens. Written after bind, renamed into place."""

import msgspec


class Endpoint(msgspec.Struct, frozen=True):
    """One running daemon. `start_ticks` is field 22 of /proc/PID/stat: a reused pid differs.

    `proto` is the range of protocol majors it speaks; the rest are ZeroMQ addresses.
    """

    pid: int
    start_ticks: int
    boot: str
    proto: tuple[int, int]
    version: str
    control: str
    events: str

"""What the supervisor and the fork server say to each other; light, since the daemon imports it."""

import struct

import msgspec

STATUS = struct.Struct("i")
"""What the sentinel pipe carries: the pid at the start, the exit status (as waitpid) at the end."""


NO_OPTIONS = msgspec.Raw(b"\x80")
"""An empty msgpack map."""


class Birth(msgspec.Struct, frozen=True):
    """What a new worker is told; `address` is the pool socket, `home` REVO_HOME.

    `part` is `engine.writer` or `engine.reader` for a process of the resident lane; `options` are
    its engine's settings as msgpack.
    """

    worker_id: str
    address: str
    home: str
    part: str = ""
    options: msgspec.Raw = NO_OPTIONS

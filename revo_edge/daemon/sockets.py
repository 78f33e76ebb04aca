"""The daemon's sockets: control (ROUTER), events (XPUB) and pool (ROUTER)."""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import zmq

from revo_edge.contract.codec import MESSAGE_LIMIT_BYTES
from revo_edge.paths import Paths, private_dir

log = logging.getLogger(__name__)

CONTROL_HWM = 1_000
EVENTS_HWM = 10_000
HEARTBEAT_MS = 1_000
HEARTBEAT_TIMEOUT_MS = 2_000
HANDSHAKE_MS = 3_000
"""A peer that connects and says nothing is dropped after so long."""
LINGER_MS = 500

NOT_BLOCKING = int(zmq.DONTWAIT)
_MORE = int(zmq.DONTWAIT | zmq.SNDMORE)
"""Plain numbers: pyzmq's enums cost a tenth of a small request."""


@dataclass(slots=True)
class Sockets:
    """All sockets of one daemon; they belong to the loop's thread."""

    folder: Path
    control: zmq.Socket[bytes]
    events: zmq.Socket[bytes]
    pool: zmq.Socket[bytes]
    inodes: dict[str, int] = field(default_factory=dict)

    def address(self, name: str) -> str:
        """Return the address of socket c, e or p."""
        return f"ipc://{self.folder}/{name}"

    def own(self) -> bool:
        """Tell whether the socket files are still the ones this daemon made."""
        return all(_inode(self.folder / name) == inode for name, inode in self.inodes.items())

    def rebind(self) -> None:
        """Bind the same addresses again after somebody removed or replaced the files.

        Connections that exist go on; only new ones need the file. Raises SettingsError or
        zmq.ZMQError when the folder cannot be used.
        """
        private_dir(self.folder)
        self.bind()

    def bind(self) -> None:
        """Bind all sockets; an old listener without a file stays, since unbinding it is late."""
        for name, socket in (("c", self.control), ("e", self.events), ("p", self.pool)):
            socket.bind(self.address(name))
            self.inodes[name] = _inode(self.folder / name)

    def close(self) -> None:
        """Close everything and remove the socket files (libzmq leaves them behind)."""
        mine = self.own()
        for socket in (self.control, self.events, self.pool):
            socket.close(LINGER_MS)
        if mine:
            for name in self.inodes:
                (self.folder / name).unlink(missing_ok=True)
            _remove_if_empty(self.folder)


def send(socket: "zmq.Socket[bytes]", frames: Sequence[bytes]) -> None:
    """Send a message without waiting; raise zmq.ZMQError when the socket does not take it."""
    for frame in frames[:-1]:
        socket.send(frame, _MORE)
    socket.send(frames[-1], NOT_BLOCKING)


def open_sockets(context: "zmq.Context[zmq.Socket[bytes]]", paths: Paths) -> Sockets:
    """Bind all sockets in the private folder; the caller holds the lock on REVO_HOME."""
    private_dir(paths.sockets.parent)
    private_dir(paths.sockets)
    control = context.socket(zmq.ROUTER)
    control.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    control.setsockopt(zmq.SNDHWM, CONTROL_HWM)
    events = context.socket(zmq.XPUB)
    events.setsockopt(zmq.XPUB_VERBOSER, 1)
    events.setsockopt(zmq.SNDHWM, EVENTS_HWM)
    events.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
    pool = context.socket(zmq.ROUTER)
    pool.setsockopt(zmq.SNDHWM, 0)
    pool.setsockopt(zmq.RCVHWM, 0)
    for socket in (control, events):
        # without a bound: libzmq 4.3.5 aborts the process (!_io_error) when a heartbeat is due on
        # a connection that was lost while its full queue had stopped the input
        socket.setsockopt(zmq.RCVHWM, 0)
        socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS)
        socket.setsockopt(zmq.MAXMSGSIZE, MESSAGE_LIMIT_BYTES)
    sockets = Sockets(paths.sockets, control, events, pool)
    sockets.bind()
    return sockets


def _inode(path: Path) -> int:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return 0


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        log.debug("the socket folder is still in use")

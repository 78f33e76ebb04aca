"""The kernel ends every worker's process group when the daemon dies; no thread has to act.

The daemon holds the only write end of a pipe. A worker opens the read end anew (the owner of a
descriptor's signals belongs to the open file, so each worker needs its own), asks for SIGKILL to
its process group when the pipe changes, and hands that descriptor down to what it starts. The
pipe changes once: when its last write end closes. See fcntl(2), F_SETOWN and F_SETSIG.
"""

import fcntl
import os
import select
import signal

_LEAST_FD = 100  # out of the way of descriptors that a started program expects at fixed numbers


class Lifeline:
    """The daemon's side. `read_fd` is for the fork server; closing the lifeline ends all groups."""

    def __init__(self) -> None:
        self.read_fd, self._write_fd = os.pipe2(os.O_CLOEXEC)

    def close(self) -> None:
        """Let go: every armed process group is killed at once."""
        os.close(self._write_fd)
        os.close(self.read_fd)


def arm(read_fd: int) -> int:
    """Tie the calling process's group to the lifeline; return the descriptor to hand down.

    The caller leads its group. If the daemon is already gone the group dies here and now.
    """
    opened = os.open(f"/proc/self/fd/{read_fd}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    armed = fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, _LEAST_FD)
    os.close(opened)
    fcntl.fcntl(armed, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(armed, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(armed, fcntl.F_SETFL, fcntl.fcntl(armed, fcntl.F_GETFL) | os.O_ASYNC)
    poller = select.poll()
    poller.register(armed, 0)
    if poller.poll(0):  # the end came before O_ASYNC: there will be no signal
        os.killpg(os.getpgrp(), signal.SIGKILL)
    return armed

"""A small process that has imported what workers need and forks one on request in milliseconds.

Not multiprocessing's: that one needs a second process (the resource tracker), speaks pickle, runs
the program's main module in each worker, and after a kill -9 leaves a socket in the temporary
folder. This one is told over a socket pair and ends when the daemon's end closes.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import sys

import msgspec

from revo_edge.pool import lane_main, worker_main
from revo_edge.pool.birth import STATUS, Birth

_REQUEST_LIMIT_BYTES = 64 * 1024


class ForkServer:
    """The server's state: one entry for each living worker."""

    def __init__(self, channel: socket.socket, lifeline_fd: int) -> None:
        self._channel = channel
        self._lifeline_fd = lifeline_fd
        self._living: dict[int, tuple[int, int]] = {}  # pidfd -> (pid, sentinel)
        self._poller = select.poll()

    def serve(self) -> None:
        """Fork and report until the daemon's end of the channel closes."""
        gc.collect()
        gc.freeze()  # a collection in a worker would copy every page of the imported modules
        self._poller.register(self._channel, select.POLLIN)
        while True:
            for fd, _ in self._poller.poll():
                if fd != self._channel.fileno():
                    self._report_end(fd)
                elif not self._fork_one():
                    return

    def _fork_one(self) -> bool:
        request, fds, _, _ = socket.recv_fds(self._channel, _REQUEST_LIMIT_BYTES, 1)
        if not request:
            return False
        birth = msgspec.msgpack.decode(request, type=Birth)
        sentinel = fds[0]
        try:
            pid = os.fork()
        except OSError as error:
            _tell(sentinel, -(error.errno or 1))
            os.close(sentinel)
            return True
        if pid == 0:
            self._become(birth, sentinel)
        _tell(sentinel, pid)
        pidfd = os.pidfd_open(pid)
        self._living[pidfd] = (pid, sentinel)
        self._poller.register(pidfd, select.POLLIN)
        return True

    def _become(self, birth: Birth, sentinel: int) -> None:
        """Be the worker: never returns."""
        status = 1
        try:
            self._channel.close()
            for pidfd, (_, other) in self._living.items():
                os.close(pidfd)
                os.close(other)
            os.close(sentinel)
            _run(birth, self._lifeline_fd)
            status = 0
        except BaseException:  # noqa: BLE001 - the last frame of a process: say it and end
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _report_end(self, pidfd: int) -> None:
        pid, sentinel = self._living.pop(pidfd)
        self._poller.unregister(pidfd)
        _, status = os.waitpid(pid, 0)
        os.close(pidfd)
        _tell(sentinel, status)
        os.close(sentinel)


def _run(birth: Birth, lifeline_fd: int) -> None:
    if birth.part:
        lane_main.run(birth, lifeline_fd)
    else:
        worker_main.run(birth.worker_id, birth.address, birth.home, lifeline_fd)


def _tell(sentinel: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # the daemon is gone: nobody waits for it
        os.write(sentinel, STATUS.pack(number))


def main() -> None:
    """Serve; the arguments are the descriptors of the channel and of the lifeline."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel_fd, lifeline_fd = int(sys.argv[1]), int(sys.argv[2])
    for fd in (channel_fd, lifeline_fd):
        os.set_inheritable(fd, False)
    with open("/proc/self/comm", "w", encoding="ascii") as comm:  # noqa: PTH123 - a file of /proc
        comm.write("revo forks")
    ForkServer(socket.socket(fileno=channel_fd), lifeline_fd).serve()

"""The fork server as a process of its own."""

import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from revo_edge import procfs
from revo_edge.contract import codec
from revo_edge.pool.birth import STATUS, Birth
from revo_edge.pool.lifeline import Lifeline


@pytest.fixture
def channel() -> Iterator[tuple[socket.socket, subprocess.Popen[bytes]]]:
    line = Lifeline()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    fds = (theirs.fileno(), line.read_fd)
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from revo_edge.pool.fork_server import main; main()",
            *map(str, fds),
        ],
        pass_fds=fds,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    theirs.close()
    with server, ours:
        yield ours, server
        ours.close()
        line.close()


def _fork(channel: socket.socket) -> tuple[int, int]:
    sentinel, write_end = os.pipe()
    birth = Birth("w1", "ipc:///nowhere/p", "/nowhere")
    socket.send_fds(channel, [codec.encode(birth)], [write_end])
    os.close(write_end)
    return sentinel, STATUS.unpack(os.read(sentinel, STATUS.size))[0]


def test_it_tells_the_pid_first_and_the_exit_status_last(
    channel: tuple[socket.socket, subprocess.Popen[bytes]],
) -> None:
    sentinel, pid = _fork(channel[0])
    assert procfs.read_stat(pid) is not None
    poller = select.poll()
    poller.register(sentinel, select.POLLIN)
    assert not poller.poll(0)
    os.kill(pid, 9)
    assert poller.poll(3000)
    (status,) = STATUS.unpack(os.read(sentinel, STATUS.size))
    assert os.waitstatus_to_exitcode(status) == -9
    assert os.read(sentinel, 1) == b""
    os.close(sentinel)


def test_it_ends_with_the_channel(
    channel: tuple[socket.socket, subprocess.Popen[bytes]],
) -> None:
    ours, server = channel
    ours.close()
    assert server.wait(5) == 0


def test_it_imports_no_heavy_library(
    channel: tuple[socket.socket, subprocess.Popen[bytes]],
) -> None:
    code = (
        "import sys, revo_edge.pool.fork_server;"
        "print({'numpy', 'onnxruntime', 'PySide6', 'asyncio', 'sqlite3'} & set(sys.modules))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert ended.stdout == b"set()\n"

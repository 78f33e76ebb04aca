import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from revo_edge.daemon.sockets import Sockets, open_sockets
from revo_edge.paths import Paths

Context = zmq.Context[zmq.Socket[bytes]]


@pytest.fixture
def context() -> Iterator[Context]:
    context: Context = zmq.Context()
    yield context
    context.destroy(linger=0)


@pytest.fixture
def sockets(context: Context, short_dir: Path) -> Iterator[Sockets]:
    paths = Paths(short_dir / "home", short_dir / "config", short_dir / "run" / "revo" / "ab")
    sockets = open_sockets(context, paths)
    yield sockets
    sockets.close()


def answered(sockets: Sockets, context: Context) -> bool:
    with context.socket(zmq.REQ) as peer:
        peer.linger = 0
        peer.connect(sockets.address("c"))
        peer.send(b"?")
        if not sockets.control.poll(2_000):
            return False
        sockets.control.send_multipart(sockets.control.recv_multipart())
        return bool(peer.poll(2_000))


def test_the_folder_is_private_and_gone_after_close(context: Context, short_dir: Path) -> None:
    paths = Paths(short_dir / "home", short_dir / "config", short_dir / "run" / "revo" / "ab")
    sockets = open_sockets(context, paths)
    assert sorted(path.name for path in paths.sockets.iterdir()) == ["c", "e", "p"]
    assert paths.sockets.stat().st_mode & 0o777 == 0o700
    assert sockets.own()
    assert answered(sockets, context)
    sockets.close()
    assert not paths.sockets.exists()


def test_a_removed_folder_is_noticed_and_bound_again(sockets: Sockets, context: Context) -> None:
    with context.socket(zmq.REQ) as old:
        old.linger = 0
        old.connect(sockets.address("c"))
        old.send(b"before")
        frames = sockets.control.recv_multipart()
        shutil.rmtree(sockets.folder)
        assert not sockets.own()
        sockets.rebind()
        assert sockets.own()
        assert answered(sockets, context)
        sockets.control.send_multipart(frames)  # a connection that exists goes on
        assert old.poll(2_000)


def test_a_stolen_socket_is_noticed_and_not_removed_at_close(
    sockets: Sockets, context: Context
) -> None:
    thief = context.socket(zmq.ROUTER)
    (sockets.folder / "c").unlink()
    thief.bind(sockets.address("c"))
    assert not sockets.own()
    sockets.close()
    assert (sockets.folder / "c").exists()
    thief.close(0)

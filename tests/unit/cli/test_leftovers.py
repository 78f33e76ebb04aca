import fcntl
import os
import socket
from pathlib import Path

from revo_edge.cli.leftovers import find_leftovers, listener, remove_leftovers
from revo_edge.paths import Paths, private_dir
from tests.harness import DaemonProcess


def stale_socket(path: Path) -> Path:
    private_dir(path.parent)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    return path


def test_the_listener_of_a_socket_is_named(short_dir: Path) -> None:
    path = short_dir / "s"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
        made.listen()
        assert listener(path) == os.getpid()
    assert listener(path) is None
    assert listener(short_dir / "none") is None


def test_a_killed_daemon_leaves_files_that_are_found_and_removed(daemon: DaemonProcess) -> None:
    paths = daemon.paths
    assert find_leftovers(paths) == []
    daemon.kill()
    stale = [paths.endpoint, *(paths.sockets / name for name in "cep")]
    assert find_leftovers(paths) == stale
    assert remove_leftovers(paths) == stale
    assert not any(map(os.path.lexists, stale))
    assert remove_leftovers(paths) == []
    daemon.start()


def test_nothing_is_removed_while_somebody_holds_the_lock(home: Paths) -> None:
    stale = stale_socket(home.sockets / "c")
    with home.lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert remove_leftovers(home) == []
    assert remove_leftovers(home) == [stale]


def test_half_written_files_are_left_alone_while_they_are_young(home: Paths) -> None:
    private_dir(home.spool)
    young, old = home.spool / "a.tmp", home.spool / "b.part"
    young.touch()
    old.touch()
    os.utime(old, (1, 1))
    assert find_leftovers(home) == [old]

"""Programs started by hand: environment, descriptors, output, end."""

import os
import select
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from revo_edge import procfs
from revo_edge.contract.workers import Attempt
from revo_edge.engines.base import ItemFailed
from revo_edge.pool.child import Child, Surroundings
from revo_edge.pool.output import KEPT_BYTES
from revo_edge.pool.process_tree import descendants
from tests.harness import WaitFor


@pytest.fixture
def around() -> Iterator[Surroundings]:
    read_end, write_end = os.pipe()
    cancel_fd = os.eventfd(0, os.EFD_NONBLOCK)
    yield Surroundings(read_end, "1.2", cancel_fd)
    for fd in (read_end, write_end, cancel_fd):
        os.close(fd)


def _attempt(cwd: Path, **env: str) -> Attempt:
    return Attempt("a", "T", "k", cwd=str(cwd), env=env)


def _finish(child: Child) -> list[bytes]:
    while child.exit_code() is None:
        child.wait(None)
    child.close()
    return [kept.take() for kept in child.outputs.values()]


def test_it_runs_in_the_folder_with_the_given_environment_only(
    around: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_DAEMON", "x")
    child = Child(["sh", "-c", "pwd; umask; env"], around, _attempt(tmp_path, MINE="1"))
    (text,) = _finish(child)
    lines = text.decode().splitlines()
    assert lines[:2] == [str(tmp_path), "0022"]
    names = {line.partition("=")[0] for line in lines[2:]}
    assert {"MINE", "PATH", "HOME", "LANG", "_REVO_GROUP"} <= names
    assert "SECRET_OF_THE_DAEMON" not in names


def test_it_holds_the_lifeline(around: Surroundings, tmp_path: Path) -> None:
    code = f"test -p /proc/self/fd/{around.lifeline_fd} && echo held"
    (text,) = _finish(Child(["sh", "-c", code], around, _attempt(tmp_path)))
    assert text == b"held\n"


def test_both_outputs_are_drained_and_bounded(around: Surroundings, tmp_path: Path) -> None:
    code = "head -c 100000000 /dev/zero; head -c 100000000 /dev/zero >&2"
    child = Child(["sh", "-c", code], around, _attempt(tmp_path), split=True)
    for text in _finish(child):
        assert len(text) < 2 * KEPT_BYTES + 100
        assert b"bytes dropped" in text


def test_closing_a_running_child_kills_its_tree(
    around: Surroundings, tmp_path: Path, wait_for: WaitFor
) -> None:
    child = Child(["sh", "-c", "sleep 600; :"], around, _attempt(tmp_path))
    wait_for(lambda: descendants(child.pid))
    below = descendants(child.pid)
    assert child.close() == -9
    wait_for(lambda: not any(procfs.read_stat(pid) for pid in below))


def test_waiting_ends_at_its_deadline_and_with_a_cancel(
    around: Surroundings, tmp_path: Path
) -> None:
    child = Child(["sleep", "600"], around, _attempt(tmp_path))
    assert child.wait(time.monotonic() + 0.01) == []
    os.eventfd_write(around.cancel_fd, 1)
    assert child.wait(None) == [around.cancel_fd]
    assert child.wait(time.monotonic() + 0.01) == []
    child.close()


def test_it_also_wakes_for_a_watched_descriptor(around: Surroundings, tmp_path: Path) -> None:
    child = Child(["sleep", "600"], around, _attempt(tmp_path))
    fd = os.eventfd(1)
    child.watch(fd, select.POLLIN)
    assert child.wait(None) == [fd]
    child.unwatch(fd)
    child.unwatch(fd)
    assert child.wait(time.monotonic()) == []
    child.close()
    os.close(fd)


@pytest.mark.parametrize(
    ("argv", "folder", "words"),
    [
        (["no-such-program"], ".", "no such program"),
        (["/etc/passwd"], ".", "Permission denied"),
        (["true"], "gone", "is not there any more"),
        (["a\0b"], ".", "null byte"),
    ],
)
def test_what_cannot_start_is_said(
    around: Surroundings, tmp_path: Path, argv: list[str], folder: str, words: str
) -> None:
    with pytest.raises(ItemFailed, match=words) as caught:
        Child(argv, around, _attempt(tmp_path / folder))
    assert caught.value.error.code == "spawn_failed"

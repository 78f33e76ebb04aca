"""Trees of real processes: found, killed, adopted."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from revo_edge import procfs
from revo_edge.pool.process_tree import descendants, kill_tree
from tests.harness import WaitFor

# a process with a child that has two children
_TREE = """
import subprocess, sys, time
subprocess.Popen(["sh", "-c", "sleep 600 & sleep 600 & wait"])
print("up", flush=True)
time.sleep(600)
"""
# adopts, lets a grandchild lose its parent, kills it, and prints what is left
_ADOPTER = """
import os, subprocess, time
from revo_edge import procfs
from revo_edge.pool.process_tree import adopt_orphans, kill_strays
adopt_orphans()
kept = subprocess.Popen(["sleep", "600"])
text = subprocess.run(["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"], stdout=subprocess.PIPE).stdout
orphan = int(text)
stat = procfs.read_stat(orphan)
adopted = stat is not None and stat.ppid == os.getpid()
kill_strays(frozenset({kept.pid}))
print(adopted, procfs.read_stat(orphan) is None, kept.poll() is None)
kept.kill()
kept.wait()
kill_strays(frozenset())
"""


@pytest.fixture
def tree(wait_for: WaitFor) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-c", _TREE], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        wait_for(lambda: len(descendants(process.pid)) == 3)
        yield process
        kill_tree(process.pid)


def test_descendants_are_found_at_any_depth(tree: subprocess.Popen[str]) -> None:
    parents = {stat.ppid for pid in descendants(tree.pid) if (stat := procfs.read_stat(pid))}
    assert tree.pid in parents
    assert len(parents) == 2


def test_a_tree_is_killed_whole(tree: subprocess.Popen[str], wait_for: WaitFor) -> None:
    below = descendants(tree.pid)
    kill_tree(tree.pid)
    assert tree.wait() == -9
    wait_for(lambda: not any(procfs.read_stat(pid) for pid in below))


def test_an_orphan_is_adopted_and_ended_but_what_is_kept_lives() -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", _ADOPTER], env=env, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["True", "True", "True"]

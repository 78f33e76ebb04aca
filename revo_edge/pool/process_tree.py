"""What a worker started: found in /proc by parent, and killed one by one.

A runner or a command stays in its worker's process group, so that the lifeline reaches it; it can
therefore not be killed as a group of its own. The worker is made the adopter of orphans below it
(PR_SET_CHILD_SUBREAPER), so that nothing escapes by forking twice.
"""

import contextlib
import ctypes
import os
import signal

from revo_edge import procfs

GROUP_VARIABLE = "_REVO_GROUP"
"""Environment variable of everything a worker starts: to which process group it belongs."""

_PR_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
_MOST_SWEEPS = 50  # a tree that forks faster than we kill is left to the kill of the whole group


def group_mark(pid: int, start_ticks: int) -> str:
    """Return the value of GROUP_VARIABLE for the group that this worker leads."""
    return f"{pid}.{start_ticks}"


def adopt_orphans() -> None:
    """Make the calling process the parent of every orphan below it."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(pid: int) -> list[int]:
    """Return all living processes below one, in no order; one pass over /proc."""
    children: dict[int, list[int]] = {}
    for stat in procfs.all_processes():
        children.setdefault(stat.ppid, []).append(stat.pid)
    found = list(children.get(pid, ()))
    for each in found:  # grows while it is walked
        found += children.get(each, ())
    return found


def kill_tree(pid: int) -> None:
    """Kill a child of the calling process with all below it; the child is left to be reaped."""
    _send(pid, signal.SIGSTOP)  # it must not start more while we look
    for _ in range(_MOST_SWEEPS):
        below = descendants(pid)
        if not below:
            break
        for each in below:
            _send(each, signal.SIGKILL)
    _send(pid, signal.SIGKILL)


def kill_strays(keep: frozenset[int]) -> None:
    """Kill and reap every child of the calling process that is not in `keep`, and all below."""
    if not _has_children():
        return
    for _ in range(_MOST_SWEEPS):
        mine = [stat.pid for stat in procfs.all_processes() if stat.ppid == os.getpid()]
        strays = [pid for pid in mine if pid not in keep]
        if not strays:
            break
        for pid in strays:
            kill_tree(pid)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    with contextlib.suppress(ChildProcessError):
        while not keep and os.waitpid(-1, os.WNOHANG)[0]:
            pass  # adopted ones that ended by themselves


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)

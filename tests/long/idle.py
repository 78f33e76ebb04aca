"""45 minutes of an idle daemon with 4 workers: nothing may grow and next to nothing may run.

A round is a minute; `--rounds 5` watches for five. Every 10 s the RSS, USS, open descriptors,
threads and CPU time of the daemon and of each worker are read. After the warm-up (20 of the 45
minutes, the same share of a shorter run) a line is fitted through each process's memory: the upper
95 % bound of its slope must be under 1 MB/h, descriptors and threads must all be equal, and the
daemon must use less than 0.5 % of a core. The last round judges; the fork server and the workers
are stated apart. A run that is resumed watches a new daemon for the minutes that are left.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import psutil

from revo_edge import Client
from revo_edge.contract.workers import WorkerInfo, WorkerState
from revo_edge.paths import Paths
from tests.harness import wait_for
from tests.long._slope import fit
from tests.long.run import Round, Run
from tests.private import private_daemon

MINUTES = 45
WARM_UP_SHARE = 20 / 45
INTERVAL_S = 10.0
SAMPLES_PER_MINUTE = 6
WORKERS = 4
SLOPE_LIMIT_MB_PER_H = 1.0
CPU_LIMIT_PERCENT = 0.5


class Look(msgspec.Struct, frozen=True):
    """One process at one time. `at_s` is monotonic, `cpu_s` user and system time since its start."""

    at_s: float
    rss_mb: float
    uss_mb: float
    fds: int
    threads: int
    cpu_s: float


def scenario(run: Run) -> Iterator[Round]:
    """Yield a round for each minute."""
    minutes = run.numbers(MINUTES)
    with private_daemon() as daemon:
        processes = _processes(daemon.pid, daemon.paths)
        looks: dict[str, list[Look]] = {name: [] for name in processes}
        due = time.monotonic()
        for minute in minutes:
            for _ in range(SAMPLES_PER_MINUTE):
                due += INTERVAL_S
                _wait_until(due)
                for name, process in processes.items():
                    looks[name].append(_look(process))
            if minute != minutes[-1]:
                last = looks["daemon"][-1]
                yield Round(ok=True, facts={"daemon": msgspec.to_builtins(last)})
        yield _judge(looks, len(minutes))


def _judge(looks: dict[str, list[Look]], minutes: int) -> Round:
    """Compare what was seen after the warm-up with the limits."""
    problems: list[str] = []
    facts: dict[str, Any] = {"minutes": minutes, "warm_up_minutes": minutes * WARM_UP_SHARE}
    for name, seen in looks.items():
        steady = seen[int(len(seen) * WARM_UP_SHARE) :]
        facts[name] = found = _summary(steady)
        problems += [
            f"{name}: {memory} may grow {found[memory]['slope_upper_mb_per_h']:.2f} MB/h"
            for memory in ("rss", "uss")
            if not found[memory]["slope_upper_mb_per_h"] < SLOPE_LIMIT_MB_PER_H
        ]
        problems += [
            f"{name}: {what} {found[what]}" for what in ("fds", "threads") if len(found[what]) > 1
        ]
    percent = facts["daemon"]["cpu_percent"]
    if percent >= CPU_LIMIT_PERCENT:
        problems.append(f"daemon: {percent:.2f} % of a core")
    return Round(ok=not problems, note="; ".join(problems), facts=facts)


def _summary(looks: Sequence[Look]) -> dict[str, Any]:
    lasted_s = looks[-1].at_s - looks[0].at_s
    return {
        "rss": fit([(look.at_s, look.rss_mb) for look in looks]),
        "uss": fit([(look.at_s, look.uss_mb) for look in looks]),
        "fds": sorted({look.fds for look in looks}),
        "threads": sorted({look.threads for look in looks}),
        "cpu_percent": round((looks[-1].cpu_s - looks[0].cpu_s) / lasted_s * 100, 3),
        "samples": len(looks),
    }


def _processes(daemon: int, paths: Paths) -> dict[str, psutil.Process]:
    """Return the daemon, its fork server and its idle workers."""
    found = {"daemon": psutil.Process(daemon)}
    with Client(paths) as revo:
        workers = wait_for(lambda: _all_idle(revo.workers().workers), 30)
    found |= {worker.id: psutil.Process(worker.pid) for worker in workers}
    known = {process.pid for process in found.values()}
    others = [child for child in found["daemon"].children(recursive=True) if child.pid not in known]
    return found | {f"fork server {n}": child for n, child in enumerate(others)}


def _all_idle(workers: Sequence[WorkerInfo]) -> Sequence[WorkerInfo]:
    idle = [worker for worker in workers if worker.state is WorkerState.IDLE]
    return idle if len(idle) == WORKERS else []


def _look(process: psutil.Process) -> Look:
    with process.oneshot():
        memory, times = process.memory_full_info(), process.cpu_times()
        return Look(
            at_s=time.monotonic(),
            rss_mb=memory.rss / 1e6,
            uss_mb=memory.uss / 1e6,
            fds=process.num_fds(),
            threads=process.num_threads(),
            cpu_s=times.user + times.system,
        )


def _wait_until(when: float) -> None:
    wait_for(lambda: time.monotonic() >= when, INTERVAL_S + 5)

"""Start-up and footprint: the daemon's own memory, its idle CPU, and the two commonest commands.

- memory: the daemon process alone, as psutil counts it: RSS (with pages shared with others) and
  USS (its own only); the fork server and the workers are named beside it.
- idle CPU: user and system time of the daemon process over a minute with 16 idle workers.
- commands: wall time, median of 20 runs, beside `python -c pass` of the same interpreter; the
  files are in the page cache.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

import psutil

from revo_edge import Client
from tests.bench._rows import Row, load_1m, show
from tests.harness import DaemonProcess, wait_for
from tests.private import private_daemon

WORKERS = 16
RUNS = 20
RSS_BUDGET_MB = 35
CPU_BUDGET_PERCENT = 0.5
COMMANDS = (("--version", 150), ("status", 300))
"""Arguments of `revo` and the budget in milliseconds."""


def main(argv: list[str]) -> int:
    """Print the rows; return 1 when one missed its budget."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench start")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to watch it idle")
    asked = parser.parse_args(argv)
    load = load_1m()
    with private_daemon() as daemon:
        rows = [*commands(), *idle(daemon, asked.seconds), *memory(daemon)]
    return show("start", rows, load, as_json=asked.json)


def commands() -> Iterator[Row]:
    """Time `revo --version` and `revo status` against a running daemon."""
    for argument, budget_ms in COMMANDS:
        bare_ms = _median_ms([sys.executable, "-c", "pass"])
        took_ms = _median_ms([sys.executable, "-m", "revo_edge", argument])
        yield Row(
            f"revo {argument}",
            took_ms,
            "ms",
            f"< {budget_ms} ms",
            took_ms < budget_ms,
            bare_ms,
            "python -c pass",
            f"median of {RUNS} runs",
        )


def idle(daemon: DaemonProcess, seconds: float) -> Iterator[Row]:
    """Watch the daemon do nothing with 16 workers."""
    with Client(daemon.paths) as revo:
        revo.scale(WORKERS, WORKERS)
        wait_for(lambda: len(revo.workers().workers) == WORKERS, 60)
    process = psutil.Process(daemon.pid)
    _let_pass(5.0)
    before_s = _cpu_s(process)
    _let_pass(seconds)
    percent = (_cpu_s(process) - before_s) / seconds * 100
    yield Row(
        f"daemon's CPU, idle with {WORKERS} workers",
        percent,
        "%",
        f"< {CPU_BUDGET_PERCENT} %",
        percent < CPU_BUDGET_PERCENT,
        caveat=f"percent of one core over {seconds:.0f} s, no subscriber",
    )


def memory(daemon: DaemonProcess) -> Iterator[Row]:
    """Weigh the daemon alone; the rest is named in the caveat."""
    process = psutil.Process(daemon.pid)
    own = process.memory_full_info()
    others = [child.memory_full_info() for child in process.children(recursive=True)]
    rss_mb = own.rss / 1e6
    yield Row(
        "daemon's RSS without workers",
        rss_mb,
        "MB",
        f"< {RSS_BUDGET_MB} MB",
        rss_mb < RSS_BUDGET_MB,
        caveat=f"USS {own.uss / 1e6:.1f} MB; {len(others)} other processes (fork server, workers): "
        f"RSS each {_mean_mb([each.rss for each in others]):.1f} MB, "
        f"USS each {_mean_mb([each.uss for each in others]):.1f} MB, "
        f"USS together {sum(each.uss for each in others) / 1e6:.1f} MB",
    )


def _median_ms(command: Sequence[str]) -> float:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # warm the page cache
    return statistics.median(_once_ms(command) for _ in range(RUNS))


def _once_ms(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _let_pass(seconds: float) -> None:
    """Do nothing for so long: what is measured is a process that nobody disturbs."""
    end = time.monotonic() + seconds
    wait_for(lambda: time.monotonic() >= end, seconds + 1)


def _mean_mb(values: Sequence[int]) -> float:
    return statistics.mean(values) / 1e6 if values else 0.0

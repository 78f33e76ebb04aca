"""Predicted ends of tasks beside what then happened, and what asking for them costs the daemon.

20 tasks of a kind with seeded durations (50 to 350 ms, log-normal) teach it, then 50 more wait for
4 workers and are asked about at once: the error of a prediction is its distance from the real end
as a share of the time between asking and that end. Then 10,000 tasks wait behind a long one and
another process asks `task.outlook` again and again: round trips of `hello` say whether the loop was
held up; its own share is measured apart. Caveat: all of it shares the machine's cores.
"""

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Iterator

from revo_edge import Client, TaskSpec
from revo_edge.clock import utc_now
from revo_edge.contract.kinds import Kind
from revo_edge.contract.requests import Empty
from revo_edge.core.scheduler import Scheduler
from tests.bench._rows import Row, load_1m, percentile, show
from tests.harness import wait_for
from tests.private import private_daemon

WORKERS = 4
TAUGHT, ASKED = 20, 50
WAITING = 10_000
HELLO_S = 5.0
_ASK = """
import time
from revo_edge import Client
with Client(deadline_s=30.0) as revo:
    while True:
        began = time.monotonic()
        revo.outlook(limit=1000)
        print((time.monotonic() - began) * 1000, flush=True)
"""


def main(argv: list[str]) -> int:
    """Print the rows; return 1 when one missed its budget."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench outlook")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv)
    load = load_1m()
    env = {"REVO_WORKERS_MIN": str(WORKERS), "REVO_WORKERS_MAX": str(WORKERS)}
    with private_daemon(env) as daemon, Client(daemon.paths, deadline_s=30.0) as revo:
        rows = [*errors(revo), *loops_share(), *cost(revo)]
    return show("outlook", rows, load, as_json=asked.json)


def errors(revo: Client) -> Iterator[Row]:
    """Teach a kind, then compare what is foreseen with what happens."""
    seeded = random.Random(11)  # noqa: S311 - draws durations, guards nothing

    def sleeps(count: int) -> list[TaskSpec]:
        drawn = [min(0.35, max(0.05, 0.13 * seeded.lognormvariate(0, 0.5))) for _ in range(count)]
        return [TaskSpec("probe.sleep_deaf", {"seconds": seconds}) for seconds in drawn]

    for task_id in revo.submit_batch(sleeps(TAUGHT)):
        revo.wait(task_id)
    ids = revo.submit_batch(sleeps(ASKED))
    at = utc_now()
    foreseen = {o.id: o.end_p50_at for o in revo.outlook(ids)}
    late = {o.id: o.end_p90_at for o in revo.outlook(ids)}
    found: list[float] = []
    within = 0
    for task_id in ids:
        ended_at, p50_at = revo.wait(task_id).ended_at, foreseen.get(task_id)
        if ended_at is None or p50_at is None:
            continue
        found.append(100 * abs(p50_at - ended_at) / (ended_at - at))
        within += ended_at <= (late.get(task_id) or 0.0)
    middle = percentile(found, 50)
    yield Row(
        f"median error of {len(found)} predicted ends",
        middle,
        "%",
        "< 30 %",
        len(found) >= ASKED // 2 and middle < 30,
        caveat=f"after {TAUGHT} tasks of the kind; {within} of {len(found)} ended before their p90",
    )


def cost(revo: Client) -> Iterator[Row]:
    """Ask with a full line."""
    revo.resume("long", 1)
    first = revo.submit(TaskSpec("probe.sleep", {"seconds": 600}, queue="long")).id
    waiting = TaskSpec("probe.echo", {"value": 1}, queue="long")
    for _ in range(WAITING // 1000):
        revo.submit_batch([waiting] * 1000)
    wait_for(lambda: any(queue.queued >= WAITING for queue in revo.queues()), 30)
    alone = hellos(revo)
    with subprocess.Popen([sys.executable, "-c", _ASK], stdout=subprocess.PIPE, text=True) as asker:
        assert asker.stdout is not None
        asker.stdout.readline()  # its first answer is there
        beside = hellos(revo)
        asker.terminate()
        answers = [float(line) for line in asker.stdout]
    revo.cancel(first, grace_s=0)
    beside_ms, alone_ms = percentile(beside, 50), percentile(alone, 50)
    yield Row(
        "hello p50 beside task.outlook",
        beside_ms,
        "ms",
        "peer + 5 ms",
        len(answers) > 0 and beside_ms < alone_ms + 5,
        alone_ms,
        "hello p50 without it",
        f"{WAITING:,} waiting; p99 {percentile(beside, 99):.1f} ms (without {percentile(alone, 99):.1f}"
        f" ms); {len(answers)} answers of 1,000 rows, p50 {percentile(answers, 50):.0f} ms",
    )


def loops_share() -> Iterator[Row]:
    """Measure what the loop itself does for an answer; the rest is the reader thread's."""
    scheduler = Scheduler({"work": Kind("work", "bench", "work", Empty)})
    batch = [(f"t{number}", TaskSpec("work"), b"\x80") for number in range(WAITING)]
    scheduler.submit_batch(batch, 0.0)
    took: list[float] = []
    for _ in range(100):
        began = time.perf_counter()
        scheduler.picture((), 1.0)
        took.append((time.perf_counter() - began) * 1000)
    worst_ms = percentile(took, 99)
    yield Row(
        "the loop's share of task.outlook, p99",
        worst_ms,
        "ms",
        "< 5 ms",
        worst_ms < 5,
        caveat=f"in this process, {WAITING:,} waiting; p50 {percentile(took, 50):.2f} ms",
    )


def hellos(revo: Client) -> list[float]:
    """Return round trips of HELLO_S seconds of the shortest request, in ms."""
    took: list[float] = []
    end = time.monotonic() + HELLO_S
    while (began := time.monotonic()) < end:
        revo.hello()
        took.append((time.monotonic() - began) * 1000)
    return took

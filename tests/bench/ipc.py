"""Requests and events of the running daemon, each beside a peer in the same run.

What runs: a daemon with default settings in a home of its own, over ipc.

- round trip: one pyzmq REQ client and the method hello, against REQ and ROUTER written in C with
  the same libzmq and the same sizes; the rounds alternate, that of the median ratio counts.
- 100 clients: 4 processes of 25 REQ sockets that ask again at once, against a bare Python poll loop
  that answers the same clients with as many bytes.
- status: health, worker.list and engine.list in turn while 16 workers burn CPU; the bare poll loop
  is asked in between.
- loop lag: the daemon's own measure (metrics.get) while sleeping tasks make it grow from 4 to 16.
- events: two tasks that report progress, conflated to 10/s each, so 20 events a second to each of
  100 subscribers in 4 processes, against a bare Python XPUB that sends as many to the same; from
  the publishing time in the event to the end of its receipt (25 subscribers share one process, so
  the last of them waits for the others).
"""

import argparse
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
import zmq

from revo_edge import Client, TaskSpec
from revo_edge.clock import utc_now
from revo_edge.contract.codec import encode
from revo_edge.contract.kinds import Lane
from revo_edge.contract.requests import Request
from revo_edge.contract.workers import WorkerState
from tests.bench._clients import PATIENCE_MS, Closed, Heard, Socket
from tests.bench._rows import Row, load_1m, percentile, show
from tests.harness import REPOSITORY, DaemonProcess, wait_for
from tests.private import private_daemon

ROUNDS = 5
ROUND_TRIPS = 2_000
PROCESSES = 4
CLIENTS = 100
EVENTS_PER_S = 20
STATUS = ("health", "worker.list", "engine.list")
BURN = "def burn(_):\n    return sum(n * n for n in range(400_000))\n"
_SOURCE = Path(__file__).with_name("floor.c")

Measure = Callable[[], float]
R = TypeVar("R")


def main(argv: list[str]) -> int:
    """Print the rows; return 1 when one missed its budget."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench ipc")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each measurement")
    asked = parser.parse_args(argv)
    load = load_1m()
    with (
        private_daemon() as daemon,
        Client(daemon.paths) as revo,
        tempfile.TemporaryDirectory(prefix="rv-", dir="/tmp") as name,
    ):
        folder = Path(name)
        rows = [
            *lag_while_scaling(revo),
            *round_trip(daemon, folder),
            *many_clients(daemon, folder, asked.seconds),
            *events(daemon, revo, folder, asked.seconds),
            *status_under_load(daemon, revo, folder, asked.seconds),
        ]
    return show("ipc", rows, load, as_json=asked.json)


def lag_while_scaling(revo: Client) -> Iterator[Row]:
    """Grow from 4 to 16 workers by a burst of sleeping tasks."""
    wait_for(lambda: _ready_workers(revo) == 4, 30)
    began = utc_now()
    revo.submit_batch([TaskSpec("probe.sleep_deaf", {"seconds": 0.5})] * 400)
    wait_for(lambda: _ready_workers(revo) == 16, 60)
    grown_s = utc_now() - began
    samples = wait_for(lambda: revo.metrics(since=began + grown_s).self_, 5)
    lag = samples[-1].loop_lag
    for task in revo.tasks():
        if not task.state.final:
            revo.cancel(task.id, grace_s=0)
    revo.scale(4, 4)
    wait_for(lambda: _ready_workers(revo) == 4, 60)
    yield Row(
        "loop lag p99, scaling 4 -> 16",
        lag.p99_ms or 0.0,
        "ms",
        "< 5 ms",
        (lag.p99_ms or 0.0) < 5,
        caveat=f"grown in {grown_s:.1f} s; {lag.count} turns of the loop, p50 {lag.p50_ms} ms",
    )


def round_trip(daemon: DaemonProcess, folder: Path) -> Iterator[Row]:
    """One REQ client, hello, against the floor."""
    address, request = daemon.endpoint.control, _request("hello")
    reply = _ask_once(address, "hello")
    with _floor(folder, request, len(reply)) as (name, measure_floor):
        pairs = [(_p50_us(address, request), measure_floor()) for _ in range(ROUNDS)]
    measured, peer = sorted(pairs, key=lambda pair: pair[0] / pair[1])[ROUNDS // 2]
    yield Row(
        "round trip p50, one REQ client",
        measured,
        "us",
        "<= 2.5x",
        measured <= 2.5 * peer,
        peer,
        name,
        f"the round of the median ratio of {ROUNDS} alternating rounds of {ROUND_TRIPS:,}; "
        f"request {len(request)} and reply {len(reply)} bytes",
    )


def many_clients(daemon: DaemonProcess, folder: Path, seconds: float) -> Iterator[Row]:
    """100 closed loops in 4 processes."""
    reply = _ask_once(daemon.endpoint.control, "hello")
    with _echo(folder, len(reply)) as address:
        peer = _closed_loops(address, seconds)
    ours = _closed_loops(daemon.endpoint.control, seconds)
    rate, peer_rate = _rate(ours), _rate(peer)
    lost = sum(seen.lost for seen in ours)
    yield Row(
        f"requests/s, {CLIENTS} clients in {PROCESSES} processes",
        rate,
        "/s",
        ">= 15,000/s",
        rate >= 15_000 and lost == 0,
        peer_rate,
        "a bare Python poll loop, same clients",
        f"{sum(seen.answered for seen in ours):,} answered, {lost} lost; the clients share "
        f"{os.cpu_count()} cores with the daemon",
    )


def events(daemon: DaemonProcess, revo: Client, folder: Path, seconds: float) -> Iterator[Row]:
    """20 events a second to 100 subscribers."""
    with _bare_publisher(folder) as address:
        peer = _subscribers(address, seconds)
    spec = TaskSpec("probe.sleep", {"seconds": seconds + 30})
    tasks = [revo.submit(spec).id for _ in range(2)]
    wait_for(lambda: all(revo.task(id_).task.progress for id_ in tasks))
    heard = _subscribers(daemon.endpoint.events, seconds)
    for id_ in tasks:
        revo.cancel(id_)
    latencies = [value for each in heard for value in each.latency_ms]
    p99 = percentile(latencies, 99)
    rate = len(latencies) / CLIENTS / seconds
    gaps = sum(each.gaps for each in heard)
    yield Row(
        f"event to subscriber p99, {CLIENTS} subscribers",
        p99,
        "ms",
        "<= 5 ms",
        p99 <= 5 and gaps == 0,
        percentile([value for each in peer for value in each.latency_ms], 99),
        f"a bare Python XPUB, same subscribers, {EVENTS_PER_S} events/s",
        f"{rate:.1f} events/s to each (progress of 2 tasks), {len(latencies):,} receipts, "
        f"{gaps} gaps, p50 {percentile(latencies, 50):.2f} ms, max {max(latencies):.2f} ms",
    )


def status_under_load(
    daemon: DaemonProcess, revo: Client, folder: Path, seconds: float
) -> Iterator[Row]:
    """Ask for the status while 16 workers burn CPU."""
    folder.joinpath("burn.py").write_text(BURN)
    revo.scale(16, 16)
    wait_for(lambda: _ready_workers(revo) == 16, 60)
    params = {"function": "burn.py:burn", "inputs": list(range(200_000))}
    task = revo.submit(TaskSpec("parallel.map", params, cwd=str(folder), python=sys.executable))
    wait_for(lambda: _busy_workers(revo) == 16, 60)
    reply = _ask_once(daemon.endpoint.control, "worker.list")
    with _echo(folder, len(reply)) as address:
        ours, peer = _in_turn(daemon.endpoint.control, address, seconds)
    busy = _busy_workers(revo)
    revo.cancel(task.id, grace_s=0)
    revo.wait(task.id, 30)
    p99, peer_p99 = percentile(ours, 99), percentile(peer, 99)
    yield Row(
        "status p99, 16 saturated workers",
        p99,
        "ms",
        "3x or 50 ms",
        p99 <= max(3 * peer_p99, 50),
        peer_p99,
        "a bare Python poll loop, asked in turn",
        f"{len(ours):,} requests ({', '.join(STATUS)}), p50 {percentile(ours, 50):.2f} ms, max "
        f"{max(ours):.1f} ms; {busy} of 16 workers busy at the end; load {load_1m():.1f}",
    )


def _in_turn(address: str, peer: str, seconds: float) -> tuple[list[float], list[float]]:
    """Ask the daemon and the peer in turn; return the latencies of both in milliseconds."""
    ours: list[float] = []
    theirs: list[float] = []
    end = utc_now() + seconds
    with _req(address) as mine, _req(peer) as other:
        for method in itertools.cycle(STATUS):
            if utc_now() > end:
                return ours, theirs
            ours.append(_time_ms(mine, _request(method)))
            theirs.append(_time_ms(other, _request(method)))
    raise AssertionError("a cycle does not end")


def _closed_loops(address: str, seconds: float) -> list[Closed]:
    arguments = (address, f"{CLIENTS // PROCESSES}", f"{seconds}")
    with ExitStack() as stack:
        processes = [stack.enter_context(_client("load", *arguments)) for _ in range(PROCESSES)]
        return _finish(processes, Closed)


def _subscribers(address: str, seconds: float) -> list[Heard]:
    arguments = (address, f"{CLIENTS // PROCESSES}", f"{seconds}", "task.")
    with ExitStack() as stack:
        processes = [
            stack.enter_context(_client("subscribe", *arguments)) for _ in range(PROCESSES)
        ]
        return _finish(processes, Heard)


def _rate(seen: Sequence[Closed]) -> float:
    return sum(each.answered / each.lasted_s for each in seen)


@contextmanager
def _floor(folder: Path, request: bytes, reply_bytes: int) -> Iterator[tuple[str, Measure]]:
    """Give the floor's name and how to measure its median round trip in microseconds."""
    address = f"ipc://{folder}/floor"
    program = _compile(folder)
    if program is None:
        with _client("proxy", address):
            yield "zmq.proxy and a pyzmq REQ (no cc here)", lambda: _p50_us(address, request)
        return
    ask = [program, "client", address, f"{len(request)}", f"{ROUND_TRIPS}"]
    server = subprocess.Popen([program, "server", address, f"{reply_bytes}"])
    try:
        yield "REQ and ROUTER in C, two processes", lambda: _p50_of_output_us(ask)
    finally:
        _end(server)


def _compile(folder: Path) -> str | None:
    """Build the floor against the very libzmq that pyzmq uses; None without a C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    libraries = Path(zmq.__file__).parent.with_name("pyzmq.libs")
    (library,) = libraries.glob("libzmq-*.so*")
    rpath = [f"-Wl,-rpath,{libraries}", f"-Wl,-rpath-link,{libraries}"]
    program = f"{folder}/floor.out"
    subprocess.run([compiler, "-O2", "-o", program, _SOURCE, library, *rpath], check=True)
    return program


def _p50_of_output_us(command: Sequence[str]) -> float:
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return statistics.median(int(line) for line in printed.split()) / 1000


def _p50_us(address: str, request: bytes) -> float:
    with _req(address) as socket:
        return statistics.median(_time_ms(socket, request) for _ in range(ROUND_TRIPS)) * 1000


def _time_ms(socket: Socket, request: bytes) -> float:
    began = time.perf_counter()
    socket.send(request)
    socket.recv()
    return (time.perf_counter() - began) * 1000


def _ask_once(address: str, method: str) -> bytes:
    with _req(address) as socket:
        socket.send(_request(method))
        return socket.recv()


def _request(method: str) -> bytes:
    return encode(Request(id=1, m=method))


@contextmanager
def _req(address: str) -> Iterator[Socket]:
    """Give a connected REQ socket; an answer that does not come within 5 s is an error."""
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.rcvtimeo = PATIENCE_MS
        socket.linger = 0
        socket.connect(address)
        yield socket


@contextmanager
def _echo(folder: Path, reply_bytes: int) -> Iterator[str]:
    """Run the bare poll loop and give its address."""
    address = f"ipc://{folder}/echo"
    with _client("echo", address, f"{reply_bytes}"):
        yield address


@contextmanager
def _bare_publisher(folder: Path) -> Iterator[str]:
    address = f"ipc://{folder}/events"
    with _client("publish", address, f"{EVENTS_PER_S}"):
        yield address


@contextmanager
def _client(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of tests.bench._clients, ready to begin."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench._clients", *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n", f"{arguments} did not start"
        yield process
    finally:
        _end(process)


def _finish(processes: Sequence[subprocess.Popen[bytes]], kind: type[R]) -> list[R]:
    """Let all begin, and return what each has seen."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    return [msgspec.json.decode(process.communicate()[0], type=kind) for process in processes]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _workers(revo: Client, *states: WorkerState) -> int:
    """Count the elastic workers in these states."""
    found = revo.workers().workers
    return sum(each.lane is Lane.ELASTIC and each.state in states for each in found)


def _ready_workers(revo: Client) -> int:
    return _workers(revo, WorkerState.IDLE, WorkerState.BUSY)


def _busy_workers(revo: Client) -> int:
    return _workers(revo, WorkerState.BUSY)

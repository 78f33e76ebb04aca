"""What benchmarks run in processes of its own: bare peers, closed loops, subscribers.

    python -m tests.bench._clients echo ADDRESS REPLY_BYTES
    python -m tests.bench._clients proxy ADDRESS
    python -m tests.bench._clients load ADDRESS CLIENTS SECONDS
    python -m tests.bench._clients publish ADDRESS EVENTS_PER_S
    python -m tests.bench._clients subscribe ADDRESS CLIENTS SECONDS TOPIC

Each prints "ready"; load and subscribe begin when a line comes in, and end with a line of JSON.
"""

import itertools
import sys
import time
from collections.abc import Callable

import msgspec
import zmq

from revo_edge.clock import utc_now
from revo_edge.contract.codec import decode_event, encode
from revo_edge.contract.events import PROGRESS, Event
from revo_edge.contract.requests import Request

BURST = 64
PATIENCE_MS = 5_000
"""A reply or an echo that has not come after so long is lost."""

Socket = zmq.Socket[bytes]


class Closed(msgspec.Struct):
    """What closed loops of requests saw; `lost` are requests without a good answer."""

    answered: int = 0
    lost: int = 0
    lasted_s: float = 0.0


class Heard(msgspec.Struct):
    """What subscribers saw; `gaps` are numbers that were published and not received."""

    gaps: int = 0
    latency_ms: list[float] = []


def echo(address: str, reply_bytes: str) -> None:
    """Answer every request with as many bytes: the least that a Python poll loop has to do."""
    router: Socket = zmq.Context().socket(zmq.ROUTER)
    router.bind(address)
    poller = zmq.Poller()
    poller.register(router, zmq.POLLIN)
    reply = b"x" * int(reply_bytes)
    _ready()
    while True:
        poller.poll()
        for _ in range(BURST):
            try:
                frames = router.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                break
            router.send_multipart([*frames[:-1], reply])


def proxy(address: str) -> None:
    """Send every request back from C: a ROUTER proxied to itself."""
    router: Socket = zmq.Context().socket(zmq.ROUTER)
    router.bind(address)
    _ready()
    zmq.proxy(router, router)


def load(address: str, clients: str, seconds: str) -> None:
    """Ask again as soon as the answer is there, with each of the clients."""
    context: zmq.Context[Socket] = zmq.Context()
    sockets = [context.socket(zmq.REQ) for _ in range(int(clients))]
    poller = zmq.Poller()
    for socket in sockets:
        socket.connect(address)
        poller.register(socket, zmq.POLLIN)
    _ready()
    sys.stdin.readline()
    seen = _closed_loops(sockets, poller, float(seconds))
    print(msgspec.json.encode(seen).decode())
    context.destroy(linger=0)


def _closed_loops(sockets: list[Socket], poller: zmq.Poller, seconds: float) -> Closed:
    seen = Closed()
    request = encode(Request(id=1, m="hello"))
    began = time.monotonic()
    end = began + seconds
    for socket in sockets:
        socket.send(request)
    while time.monotonic() < end:
        for socket, _ in poller.poll(PATIENCE_MS):
            socket.recv()
            seen.answered += 1
            socket.send(request)
    seen.lasted_s = time.monotonic() - began
    for socket in sockets:
        if socket.poll(PATIENCE_MS):
            socket.recv()
        else:
            seen.lost += 1
    return seen


def publish(address: str, events_per_s: str) -> None:
    """Send so many small events a second and echo each hello: the least that a publisher does."""
    events: Socket = zmq.Context().socket(zmq.XPUB)
    events.bind(address)
    _ready()
    numbers = itertools.count(1)
    due = time.monotonic()
    while True:
        while events.poll(max(0, int((due - time.monotonic()) * 1000))):
            message = events.recv()
            if message.startswith(b"\x01hello."):
                events.send_multipart([message[1:], b""])
        s = next(numbers)
        event = Event("bench", s, s - 1, utc_now(), PROGRESS, msgspec.Raw(encode("x" * 100)), s - 1)
        events.send_multipart([b"task.bench.", encode(event)])
        due += 1 / float(events_per_s)


def subscribe(address: str, clients: str, seconds: str, topic: str) -> None:
    """Receive with so many subscribers and compare each message's time of publishing with now."""
    context: zmq.Context[Socket] = zmq.Context()
    sockets = [_subscriber(context, address, topic, f"{n}") for n in range(int(clients))]
    poller = zmq.Poller()
    for socket in sockets:
        poller.register(socket, zmq.POLLIN)
    _ready()
    sys.stdin.readline()
    heard = Heard()
    last: dict[Socket, int] = {}
    began = utc_now()
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        for socket, _ in poller.poll(100):
            payload = socket.recv_multipart()[-1]
            now = utc_now()
            event = decode_event(payload)
            heard.gaps += event.p != last.get(socket, event.p)
            last[socket] = event.s
            if event.ts >= began:  # what waited here before was not late on its way
                heard.latency_ms.append((now - event.ts) * 1000)
    print(msgspec.json.encode(heard).decode())
    context.destroy(linger=0)


def _subscriber(context: zmq.Context[Socket], address: str, topic: str, nonce: str) -> Socket:
    """Return a subscription that is in force: its own hello has come back."""
    socket = context.socket(zmq.SUB)
    socket.connect(address)
    hello = f"hello.bench-{id(socket)}-{nonce}"
    for name in (topic, hello):
        socket.subscribe(name)
    while socket.poll(PATIENCE_MS) and socket.recv_multipart()[0] != hello.encode():
        pass
    socket.unsubscribe(hello)
    return socket


def _ready() -> None:
    print("ready", flush=True)


MODES: dict[str, Callable[..., None]] = {
    "echo": echo,
    "proxy": proxy,
    "load": load,
    "publish": publish,
    "subscribe": subscribe,
}

if __name__ == "__main__":
    MODES[sys.argv[1]](*sys.argv[2:])

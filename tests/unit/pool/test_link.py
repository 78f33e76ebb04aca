"""The worker's end of the socket, against a real ROUTER in this process."""

import select
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from revo_edge.contract import codec
from revo_edge.contract.tasks import ItemResult
from revo_edge.contract.workers import (
    Attempt,
    CancelAttempt,
    ChildResults,
    Exit,
    FromWorker,
    Outcomes,
    ProgressNote,
    ToWorker,
)
from revo_edge.pool.link import CALLS_FLUSH_S, Link
from tests.harness import WaitFor


class Peer:
    """The daemon's side."""

    def __init__(self, address: str) -> None:
        self.context = zmq.Context()
        self.router = self.context.socket(zmq.ROUTER)
        self.router.linger = 0
        self.router.bind(address)

    def send(self, message: ToWorker) -> None:
        self.router.send_multipart([b"w1", codec.encode(message)])

    def receive(self) -> FromWorker:
        assert self.router.poll(5000)
        return codec.decode_from_worker(self.router.recv_multipart()[1])


@pytest.fixture
def address(short_dir: Path) -> str:
    return f"ipc://{short_dir}/p"


@pytest.fixture
def peer(address: str) -> Iterator[Peer]:
    peer = Peer(address)
    yield peer
    peer.router.close()
    peer.context.term()


@pytest.fixture
def link(address: str, peer: Peer) -> Iterator[Link]:
    with Link(address, "w1") as link:
        link.send(_note(0))
        assert peer.receive() == _note(0)
        yield link


def _note(done: int) -> ProgressNote:
    return ProgressNote("a1", done, 9, 0, "", 0.0)


def _attempt(name: str = "a1") -> Attempt:
    return Attempt(name, "T", "probe.echo")


def test_attempts_come_in_order_and_exit_is_last(link: Link, peer: Peer) -> None:
    for name in ("a1", "a2"):
        peer.send(_attempt(name))
    peer.send(Exit())
    taken = [link.take(5), link.take(5), link.take(5)]
    assert [running and running.attempt.id for running in taken] == ["a1", "a2", None]


def test_waiting_for_work_has_a_limit(link: Link) -> None:
    with pytest.raises(TimeoutError):
        link.take(0.01)


def test_a_cancel_reaches_a_busy_main_thread(link: Link, peer: Peer, wait_for: WaitFor) -> None:
    peer.send(_attempt())
    running = link.take(5)
    assert running is not None
    peer.send(CancelAttempt("a1"))
    wait_for(lambda: running.cancelled)
    poller = select.poll()
    poller.register(link.cancel_fd, select.POLLIN)
    assert poller.poll(0)
    assert running.replies.get(timeout=1) is None


def test_a_cancel_marks_an_attempt_that_still_waits(link: Link, peer: Peer) -> None:
    peer.send(_attempt("a1"))
    peer.send(_attempt("a2"))
    peer.send(CancelAttempt("a2"))
    peer.send(Exit())
    one, two, _ = link.take(5), link.take(5), link.take(5)
    assert one is not None
    assert two is not None
    assert (one.cancelled, two.cancelled) == (False, True)


def test_a_cancel_of_an_ended_attempt_is_ignored(link: Link, peer: Peer) -> None:
    peer.send(_attempt("a1"))
    running = link.take(5)
    assert running is not None
    link.drop(running)
    peer.send(CancelAttempt("a1"))
    peer.send(ChildResults("a1", ()))
    peer.send(_attempt("a2"))
    assert link.take(5) is not None
    assert not running.cancelled
    assert running.replies.empty()


def test_results_of_children_wake_the_driver_that_waits(link: Link, peer: Peer) -> None:
    peer.send(_attempt("a1"))
    running = link.take(5)
    assert running is not None
    for cursor in range(3):
        message = ChildResults("a1", (), next_cursor=cursor)
        peer.send(message)
        assert running.replies.get(timeout=5) == message


def test_notes_are_paced_and_the_last_comes_without_help(link: Link, peer: Peer) -> None:
    peer.send(_attempt("a1"))
    link.take(5)
    began = time.monotonic()
    for done in range(1000):
        link.note("progress", _note(done), 0.05)
    took_s = time.monotonic() - began
    seen: list[FromWorker] = []
    while not seen or seen[-1] != _note(999):
        seen.append(peer.receive())
    assert len(seen) <= 2 + took_s / 0.05


def test_a_waiting_note_goes_before_the_outcome(link: Link, peer: Peer) -> None:
    for done in range(3):
        link.note("progress", _note(done), 60.0)
    link.gather("a1", 1)
    link.send_outcomes()
    assert [peer.receive() for _ in range(3)] == [
        _note(0),
        _note(2),
        Outcomes("a1", (), done=True),
    ]


def test_outcomes_of_calls_wait_longer_but_not_for_the_next_item(link: Link, peer: Peer) -> None:
    peer.send(_attempt("a1"))
    link.take(5)
    began = time.monotonic()
    link.gather("a1", 2)
    link.begin_calls()
    link.add_outcome(ItemResult(0))
    link.begin_item()
    assert peer.receive() == Outcomes("a1", (ItemResult(0),), done=False)
    assert time.monotonic() - began >= CALLS_FLUSH_S


def test_many_short_attempts_pass_without_loss(link: Link, peer: Peer) -> None:
    for number in range(2000):
        peer.send(_attempt(f"a{number}"))
        running = link.take(5)
        assert running is not None
        assert running.attempt.id == f"a{number}"
        link.drop(running)
        link.gather(running.attempt.id, 1)
        link.send_outcomes()
        assert peer.receive() == Outcomes(f"a{number}", (), done=True)

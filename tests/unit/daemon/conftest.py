"""A desk on a real ROUTER socket, and a peer that speaks to it."""

from collections.abc import Callable, Iterator

import pytest
import zmq

from revo_edge.daemon.asks import Desk

Socket = zmq.Socket[bytes]


@pytest.fixture
def pair() -> Iterator[tuple[Socket, Socket]]:
    """Give a ROUTER and a DEALER that are connected."""
    context: zmq.Context[Socket] = zmq.Context()
    router, dealer = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
    router.bind("inproc://desk")
    dealer.connect("inproc://desk")
    yield router, dealer
    context.destroy(linger=0)


@pytest.fixture
def desk(pair: tuple[Socket, Socket]) -> Callable[[], Desk]:
    """Give a maker of desks on the ROUTER."""
    return lambda: Desk(pair[0], "b00t", lambda: 42)

from revo_edge.daemon.timers import Every


def test_it_is_done_at_its_interval_and_never_caught_up() -> None:
    done: list[float] = []
    every = Every(2.0, done.append)
    first = every.next_deadline()
    every.tick(first)
    assert every.next_deadline() == first + 2.0
    every.tick(first + 2.3)
    assert every.next_deadline() == first + 4.0  # late once: the rhythm stays
    every.tick(first + 11.0)
    assert every.next_deadline() == first + 11.0  # far too late: what was missed is left out
    assert done == [first, first + 2.3, first + 11.0]

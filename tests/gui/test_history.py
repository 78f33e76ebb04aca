from revo_edge.contract.metrics import HostSample, MetricHistory
from revo_gui.history import KEPT_S, History, Series

LOAD = Series("host.load", "Load", "count", "host", lambda sample: getattr(sample, "load_1m", None))


def host(at: float) -> HostSample:
    return HostSample(at, 0.5, 4, at, 8, 4, 2)


def test_what_was_missed_is_merged_in_and_nothing_is_taken_twice() -> None:
    history = History()
    history.add(host(3))
    history.add(host(3))
    history.load(MetricHistory(host=(host(1), host(2), host(3))))
    assert history.points(LOAD, 10) == [(1, 1), (2, 2), (3, 3)]
    assert history.points(LOAD, 1, until=2) == [(1, 1), (2, 2)]
    assert history.span == (1, 3)
    assert History().span is None


def test_the_past_stays_while_it_is_looked_at() -> None:
    history = History()
    history.hold(True)
    for at in range(KEPT_S + 100):
        history.add(host(at))
    assert history.span == (0, KEPT_S + 99)
    history.hold(False)
    assert history.span == (100, KEPT_S + 99)

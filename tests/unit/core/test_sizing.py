"""The pool follows the policy: simulated bursts, each change with its reason."""

import itertools

from revo_edge.contract.events import Scaling
from revo_edge.contract.kinds import Lane
from revo_edge.core.actions import PublishScaling
from revo_edge.core.sizing import HostLoad
from tests.unit.core.world import World

CORES = 2


class Machine(World):
    """A world with cores: items take `seconds`, longer when more CPU is asked for than there is."""

    def __init__(self, *, cpu_bound: bool, seconds: float) -> None:
        super().__init__(workers=4)
        self.checked = False  # thousands of tasks; the rules are checked elsewhere
        self.cpu_bound, self.seconds = cpu_bound, seconds
        self.left_s: dict[str, float] = {}
        self.names = itertools.count()

    def burst(self, count: int) -> None:
        for _ in range(count):
            self.submit(f"t{next(self.names)}")

    def run(self, seconds: float, step_s: float = 0.05) -> list[Scaling]:
        """Let time pass in steps; return how the number of workers changed."""
        begin, until = len(self.actions), self.now + seconds
        next_sample = self.now
        while self.now < until:
            busy = self.scheduler.lane(Lane.ELASTIC).busy
            speed = min(1.0, CORES / busy) if self.cpu_bound and busy else 1.0
            if self.now >= next_sample:
                next_sample += 1.0
                used = float(min(busy, CORES)) if self.cpu_bound else 0.02 * busy
                load = HostLoad(used, used / CORES, CORES, 8 << 30, 50 << 20)
                self.do(self.scheduler.host_load(load, self.now))
            self.after(step_s)
            self.work(step_s * speed)
        return [a.scaling for a in self.actions[begin:] if isinstance(a, PublishScaling)]

    def work(self, done_s: float) -> None:
        for attempt_id, chunk in list(self.scheduler._attempts.running.items()):
            left_s = self.left_s.get(attempt_id, self.seconds) - done_s
            self.left_s[attempt_id] = left_s
            if left_s <= 1e-9:
                self.end(self.on_worker[attempt_id], duration_s=self.seconds)
                assert chunk.worker is None


def sizes(changes: list[Scaling]) -> list[int]:
    return [change.after for change in changes]


def test_sleeping_tasks_go_from_four_to_sixteen_and_back() -> None:
    for seconds in (0.1, 0.5, 1.0, 3.0):
        machine = Machine(cpu_bound=False, seconds=seconds)
        machine.burst(int(300 / seconds))
        grown = machine.run(12.0)
        assert sizes(grown) == [6, 9, 13, 16], (seconds, grown)
        assert all("workers busy" in change.reason for change in grown)
        shrunk = machine.run(60.0)
        assert sizes(shrunk)[-1] == 4, (seconds, shrunk)
        assert all("busy for 15 s" in change.reason for change in shrunk)


def test_a_cpu_bound_burst_stops_at_the_base() -> None:
    for seconds in (0.1, 0.5, 2.0):
        machine = Machine(cpu_bound=True, seconds=seconds)
        machine.burst(int(60 / seconds))
        assert machine.run(25.0) == []
        assert "no more than 4 workers: they use 2.0 of 2 cores" in (
            machine.scheduler.scaling_reason()
        )


def test_an_idle_daemon_has_no_timer() -> None:
    w = World(workers=4)
    assert w.scheduler.next_deadline() is None
    w.submit("t")
    w.end(w.attempt("t"))
    assert w.scheduler.next_deadline() is None


def test_bounds_hold() -> None:
    w = World(workers=4)
    w.do(w.scheduler.set_bounds(2, 3, w.now))
    assert w.scheduler.bounds() == (2, 3)
    changes = [a.scaling for a in w.actions if isinstance(a, PublishScaling)]
    assert [(c.before, c.after, c.reason) for c in changes] == [
        (0, 4, "the daemon started"),
        (4, 3, "bounds set to 2-3 workers"),
    ]
    assert changes[0].at == 1000.0

"""The number of elastic workers: what the policy sees, when it looks, and the user's bounds."""

from dataclasses import dataclass, field

from revo_edge.contract.events import Scaling, ScalingEffect
from revo_edge.contract.kinds import Lane
from revo_edge.core.actions import PublishScalingEffect
from revo_edge.core.book import Book
from revo_edge.core.queues import Queues
from revo_edge.core.scaling import Autoscaler, View
from revo_edge.core.scaling_effect import Effects
from revo_edge.core.turn import Timer, Timers, Turn
from revo_edge.core.workers import Pool
from revo_edge.errors import BadRequest

LOOK_S = 0.25
"""How often the policy looks while work waits or workers are over the minimum."""


@dataclass(frozen=True, slots=True)
class HostLoad:
    """What the shell measured over the last second.

    `workers_cpu_ratio` is the sum over elastic workers in cores, `host_cpu_ratio` of all cores
    together; `worker_rss_bytes` is the mean of an elastic worker.
    """

    workers_cpu_ratio: float
    host_cpu_ratio: float
    cores: int
    memory_available_bytes: int
    worker_rss_bytes: int


@dataclass(slots=True, eq=False)
class Sizing:
    """Asks the policy from time to time and resizes the pool."""

    turn: Turn
    timers: Timers
    queues: Queues
    pool: Pool
    book: Book
    policy: Autoscaler
    min: int
    max: int
    load: HostLoad | None = None
    load_at: float = 0.0
    timer: Timer | None = None
    effects: Effects = field(default_factory=Effects)

    def note(self, load: HostLoad) -> None:
        """Keep the newest measurement."""
        self.load, self.load_at = load, self.turn.now

    def set_bounds(self, least: int, most: int) -> None:
        """Change the bounds; raise BadRequest if they contradict each other."""
        if not 1 <= least <= most:
            raise BadRequest(f"min {least} and max {most}: both at least 1, min not over max.")
        self.min, self.max = least, most
        target = min(max(self.pool.target, least), most)
        self._resize(target, f"bounds set to {least}-{most} workers")

    def watch(self) -> None:
        """See that the policy looks again while it has something to decide."""
        if self.timer and self.timer.live:
            return
        grown = self.pool.target > self.min
        if self.queues.waiting[Lane.ELASTIC] or grown or self.effects.pending:
            self.timer = self.timers.arm(self.turn.now + LOOK_S, self._look)

    def _look(self) -> None:
        view = self._view()
        ready = not self.pool.elastic.starting
        turn, tally = self.turn, self.book.tally
        self._tell(self.effects.look(turn.now, turn.at, tally, view.queued, ready=ready))
        scale = self.policy.observe(turn.now, view)
        if scale:
            self._resize(scale.target, scale.reason)

    def _resize(self, target: int, reason: str) -> None:
        if target != self.pool.target:
            change = Scaling(self.turn.at, self.pool.target, target, reason)
            queued = self.queues.startable(Lane.ELASTIC)
            self._tell(self.effects.scaled(change, self.turn.now, queued))
        self.pool.resize(target, reason)

    def _tell(self, effect: ScalingEffect | None) -> None:
        if effect:
            self.turn.emit(PublishScalingEffect(effect))

    def _view(self) -> View:
        load, now = self.load, self.turn.now
        oldest_at = self.queues.oldest_elastic_at()
        return View(
            active=self.pool.target,
            busy=self.pool.elastic.busy,
            queued=self.queues.startable(Lane.ELASTIC),
            oldest_wait_s=now - oldest_at if oldest_at is not None else 0.0,
            done_total=self.book.items_done,
            workers_cpu_ratio=load.workers_cpu_ratio if load else 0.0,
            host_cpu_ratio=load.host_cpu_ratio if load else 0.0,
            cpu_age_s=now - self.load_at if load else float("inf"),
            cores=load.cores if load else 1,
            memory_available_bytes=load.memory_available_bytes if load else None,
            worker_rss_bytes=load.worker_rss_bytes if load else 0,
            min=self.min,
            max=self.max,
        )

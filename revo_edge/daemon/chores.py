"""Submits what Perfect Recall wants done in the background, and sees when it has ended."""

import logging
import time
from dataclasses import dataclass, field

from revo_edge.contract.ids import new_ulid
from revo_edge.contract.tasks import TaskState
from revo_edge.core.chores import Chores
from revo_edge.daemon.lanes import Lanes
from revo_edge.daemon.shell import Shell
from revo_edge.daemon.task_methods import TaskMethods
from revo_edge.engines.registry import Registry
from revo_edge.errors import RevoError

log = logging.getLogger(__name__)

STEP_S = 1.0
UNSEEN_S = 30.0
"""A submission that nobody has seen for so long was refused by the disk."""


@dataclass(slots=True)
class MemoryChores:
    """The chores of one daemon; runs on the loop's thread."""

    lanes: Lanes
    shell: Shell
    tasks: TaskMethods
    registry: Registry
    chores: Chores = field(default_factory=Chores)
    begun: bool = False
    submitted_at: dict[str, float] = field(default_factory=dict)

    def step(self, now: float) -> None:
        """Look what has ended and what is due."""
        lane = self.lanes.lane("recall")
        if lane is None:
            return
        known = self.shell.publisher.record.tasks
        if not self.begun:
            self.begun = True
            self.chores.take_up(known.values())
        for task_id in self.chores.live():
            info = known.get(task_id)
            if info is None and now < self.submitted_at.get(task_id, 0.0) + UNSEEN_S:
                continue  # its commit is on the way
            if info is None or info.state.final:
                well = info is not None and info.state is TaskState.SUCCEEDED
                self.chores.ended(task_id, now, well=well)
                self.submitted_at.pop(task_id, None)
        figures = {name: lane.counts.total(name) or 0.0 for name in _FIGURES}
        for chore in self.chores.due(figures, now):
            if chore.kind not in self.registry.kinds:
                continue
            task_id = new_ulid()
            self.chores.submitted(chore, task_id)
            self.submitted_at[task_id] = now
            try:
                self.tasks.submit_own(task_id, chore.spec())
            except RevoError as error:
                log.warning("%s was not submitted: %s", chore.title, error.msg)
                self.chores.ended(task_id, time.monotonic(), well=False)


_FIGURES = ("pending_vectors", "unindexed_vectors", "embedded")

"""Submits what Perfect Recall wants done in the background, and sees when it has ended."""

import logging
from dataclasses import dataclass, field

from revo_edge.contract.ids import new_ulid
from revo_edge.contract.tasks import TaskState
from revo_edge.contract.watching import FolderNote, FolderState
from revo_edge.core.chores import COMING_IN, FIGURES, Chore, Chores
from revo_edge.core.lane_calls import Part
from revo_edge.daemon.lanes import Lanes
from revo_edge.daemon.shell import Shell
from revo_edge.daemon.task_methods import TaskMethods
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
    chores: Chores = field(default_factory=Chores)
    begun: bool = False
    submitted_at: dict[str, float] = field(default_factory=dict)

    def folder(self, note: FolderNote) -> None:
        """Note what was seen of a watched folder."""
        if note.changed:
            self.chores.changed(note.path, note.namespace)
        if note.state is FolderState.MISSING:
            log.warning("the followed folder %s is not there; it is waited for", note.path)
        elif note.why:
            log.warning("the followed folder %s: %s", note.path, note.why)

    def step(self, now: float) -> None:
        """Look what has ended and what is due."""
        lane = self.lanes.lane("recall")
        if lane is None:
            return
        watched = lane.counts.total("watched")
        if watched is not None:
            self.lanes.want("recall", Part.WATCHER, 1 if watched else 0, now)
        self._see_ends(now)
        figures = {name: lane.counts.total(name) or 0.0 for name in (*FIGURES, COMING_IN)}
        for chore in self.chores.due(figures, now):
            self._submit(chore, now)

    def _see_ends(self, now: float) -> None:
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

    def _submit(self, chore: Chore, now: float) -> None:
        task_id = new_ulid()
        self.chores.submitted(chore, task_id)
        self.submitted_at[task_id] = now
        try:
            self.tasks.submit_own(task_id, chore.spec())
        except RevoError as error:
            log.warning("%s was not submitted: %s", chore.title, error.msg)
            self.chores.ended(task_id, now, well=False)

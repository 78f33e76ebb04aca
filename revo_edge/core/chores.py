"""What Perfect Recall wants done in the background, as ordinary tasks in a queue of their own. Pure.

Each chore is one task at a time, of the lowest priority; one that failed is tried again later and
later. Everything is worked out from what the lane counts, so nothing need be remembered over a
restart: chores that are live then are taken up by their kind and title.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from revo_edge.contract.tasks import TaskInfo, TaskSpec

QUEUE = "memory"
"""Pausing it pauses all chores."""
PRIORITY = -100
PAUSE_S = 2.0
"""After a chore ended well, so that texts that trickle in are taken together."""
BACK_OFF_S = (10.0, 60.0, 300.0, 1800.0)
EMBED = "recall.embed"
INDEX = "recall.index"
REWRITE = "recall.rewrite"
INGEST = "recall.ingest"


@dataclass(frozen=True, slots=True)
class Chore:
    """One thing to do; a kind and title are there once."""

    kind: str
    title: str
    params: Mapping[str, str]

    def spec(self) -> TaskSpec:
        """Return it as a task."""
        return TaskSpec(
            self.kind, dict(self.params), title=self.title, queue=QUEUE, priority=PRIORITY
        )


FIGURES: Mapping[str, Chore] = {
    "wants_words": Chore(INDEX, "write the index of words", {"of": "words"}),
    "pending_vectors": Chore(EMBED, "make vectors", {}),
    "wants_index": Chore(INDEX, "write the index of vectors", {"of": "vectors"}),
    "wants_copy": Chore(REWRITE, "wipe what was forgotten", {}),
}
"""What the lane counts -> what that asks for when it is above 0."""

COMING_IN = "coming_in"
"""The figure that is above 0 while a bulk is being stored."""

Name = tuple[str, str]
"""(kind, title)"""


class Chores:
    """Decides what is due; `now` is monotonic."""

    def __init__(self) -> None:
        self._live: dict[Name, str] = {}
        self._not_before: dict[Name, float] = {}
        self._failures: dict[Name, int] = {}
        self._changed: dict[str, str] = {}
        """Folders that were changed -> their namespaces."""

    def changed(self, folder: str, namespace: str) -> None:
        """Note that something in a watched folder has changed."""
        self._changed[folder] = namespace

    def take_up(self, tasks: Iterable[TaskInfo]) -> None:
        """Take up the chores of an earlier boot that have not ended."""
        for info in tasks:
            if info.queue == QUEUE and not info.state.final:
                self._live[info.kind, info.title] = info.id

    def live(self) -> list[str]:
        """Return the tasks that are not known to have ended."""
        return list(self._live.values())

    def ended(self, task_id: str, now: float, *, well: bool) -> None:
        """Note the end of a task; the same chore rests for a while."""
        for name, its in list(self._live.items()):
            if its == task_id:
                del self._live[name]
                failures = 0 if well else self._failures.get(name, 0) + 1
                self._failures[name] = failures
                rest_s = BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1] if failures else PAUSE_S
                self._not_before[name] = now + rest_s

    def due(self, figures: Mapping[str, float], now: float) -> list[Chore]:
        """Return what is to be submitted now; `figures` are what the lane counted."""
        found: list[Chore] = []
        if not figures.get(COMING_IN):  # else what is derived would be in the way of a bulk
            found = [chore for name, chore in FIGURES.items() if figures.get(name, 0) > 0]
        found += [
            Chore(INGEST, f"follow {folder}"[:200], {"path": folder, "namespace": namespace})
            for folder, namespace in self._changed.items()
        ]
        return [chore for chore in found if self._may(chore, now)]

    def submitted(self, chore: Chore, task_id: str) -> None:
        """Note that a chore is on its way."""
        self._live[chore.kind, chore.title] = task_id
        self._changed.pop(chore.params.get("path", ""), None)

    def _may(self, chore: Chore, now: float) -> bool:
        name = (chore.kind, chore.title)
        return name not in self._live and now >= self._not_before.get(name, 0.0)

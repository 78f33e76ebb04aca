"""Chores of the memory: one of each at a time, later and later after failures."""

from revo_edge.contract.tasks import TaskInfo, TaskState
from revo_edge.core.chores import BACK_OFF_S, PAUSE_S, QUEUE, Chore, Chores

PENDING = {"pending_vectors": 5.0}


def kinds(chores: Chores, figures: dict[str, float], now: float) -> list[str]:
    return [chore.kind for chore in chores.due(figures, now)]


def test_nothing_is_due_while_all_is_done() -> None:
    assert Chores().due({}, 1.0) == []
    assert Chores().due({"pending_vectors": 0.0, "embedded": 5.0}, 1.0) == []


def test_a_chore_is_submitted_once_and_again_after_a_pause() -> None:
    chores = Chores()
    (chore,) = chores.due(PENDING, 1.0)
    chores.submitted(chore, "t1")
    assert chores.due(PENDING, 2.0) == []
    chores.ended("t1", 3.0, well=True)
    assert chores.due(PENDING, 3.0) == []
    assert kinds(chores, PENDING, 3.0 + PAUSE_S) == ["recall.embed"]


def test_failures_make_the_pauses_longer_and_a_success_short_again() -> None:
    chores, now = Chores(), 1.0
    for pause_s in (*BACK_OFF_S, BACK_OFF_S[-1]):
        (chore,) = chores.due(PENDING, now)
        chores.submitted(chore, "t")
        chores.ended("t", now, well=False)
        assert chores.due(PENDING, now + pause_s - 0.1) == []
        now += pause_s
    (chore,) = chores.due(PENDING, now)
    chores.submitted(chore, "t")
    chores.ended("t", now, well=True)
    assert kinds(chores, PENDING, now + PAUSE_S) == ["recall.embed"]


def test_each_figure_asks_for_its_own_chore() -> None:
    wanted = {"wants_index": 2.0, "wants_copy": 1.0, "wants_words": 1.0}
    assert kinds(Chores(), wanted, 1.0) == ["recall.index", "recall.index", "recall.rewrite"]
    assert kinds(Chores(), {"wants_index": 0.0, "items": 9.0}, 1.0) == []
    assert kinds(Chores(), wanted | {"coming_in": 1.0}, 1.0) == []


def test_a_folder_that_changes_while_it_is_read_is_read_again() -> None:
    chores = Chores()
    chores.changed("/src", "code")
    (chore,) = chores.due({}, 1.0)
    assert chore == Chore("recall.ingest", "follow /src", {"path": "/src", "namespace": "code"})
    chores.submitted(chore, "t1")
    assert chores.due({}, 1.0) == []
    chores.changed("/src", "code")
    assert chores.due({}, 1.0) == []
    chores.ended("t1", 5.0, well=True)
    assert kinds(chores, {}, 5.0 + PAUSE_S) == ["recall.ingest"]


def test_live_chores_of_an_earlier_boot_are_taken_up() -> None:
    chores = Chores()
    live = TaskInfo("t1", "recall.embed", TaskState.RUNNING, title="make vectors", queue=QUEUE)
    ended = TaskInfo("t2", "recall.index", TaskState.FAILED, title="x", queue=QUEUE)
    somebodys = TaskInfo("t3", "recall.embed", TaskState.RUNNING, title="make vectors")
    chores.take_up([live, ended, somebodys])
    assert chores.live() == ["t1"]
    assert chores.due(PENDING, 1.0) == []


def test_a_chore_is_a_task_of_the_lowest_priority_in_a_queue_that_can_be_paused() -> None:
    spec = Chore("recall.embed", "make vectors", {}).spec()
    assert (spec.queue, spec.priority, spec.title) == (QUEUE, -100, "make vectors")

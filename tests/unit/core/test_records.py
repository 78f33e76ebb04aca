"""Stories and the table of moves."""

from revo_edge.contract.tasks import TaskSpec, TaskState
from revo_edge.core.records import MOVES, STORY_HEAD_LINES, STORY_LINES, Task


def test_a_long_story_keeps_its_beginning_and_its_end() -> None:
    task = Task("t", TaskSpec("work"), None, None, 1, 0.0)
    for number in range(300):
        task.tell(float(number), str(number))
    notes = [line.note for line in task.story]
    assert len(notes) == STORY_LINES
    assert notes[:STORY_HEAD_LINES] == [str(n) for n in range(STORY_HEAD_LINES)]
    assert notes[STORY_HEAD_LINES:] == [str(n) for n in range(220, 300)]


def test_nothing_follows_success() -> None:
    assert not MOVES[TaskState.SUCCEEDED]
    assert all(TaskState.PROPOSED not in follow for follow in MOVES.values())

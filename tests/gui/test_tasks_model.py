import random
from collections.abc import Iterable

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from revo_edge.contract.tasks import Progress, TaskInfo, TaskState
from revo_gui.models.task_order import Column
from revo_gui.models.task_words import Group, matches
from revo_gui.models.tasks import INFO_ROLE, TaskModel
from revo_gui.theme import Theme

STATES = [state for state in TaskState if state is not TaskState.UNKNOWN]
DESCENDING = Qt.SortOrder.DescendingOrder


def task(number: int, state: TaskState = TaskState.QUEUED, **fields: object) -> TaskInfo:
    return TaskInfo(
        f"{number:04}",
        "probe.echo",
        state,
        title=f"Task {number % 7}",
        created_at=float(number),
        **fields,  # type: ignore[arg-type]  # fields of the Struct
    )


def ids(model: TaskModel) -> list[str]:
    return [model.info_at(row).id for row in range(model.rowCount())]


@pytest.fixture
def model(theme: Theme) -> TaskModel:
    model = TaskModel(theme)
    model.tester = QAbstractItemModelTester(  # type: ignore[attr-defined]  # lives as long as the model
        model, QAbstractItemModelTester.FailureReportingMode.Fatal
    )
    return model


def test_the_newest_is_first_and_changes_stay_in_place(model: TaskModel) -> None:
    model.apply((task(1), task(3), task(2)), ())
    assert ids(model) == ["0003", "0002", "0001"]
    place = QPersistentModelIndex(model.index(1, 0))
    model.apply((task(4), task(2, TaskState.RUNNING)), ("0003",))
    assert ids(model) == ["0004", "0002", "0001"]
    found = place.data(INFO_ROLE)
    assert isinstance(found, TaskInfo)
    assert (found.id, found.state) == ("0002", TaskState.RUNNING)
    assert [model.count(g) for g in Group] == [3, 1, 2, 0, 0]
    model.apply((), ("0001", "0002", "0004", "unknown"))
    assert ids(model) == []
    assert [model.count(g) for g in Group] == [0, 0, 0, 0, 0]


def test_a_delta_emits_only_what_it_is_about(model: TaskModel) -> None:
    model.apply(tuple(task(number) for number in range(100)), ())
    told: list[int] = []
    model.dataChanged.connect(lambda first, last: told.extend(range(first.row(), last.row() + 1)))
    model.apply((task(40, TaskState.RUNNING), task(7, TaskState.RUNNING)), ())
    assert sorted(told) == [59, 92]


@pytest.mark.parametrize("column", list(Column))
@pytest.mark.parametrize("text", ["", "3"])
def test_any_run_of_deltas_shows_what_sorting_anew_would(
    model: TaskModel, theme: Theme, column: Column, text: str
) -> None:
    chance = random.Random(int(column))  # noqa: S311 - to be the same each time
    held: dict[str, TaskInfo] = {}
    model.sort(column, DESCENDING if column % 2 else Qt.SortOrder.AscendingOrder)
    model.narrow(text, Group.ALL)
    for _ in range(20):
        changed = {
            info.id: info
            for info in (
                task(
                    chance.randrange(40),
                    chance.choice(STATES),
                    progress=Progress(chance.randrange(50), 50),
                    started_at=float(chance.randrange(50)),
                )
                for _ in range(chance.randrange(12))
            )
        }
        removed = chance.sample(sorted(held), min(len(held), chance.randrange(6)))
        removed = [one for one in removed if one not in changed]
        model.apply(tuple(changed.values()), removed)
        held |= changed
        for one in removed:
            del held[one]
        assert ids(model) == anew(theme, held.values(), model, text)


def anew(theme: Theme, infos: Iterable[TaskInfo], like: TaskModel, text: str) -> list[str]:
    other = TaskModel(theme)
    other.apply(tuple(infos), ())
    other.sort(
        like._order.column, DESCENDING if like._order.descending else Qt.SortOrder.AscendingOrder
    )
    other.narrow(text, Group.ALL)
    return ids(other)


def test_filters_narrow_by_words_and_group(model: TaskModel) -> None:
    model.apply(tuple(task(number, STATES[number % 7]) for number in range(70)), ())
    model.narrow("task 5", Group.FAILED)
    expected = [i for i in model.infos() if matches(i, ("task", "5"), Group.FAILED)]
    assert ids(model) == [info.id for info in reversed(expected)]
    assert model.row_of("0000") is None
    assert model.count(Group.ALL) == 70


def test_many_changes_at_once_are_taken_as_one(model: TaskModel) -> None:
    model.apply(tuple(task(number) for number in range(1_000)), ())
    assert (model.rowCount(), ids(model)[0]) == (1_000, "0999")


def test_a_follower_holds_the_same_in_its_own_order(model: TaskModel, theme: Theme) -> None:
    model.apply((task(1), task(2)), ())
    other = TaskModel(theme)
    other.follow(model)
    other.sort(Column.CREATED, Qt.SortOrder.AscendingOrder)
    model.apply((task(3),), ("0001",))
    assert (ids(model), ids(other)) == (["0003", "0002"], ["0002", "0003"])

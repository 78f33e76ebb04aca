from dataclasses import replace

from revo_edge.cli.live_view import (
    INTERVALS_S,
    SORTS,
    Act,
    Mode,
    View,
    Wish,
    arrange,
    press,
    selection,
)
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState

OLD = TaskInfo(
    "01A", "parallel.map", TaskState.SUCCEEDED, "beta", created_at=1, started_at=1, ended_at=9
)
RUNS = TaskInfo(
    "01B",
    "parallel.map",
    TaskState.RUNNING,
    "gamma",
    created_at=2,
    started_at=3,
    progress=Progress(1, 4),
)
NEW = TaskInfo("01C", "parallel.analyze", TaskState.QUEUED, "Alpha", created_at=3, queue="slow")
TASKS = (OLD, RUNS, NEW)


def pressed(keys: str | list[str], view: View | None = None) -> tuple[View, list[Wish]]:
    view, wishes = view or View(), []
    for key in keys:
        view, wish = press(view, key, arrange(TASKS, view))
        wishes += [wish] if wish else []
    return view, wishes


def order(sort: str) -> list[str]:
    return [task.id for task in arrange(TASKS, View(sort=sort))]


def test_each_order_puts_first_what_it_is_named_after() -> None:
    assert order("state") == ["01B", "01C", "01A"]
    assert order("newest") == ["01C", "01B", "01A"]
    assert order("title") == ["01C", "01A", "01B"]
    assert order("progress")[0] == "01B"
    assert order("time")[0] in ("01B", "01C")
    assert order("time")[-1] == "01A"


def test_s_goes_through_all_orders() -> None:
    assert [pressed("s" * n)[0].sort for n in range(len(SORTS) + 1)] == [*SORTS, SORTS[0]]


def test_the_filter_looks_at_all_that_names_a_task() -> None:
    for text, found in (
        ("ALPHA", {"01C"}),
        ("slow", {"01C"}),
        ("running", {"01B"}),
        ("01a", {"01A"}),
    ):
        assert {task.id for task in arrange(TASKS, View(filter=text))} == found


def test_keys_type_into_the_filter_and_escape_takes_it_away() -> None:
    view, wishes = pressed(["/", *"qcx", "backspace"])
    assert (view.mode, view.filter, wishes) == (Mode.FILTER, "qc", [])
    view, _ = pressed(["enter"], view)
    assert (view.mode, view.filter) == (Mode.LIST, "qc")
    assert pressed(["escape"], view)[0].filter == ""
    assert pressed(["f", "a", "escape"])[0] == View()


def test_the_selection_moves_and_stays_on_its_task() -> None:
    view, _ = pressed("j")
    assert view.selected == "01C"
    assert pressed("jj")[0].selected == pressed("G")[0].selected == "01A"
    assert pressed(["G", "down", "k"])[0].selected == "01C"
    assert pressed(["G", "home", "up"])[0].selected == "01B"
    moved = replace(view, sort="title")
    assert arrange(TASKS, moved)[selection(moved, arrange(TASKS, moved))].id == "01C"
    assert selection(View(selected="gone"), TASKS) == 0


def test_cancel_asks_and_only_yes_cancels() -> None:
    view, wishes = pressed("c")
    assert (view.mode, view.selected, wishes) == (Mode.CONFIRM, "01B", [])
    assert pressed("y", view)[1] == [Wish(Act.CANCEL, "01B")]
    for key in ("n", "q", "escape", "enter"):
        assert pressed([key], view) == (replace(view, mode=Mode.LIST), [])


def test_retry_and_details_are_wished_for_the_selected_task() -> None:
    assert pressed("jr")[1] == [Wish(Act.RETRY, "01C")]
    view, wishes = pressed(["enter"])
    assert (view.mode, wishes) == (Mode.DETAILS, [Wish(Act.DETAILS, "01B")])
    assert pressed("jjjk", view)[0].scroll == 2
    assert pressed("q", view) == (replace(view, mode=Mode.LIST), [])


def test_help_pause_boxes_and_intervals() -> None:
    assert pressed("?")[0].mode is Mode.HELP
    assert pressed("??")[0] == View()
    assert pressed("p")[0].paused
    assert pressed("pp")[0] == View()
    assert pressed("24")[0].boxes == {1, 3}
    assert pressed("22")[0] == View()
    assert pressed("+")[0].interval_s == 2.0
    assert pressed("-")[0].interval_s == 0.5
    assert pressed("+" * 20)[0].interval_s == INTERVALS_S[-1]
    assert pressed("-" * 20)[0].interval_s == INTERVALS_S[0]


def test_q_quits_and_unknown_keys_do_nothing() -> None:
    assert pressed("q")[1] == [Wish(Act.QUIT)]
    assert pressed(["9", "x", "tab"]) == (View(), [])
    assert pressed(["ctrl-z"])[1] == [Wish(Act.SUSPEND)]
    for key in ("j", "c", "r", "enter"):
        assert press(View(), key, ()) == (View(), None)

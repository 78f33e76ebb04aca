from dataclasses import replace

import pytest

from revo_edge.cli.live_screen import Scene, compose, detail_lines
from revo_edge.cli.live_view import Mode, View, arrange
from revo_edge.client.mirror import Link, MirrorCounters, MirrorState
from revo_edge.contract.tasks import TaskInfo, TaskState
from tests.unit.cli.samples import AT, busy

SIZES = [(40, 24), (80, 24), (120, 40), (200, 60), (20, 5), (80, 6), (60, 10)]


def scene(view: View | None = None, link: Link = Link.LIVE, extra: int = 0) -> Scene:
    seen, view = busy(), view or View()
    more = tuple(
        TaskInfo(f"01K{n:023}", "parallel.map", TaskState.QUEUED, f"日本語 {n}")
        for n in range(extra)
    )
    tasks = {task.id: task for task in (*seen.running, *seen.recent, *more)}
    assert seen.self_ is not None
    state = MirrorState(
        link=link,
        complete=True,
        boot="b",
        s=9,
        tasks=tasks,
        workers={worker.id: worker for worker in seen.workers.workers},
        engines={engine.name: engine for engine in seen.engines},
        queues={},
        samples={**seen.samples, "self": seen.self_},
        alerts={alert.rule: alert for alert in seen.alerts},
    )
    return Scene(
        view=view,
        state=state,
        counters=MirrorCounters(gaps=2, problem="No daemon runs."),
        rows=arrange(tasks.values(), view),
        at=AT,
        version="0.1.0",
        round_trip_ms=1.25,
        events=("10:00:00 1 task.x. state=running", "10:00:01 2 alert. text=\x1b[31mred"),
    )


def drawn(shown: Scene, width: int = 120, height: int = 40) -> str:
    return "\n".join(line.plain for line in compose(shown, width, height))


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("link", [Link.LIVE, Link.LOST])
def test_it_fits_every_size(width: int, height: int, mode: Mode, link: Link) -> None:
    for extra in (0, 100):
        lines = compose(scene(View(mode=mode), link, extra), width, height)
        assert len(lines) == height
        assert max(line.cell_len for line in lines) <= width
        assert not any("\x1b" in line.plain or "\n" in line.plain for line in lines)


def test_active_alerts_stand_on_one_line_while_the_daemon_is_there() -> None:
    assert "! 2 alerts, warning: 60 tasks  [1m; info: 95 % busy" in drawn(scene())
    assert "alerts" not in drawn(scene(link=Link.LOST))


def test_the_head_says_who_answers_how_fast_and_whether_anything_was_lost() -> None:
    head = drawn(scene()).splitlines()[0]
    for part in (
        "reVo Edge 0.1.0 ● live",
        "2 gaps",
        "rtt 1.2 ms",
        "cpu 0.3 %",
        "38 MB",
        "up 2 h 04 m",
    ):
        assert part in head
    assert "PAUSED" in drawn(scene(View(paused=True)))
    assert "rtt - " in drawn(replace(scene(), round_trip_ms=None))


def test_a_lost_daemon_is_said_and_its_figures_are_not_shown_as_new() -> None:
    text = drawn(scene(link=Link.LOST))
    assert "● lost, reconnecting ..." in text
    assert "! No daemon runs." in text
    assert "cpu" not in text.splitlines()[0]
    assert "map bad" in text


def test_each_box_shows_its_part_and_can_be_hidden() -> None:
    parts = {1: "Parallel Mind", 2: "■ w0", 3: "62 %", 4: "state=running"}
    for number, part in parts.items():
        assert part in drawn(scene())
        assert part not in drawn(scene(View(boxes=frozenset({1, 2, 3, 4} - {number}))))


def test_many_workers_become_marks() -> None:
    narrow = drawn(scene(), 40, 24)
    assert "■■■■" in narrow
    assert "□□" in narrow


def test_the_selected_task_is_in_view() -> None:
    view = View(selected=f"01K{50:023}")
    assert "日本語 50" in drawn(scene(view, extra=100), 80, 24)


def test_the_last_line_asks_types_tells_or_lists_the_keys() -> None:
    def last(shown: Scene) -> str:
        return drawn(shown).splitlines()[-1]

    some = scene().rows[0]
    asked = View(mode=Mode.CONFIRM, selected=some.id)
    assert last(scene(asked)).startswith(f"Cancel {some.id[:12]} survey")
    assert last(scene(View(mode=Mode.FILTER, filter="abc"))).startswith("filter: abc")
    assert last(replace(scene(), message="Queued again.")) == "Queued again."
    assert last(scene()).endswith("every 1 s")


def test_no_task_is_said_in_words() -> None:
    assert "none yet" in drawn(replace(scene(), rows=()))
    assert "none fits" in drawn(replace(scene(View(filter="zzz")), rows=()))


def test_details_scroll_to_their_end() -> None:
    lines = detail_lines((f"n{n}", str(n)) for n in range(100))
    shown = replace(scene(View(mode=Mode.DETAILS, scroll=1000)), details=lines)
    assert "n99        99" in drawn(shown, 80, 24)
    assert "n0 " not in drawn(shown, 80, 24)

import pytest

from revo_edge.cli.progress import LineMeter, Silent, describe, meter, remaining_s
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState, Why


def running(progress: Progress | None) -> TaskInfo:
    return TaskInfo("01ABCDEFGHJKMNP", "parallel.map", TaskState.RUNNING, progress=progress)


def test_a_line_says_how_far_how_fast_and_how_long() -> None:
    progress = Progress(3100, 5000, 2, "measuring", 100.0)
    assert describe(running(progress), "files") == (
        "3,100/5,000 files, 100/s, 19.0 s left, 2 failed, measuring"
    )


def test_what_has_no_total_or_rate_has_no_end() -> None:
    assert remaining_s(Progress(10, 0, rate=5.0)) is None
    assert remaining_s(Progress(10, 20)) is None
    assert describe(running(Progress(10, 0, rate=5.0)), "items") == "10 items, 5.0/s"


def test_a_waiting_task_says_for_what() -> None:
    info = TaskInfo("1", "k", TaskState.QUEUED, why=Why.PAUSED)
    assert "paused" in describe(info)
    assert describe(running(None)) == "running"


def test_lines_come_every_few_seconds_only(capsys: pytest.CaptureFixture[str]) -> None:
    with LineMeter("items", every_s=3600.0) as seldom, LineMeter("items", every_s=0.0) as often:
        seldom.show(running(Progress(1, 2)))
        often.show(running(Progress(1, 2)))
    captured = capsys.readouterr()
    assert captured.err == "01ABCDEFGH 1/2 items\n"
    assert captured.out == ""


def test_without_a_terminal_there_is_no_bar() -> None:
    assert isinstance(meter("items", quiet=True), Silent)
    assert isinstance(meter("items"), LineMeter)

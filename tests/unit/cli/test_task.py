import pytest

from revo_edge.cli.task import _row, _took
from revo_edge.contract.tasks import Progress, TaskInfo, TaskState
from tests.unit.cli.runner import revo


def test_a_row_shows_progress_and_time() -> None:
    info = TaskInfo(
        "1",
        "parallel.map",
        TaskState.SUCCEEDED,
        progress=Progress(9, 9),
        started_at=10.0,
        ended_at=12.5,
    )
    assert _row(info) == ("1", "succeeded", "9/9", "2.5 s", "parallel.map")
    assert _took(TaskInfo("1", "k", TaskState.QUEUED)) == ""


@pytest.mark.parametrize(
    "args", [["ls", "--state", "lost"], ["show"], ["wait"], ["cancel", "1", "--grace", "-1"]]
)
def test_a_wrong_command_line_asks_no_daemon(args: list[str]) -> None:
    assert revo("task", *args).exit_code == 2


@pytest.mark.usefixtures("home")
def test_without_a_daemon_and_without_leave_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVO_AUTOSTART", "0")
    assert revo("task", "ls").exit_code == 4

import pytest

from revo_edge.cli.queue import _show
from revo_edge.contract.events import QueueInfo


def test_a_queue_without_a_bound_says_any(capsys: pytest.CaptureFixture[str]) -> None:
    _show((QueueInfo("default", 3, 1), QueueInfo("slow", 0, 1, 1, paused=True)), as_json=False)
    _, first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["default", "3", "1", "any"]
    assert second.split() == ["slow", "0", "1", "1", "paused"]

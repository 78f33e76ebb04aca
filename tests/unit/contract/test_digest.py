"""One hash over task records."""

from revo_edge.contract.digest import tasks_digest
from revo_edge.contract.tasks import ErrorInfo, TaskInfo, TaskState


def test_the_order_of_tasks_and_of_details_does_not_matter() -> None:
    one = TaskInfo("a", "k", TaskState.FAILED, error=ErrorInfo("c", "m", detail={"x": 1, "y": 2}))
    same = TaskInfo("a", "k", TaskState.FAILED, error=ErrorInfo("c", "m", detail={"y": 2, "x": 1}))
    other = TaskInfo("b", "k", TaskState.QUEUED)
    assert tasks_digest([one, other]) == tasks_digest([other, same])
    assert tasks_digest([one]) != tasks_digest([one, other])

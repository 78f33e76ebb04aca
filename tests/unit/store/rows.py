"""Rows for the store's tests."""

from revo_edge.contract.codec import encode
from revo_edge.contract.tasks import ErrorInfo, ItemResult, Story, TaskInfo, TaskSpec, TaskState
from revo_edge.store.writes import PutChildren, PutTask, UpdateTask

NIL = encode(None)


def info(task_id: str, state: TaskState = TaskState.QUEUED, **fields: object) -> TaskInfo:
    ended_at = 20.0 if state.final else None
    values = {"kind": "parallel.map", "created_at": 10.0, "ended_at": ended_at, **fields}
    return TaskInfo(id=task_id, state=state, **values)  # type: ignore[arg-type]  # a test's shorthand


def put(task_id: str, *, spec: TaskSpec | None = None, params: bytes | None = NIL) -> PutTask:
    story = (Story(10.0, TaskState.QUEUED, "submitted"),)
    return PutTask(info(task_id), spec or TaskSpec("parallel.map"), params, story)


def ended(task_id: str, at: float, result: ItemResult | None = None) -> UpdateTask:
    story = (Story(10.0, TaskState.QUEUED), Story(at, TaskState.SUCCEEDED))
    return UpdateTask(info(task_id, TaskState.SUCCEEDED, ended_at=at), story, result)


def children(owner: str, *indexes: int, failed: bool = False) -> PutChildren:
    error = ErrorInfo("user_error", "no") if failed else None
    results = tuple(ItemResult(index, error=error) for index in indexes)
    return PutChildren(owner, owner.partition("/")[0], results)

from revo_edge.contract.tasks import TaskSpec
from revo_edge.store.writes import params_hash, task_hash


def test_the_same_submission_has_the_same_hash() -> None:
    spec = TaskSpec("parallel.map", params={"a": 1})
    again = TaskSpec("parallel.map", params={"a": 1})
    assert task_hash(spec, None) == task_hash(again, None)
    assert task_hash(spec, b"1") != task_hash(spec, b"2")
    assert task_hash(spec, None) != task_hash(TaskSpec("parallel.map"), None)


def test_a_hash_is_sha256() -> None:
    assert params_hash(b"a", b"bc").startswith("ba7816bf8f01cfea")

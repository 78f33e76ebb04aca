"""Ingest through a real daemon: on all workers, over the death of its driver, and out again."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from revo_edge import Client, TaskSpec
from revo_edge.contract.kinds import Lane
from revo_edge.contract.recall import Filter, RecallList
from revo_edge.contract.tasks import TaskState
from tests.harness import DaemonProcess, WaitFor

FILES = 240
FUNCTION = "def harbour_{n}(gate):\n    '''Open gate number {n}.'''\n" + "    gate.turn()\n" * 40


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for number in range(FILES):
        file = root / f"p{number % 8}" / f"m{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(FUNCTION.format(n=number))
    return root


def run(client: Client, kind: str, **params: Any) -> Any:
    task = client.submit(TaskSpec(kind, params))
    info = client.wait(task.id, timeout_s=25)
    assert info.state is TaskState.SUCCEEDED, info.error
    return client.result(task.id)


def count(client: Client, namespace: str) -> int:
    return client.recall.list(RecallList(Filter(namespaces=(namespace,)), limit=1)).total


def test_a_tree_is_searchable_and_follows_what_changes(client: Client, tree: Path) -> None:
    assert run(client, "recall.ingest", path=str(tree))["stored"] == FILES
    (hit,) = client.recall.search("open gate number 77", k=1).hits
    assert hit.item.source.path == str(tree / "p5/m77.py")
    (tree / "p5/m77.py").write_text("def lighthouse():\n    '''Shine.'''\n")
    (tree / "p6/m78.py").unlink()
    result = run(client, "recall.ingest", path=str(tree))
    assert (result["stored"], result["removed"], result["vanished"]) == (1, 2, 1)
    assert result["duration_s"] < 5
    assert count(client, "tree") == FILES - 1


def test_a_driver_that_is_killed_goes_on_with_the_list_it_had(
    client: Client, tree: Path, wait_for: WaitFor, daemon: DaemonProcess
) -> None:
    task = client.submit(TaskSpec("recall.ingest", {"path": str(tree)}))

    def driver() -> int:
        workers = client.state().workers
        return next((w.pid for w in workers if w.lane is Lane.DRIVER and w.task == task.id), 0)

    os.kill(wait_for(driver), signal.SIGKILL)
    info = client.wait(task.id, timeout_s=25)
    assert (info.state, info.lost) == (TaskState.SUCCEEDED, 1)
    assert count(client, "tree") == FILES


def test_a_memory_goes_out_and_comes_back(client: Client, tree: Path, tmp_path: Path) -> None:
    run(client, "recall.ingest", path=str(tree), include=["p1/"])
    out = tmp_path / "out.jsonl"
    assert run(client, "recall.export", path=str(out))["items"] == FILES // 8
    assert run(client, "recall.forget_all", filter={"namespaces": ["tree"]})["items"] == FILES // 8
    assert client.recall.stats().items == 0
    assert len([json.loads(line) for line in out.read_text().splitlines()]) == FILES // 8
    assert run(client, "recall.import", path=str(out))["stored"] == FILES // 8
    assert count(client, "tree") == FILES // 8


def test_many_items_are_remembered_as_a_task(client: Client) -> None:
    items = [{"text": f"fact {n} of the archive", "namespace": "archive"} for n in range(350)]
    assert run(client, "recall.remember", items=items)["stored"] == 350
    assert count(client, "archive") == 350

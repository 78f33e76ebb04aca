"""`revo recall ingest`, `watch`, `export`, `import`, `model`: what is submitted and what is said."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from revo_edge.cli.recall_tasks import _say_ingested
from revo_edge.contract import recall
from revo_edge.contract.params import Params
from revo_edge.contract.recall import WatchedFolder
from revo_edge.contract.requests import Request
from revo_edge.contract.task_requests import SubmitReply, TaskSubmit
from revo_edge.contract.tasks import TaskInfo, TaskSpec, TaskState
from revo_edge.errors import BadRequest
from revo_edge.paths import Paths
from tests.unit.cli.runner import revo
from tests.unit.cli.test_recall_read import keep
from tests.unit.client.small_daemon import SmallDaemon

INGESTED: dict[str, Any] = {
    "read": 2, "unchanged": 3, "vanished": 1, "stored": 5, "kept": 4, "removed": 6,
    "duration_s": 1.5, "namespace": "src", "skipped": {"binary": 7},
    "skipped_files": {"binary": [("a.png", ""), ("b.png", "")]},
}  # fmt: skip


@pytest.fixture
def daemon(home: Paths) -> Iterator[SmallDaemon]:
    with SmallDaemon(home) as daemon:
        yield daemon


def submitted(daemon: SmallDaemon) -> list[TaskSpec]:
    specs: list[TaskSpec] = []

    def submit(request: Request, params: Params) -> SubmitReply:
        assert isinstance(params, TaskSubmit)
        specs.append(params.spec)
        return SubmitReply(TaskInfo(request.key or "", params.spec.kind, TaskState.QUEUED))

    daemon.answers["task.submit"] = submit
    return specs


def test_ingest_submits_the_real_path_and_all_options(daemon: SmallDaemon, tmp_path: Path) -> None:
    specs = submitted(daemon)
    words = ["-n", "code", "--include", "*.py", "--exclude", "x/", "--fresh", "--detach"]
    done = revo("recall", "ingest", str(tmp_path), *words)
    assert done.exit_code == 0, done.output
    (spec,) = specs
    assert (spec.kind, spec.title) == ("recall.ingest", f"ingest {tmp_path.name}")
    assert spec.params == {
        "path": str(tmp_path.resolve()),
        "namespace": "code",
        "include": ["*.py"],
        "exclude": ["x/"],
        "shell_history": False,
        "fresh": True,
    }


def test_import_and_optimize_are_tasks_too(daemon: SmallDaemon, tmp_path: Path) -> None:
    specs = submitted(daemon)
    file = tmp_path / "items.jsonl"
    file.touch()
    assert revo("recall", "import", str(file), "-n", "copy", "-d", "--json").exit_code == 0
    assert revo("recall", "optimize", "--no-check", "-d").exit_code == 0
    assert [(spec.kind, spec.params) for spec in specs] == [
        ("recall.import", {"path": str(file), "namespace": "copy"}),
        ("recall.optimize", {"check": False}),
    ]


def test_what_is_not_there_asks_no_daemon(daemon: SmallDaemon, tmp_path: Path) -> None:
    for args in (["ingest"], ["import"], ["watch"]):
        assert revo("recall", *args, str(tmp_path / "none")).exit_code == 3
    assert revo("recall", "watch", "--stop").exit_code == 2
    assert revo("recall", "model", "--all").exit_code == 2
    assert set(daemon.methods_asked()) <= {"hello"}


def test_watching_is_asked_and_listed(daemon: SmallDaemon, tmp_path: Path) -> None:
    folders = (WatchedFolder(str(tmp_path), "n"),)
    asked = keep(daemon, "recall.watch", recall.WatchReply(folders, 1))
    assert str(tmp_path) in revo("recall", "watch", str(tmp_path), "-n", "n").output
    assert revo("recall", "watch", str(tmp_path), "--stop").exit_code == 0
    assert [(one.path, one.namespace, one.remove) for one in asked] == [
        (str(tmp_path), "n", False),
        (str(tmp_path), "", True),
    ]
    keep(daemon, "recall.stats", recall.StatsReply(0, 0, (), 0.0, 1, 1))
    assert "No folder is followed" in revo("recall", "watch").output


def test_the_model_says_what_it_covers_or_why_there_is_none(daemon: SmallDaemon) -> None:
    keep(daemon, "recall.stats", recall.StatsReply(4, 4, (), 0.5, 1, 1, model="minilm"))
    assert "50 % of 4 items" in revo("recall", "model").output
    keep(daemon, "recall.stats", recall.StatsReply(4, 4, (), 0.0, 1, 1, lexical_only="No model."))
    assert "By words only: No model." in revo("recall", "model").output


def test_what_was_skipped_is_named_and_nothing_read_is_an_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _say_ingested(INGESTED)
    said = capsys.readouterr().err
    assert "2 files read, 3 unchanged, 1 vanished: 5 items new, 4 kept, 6 gone in 1.5 s." in said
    assert "skipped, binary: 7 (a.png, b.png, ...)" in said
    with pytest.raises(BadRequest, match="nothing to read"):
        _say_ingested({**INGESTED, "read": 0, "unchanged": 0})

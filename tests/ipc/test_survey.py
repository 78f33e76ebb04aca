"""`parallel.analyze` of trees that are no trees, or odd ones; the command line says it in words."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from revo_edge import Client
from revo_edge.clock import utc_now
from revo_edge.contract.tasks import TaskInfo, TaskSpec, TaskState
from tests.harness import DaemonProcess, WaitFor
from tests.ipc.cli import revo
from tests.unit.engines.parallel.git_tree import DAY, NOW, git, repository

PYTHON = "def f(a):\n    if a:\n        return 1\n    return 2\n"


@pytest.fixture
def tree(short_dir: Path) -> Path:
    root = short_dir / "tree"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "a.py").write_text(PYTHON)
    (root / "readme.md").write_text("one\ntwo\n")
    return root


def survey(client: Client, path: Path | str, out: Path | str = "") -> TaskInfo:
    params = {"path": str(path), "out": str(out)}
    return client.wait(client.submit(TaskSpec("parallel.analyze", params)).id, 20)


def report(client: Client, path: Path | str, out: Path | str = "") -> dict[str, Any]:
    info = survey(client, path, out)
    assert info.state is TaskState.SUCCEEDED, info.error
    found: dict[str, Any] = json.loads(Path(client.result(info.id)["reports"]["json"]).read_text())
    return found


def refusal(client: Client, path: Path | str, out: Path | str = "") -> str:
    info = survey(client, path, out)
    assert info.error is not None
    assert (info.state, info.error.code) == (TaskState.FAILED, "bad_params")
    return info.error.msg


def paths(found: dict[str, Any]) -> set[str]:
    return {entry["path"] for entry in found["files"]}


def skipped(found: dict[str, Any]) -> dict[str, str]:
    return {entry["path"]: entry["reason"] for entry in found["skipped"]}


def test_what_is_no_tree_is_refused_with_what_to_do(client: Client, tree: Path) -> None:
    assert "does not exist. Check the spelling." in refusal(client, tree / "nothing")
    assert "is a file. Name the folder" in refusal(client, tree / "readme.md")
    assert "not an absolute path" in refusal(client, "relative")
    assert "file system of the kernel" in refusal(client, "/proc")
    assert "file system of the kernel" in refusal(client, "/sys")
    (tree / "loop").symlink_to("loop")
    assert "loop" in refusal(client, tree / "loop")
    assert "too long" in refusal(client, "/" + "x" * 5_000).lower()
    assert refusal(client, f"{tree}/nul\0byte")
    assert client.health().status == "ok"


def test_the_report_never_goes_into_the_tree(client: Client, tree: Path, short_dir: Path) -> None:
    (short_dir / "alias").symlink_to(tree)
    for out in (tree, tree / "report", short_dir / "alias" / "report"):
        assert "inside the surveyed tree" in refusal(client, tree, out)
    assert "not an absolute path" in refusal(client, tree, "report")
    blocked = short_dir / "file"
    blocked.write_text("")
    assert "Cannot write the report" in refusal(client, tree, blocked / "report")
    found = report(client, tree, short_dir / "out" / "deep")
    assert paths(found) == {"pkg/a.py", "readme.md"}
    assert sorted(p.name for p in tree.iterdir()) == ["pkg", "readme.md"]


def test_the_command_line_says_the_same_with_its_own_exit_codes(
    client: Client, tree: Path, short_dir: Path
) -> None:
    for path, code, text in (
        (tree / "nothing", 3, "does not exist"),
        (tree / "readme.md", 2, "is a file"),
        ("/proc", 1, "file system of the kernel"),
    ):
        done = revo("survey", str(path))
        assert (done.returncode, done.stdout) == (code, "")
        assert text in done.stderr
        assert "Traceback" not in done.stderr
    done = revo("survey", str(tree), "-o", "inside", cwd=tree)
    assert done.returncode == 1
    assert "inside the surveyed tree" in done.stderr
    good = revo("survey", ".", "--json", cwd=tree)
    assert good.returncode == 0, good.stderr
    assert paths(json.loads(good.stdout)) == {"pkg/a.py", "readme.md"}
    assert client.health().status == "ok"


def test_an_empty_tree_is_a_report_of_nothing(client: Client, short_dir: Path) -> None:
    empty = short_dir / "empty"
    empty.mkdir()
    found = report(client, empty)
    assert (found["files"], found["skipped"]) == ([], [])
    done = revo("survey", str(empty))
    assert done.returncode == 0
    assert "no files to measure" in done.stderr


def test_every_odd_file_is_counted_or_skipped_with_its_reason(client: Client, tree: Path) -> None:
    (tree / "loop").symlink_to(tree)
    (tree / "pkg" / "up").symlink_to("..")
    (tree / "dangling").symlink_to("nowhere")
    (tree / "latin.py").write_bytes(b"# caf\xe9\n")
    (tree / "image.bin").write_bytes(bytes(range(256)) * 10)
    (tree / "broken.py").write_text("def (:\n")
    (tree / "empty.py").write_text("")
    (tree / "deep.py").write_text("x = " + "(" * 5_000 + ")" * 5_000 + "\n")
    (tree / "minus.py").write_text("x = " + "-" * 50_000 + "1\n")
    (tree / "nul.py").write_bytes(b"x = 1\n\0\n")
    (tree / "\u4e2d\u6587 \U0001f600.py").write_text(PYTHON)
    os.mkfifo(tree / "pipe")
    with (tree / "huge.py").open("wb") as file:
        file.truncate(3 * 2**30)
    found = report(client, tree)
    listed = paths(found) | set(skipped(found))
    names = {p.relative_to(tree).as_posix() for p in tree.rglob("*") if not p.is_dir()}
    assert names <= listed, names - listed
    assert "\u4e2d\u6587 \U0001f600.py" in paths(found)
    assert not paths(found) & set(skipped(found))
    assert {"loop", "pkg/up", "huge.py", "image.bin", "latin.py"} <= set(skipped(found))
    assert all(skipped(found).values())


def test_names_that_are_not_utf_8_and_very_long_paths(client: Client, tree: Path) -> None:
    (tree / os.fsdecode(b"bad\xff.py")).write_text(PYTHON)
    folder = tree
    here = os.open(tree, os.O_RDONLY)
    try:
        for _ in range(25):  # 25 * 200 bytes: longer than PATH_MAX
            os.mkdir("d" * 200, dir_fd=here)
            deeper = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = deeper
        os.close(os.open("end.py", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    finally:
        os.close(here)
    found = report(client, folder)
    assert {"pkg/a.py", "readme.md"} <= paths(found)
    assert len(found["files"]) + len(found["skipped"]) >= 4


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said(client: Client, tree: Path) -> None:
    (tree / "pkg").chmod(0)
    (tree / "readme.md").chmod(0)
    found = report(client, tree)
    assert set(skipped(found)) == {"pkg", "readme.md"}
    tree.chmod(0)
    assert "Check its permissions" in refusal(client, tree)
    tree.chmod(0o700)
    (tree / "pkg").chmod(0o700)


def test_a_tree_that_changes_meanwhile_loses_no_file_silently(
    client: Client, short_dir: Path, wait_for: WaitFor
) -> None:
    root = short_dir / "moving"
    root.mkdir()
    for n in range(600):
        (root / f"m{n}.py").write_text(PYTHON * 40)
    task = client.submit(TaskSpec("parallel.analyze", {"path": str(root)}))
    wait_for(lambda: client.task(task.id).task.items >= 1)  # the list is made
    for n in range(0, 600, 2):
        (root / f"m{n}.py").unlink()
    assert client.wait(task.id, 20).state is TaskState.SUCCEEDED
    found = json.loads(Path(client.result(task.id)["reports"]["json"]).read_text())
    assert len(found["files"]) + len(found["skipped"]) == 600


def test_a_survey_is_cancelled_and_writes_nothing(
    client: Client, short_dir: Path, wait_for: WaitFor
) -> None:
    out = short_dir / "out"
    library = Path(os.__file__).parent
    params = {"path": str(library), "out": str(out)}
    task = client.submit(TaskSpec("parallel.analyze", params))
    wait_for(lambda: client.task(task.id).task.items >= 2)
    client.cancel(task.id, grace_s=1.0)
    assert client.wait(task.id, 8).state is TaskState.CANCELLED
    assert not out.exists()


def test_the_history_is_asked_beside_the_measuring(client: Client, tree: Path) -> None:
    assert "git init" in report(client, tree)["history"]["unavailable"]
    assert "no history" in report(client, tree)["hotspots"]["unavailable"]
    repository(tree)
    for number in (1, 2):
        (tree / "pkg" / "a.py").write_text(PYTHON + f"# {number}\n")
        git(tree, "add", "-A")
        git(tree, "commit", "-qm", "x", days_ago=(NOW - utc_now()) / DAY + number)
    found = report(client, tree)
    assert [(f["path"], f["commits"]) for f in found["history"]["files"]] == [
        ("pkg/a.py", 2),
        ("readme.md", 1),
    ]
    assert [spot["path"] for spot in found["hotspots"]["files"]] == ["pkg/a.py"]


@pytest.mark.usefixtures("daemon")
def test_a_broken_gate_is_exit_code_1_and_the_report_is_there(tree: Path) -> None:
    passed = revo("survey", str(tree), "--fail-on", "complexity>2")
    assert (passed.returncode, "broken" in passed.stderr) == (0, False)
    broken = revo("survey", ".", "--fail-on", "complexity>1", "--fail-on", "lines>1000", cwd=tree)
    assert broken.returncode == 1
    assert "broken: complexity>1: 1 function, first f() in pkg/a.py:1 with 2" in broken.stderr
    assert "lines>1000" not in broken.stderr
    sarif = Path(broken.stdout.split()[-1])
    assert sarif.name == "report.sarif"
    assert json.loads(sarif.read_text())["runs"][0]["results"][0]["level"] == "error"
    wrong = revo("survey", str(tree), "--fail-on", "complexty>1")
    assert (wrong.returncode, 'Did you mean "complexity"' in wrong.stderr) == (2, True)


def without_times(found: dict[str, Any]) -> dict[str, Any]:
    found["history"].pop("since")
    others = ("generated_at", "duration_s", "trend")  # they are about this survey, not the tree
    return {key: found[key] for key in found if key not in others}


def test_a_second_survey_says_what_a_fresh_one_says(
    client: Client, daemon: DaemonProcess, tree: Path
) -> None:
    for n in range(40):
        (tree / f"m{n}.py").write_text(PYTHON * n)
    first = report(client, tree)
    cached = list((daemon.paths.home / "cache" / "analyze").glob("*.sqlite"))
    assert len(cached) == 1
    (tree / "m3.py").write_text("# TODO\n")
    (tree / "m4.py").unlink()
    second = report(client, tree)
    assert [m["path"] for m in second["markers"]] == ["m3.py"]
    assert paths(second) == paths(first) - {"m4.py"}
    plain = without_times(second)
    fresh = revo("survey", str(tree), "--fresh", "--json")
    assert without_times(json.loads(fresh.stdout)) == plain
    cached[0].write_bytes(b"no database")
    assert without_times(report(client, tree)) == plain


def test_the_next_survey_says_what_became_harder(
    client: Client, daemon: DaemonProcess, tree: Path
) -> None:
    assert len(report(client, tree)["trend"]["points"]) == 1
    (tree / "pkg" / "a.py").write_text("def f(a):\n" + "    if a: pass\n" * 12)
    trend = report(client, tree)["trend"]
    assert [point["complex_functions"] for point in trend["points"]] == [0, 1]
    assert trend["worse"] == [
        {"path": "pkg/a.py", "name": "f", "before": None, "now": 13, "line": 1}
    ]
    (past,) = (daemon.paths.home / "surveys").iterdir()
    past.write_bytes(b"damaged")
    assert len(report(client, tree)["trend"]["points"]) == 1
    assert len(report(client, tree)["trend"]["points"]) == 2


def test_cycles_lint_and_ages_are_in_the_report_and_can_break_a_gate(
    client: Client, tree: Path
) -> None:
    repository(tree)
    (tree / "pkg" / "__init__.py").write_text("")
    (tree / "pkg" / "b.py").write_text("from pkg import c\n\nc.x  # TODO later\n")
    (tree / "pkg" / "c.py").write_text("import os\nimport pkg.b\n\nx = pkg\n")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "x", days_ago=(NOW - utc_now()) / DAY + 40)
    (tree / "new.py").write_text("# FIXME\n")
    found = report(client, tree)
    (cycle,) = found["imports"]["cycles"]
    assert [(s["path"], s["line"]) for s in cycle["chains"][0]] == [
        ("pkg/b.py", 1),
        ("pkg/c.py", 2),
    ]
    assert ("pkg/c.py", "F401") in {(f["path"], f["rule"]) for f in found["lint"]["findings"]}
    ages = {one["path"]: one["changed_at"] for one in found["markers"]}
    assert ages["new.py"] is None
    assert (utc_now() - ages["pkg/b.py"]) // DAY == 40
    gates = [
        part for name in ("cycles>0", "lint>0", "todo_age_days>39") for part in ("--fail-on", name)
    ]
    done = revo("survey", str(tree), *gates)
    assert done.returncode == 1
    assert "broken: cycles>0: 1 import cycle, first pkg.b -> pkg.c -> pkg.b" in done.stderr
    assert "broken: lint>0: " in done.stderr
    assert "todo_age_days>39: 1 marked comment, first TODO in pkg/b.py:3 with 40" in done.stderr
    assert "Import cycles: 1" in done.stdout
    assert "findings of ruff" in done.stdout
    done = revo("survey", str(tree), "--no-lint", "--fail-on", "lint>0")
    assert done.returncode == 1
    assert "broken: lint>0: not measured. ruff was not asked." in done.stderr


def test_a_package_surveyed_by_itself_keeps_its_name(client: Client, tree: Path) -> None:
    (tree / "pkg" / "__init__.py").write_text("import pkg.a")
    (tree / "pkg" / "a.py").write_text("import pkg")
    (cycle,) = report(client, tree / "pkg")["imports"]["cycles"]
    assert cycle["modules"] == ["pkg", "pkg.a"]


def test_a_wrong_configuration_of_ruff_leaves_the_rest_of_the_report(
    client: Client, tree: Path
) -> None:
    (tree / "ruff.toml").write_text("nonsense = 1\n")
    found = report(client, tree)
    assert "ruff refuses its configuration" in found["lint"]["unavailable"]
    assert "pkg/a.py" in paths(found)
    done = revo("survey", str(tree), "--fail-on", "lint>1000")
    assert done.returncode == 1
    assert "broken: lint>1000: not measured. ruff refuses" in done.stderr
    assert "Lint: not measured. ruff refuses" in done.stdout


def test_a_cancel_ends_ruff(client: Client, tree: Path, wait_for: WaitFor) -> None:
    os.mkfifo(tree.parent / "pipe.toml")  # ruff waits for somebody to write into it
    (tree / "ruff.toml").write_text('extend = "../pipe.toml"\n')
    task = client.submit(TaskSpec("parallel.analyze", {"path": str(tree)}))

    def waiting() -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter(["name"]):
            with contextlib.suppress(psutil.Error):
                if process.info["name"] == "ruff" and process.cwd() == str(tree):
                    found.append(process)
        return found

    wait_for(waiting)
    client.cancel(task.id, grace_s=1.0)
    assert client.wait(task.id, 8).state is TaskState.CANCELLED
    wait_for(lambda: not waiting())

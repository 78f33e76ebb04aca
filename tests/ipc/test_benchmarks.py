"""docs/benchmarks.md is what `python -m tests.bench --markdown` prints of the saved runs."""

from pathlib import Path

import msgspec

from tests.bench.__main__ import NAMES, main
from tests.bench._page import ORDER, SAVED, Run, machine, page, save
from tests.bench._rows import Row
from tests.harness import REPOSITORY

ROWS = (
    Row(
        "round trip | p50", 0.11, "ms", "<= 2.5x", True, 0.05, "REQ and ROUTER in C", "One client."
    ),
    Row("lost", 3, "", "0", False),
)
FACTS = ("2030-01-31 22:00 UTC", "0123456789ab", "0.1.0", "2 cores of X", (0.1, 0.2))


def test_the_page_is_current() -> None:
    command = "run `python -m tests.bench --markdown > docs/benchmarks.md`"
    assert page() == (REPOSITORY / "docs" / "benchmarks.md").read_text(), command
    known = {f"{name}.json" for name in NAMES} | {"README.md"}
    assert {file.name for file in SAVED.iterdir()} <= known


def test_every_benchmark_is_explained_and_told_how_to_run(tmp_path: Path) -> None:
    assert sorted(ORDER) == NAMES
    text = page(tmp_path)
    for name in NAMES:
        about = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
        assert len(about.split()) > 40, f"{name} says too little of its rows"
        assert f"Not measured yet: `python -m tests.bench --save {name}`." in about


def test_a_saved_run_is_quoted_with_machine_date_version_and_verdicts(tmp_path: Path) -> None:
    at, commit, version, machine_, load = FACTS
    save(
        Run("ipc", at, commit, version, machine_, load, 1, rows=ROWS, arguments=("--x", "2")),
        tmp_path,
    )
    save(Run("journal", at, commit, version, machine_, load, 0, text="rate  12\n"), tmp_path)
    text = page(tmp_path)
    assert (
        "`python -m tests.bench ipc --x 2` on 2030-01-31 22:00 UTC, version 0.1.0, commit 0123456789ab. "
        "2 cores of X; load before 0.10, after 0.20."
    ) in text
    assert "| round trip / p50 | 0.11 ms | 0.05 ms | 2.20x | <= 2.5x | ok |" in text
    assert "| lost | 3.00 | - | - | 0 | OVER BUDGET |" in text
    assert "- round trip | p50: peer: REQ and ROUTER in C. One client." in text
    assert "```\nrate  12\n```" in text
    assert "Not measured yet: `python -m tests.bench --save pool`." in text
    kept = msgspec.json.decode((tmp_path / "ipc.json").read_bytes(), type=Run)
    assert kept.rows == ROWS


def test_the_machine_is_named_by_its_parts() -> None:
    found = machine()
    for part in (" cores of ", " GB, ", "Linux ", "Python ", "pyzmq ", "libzmq "):
        assert part in found


def test_a_wrong_name_is_answered_with_the_usage() -> None:
    assert main(["no-such"]) == 2
    assert main(["--save", "no-such"]) == 2

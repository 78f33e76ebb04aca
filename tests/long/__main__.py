"""Run what does not fit a test suite: `python -m tests.long NAME [--resume] [OPTION...]`.

A scenario is a module tests/long/NAME.py with `scenario(run: Run) -> Iterator[Round]`. It yields a
Round after each part that stands for itself (a kill survived, a minute idle), so that a run may be
broken off at any time; it stops by itself after `run.rounds`. What was done is written after each
round to long-NAME.json (commit, seed, start, duration, verdict, rounds). `--resume` goes on with
the file's next round if it is of the same clean commit: runs of one commit add up. A scenario that
fails an assertion ends with a bad round.
"""

import argparse
import importlib
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.long.run import Report, Round, Run

NAMES = sorted(
    file.stem
    for file in Path(__file__).parent.glob("*.py")
    if file.stem != "run" and not file.stem.startswith("_")
)

_CHANGED = "+changes"


def main(argv: list[str]) -> int:
    """Run one scenario; 0 if every round of its commit was good and all were done."""
    asked = _arguments(argv)
    report = _begin(asked)
    run = Run(report.seed, first=len(report.rounds), rounds=asked.rounds)
    print(f"{report.name}: commit {report.commit}, seed {report.seed}, from round {run.first}")
    began = time.monotonic()
    for one in _rounds(asked.name, run):
        report = _add(report, one, time.monotonic() - began)
        began = time.monotonic()
        asked.out.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
        print(f"round {len(report.rounds)}: {'ok' if one.ok else 'BAD'} {one.note}", flush=True)
    print(f"{report.verdict}: {len(report.rounds)} rounds, {report.duration_s:.0f} s, {asked.out}")
    return 0 if report.verdict == "good" else 1


def _rounds(name: str, run: Run) -> Iterator[Round]:
    try:
        yield from importlib.import_module(f"tests.long.{name}").scenario(run)
    except AssertionError as error:
        traceback.print_exc()
        yield Round(ok=False, note=str(error).partition("\n")[0])


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.long")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--resume", action="store_true", help="add to the earlier run's file")
    parser.add_argument("--rounds", type=int, help="how many in all; default: the scenario's own")
    parser.add_argument("--seed", type=int, help="default: drawn, and printed")
    parser.add_argument("--out", type=Path, help="default: ./long-NAME.json")
    asked = parser.parse_args(argv)
    asked.out = asked.out or Path(f"long-{asked.name}.json")
    return asked


def _begin(asked: argparse.Namespace) -> Report:
    commit = _commit()
    if asked.resume and asked.out.exists():
        report = msgspec.json.decode(asked.out.read_bytes(), type=Report)
        if report.commit == commit and not commit.endswith(_CHANGED):
            return report
        print(f"{asked.out} is of commit {report.commit}; starting over", file=sys.stderr)
    seed = int.from_bytes(os.urandom(4)) if asked.seed is None else asked.seed
    return Report(asked.name, commit, seed, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))


def _add(report: Report, one: Round, duration_s: float) -> Report:
    return msgspec.structs.replace(
        report,
        duration_s=report.duration_s + duration_s,
        verdict="good" if one.ok and report.verdict == "good" else "bad",
        rounds=(*report.rounds, one),
    )


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout

    try:
        changed = _CHANGED if git("status", "--porcelain", "--untracked-files=no").strip() else ""
        return git("rev-parse", "--short=12", "HEAD").strip() + changed
    except (OSError, subprocess.CalledProcessError):
        return "no commit"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

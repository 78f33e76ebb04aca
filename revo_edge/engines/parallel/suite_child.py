"""Runs pytest in the user's own Python and streams each outcome to a file.

Started by path with one argument, a JSON file: `args` (of pytest), `stream` (the file to append
to), `ids` (those to run; null: only list them). Standard library and pytest only, Python 3.8+.
"""

import json
import os
import sys
from typing import Any, Dict  # noqa: UP035 - Python 3.8 has no list[str] at run time

NO_PYTEST = 90
"""Exit code: this Python has no pytest."""
TEXT_CHARACTERS = 20_000


class Stream:
    """Plugin: writes one JSON line for each thing that happens, so that a crash loses none."""

    def __init__(self, path: str, ids: "list[str] | None") -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._order = None if ids is None else {name: place for place, name in enumerate(ids)}

    def _say(self, **event: Any) -> None:
        os.write(self._fd, json.dumps(event).encode("ascii") + b"\n")

    def pytest_collectreport(self, report: Any) -> None:
        """Tell of a file that cannot be collected."""
        if report.failed:
            self._say(event="broken", id=report.nodeid, text=_text(report))
        elif report.skipped and self._order is None:
            self._say(event="skipped", id=report.nodeid, text=_text(report))

    def pytest_collection_modifyitems(self, config: Any, items: "list[Any]") -> None:
        """Keep the tests of this shard, in its order."""
        if self._order is not None:
            order = self._order
            items[:] = [item for item in items if item.nodeid in order]
            items.sort(key=lambda item: order[item.nodeid])

    def pytest_collection_finish(self, session: Any) -> None:
        """Tell what will run."""
        ini = session.config.inipath
        root = {"root": str(session.config.rootpath), "ini": str(ini) if ini else ""}
        self._say(event="collected", **root)
        if self._order is None:
            for item in session.items:
                self._say(event="test", id=item.nodeid, path=str(item.fspath))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tell which test runs now."""
        self._say(event="start", id=nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Tell how a phase of a test ended."""
        event: Dict[str, Any] = {"event": "phase", "id": report.nodeid}  # noqa: UP006 - as above
        event.update(phase=report.when, outcome=report.outcome, duration_s=report.duration)
        if hasattr(report, "wasxfail"):
            event["xfail"] = str(report.wasxfail)
        if report.outcome != "passed":
            event["text"] = _text(report)
        self._say(**event)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Tell that a test is over."""
        self._say(event="end", id=nodeid)


def _text(report: Any) -> str:
    found = report.longrepr
    text = str(found[2]) if isinstance(found, tuple) else str(found or "")
    return text[-TEXT_CHARACTERS:]


def main(argv: "list[str]") -> int:
    """Run pytest as the JSON file says; return its exit code."""
    try:
        import pytest  # noqa: PLC0415 - its absence is an answer
    except ImportError:
        return NO_PYTEST
    with open(argv[1], encoding="utf-8") as file:  # noqa: PTH123 - nothing but what is needed
        asked = json.load(file)
    sys.path[0] = os.getcwd()  # noqa: PTH109 - as `python -m pytest` does
    sys.argv = ["pytest", *asked["args"]]
    return int(pytest.main(asked["args"], plugins=[Stream(asked["stream"], asked["ids"])]))


if __name__ == "__main__":
    sys.exit(main(sys.argv))

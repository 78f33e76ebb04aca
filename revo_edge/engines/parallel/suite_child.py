"""Runs pytest in the user's own Python and streams each outcome to a file.

Started by path with one argument, a JSON file: `args` (of pytest), `stream` (the file to append
to), `folder` (where all shards of the suite find their plan), `first` (ids to begin with), `number`
(of the shard), `hold_s` (after so long it claims no more). The first shard that has collected lists
the tests in its stream, and its owner writes `plan.json`: batches of ids. Then every shard claims
batch after batch. Standard library and pytest only, Python 3.8+.
"""

# ruff: noqa: PTH100, PTH103, PTH109, PTH110, PTH111, PTH118, PTH123
# pathlib would add to what each start costs

import fcntl
import json
import os
import sys
import time
from collections import deque
from typing import Any, Iterator  # noqa: UP035 - Python 3.8 has no list[str]

NO_PYTEST = 90
"""Exit code: this Python has no pytest."""
OLD_PYTEST = 91
"""Exit code: its pytest is older than LEAST_PYTEST; its version is on stderr."""
LEAST_PYTEST = (6, 2)
TEXT_CHARACTERS = 20_000
HOLD_FACTOR = 20
"""A shard holds its worker at least so many times as long as its collecting took."""
_POLL_S = 0.01
_CANNOT = "dist", "tx", "numprocesses", "usepdb", "trace", "stepwise", "xmlpath", "maxfail"
_INSTEAD: "dict[str, Any]" = {"dist": "no", "tx": [], "maxfail": 0}


class Suite:
    """Plugin: runs what it claims, and writes a JSON line for each thing that happens.

    A line is written at once, so that a crash loses none.
    """

    def __init__(self, asked: "dict[str, Any]") -> None:
        self._fd = os.open(asked["stream"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._asked = asked
        self._began = time.monotonic()
        self._until = self._began + asked["hold_s"]
        self._stdout = os.dup(1)  # before pytest captures it
        self._phases: list[Any] = []
        self._queue: deque[str] = deque()
        self._batches: list[list[str]] = []
        self._claims = os.path.join(asked["folder"], "claims")
        self._root = ""
        self._given: dict[str, Any] = {}
        self._say(event="hello", pid=os.getpid())

    def _say(self, **event: Any) -> None:
        os.write(self._fd, json.dumps(event).encode("ascii") + b"\n")

    def pytest_configure(self, config: Any) -> None:
        """Take over what is decided for all shards together, or would wait for a person."""
        option = config.option
        for name in _CANNOT:
            if hasattr(option, name):
                self._given[name] = getattr(option, name)
                setattr(option, name, _INSTEAD.get(name))
        option.continue_on_collection_errors = True
        if option.basetemp:  # pytest empties it first
            os.makedirs(option.basetemp, exist_ok=True)
            option.basetemp = os.path.join(option.basetemp, f"shard-{self._asked['number']}")
        for name in ("lfplugin", "nfplugin"):  # each shard would overwrite what another noted
            plugin = config.pluginmanager.getplugin(name)
            if plugin is not None:
                config.pluginmanager.unregister(plugin)

    def pytest_collectreport(self, report: Any) -> None:
        """Tell of a file that cannot be collected, or skips itself."""
        if report.failed or report.skipped:
            what = "broken" if report.failed else "skipped"
            self._say(event=what, id=report.nodeid, **_words(report, self._root))

    def pytest_sessionstart(self, session: Any) -> None:
        """Note the folder that names are relative to; nobody reads what the terminal would show."""
        self._root = str(session.config.rootpath)
        plugins = session.config.pluginmanager
        reporter = plugins.getplugin("terminalreporter")
        if reporter is not None:
            plugins.unregister(reporter)

    def pytest_collection_finish(self, session: Any) -> None:
        """Tell where the suite is and what it was asked for."""
        collect_s = time.monotonic() - self._began
        self._until = max(self._until, self._began + HOLD_FACTOR * collect_s)
        ini = session.config.inipath
        xml = self._given.get("xmlpath")
        self._say(
            event="collected",
            root=self._root,
            ini=str(ini) if ini else "",
            maxfail=int(self._given.get("maxfail") or 0),
            junit=os.path.abspath(os.path.expanduser(os.path.expandvars(xml))) if xml else "",
            tests=len(session.items),
            collect_s=collect_s,
        )

    def pytest_runtestloop(self, session: Any) -> bool:
        """Run batch after batch, in place of pytest's own loop.

        A batch is claimed only when it can begin, or it would wait here for a long test. So which
        test comes next is a guess while the last one of a batch runs.
        """
        items = {item.nodeid: item for item in session.items}
        tests = self._tests(items)
        item = next(tests, None)
        while item is not None and not self._is_stopped():
            guess = self._guess(items)
            after = None if guess is item else guess  # or it would not be torn down
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            following = next(tests, None)
            if after is not None and following is not after:
                self._tear_down(session, item, following)
            item = following
        return True

    def _tests(self, items: "dict[str, Any]") -> "Iterator[Any]":
        self._queue.extend(self._asked["first"])
        yield from self._queued(items)
        self._batches = self._plan(items)
        while time.monotonic() < self._until:
            number = self._claim()
            if number is None:
                return
            self._say(event="claim", batch=number)
            self._queue.extend(self._batches[number])
            yield from self._queued(items)

    def _queued(self, items: "dict[str, Any]") -> "Iterator[Any]":
        while self._queue:
            name = self._queue.popleft()
            if name in items:
                yield items[name]
            else:
                self._say(event="missing", id=name)

    def _guess(self, items: "dict[str, Any]") -> Any:
        """Return the test that may well be the next one here; None when there is none."""
        if self._queue:
            return items.get(self._queue[0])
        if time.monotonic() >= self._until:
            return None
        try:
            with open(self._claims, "rb") as file:
                return items.get(self._batches[int(file.read() or b"0")][0])
        except (OSError, IndexError):
            return None

    def _tear_down(self, session: Any, item: Any, following: Any) -> None:
        """End the fixtures that were kept for another test than the one that follows."""
        state = session._setupstate  # noqa: SLF001 - nothing public does it
        try:
            if hasattr(state, "teardown_all"):  # pytest 6
                state.teardown_exact(item, following)
            else:
                state.teardown_exact(following)
        except Exception as error:  # noqa: BLE001 - the fixture is the user's
            text = f"{type(error).__name__}: {error}"
            words = {"text": f"The teardown of a fixture failed.\n{text}", "reason": text}
            self._say(event="end", id=item.nodeid, duration_s=0.0, outcome="error", **words)

    def _plan(self, items: "dict[str, Any]") -> "list[list[str]]":
        """Return the batches; list the tests for a plan if no other shard does.

        Who holds the lock lists them; the lock falls with its process.
        """
        plan = os.path.join(self._asked["folder"], "plan.json")
        fd = os.open(os.path.join(self._asked["folder"], "lock"), os.O_RDWR | os.O_CREAT, 0o600)
        is_lister = False
        while not os.path.exists(plan):
            if not is_lister and _locked(fd):
                is_lister = True
                if not os.path.exists(plan):
                    for name in items:
                        self._say(event="test", id=name)
                    self._say(event="listed")
                    os.write(self._stdout, b"\n")  # wakes who reads the stream
            time.sleep(_POLL_S)
        os.close(fd)
        with open(plan, encoding="ascii") as file:
            found: list[list[str]] = json.load(file)["batches"]
        return found

    def _claim(self) -> "int | None":
        """Return the number of a batch that nobody else has; None when there is none left."""
        fd = os.open(self._claims, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            number = int(os.read(fd, 20) or b"0")
            if number >= len(self._batches):
                return None
            os.pwrite(fd, b"%d" % (number + 1), 0)
            return number
        finally:
            os.close(fd)

    def _is_stopped(self) -> bool:
        return os.path.exists(os.path.join(self._asked["folder"], "stop"))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tell which test runs now."""
        self._phases = []
        self._say(event="start", id=nodeid, at=time.monotonic())

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note how a phase of a test ended."""
        self._phases.append(report)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Tell how a test ended."""
        duration_s = sum(report.duration for report in self._phases)
        kinds = [_kind(report) for report in self._phases]
        event: dict[str, Any] = {"outcome": "passed"}
        for wanted in ("failed", "error", "skipped", "xfailed", "xpassed"):
            if wanted in kinds:
                words = _words(self._phases[kinds.index(wanted)], self._root)
                event = {"outcome": wanted, **words}
                break
        self._say(event="end", id=nodeid, duration_s=duration_s, **event)

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        """Tell what ended the whole run: pytest.exit(), or a debugger that was quitted."""
        self._say(event="interrupt", text=excinfo.typename + ": " + str(excinfo.value))

    def pytest_internalerror(self, excrepr: Any) -> None:
        """Tell that pytest or a plugin of the suite broke."""
        self._say(event="interrupt", text=str(excrepr)[-TEXT_CHARACTERS:])

    def pytest_unconfigure(self) -> None:
        """Tell that nothing more comes."""
        self._say(event="finish", cpu_s=sum(os.times()[:4]))


def _kind(report: Any) -> str:
    if report.outcome == "failed":
        return "failed" if report.when == "call" else "error"
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.outcome == "skipped" else "xpassed"
    return str(report.outcome)


def _words(report: Any, root: str) -> "dict[str, str]":
    """Return the text of a report, and where and why it ended so, if it says."""
    found = report.longrepr
    if isinstance(found, tuple):  # a skip
        path, line, text = found
        return {"text": str(text), "where": _place(str(path), line, root), "reason": str(text)}
    words = {"text": str(found or "")[-TEXT_CHARACTERS:]}
    crash = getattr(found, "reprcrash", None)
    if crash is not None:
        words["where"] = _own_place(found, root) or _place(str(crash.path), crash.lineno, root)
        words["reason"] = str(crash.message).split("\n", 1)[0][:500]
    return words


def _own_place(found: Any, root: str) -> str:
    """Return the innermost file:line of a traceback that is the suite's; empty without one."""
    for entry in reversed(getattr(getattr(found, "reprtraceback", None), "reprentries", ())):
        place = getattr(entry, "reprfileloc", None)
        path = "" if place is None else _place(str(place.path), place.lineno, root)
        if path and not path.startswith((os.sep, "..")) and "site-packages" not in path:
            return path
    return ""


def _place(path: str, line: Any, root: str) -> str:
    if root and path.startswith(root + os.sep):
        path = path[len(root) + 1 :]
    return f"{path}:{line}"


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _version(text: str) -> "list[int]":
    return [int("0" + "".join(filter(str.isdigit, part))) for part in text.split(".")[:2]]


def main(argv: "list[str]") -> int:
    """Run pytest as the JSON file says; return its exit code."""
    with open(argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    sys.path[0] = os.getcwd()  # as `python -m pytest` does
    os.environ["REVO_TEST_SHARD"] = str(asked["number"])
    try:
        import pytest  # noqa: PLC0415 - its absence is an answer
    except ImportError as error:
        sys.stderr.write(str(error))
        return NO_PYTEST
    if tuple(_version(pytest.__version__)) < LEAST_PYTEST:
        sys.stderr.write(pytest.__version__)
        return OLD_PYTEST
    sys.argv = ["pytest", *asked["args"]]
    return int(pytest.main(asked["args"], plugins=[Suite(asked)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv))

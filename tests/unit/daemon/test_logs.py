import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from revo_edge.daemon.logs import set_up_logging, subject
from revo_edge.paths import Paths


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[Paths]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield Paths(tmp_path, tmp_path, tmp_path)
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_a_plain_line_names_what_it_is_about(paths: Paths) -> None:
    set_up_logging(paths, level="info", as_json=False, console=False)
    log = logging.getLogger("revo_edge.test")
    log.debug("not written")
    log.info("first")
    token = subject.set("w3")
    log.warning("second %d", 2)
    subject.reset(token)
    first, second = paths.daemon_log.read_text().splitlines()
    assert first.endswith("INFO    revo_edge.test: first")
    assert second.endswith("WARNING revo_edge.test: second 2 [w3]")
    assert (paths.logs / "tasks").is_dir()
    assert paths.logs.stat().st_mode & 0o777 == 0o700


def test_a_json_line_holds_the_same_and_the_traceback(paths: Paths) -> None:
    set_up_logging(paths, level="debug", as_json=True, console=False)
    token = subject.set("01J")
    try:
        int("ä\n\u2028")
    except ValueError:
        logging.getLogger("revo_edge.test").exception("it broke")
    subject.reset(token)
    (text,) = paths.daemon_log.read_text().splitlines()[:1]
    line = json.loads(paths.daemon_log.read_text())
    assert text.startswith("{")
    assert (line["level"], line["logger"], line["subject"]) == ("error", "revo_edge.test", "01J")
    assert line["text"] == "it broke"
    assert "ValueError" in line["traceback"]
    assert line["at"].endswith("+00:00")


def test_on_a_console_the_lines_are_also_on_stderr(
    paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging(paths, level="warning", as_json=False, console=True)
    logging.getLogger("revo_edge.test").warning("loud")
    assert "loud" in capsys.readouterr().err
    assert "loud" in paths.daemon_log.read_text()

import json
from pathlib import Path

import pytest

from revo_edge.cli.run import build
from revo_edge.daemon.templates import Templates
from revo_edge.engines.registry import Registry
from revo_edge.errors import BadRequest, NotFound
from revo_edge.paths import Paths
from tests.harness import StartDaemon
from tests.unit.cli.runner import revo

MAP = Templates(Registry()).get("map")


def test_later_values_win(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text(json.dumps({"memory_mb": 5, "command": "wc {}"}))
    found = build(MAP, ("command=ls {}",), "careful", str(file))
    assert (found["item_retries"], found["memory_mb"], found["command"]) == (2, 5, "ls {}")


def test_paths_are_the_callers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    survey = Templates(Registry()).get("survey")
    found = build(survey, ("path=src", "out=~/report"), None, None)
    assert found["path"] == str(tmp_path / "src")
    assert found["out"] == str(Path("~/report").expanduser())
    assert build(survey, ("path=src",), None, None)["out"] == ""


def test_a_wrong_preset_or_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match='Did you mean "careful"'):
        build(MAP, (), "carefull", None)
    with pytest.raises(NotFound, match="Cannot read"):
        build(MAP, (), None, str(tmp_path / "none.json"))
    (tmp_path / "bad.json").write_text("[1]")
    with pytest.raises(BadRequest, match="JSON object"):
        build(MAP, (), None, str(tmp_path / "bad.json"))


def test_a_users_template_runs_and_a_broken_one_is_said(
    home: Paths, start_daemon: StartDaemon
) -> None:
    start_daemon()
    home.templates.mkdir(parents=True)
    good = 'name = "hi"\nkind = "probe.echo"\ntitle = "Hi"\n[fields.count]\nmax = 5\n'
    (home.templates / "hi.toml").write_text(good)
    (home.templates / "bad.toml").write_text(good.replace("echo", "ecko"))
    listed = revo("run")
    assert "hi" in listed.stdout
    assert "bad.toml:2: no kind probe.ecko." in listed.stderr
    done = revo("run", "hi", 'value={"a": 1}', "-d")
    assert revo("task", "wait", done.stdout.strip()).exit_code == 0
    assert json.loads(revo("task", "result", done.stdout.strip()).stdout) == {"a": 1}
    over = revo("run", "hi", "count=6")
    assert (over.exit_code, over.stderr) == (2, "error: count must be at most 5, not 6.\n")
    assert "bad.toml:2:" in revo("run", "bad").stderr
    assert "bad.toml:2:" in revo("doctor").stdout
    assert revo("run", "hii").exit_code == 3
    failed = revo("run", "map", "command=false", "inputs=a")
    assert (failed.exit_code, json.loads(failed.stdout)["failed"]) == (1, 1)
    assert "<= 5" in revo("template", "show", "hi").stdout
    assert revo("run", "hi", "--help").stdout == revo("template", "show", "hi").stdout

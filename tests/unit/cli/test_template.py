import json
from pathlib import Path

import pytest

from tests.unit.cli.runner import revo

GOOD = 'name = "mine"\nkind = "parallel.map"\ntitle = "Mine"\n'


@pytest.mark.usefixtures("home")
def test_files_are_checked_without_a_daemon(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(GOOD)
    bad.write_text(GOOD + "[fields.concurrency]\nmax = 99\n")
    assert revo("template", "check", str(good)).exit_code == 0
    both = revo("template", "check", str(good), str(bad))
    assert both.exit_code == 1
    assert f"{bad}:5: max 99 is wider" in both.stderr
    found = json.loads(revo("template", "check", str(bad), "--json").stdout)
    assert (found["ok"], found["broken"][0]["line"]) == (False, 5)

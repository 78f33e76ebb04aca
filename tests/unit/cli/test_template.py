import json
from pathlib import Path

import pytest

from revo_edge.paths import Paths
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


def test_a_new_template_is_written_said_and_never_overwritten(home: Paths) -> None:
    done = revo("template", "new", "gentle", "--kind", "parallel.map")
    file = home.templates / "gentle.toml"
    assert (done.exit_code, done.stdout) == (0, f"{file}\n")
    assert "`revo run gentle --help`" in done.stderr
    assert revo("template", "check", str(file)).exit_code == 0
    text = file.read_text()
    again = revo("template", "new", "gentle", "--kind", "parallel.map")
    assert (again.exit_code, file.read_text()) == (6, text)
    assert f"{file} exists already" in again.stderr
    copy = revo("template", "new", "flaky-api", "--from", "test", "--json")
    found = json.loads(copy.stdout)
    assert found == {
        "name": "flaky-api",
        "kind": "parallel.test",
        "file": str(home.templates / "flaky-api.toml"),
    }
    assert "[presets.flaky]" in Path(found["file"]).read_text()
    assert revo("template", "new", "again", "--from", "parallel.item").exit_code == 3


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("map", "--kind", "parallel.map"), 6, "taken by another template"),
        (("../mine", "--kind", "parallel.map"), 2, "is no name for a template"),
        (("mine", "--kind", "parallel.mapp"), 2, 'Did you mean "parallel.map"'),
        (("mine", "--kind", "parallel.item"), 2, "no kind parallel.item"),
        (("mine", "--from", "mapp"), 3, 'Did you mean "map"'),
        (("mine",), 2, "Give either --kind KIND or --from TEMPLATE"),
    ],
)
def test_a_wrong_request_for_a_new_one_is_refused(
    args: tuple[str, ...], code: int, said: str
) -> None:
    done = revo("template", "new", *args)
    assert done.exit_code == code
    assert said in done.stderr

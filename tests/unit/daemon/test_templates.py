from pathlib import Path

import jsonschema
import pytest

from revo_edge.daemon.templates import Templates
from revo_edge.engines.registry import Registry
from revo_edge.errors import BadRequest, NotFound


@pytest.fixture
def templates() -> Templates:
    return Templates(Registry())


def test_every_template_has_a_valid_schema_order_and_presets(templates: Templates) -> None:
    names = [info.name for info in templates.all().templates]
    assert names == sorted(names)
    assert {"export", "import", "ingest", "map", "survey", "test"} <= set(names)
    for info in templates.all().templates:
        jsonschema.Draft202012Validator.check_schema(info.params)
        assert set(info.order) <= info.params["properties"].keys()
        assert info.title
        for values in info.presets.values():
            jsonschema.validate(values, info.params | {"required": []})


def test_a_template_is_found_by_its_name_or_its_kind(templates: Templates) -> None:
    assert templates.get("map") == templates.get("parallel.map")
    with pytest.raises(NotFound, match='Did you mean "survey"'):
        templates.get("survye")


def test_a_kind_without_a_template_gets_a_plain_one() -> None:
    templates = Templates(Registry(["tests.engines.probe"]))
    plain = templates.get("probe.echo")
    assert plain.order[0] == "value"
    assert "$ref" not in plain.params
    with pytest.raises(NotFound):
        templates.get("parallel.item")  # made by other tasks: nobody fills in a form for it


GOOD = """\
name = "mine"
kind = "parallel.map"
title = "Mine"
[fields.concurrency]
max = 8
"""


def test_the_users_folder_is_read_again_at_every_call(tmp_path: Path) -> None:
    templates = Templates(Registry(), tmp_path)
    file = tmp_path / "mine.toml"
    file.write_text(GOOD)
    assert templates.get("mine").params["properties"]["concurrency"]["maximum"] == 8
    file.write_text(GOOD.replace("8", "4"))
    assert templates.get("mine").params["properties"]["concurrency"]["maximum"] == 4
    assert templates.get("mine").file == str(file)
    assert templates.get("parallel.map").name == "map"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (GOOD + "max = 9\n", 6, "twice"),
        (GOOD.replace('"mine"', '"map"'), 1, "taken"),
        (GOOD.replace("title", "titel"), 3, 'Did you mean "title"'),
        (GOOD.replace("= 8", "= "), 5, "not TOML"),
        (GOOD.replace("8", "99"), 5, "wider"),
        ('name = "a"', 1, "kind"),
    ],
)
def test_a_wrong_file_is_listed_with_its_line_and_hides_no_other(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    (tmp_path / "mine.toml").write_text(text)
    (tmp_path / "other.toml").write_text(GOOD.replace('"mine"', '"other"'))
    templates = Templates(Registry(), tmp_path)
    listed = templates.all()
    (broken,) = listed.broken
    assert (broken.line, Path(broken.file).name) == (line, "mine.toml")
    assert words in broken.msg
    assert {"map", "other", "survey", "test"} <= {info.name for info in listed.templates}
    with pytest.raises(BadRequest) as caught:
        templates.get("mine")
    assert caught.value.msg == broken.text

import jsonschema
import pytest

from revo_edge.contract.templates import FieldView, Template
from revo_edge.daemon.templates import Templates
from revo_edge.engines.registry import Registry
from revo_edge.errors import BadRequest, NotFound


@pytest.fixture
def templates() -> Templates:
    return Templates(Registry())


def test_every_template_has_a_valid_schema_order_and_presets(templates: Templates) -> None:
    assert [info.name for info in templates.all()] == ["map", "survey", "test"]
    for info in templates.all():
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


def test_a_template_narrows_bounds_and_never_widens_them(templates: Templates) -> None:
    views = {
        "concurrency": FieldView(min=-5, max=8, default=4),
        "item_retries": FieldView(max=1000),
        "function": FieldView(choices=("a:b", "c:d"), hidden=True),
    }
    properties = templates._info(Template("t", "parallel.map", "T", fields=views)).params[
        "properties"
    ]
    assert (properties["concurrency"]["minimum"], properties["concurrency"]["maximum"]) == (0, 8)
    assert properties["concurrency"]["default"] == 4
    assert properties["item_retries"]["maximum"] == 100
    assert properties["function"]["enum"] == ["a:b", "c:d"]
    assert properties["function"]["x-hidden"]


def test_a_wrong_name_in_a_template_is_said_with_the_nearest(templates: Templates) -> None:
    with pytest.raises(BadRequest, match=r'no parameter funktion\. Did you mean "function"'):
        templates._info(Template("t", "parallel.map", "T", fields={"funktion": FieldView()}))
    with pytest.raises(BadRequest, match="no parameter pfad"):
        templates._info(Template("t", "parallel.analyze", "T", order=("pfad",)))

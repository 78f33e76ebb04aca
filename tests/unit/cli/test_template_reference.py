import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import jsonschema
import msgspec
import pytest

from revo_edge.cli import values
from revo_edge.cli.run import build, explain
from revo_edge.cli.template_reference import reference
from revo_edge.contract.kinds import Kind
from revo_edge.contract.templates import TemplateInfo
from revo_edge.daemon.templates import Templates, check_file
from revo_edge.engines.registry import Registry
from revo_edge.errors import BadRequest
from tests.harness import REPOSITORY

PAGE = (REPOSITORY / "docs" / "templates.md").read_text()


def test_the_page_of_the_templates_is_current() -> None:
    command = "run `python -m revo_edge.cli.template_reference > docs/templates.md`"
    assert reference(Registry()) == PAGE, command


def test_the_example_of_the_page_is_a_good_template(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "count-lines.toml"
    file.write_text(text)
    info = check_file(file, Registry())
    assert isinstance(info, TemplateInfo)
    jsonschema.Draft202012Validator.check_schema(info.params)
    params = build(info, ("inputs=a.txt", "inputs=b.txt"), "gentle", None)
    assert (params["command"], params["concurrency"]) == ("wc -l {}", 1)
    jsonschema.validate(params, info.params)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(params | {"concurrency": 5}, info.params)


class Shades(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Params of a kind of this test's own."""

    depth: Annotated[int, msgspec.Meta(ge=1, le=9, description="How deep it goes.")] = 3


def test_a_field_of_a_struct_shows_in_help_schema_and_docs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = ModuleType("shades_engine")
    monkeypatch.setattr(
        module, "KINDS", ((Kind("x.shade", "x", "Shade", Shades), "tests.harness:alive"),), False
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    registry = Registry([module.__name__])
    info = Templates(registry).get("x.shade")
    explain(info)
    assert re.search(r"depth +integer +>= 1, <= 9 +3 +How deep it goes\.", capsys.readouterr().out)
    assert info.params["properties"]["depth"]["maximum"] == 9
    assert "| `depth` | integer | >= 1, <= 9 | 3 | How deep it goes. |" in reference(registry)
    assert values.read_pairs(("depth=4",), info.params) == {"depth": 4}
    with pytest.raises(BadRequest, match="depth must be at most 9"):
        build(info, ("depth=10",), None, None)

from typing import Any

import msgspec
import pytest

from revo_edge.contract.codec import convert
from revo_edge.engines.parallel.params import AnalyzeParams, MapParams
from revo_edge.errors import BadRequest

SHOWN = (MapParams, AnalyzeParams)
"""Params that a user fills in."""


@pytest.mark.parametrize("kind", SHOWN)
def test_every_field_has_a_title_and_a_help(kind: type[msgspec.Struct]) -> None:
    (definition,) = msgspec.json.schema(kind)["$defs"].values()
    for name, field in definition["properties"].items():
        assert field.get("title"), name
        assert field.get("description", "").endswith("."), name


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"funktion": "a:b"}, 'unknown field `funktion`.* Did you mean "function"'),
        ({"concurrency": 65}, r"`int` <= 64 - at `\$\.concurrency`"),
        ({"item_retries": -1}, r"`int` >= 0 - at `\$\.item_retries`"),
        ({"inputs": "text"}, r"Expected `array`, got `str` - at `\$\.inputs`"),
        ({"command": 1}, r"Expected `str`, got `int` - at `\$\.command`"),
    ],
)
def test_a_wrong_map_param_is_named_with_its_path(params: dict[str, Any], text: str) -> None:
    with pytest.raises(BadRequest, match=text):
        convert(params, MapParams)


def test_an_analysis_needs_a_folder() -> None:
    with pytest.raises(BadRequest, match="missing required field `path`"):
        convert({}, AnalyzeParams)
    with pytest.raises(BadRequest, match=r"length >= 1 - at `\$\.path`"):
        convert({"path": ""}, AnalyzeParams)

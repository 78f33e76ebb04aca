import msgspec
import pytest

from revo_edge.engines.recall import params
from revo_edge.engines.registry import Registry

KINDS = {name: kind for name, kind in Registry().kinds.items() if kind.engine == "recall"}


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if not kind.child])
def test_what_a_person_fills_in_has_a_title_and_a_help(name: str) -> None:
    schema = Registry().schema(name)
    fields = schema["$defs"][KINDS[name].params.__name__]["properties"]
    bare = [field for field, found in fields.items() if "title" not in found]
    assert set(bare) <= {"filter"}, "a filter is a form of its own"
    assert all(found.get("description") for field, found in fields.items() if field not in bare)


@pytest.mark.parametrize("given", [{}, {"path": ""}, {"path": "/x", "folder": 1}, {"path": 3}])
def test_params_that_do_not_fit_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, params.IngestParams)

"""Templates: a typing error in a file is found, not ignored."""

import msgspec
import pytest

from revo_edge.contract.templates import FieldView, Template


def test_a_template_reads_from_toml() -> None:
    text = """
    name = "survey"
    kind = "parallel.analyze"
    title = "Survey"
    order = ["path"]
    [fields.out]
    hidden = true
    """
    template = msgspec.toml.decode(text, type=Template)
    assert template.fields == {"out": FieldView(hidden=True)}


def test_a_template_with_an_unknown_field_is_rejected() -> None:
    with pytest.raises(msgspec.ValidationError, match="ordre"):
        msgspec.convert({"name": "a", "kind": "b", "title": "c", "ordre": []}, Template)

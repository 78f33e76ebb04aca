"""What an item may be, and what may be asked: wrong input is refused with its place."""

from typing import Any

import pytest

from revo_edge.contract.codec import convert, decode_as, encode
from revo_edge.contract.recall import (
    Filter,
    Item,
    ItemKind,
    NewItem,
    RecallForget,
    RecallSearch,
    RecallStore,
)
from revo_edge.errors import BadRequest

ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.mark.parametrize(
    ("kind", "value", "place"),
    [
        (NewItem, {"text": ""}, "$.text"),
        (NewItem, {"text": "x", "namespace": ""}, "$.namespace"),
        (NewItem, {"text": "x", "importance": 1.5}, "$.importance"),
        (NewItem, {"text": "x", "ttl_s": 0}, "$.ttl_s"),
        (NewItem, {"text": "x", "tags": [""]}, "$.tags[0]"),
        (NewItem, {"text": "x", "titel": "t"}, "titel"),
        (NewItem, {"text": "x", "source": {"line": 1}}, "line"),
        (RecallStore, {"items": []}, "$.items"),
        (RecallStore, {"items": [{"text": "x"}], "duplicates": "maybe"}, "$.duplicates"),
        (RecallSearch, {"query": "x", "k": 1001}, "$.k"),
        (RecallSearch, {"query": "x", "filter": {"kind": []}}, "kind"),
        (RecallForget, {"ids": ["nothing"]}, "$.ids[0]"),
    ],
)
def test_wrong_input_is_named(kind: Any, value: Any, place: str) -> None:
    with pytest.raises(BadRequest) as raised:
        decode_as(encode(value), kind)
    assert place in raised.value.msg


def test_a_kind_of_a_newer_version_is_unknown_and_breaks_nothing() -> None:
    known = {"id": ID, "version": 1, "namespace": "n", "kind": "dream", "text": "x"}
    item = convert({**known, "created_at": 1.0, "valid_from": 1.0}, Item)
    assert item.kind is ItemKind.UNKNOWN


def test_an_empty_filter_says_nothing() -> None:
    assert encode(Filter()) == b"\x80"
    assert decode_as(b"\x80", Filter) == Filter()

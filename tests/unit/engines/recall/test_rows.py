import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract.recall import TEXT_LIMIT_BYTES, ItemKind, NewItem, Source
from revo_edge.engines.recall import rows
from revo_edge.errors import BadRequest, TooLarge

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(
    metadata=st.dictionaries(
        st.text(st.characters(codec="utf-8"), max_size=5), json_values, max_size=3
    ),
    tags=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5), max_size=3),
)
def test_an_item_comes_back_as_it_was_said(metadata: dict[str, object], tags: list[str]) -> None:
    source = Source(path="a/b.py", first_line=1, session="s", turn=2, speaker="Ann")
    new = NewItem("text", metadata=metadata, tags=tuple(tags), source=source, at=5.0, ttl_s=9.0)
    row = rows.new_row(new, 1, 100.0)
    rows.set_source(row, new.source)
    item = rows.to_item(row, "default", embedded=True)
    assert msgspec.json.encode(item.metadata) == msgspec.json.encode(metadata)
    assert item.tags == tuple(dict.fromkeys(tags))
    assert item.source == source
    assert (item.at, item.created_at, item.valid_from, item.expires_at) == (5.0, 100.0, 5.0, 109.0)
    again = rows.imported_row(item, 1)
    rows.set_source(again, item.source)
    assert rows.to_item(again, "default", embedded=True) == item


def test_space_between_words_counts_in_code_only() -> None:
    note, code = ItemKind.NOTE, ItemKind.CODE
    assert rows.content_hash(note, " a\n b ") == rows.content_hash(note, "a b")
    assert rows.content_hash(code, "if a:\n  b") != rows.content_hash(code, "if a:\n    b")
    assert rows.content_hash(code, "a  \nb\n") == rows.content_hash(code, "a\nb")
    assert rows.content_hash(note, "cafe\u0301") == rows.content_hash(note, "caf\u00e9")
    assert rows.content_hash(note, "A") != rows.content_hash(note, "a")


def test_a_place_is_the_same_though_its_lines_move() -> None:
    place = rows.place_of(Source(path="a.py", first_line=1))
    assert place == rows.place_of(Source(path="a.py", first_line=9, last_line=12, commit="c"))
    assert place != rows.place_of(Source(path="b.py", first_line=1))
    assert rows.place_of(Source()) == b""
    assert rows.place_of(Source(session="s", turn=1)) != rows.place_of(Source(session="s", turn=2))


def test_labels_name_tags_and_fields() -> None:
    metadata = {"a": {"b": 1.0, "c": [1, 2], "d": None}, "e.f": "x"}
    row = rows.new_row(NewItem("text", tags=("t",), metadata=metadata), 1, 1.0)
    assert set(rows.labels(row)) == {("#", "t"), (".a.b", "1"), (".a.d", "null"), (".e.f", '"x')}


@pytest.mark.parametrize(
    ("value", "label"),
    [(1, "1"), (1.0, "1"), (True, "true"), ("1", '"1'), (1.5, "1.5"), (None, "null")],
)
def test_values_that_are_the_same_have_the_same_label(value: object, label: str) -> None:
    assert rows.label_value(value) == label


def test_too_much_is_refused() -> None:
    with pytest.raises(TooLarge, match="ingest"):
        rows.check_text("\u6771" * (TEXT_LIMIT_BYTES // 3 + 1))
    rows.check_text("x" * TEXT_LIMIT_BYTES)
    with pytest.raises(TooLarge, match="metadata"):
        rows.dump_metadata({"a": "x" * rows.METADATA_LIMIT_BYTES})
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(BadRequest, match="nested"):
        rows.dump_metadata({"a": deep})
    with pytest.raises(BadRequest, match="Keys"):
        rows.dump_metadata({"a": {1: 2}})

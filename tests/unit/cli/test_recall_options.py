"""Moments, spans, filters and texts as they are typed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from revo_edge.cli.recall_options import (
    ItemId,
    Span,
    filter_options,
    read_fields,
    read_moment,
    read_text,
    take_filter,
)
from revo_edge.contract.recall import Filter, ItemKind
from revo_edge.errors import BadRequest, NotFound
from tests.unit.cli.runner import revo

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90s", NOW - 90),
        ("2d", NOW - 172_800),
        ("3w", NOW - 1_814_400),
        ("2023-01-02T03:04:05Z", datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()),
        ("2023-01-02", datetime(2023, 1, 2).astimezone().timestamp()),
    ],
)
def test_a_moment_is_ago_or_a_date(text: str, moment: float) -> None:
    assert read_moment(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2", "-1d", "2023-13-01"])
def test_a_wrong_moment_says_what_would_fit(text: str) -> None:
    with pytest.raises(ValueError, match=r"Write 2d"):
        read_moment(text, NOW)


def test_a_span_has_a_unit_and_is_not_nothing() -> None:
    assert Span().convert("12h", None, None) == 43_200
    for text in ("0d", "12", "h"):
        with pytest.raises(click.BadParameter, match="Write 90s"):
            Span().convert(text, None, None)


def test_an_id_may_be_typed_small() -> None:
    known = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    assert ItemId().convert(known.lower(), None, None) == known
    with pytest.raises(click.BadParameter, match="26 letters"):
        ItemId().convert("12", None, None)


def test_fields_are_json_or_text() -> None:
    found = read_fields(("a.b=1", "c=true", "d=plain text", "e=a=b", "f="))
    assert found == {"a.b": 1, "c": True, "d": "plain text", "e": "a=b", "f": ""}
    for word in ("alone", "=1"):
        with pytest.raises(BadRequest, match="FIELD=VALUE"):
            read_fields((word,))


def test_the_options_make_a_filter_and_leave_the_rest(tmp_path: Path) -> None:
    taken: list[Any] = []

    @click.command()
    @filter_options
    @click.option("--other")
    def command(**given: Any) -> None:
        taken.extend([take_filter(given), given])

    words = f"-n a -n b --kind code --tag t --meta m=1 --since 100s --path {tmp_path} --session s"
    command.main([*words.split(), "--other", "o"], standalone_mode=False)
    found, rest = taken
    assert rest == {"other": "o"}
    assert isinstance(found, Filter)
    assert (found.namespaces, found.kinds, found.tags) == (("a", "b"), (ItemKind.CODE,), ("t",))
    assert (found.metadata, found.path, found.session) == ({"m": 1}, str(tmp_path), "s")
    assert (found.since is not None, found.until, found.as_of) == (True, None, None)


def test_a_text_comes_from_words_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"caf\xc3\xa9 \xff")
    assert read_text(("two", "words"), None) == "two words"
    assert read_text((), str(file)) == "café \ufffd"
    assert read_text(("a\udcff",), None) == "a\ufffd"
    with pytest.raises(NotFound, match="cannot be read"):
        read_text((), str(tmp_path / "none"))
    for words, source in (((), None), (("",), None), (("a",), str(file))):
        with pytest.raises(BadRequest):
            read_text(words, source)


def test_a_wrong_option_asks_no_daemon() -> None:
    for args in (
        ["search", "x", "--kind", "novel"],
        ["search", "x", "-k", "0"],
        ["search"],
        ["get", "12"],
        ["update", "12", "x"],
        ["forget", "12"],
        ["put", "x", "--ttl", "5"],
    ):
        assert revo("recall", *args).exit_code == 2

"""How items of memory look in a terminal."""

from pathlib import Path

import pytest

from revo_edge.cli import recall_view
from revo_edge.cli.recall_view import place, show_hits, show_item, show_items, show_stats, summary
from revo_edge.contract.recall import (
    Hit,
    Item,
    ItemKind,
    NamespaceInfo,
    SearchReply,
    Source,
    StatsReply,
)

ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
Capture = pytest.CaptureFixture[str]


def item(**more: object) -> Item:
    known = {"text": "first line\nsecond line", "created_at": 1e9, "valid_from": 1e9}
    return Item(ID, 1, "work", ItemKind.NOTE, **(known | more))  # type: ignore[arg-type]  # the test's own words


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (Source(), ""),
        (Source(path="/src/a.py", first_line=3, last_line=9), "/src/a.py:3"),
        (Source(url="https://x.org/a"), "https://x.org/a"),
        (Source(session="s1", turn=4, speaker="Ann"), "s1 #4"),
    ],
)
def test_a_place_is_what_can_be_opened(source: Source, says: str) -> None:
    assert place(source) == says


def test_a_place_is_seen_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert place(Source(path=str(tmp_path / "a" / "b.py"), first_line=2)) == "a/b.py:2"


def test_a_hit_shows_where_it_is_and_what_fits(capsys: Capture) -> None:
    found = item(title="Deploy", source=Source(path="/src/a.md", first_line=7, speaker="Ann"))
    hit = Hit(found, 0.9, "the first\n\nthe second", ((4, 9),), {"lexical": 0.7, "vector": 0.2})
    show_hits(SearchReply((hit,), 1, 2.0), explain=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(" 1  /src/a.md:7  Deploy  Ann, ")
    assert lines[0].endswith(f"work  {ID}")
    assert lines[1:] == [
        "    the first",
        "    the second",
        "    score 0.900 = lexical 0.700 + vector 0.200",
    ]


def test_the_summary_says_how_and_how_fast() -> None:
    hit = Hit(item(), 1.0)
    assert summary(SearchReply((hit,), 1, 3.25)) == "1 hit in 3.2 ms."
    reply = SearchReply((hit, hit), 1, 0.5, cached=True, lexical_only="No model.")
    assert summary(reply) == "2 hits in 0.5 ms (from the cache). By words only: No model."


def test_an_item_is_printed_whole_and_a_list_by_line(capsys: Capture) -> None:
    old = item(valid_to=2e9, tags=("a", "b"), metadata={"ticket": 5}, pinned=True)
    show_item(old)
    said = capsys.readouterr().out
    assert said.endswith("\nfirst line\nsecond line\n")
    for fact in ("version 1", "a, b", "ticket", "held until", "pinned"):
        assert fact in said
    show_items([item(text="x " * 100)])
    assert (
        len(capsys.readouterr().out.splitlines()[1].split("  ")[-1])
        == recall_view.PREVIEW_CHARACTERS
    )


def test_stats_say_what_is_missing(capsys: Capture) -> None:
    show_stats(StatsReply(0, 0, (), 0.0, 4_096, 0, lexical_only="No model is installed."))
    assert "none. No model is installed." in capsys.readouterr().out
    spaces = (NamespaceInfo("work", 3, {"code": 2, "note": 1}, 1),)
    show_stats(StatsReply(3, 4, spaces, 1 / 3, 5_000, 9, model="minilm", purge_pending=True))
    said = capsys.readouterr().out
    for fact in ("33 %", "minilm", "5 kB", "wiped", "work"):
        assert fact in said

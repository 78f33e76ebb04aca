import pytest

from revo_edge.contract.recall import ItemKind, NewItem, Source
from revo_edge.engines.recall import fusion, ranking, rows
from revo_edge.engines.recall.rows import Row
from revo_edge.engines.recall.schema import KIND_NUMBER


def row(text: str, kind: ItemKind, source: Source = Source(), **fields: object) -> Row:  # noqa: B008 - frozen
    new = NewItem(text, kind=kind, source=source, **fields)  # type: ignore[arg-type] # a test's shorthand
    made = rows.new_row(new, 1, 86_400.0)
    rows.set_source(made, source)
    return made


@pytest.mark.parametrize("kind", list(KIND_NUMBER))
def test_a_row_fills_the_columns_of_its_table(kind: ItemKind) -> None:
    made = row("def parse(text): pass", kind)
    assert len(ranking.columns(made)) == len(ranking.table_of(KIND_NUMBER[kind]).columns)
    assert (ranking.radius(KIND_NUMBER[kind]) > 0) == (kind is ItemKind.CONVERSATION)


def test_a_turn_stands_between_its_neighbours() -> None:
    said = row("at noon", ItemKind.CONVERSATION, Source(speaker="Ann"))
    asked = row("when?", ItemKind.CONVERSATION, Source(speaker="Bob"))
    columns = ranking.columns(said, ranking.Around((asked,), ()))
    assert columns[:2] == ("Ann: at noon", "Bob: when?")


def test_code_is_named_by_its_chunk_or_its_title() -> None:
    chunk = row("x = 1", ItemKind.CODE, metadata={"symbol": "loadAll", "language": "python"})
    titled = row("x = 1", ItemKind.CODE, title="storeAll")
    odd = row("x = 1", ItemKind.CODE, metadata={"symbol": 7, "language": None})
    assert "loadAll" in ranking.columns(chunk)[0]
    assert "python" in ranking.columns(chunk)[3]
    assert "storeAll" in ranking.columns(titled)[0]
    assert ranking.columns(odd)


def test_cues_of_a_turn() -> None:
    kind = ItemKind.CONVERSATION
    assert ranking.cues(row("See you on 3 May 2024.", kind)) & ranking.TELLS_WHEN
    assert ranking.cues(row("Where is it?", kind)) == ranking.ASKS
    assert ranking.cues(row("Where is it?", ItemKind.NOTE)) == 0


def test_words_that_tell_a_text_apart() -> None:
    assert ranking.key_words("a an the crocodile the zoo").split()[0] == "crocodile"
    assert len(ranking.key_words(" ".join(f"word{n}" for n in range(99))).split()) == 16


def test_the_parts_make_the_score() -> None:
    candidates = [
        fusion.Candidate(1, "note", bm25=2.0, importance=1.0),
        fusion.Candidate(2, "note", bm25=1.0, pinned=True, at=0.0),
    ]
    for ranked in fusion.rank(candidates, fusion.Asked(now=5.0)):
        parts = ranking.parts(ranked)
        score = parts.pop("lexical") + parts.pop("vector")
        for boost in parts.values():
            score *= 1 + boost
        assert ranked.score == pytest.approx(score)


@pytest.mark.parametrize("metadata", [{}, {"symbol": "loadAll", "language": "python"}])
@pytest.mark.parametrize("kind", list(KIND_NUMBER))
def test_columns_are_the_same_before_an_item_is_a_row(
    kind: ItemKind, metadata: dict[str, str]
) -> None:
    item = NewItem(
        'def loadAll(x):\n    """Load."""\n',
        kind=kind,
        title="store",
        metadata=metadata,
        source=Source(path="/a/someFile.py"),
    )
    early = ranking.columns_of(item)
    assert early in ((), ranking.columns(rows.new_row(item, 1, 86_400.0)))
    assert bool(early) == (kind in {ItemKind.CODE, ItemKind.DOCUMENT})

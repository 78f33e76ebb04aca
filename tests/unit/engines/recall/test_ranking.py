import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract.recall import ItemKind
from revo_edge.engines.recall import ranking
from revo_edge.engines.recall.ranking import Candidate, Said


def test_the_columns_of_a_turn_hold_what_is_said_around_it() -> None:
    said = Said(ItemKind.CONVERSATION, "", "see you", "Ann", 0.0)
    near = Said(ItemKind.CONVERSATION, "", "good bye", "Bob", 0.0)
    assert ranking.columns(said, [near]) == ("Ann: see you", "", "Bob good bye")
    assert len(ranking.columns(said)) == len(ranking.COLUMNS) == len(ranking.WEIGHTS) - 1
    assert ranking.radius(ItemKind.CONVERSATION) > ranking.radius(ItemKind.CODE) == 0


def test_names_are_split_and_scripts_without_spaces_spread() -> None:
    assert ranking.split_names("parseHttpRequest max_line_count plain") == (
        "Http Request count line max parse"
    )
    assert ranking.spaced("a東京b") == "a 東  京 b"
    assert ranking.spaced("plain") == "plain"


@given(st.text(max_size=200))
def test_every_query_is_one_the_full_text_understands(query: str) -> None:
    expression = ranking.match(query.encode("utf-8", "replace").decode())
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE VIRTUAL TABLE t USING fts5 (a, tokenize='{ranking.TOKENIZE}')")
    if expression:
        db.execute("SELECT * FROM t WHERE t MATCH ?", (expression,)).fetchall()
    db.close()


def test_a_long_query_asks_for_its_rarest_words() -> None:
    words = [f"w{number:04}" for number in range(1_000)]
    expression = ranking.match(" ".join([*words, "extraordinary"]))
    assert expression.count(" OR ") == ranking.QUERY_WORDS - 1
    assert '"extraordinary"' in expression
    assert ranking.match("?!") == ""


def test_words_that_tell_a_text_apart() -> None:
    assert ranking.key_words("a an the crocodile the zoo").split()[0] == "crocodile"
    assert len(ranking.key_words(" ".join(f"word{n}" for n in range(99))).split()) == 16


def test_the_best_comes_first_and_says_why() -> None:
    def candidate(seq: int, lexical: float | None, vector: float | None = None) -> Candidate:
        return Candidate(seq, ItemKind.NOTE, 0.0, 0.5, False, lexical, vector)

    ranked = ranking.order([candidate(1, 2.0), candidate(2, 4.0), candidate(3, None, 0.9)], 1.0)
    assert [each.seq for each in ranked] == [2, 3, 1]
    assert ranked[0].score == pytest.approx(sum(ranked[0].parts.values()))
    assert ranking.order([], 0.0) == []

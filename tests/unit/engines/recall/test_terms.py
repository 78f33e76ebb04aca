"""The words of a query: the rarest decide which rows are looked at, all decide their order."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revo_edge.engines.recall.terms import Asked, Counts, Tokens, Word, choose, wider

WORDS = st.lists(st.builds(Word, st.text("abc", min_size=1, max_size=3), st.integers(0, 90)))
TOKENIZE = "porter unicode61"


@settings(max_examples=50, deadline=None)
@given(
    words=WORDS.map(lambda words: list({w.text: w for w in words}.values())),
    budget=st.integers(0, 200),
)
def test_the_rarest_within_the_budget_are_needed(words: list[Word], budget: int) -> None:
    asked = choose(words, budget)
    rows = {word.text: word.rows for word in words}
    assert sorted((*asked.needed, *asked.others)) == sorted(text for text in rows if rows[text])
    spent = sum(rows[text] for text in asked.needed)
    assert spent <= budget or len(asked.needed) == 1
    for other in asked.others:
        assert rows[other] >= max(rows[text] for text in asked.needed)
        assert spent + min(rows[text] for text in asked.others) > budget


@settings(max_examples=50, deadline=None)
@given(words=WORDS, budget=st.integers(1, 50))
def test_the_last_asks_for_all(words: list[Word], budget: int) -> None:
    steps = list(wider(words, budget))
    assert steps[-1].others == ()
    assert len({step.needed for step in steps}) <= len(steps) <= 6


@pytest.fixture
def tokens() -> Iterator[Tokens]:
    """Yield what tells words apart."""
    found = Tokens(TOKENIZE)
    yield found
    found.close()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a read-only connection to a table of five rows."""
    path = tmp_path / "a.db"
    made = sqlite3.connect(path)
    made.execute(f"CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='{TOKENIZE}')")
    said = ["running home", "he runs", "the run 日 本", 'say "run"', "home alone"]
    made.executemany("INSERT INTO words (text) VALUES (?)", [(text,) for text in said])
    made.commit()
    made.close()
    reading = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    yield reading
    reading.close()


def test_words_are_counted_by_their_stem(db: sqlite3.Connection, tokens: Tokens) -> None:
    counts = Counts(db, "words", tokens)
    found = counts.of(["runs", "home", "日 本", "nothing", "", "home"], 5)
    assert found == [("runs", 4), ("home", 2), ("日 本", 1), ("nothing", 0), ("", 0)]


def test_common_words_count_for_the_score_but_bring_no_rows(
    db: sqlite3.Connection, tokens: Tokens
) -> None:
    counts = Counts(db, "words", tokens)
    asked = choose(counts.of(["run", "home"], 5), 2)
    assert asked == Asked(("home",), ("run",), 2)
    query = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank"
    assert db.execute(query, (asked.match(),)).fetchall() == [(1,), (5,)]


def test_quotes_and_operators_are_words(db: sqlite3.Connection) -> None:
    asked = Asked(('a"b', "NOT"), ("run*",))
    assert db.execute("SELECT * FROM words WHERE words MATCH ?", (asked.match(),)).fetchall() == []
    assert choose([]).match() == ""


def test_counts_are_taken_anew_when_the_index_has_grown(tmp_path: Path, tokens: Tokens) -> None:
    made = sqlite3.connect(tmp_path / "a.db")
    made.execute(f"CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='{TOKENIZE}')")
    counts = Counts(made, "words", tokens)
    made.execute("INSERT INTO words (text) VALUES ('one')")
    assert counts.of(["one"], 100) == [("one", 1)]
    made.execute("INSERT INTO words (text) VALUES ('one')")
    assert counts.of(["one"], 101) == [("one", 1)]
    assert counts.of(["one"], 126) == [("one", 2)]
    made.close()


def test_tokens_keep_the_order_of_a_phrase(tokens: Tokens) -> None:
    words = ["running", "snake_case", "日 本", "", "Ünder", "running"]
    expected = [("run",), ("snake", "case"), ("日", "本"), (), ("under",), ("run",)]
    assert tokens.of(words) == expected
    assert tokens.of(words) == expected

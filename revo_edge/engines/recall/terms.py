"""Which words of a query are asked for: full text costs what its words have entries.

FTS5 scores every row that has one of the words, so a common word makes a search slow and, being
common, tells little. The rarest words, together within a budget of rows, decide which rows are looked
at; all words still count for their score. That keeps most of the order that all words would give, where
leaving the common words out does not. (The "essential" lists of MaxScore: Turtle and Flood 1995.)
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

BUDGET_ROWS = 2_000
"""So many rows are scored at first: some 6 ms."""
LEAST_RARITY = 1e-6
"""What FTS5 gives a word that is in half of the rows or more."""
_WIDER = 8
_KEPT_WORDS = 50_000


class Word(NamedTuple):
    """A word of a query as FTS5 takes it (one or more tokens), and how many rows hold it."""

    text: str
    rows: int


class Asked(NamedTuple):
    """Rows must hold one of `needed`, as `rows` do at most; `others` only add to their score."""

    needed: tuple[str, ...]
    others: tuple[str, ...]
    rows: int = 0

    def match(self) -> str:
        """Return it as an FTS5 expression; empty when there is no word."""
        needed = _any(self.needed)
        if not self.others:
            return needed
        return f"({needed}) AND ({_any((*self.needed, *self.others))})"


def choose(words: Iterable[Word], budget: int = BUDGET_ROWS) -> Asked:
    """Return the rarest words that hold at most `budget` rows together, one at least.

    Words that no row holds are left out.
    """
    known = sorted({word for word in words if word.rows}, key=lambda word: (word.rows, word.text))
    total = needed = 0
    for word in known:
        if needed and total + word.rows > budget:
            break
        total += word.rows
        needed += 1
    texts = tuple(word.text for word in known)
    return Asked(texts[:needed], texts[needed:], total)


def wider(words: Sequence[Word], budget: int = BUDGET_ROWS) -> Iterator[Asked]:
    """Yield what to ask for, then for more rows eightfold, for when fewer were found than asked.

    A filter or a namespace may leave none of those that hold the rarest words. The last one asks for all.
    """
    while True:
        asked = choose(words, budget)
        yield asked
        if not asked.others:
            return
        budget *= _WIDER


def _any(texts: Iterable[str]) -> str:
    return " OR ".join('"' + text.replace('"', '""') + '"' for text in texts)


class Tokens:
    """What FTS5's tokenizer makes of words: only SQLite knows its own stems. Remembered."""

    def __init__(self, tokenize: str) -> None:
        """Tell words apart as `tokenize` says, a name of ours."""
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        self._db.execute(f"CREATE VIRTUAL TABLE said USING fts5(word, tokenize='{tokenize}')")
        self._db.execute("CREATE VIRTUAL TABLE token USING fts5vocab(said, instance)")
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the tokens of each word, in their order; most words are one."""
        if len(self._known) > _KEPT_WORDS:
            self._known.clear()
        unknown = [word for word in dict.fromkeys(words) if word not in self._known]
        if unknown:
            self._ask(unknown)
        return [self._known[word] for word in words]

    def _ask(self, words: Sequence[str]) -> None:
        found: dict[int, list[tuple[int, str]]] = {row: [] for row in range(1, len(words) + 1)}
        self._db.execute("BEGIN")
        rows = [(row, word) for row, word in enumerate(words, 1)]
        self._db.executemany("INSERT INTO said (rowid, word) VALUES (?, ?)", rows)
        for term, row, place in self._db.execute("SELECT term, doc, offset FROM token"):
            found[row].append((place, str(term)))
        self._db.execute("ROLLBACK")
        for row, word in rows:
            self._known[word] = tuple(term for _, term in sorted(found[row]))

    def close(self) -> None:
        """Let go of the memory."""
        self._db.close()


class Counts:
    """How many rows hold a word, by an index of full text; remembered, for counting is slow.

    FTS5 counts by reading all entries of a word: 0.1 ms for most, 20 ms for the commonest of
    100,000 rows. A count need only be near, so it is kept until the index has grown by a quarter.
    """

    def __init__(self, db: sqlite3.Connection, table: str, tokens: Tokens) -> None:
        """Read `table` of `db`'s main file.

        Only temporary tables are made, so a read-only connection will do. The name is ours, never
        a user's. Raises sqlite3.Error when there is no such table.
        """
        self._db = db
        self._vocabulary = f"{table}_vocabulary"
        db.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{self._vocabulary} "
            f"USING fts5vocab(main, {table}, row)"
        )
        self._tokens = tokens
        self._known: dict[str, int] = {}
        self._at_rows = 0

    def of(self, words: Iterable[str], rows: int) -> list[Word]:
        """Return each word with its count; `rows` is how many rows the index has now."""
        if not 0.8 * self._at_rows <= rows <= 1.25 * self._at_rows or self._full():
            self._known.clear()
            self._at_rows = rows
        return [Word(word, self._count(word)) for word in dict.fromkeys(words)]

    def _full(self) -> bool:
        return len(self._known) > _KEPT_WORDS

    def _count(self, word: str) -> int:
        known = self._known.get(word)
        if known is not None:
            return known
        (tokens,) = self._tokens.of([word])
        count = min([self._rows_with(token) for token in tokens], default=0)
        if count:  # none is not remembered: the next row may bring the word
            self._known[word] = count
        return count

    def _rows_with(self, token: str) -> int:
        query = f"SELECT doc FROM temp.{self._vocabulary} WHERE term = ?"  # noqa: S608  # our name
        row = self._db.execute(query, (token,)).fetchone()
        return 0 if row is None else int(row[0])

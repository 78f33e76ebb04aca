from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.recall.pieces import (
    MOST_CHARACTERS,
    Piece,
    clean,
    cut_lines,
    cut_text,
    number_parts,
    shorten,
)

LINES = st.lists(st.text(alphabet="ab .\t", max_size=60), max_size=60)


@given(LINES, st.integers(20, 200))
def test_blocks_hold_every_line_once_and_none_is_too_long(lines: list[str], most: int) -> None:
    blocks = list(cut_lines(lines, 1, len(lines), aim=most * 2 // 3, most=most))
    seen = [n for block in blocks for n in range(block.first_line, block.last_line + 1)]
    filled = [n for n, line in enumerate(lines, 1) if line.strip()]
    assert set(filled) <= set(seen)
    assert seen == sorted(seen)
    assert all(len(block.text) <= most for block in blocks)
    for block in blocks:
        if block.last_line > block.first_line:
            whole = "\n".join(lines[block.first_line - 1 : block.last_line])
            assert block.text == whole.rstrip()


@given(st.text(alphabet="ab. \u3002", max_size=2_000))
def test_a_long_line_loses_nothing_but_space(text: str) -> None:
    parts = list(cut_text(text, aim=100, most=150))
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(len(part) <= 150 for part in parts)


def test_a_block_ends_where_a_paragraph_does() -> None:
    lines = [*["word " * 10] * 10, "", *["word " * 10] * 8, "", *["word " * 10] * 20]
    blocks = list(cut_lines(lines, 1, len(lines)))
    assert [(b.first_line, b.last_line) for b in blocks] == [(1, 19), (21, 40)]


def test_a_sentence_stays_whole_when_a_line_is_cut() -> None:
    text = " ".join(f"This is sentence number {n}." for n in range(100))
    parts = list(cut_text(text))
    assert len(parts) > 1
    assert all(part.endswith(".") for part in parts)
    assert all(len(part) <= MOST_CHARACTERS for part in parts)


def test_what_cannot_be_stored_is_shown_as_missing() -> None:
    assert clean("a\ud800b\0c") == "a\ufffdb\ufffdc"
    assert clean("\u05d0\u4e2d\U0001f600") == "\u05d0\u4e2d\U0001f600"


def test_a_title_is_one_line_of_bounded_length() -> None:
    assert shorten(" a\n  b ") == "a b"
    assert len(shorten("x" * 5_000)) == 300


def test_parts_of_one_thing_are_counted_and_a_whole_one_is_not() -> None:
    assert [piece.title for piece in number_parts([Piece("a", "f"), Piece("b", "f")])] == [
        "f (1 of 2)",
        "f (2 of 2)",
    ]
    assert number_parts([Piece("a", "f")]) == [Piece("a", "f")]

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.recall.snippets import SNIPPET_CHARS, Highlighter, cut, spread


@pytest.fixture(scope="module")
def highlighter() -> Iterator[Highlighter]:
    highlighter = Highlighter()
    yield highlighter
    highlighter.close()


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("running", "He runs, she ran; runners run.", ["runs", "run"]),
        ("東京", "おいしい寿司を東京で食べた", ["東京"]),
        ("שלום", "אמר שלום לכולם", ["שלום"]),
        ("cafe", "at the cafe\u0301 corner", ["cafe\u0301"]),
        ("café", "at the cafe corner", ["cafe"]),
        ("one", "😀 one 😀", ["one"]),
        ("a\ufdd0b", "a\ufdd0b \ufdd1 a", ["a", "b", "a"]),
        ("NEAR(x* ^ \"'", "near the x", ["near"]),
        ("???", "nothing", []),
        ("word", "", []),
    ],
)
def test_marks_are_characters_of_the_text(
    highlighter: Highlighter, query: str, text: str, marked: list[str]
) -> None:
    (snippet,) = highlighter.snippets(query, [text])
    assert [snippet.text[start:end] for start, end in snippet.marks] == marked


def test_the_best_part_of_a_long_text_is_cut_out(highlighter: Highlighter) -> None:
    filler = "lorem ipsum dolor sit amet " * 40
    text = f"{filler}amber{filler}amber and birch stand here {filler}"
    (snippet,) = highlighter.snippets("amber birch", [text])
    assert len(snippet.text) <= SNIPPET_CHARS
    assert [snippet.text[a:b] for a, b in snippet.marks] == ["amber", "birch"]
    assert text[snippet.first_char :].startswith(snippet.text)


def test_each_text_gets_its_own_marks(highlighter: Highlighter) -> None:
    marks = highlighter.marks("two", ["one", "two", "one two"])
    assert marks == [(), ((0, 3),), ((4, 7),)]
    assert highlighter.marks("two", ["two"]) == [((0, 3),)]


@given(st.text(max_size=60), st.text(max_size=60), st.integers(1, 40))
def test_marks_never_leave_the_text(query: str, text: str, limit: int) -> None:
    highlighter = Highlighter()
    safe = text.encode("utf-8", "replace").decode()
    (marks,) = highlighter.marks(query.encode("utf-8", "replace").decode(), [safe])
    highlighter.close()
    part = cut(safe, marks, limit)
    assert len(part.text) <= max(limit, 0)
    places = [place for mark in part.marks for place in mark]
    assert places == sorted(places)
    assert all(0 <= place <= len(part.text) for place in places)
    assert all(start < end for start, end in part.marks)


def test_a_cut_does_not_part_a_letter_from_its_accents() -> None:
    text = "e\u0301\u0301" * 200
    part = cut(text, (), 31)
    assert not unicodedata.combining(text[len(part.text)])


def test_what_stands_alone_is_found_again_in_the_original() -> None:
    text, places = spread("a東b")
    assert (text, places) == ("a 東 b", [0, 1, 1, 1, 2, 3])
    assert spread("plain") == ("plain", None)

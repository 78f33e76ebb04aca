import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_gui.models.text import breakable, cut, many_lines, one_line, tooltip, visible

TEXT = st.text(
    st.characters() | st.sampled_from("\x1b\u202e\u200b\u2066\ud800\r\n\t/ <&"), max_size=80
)


def acts(letter: str) -> bool:
    """Tell whether a terminal or a text layout would obey this character."""
    if unicodedata.bidirectional(letter) in {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }:
        return True
    return unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} and letter not in "\n\t"


@given(TEXT)
def test_nothing_acts_that_is_shown(text: str) -> None:
    for found in (visible(text), one_line(text), many_lines(text)):
        assert not any(map(acts, found))


@given(TEXT)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert text.isprintable() <= (visible(text) == text)


@pytest.mark.parametrize(
    "unseen", ["\xad", "\u061c", "\u180e", "\u200b", "\u2060", "\ufeff", "\U000e0041"]
)
def test_what_cannot_be_seen_is_spelled_out(unseen: str) -> None:
    assert visible(f"a{unseen}b").isascii()


def test_what_would_act_is_spelled_out() -> None:
    assert visible("a\x1b[31mb\u202ec\x00") == "a\\x1b[31mb\\u202ec\\x00"
    assert visible("two\nlines\t<b>") == "two\nlines\t<b>"
    assert visible("\U000e0041") == "\\U000e0041"


def test_many_lines_become_one() -> None:
    assert one_line("two\nlines\tand") == "two lines and"
    assert one_line("  what it\n    does\n\n  and why\r\n") == "what it does and why"
    assert one_line("as  it  is") == "as  it  is"
    assert len(one_line("x" * 10_000)) == 501
    assert one_line("x" * 81, 80) == "x" * 80 + "…"
    assert one_line("x" * 80, 80) == "x" * 80


@given(TEXT, st.integers(1, 20))
def test_one_line_is_one_line_and_no_longer_than_asked(text: str, limit: int) -> None:
    found = one_line(text, limit)
    assert not set(found) & {"\n", "\t"}
    assert len(found) <= 10 * limit + 1  # a character is spelled out in ten at the most


@given(TEXT)
def test_a_log_keeps_its_lines(text: str) -> None:
    ends = text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert many_lines(text).count("\n") == ends


def test_an_endless_line_says_how_much_is_left_out() -> None:
    assert many_lines("a\r\nb\rc\x1b[0m") == "a\nb\nc\\x1b[0m"
    assert many_lines("x" * 3_000).endswith("… (1,000 more characters)")
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "abc… (1 more characters)"


@given(TEXT.filter(lambda text: "\u200b" not in text))
def test_breaking_changes_no_letter_and_leaves_nothing_endless(text: str) -> None:
    found = breakable(text)
    assert found.replace("\u200b", "") == text
    assert all(len(piece) <= 48 for word in found.split() for piece in word.split("\u200b"))


def test_a_path_breaks_between_its_folders() -> None:
    path = "/home/somebody/a-folder/another.txt"
    assert breakable(path).split("\u200b") == [
        "/",
        "home/",
        "somebody/",
        "a-folder/",
        "another.txt",
    ]
    assert breakable("a" * 24 + " and/or") == "a" * 24 + " and/or"
    assert breakable("/" * 50).split("\u200b") == ["/" * 24, "/" * 24, "//"]


@given(st.lists(TEXT, max_size=3))
def test_a_tooltip_has_no_markup_but_its_own(lines: list[str]) -> None:
    found = tooltip(*lines)
    if any(lines):
        inner = found.removeprefix("<qt>").removesuffix("</qt>").replace("<br>", "")
        assert "<" not in inner
    else:
        assert found == ""

"""Marked comments: those of the author, and no word in a string or a name."""

import pytest

from revo_edge.engines.parallel.markers import (
    TEXT_LIMIT,
    Marker,
    PlacedMarker,
    age_days,
    age_text,
    find_markers,
    oldest_first,
)


def test_python_has_markers_in_comments_only() -> None:
    source = (
        "# TODO: one\n"
        "x = 'TODO no'  # (FIXME) two\n"
        "TODO = XXX  # todo in small letters\n"
        "'''\n# TODO in a string\n'''\n"
        "y = 1  # see TODOS and X_TODO_X, no HACKER\n"
        "def f(: # a file that does not parse XXX\n"
    )
    assert find_markers(source, "Python") == [
        Marker(1, "TODO", "one"),
        Marker(2, "FIXME", "two"),
        Marker(8, "XXX", ""),
    ]


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("C", "int TODO; // FIXME: it /* HACK */\n", [Marker(1, "FIXME", "it /* HACK")]),
        ("C", "/* a\n * XXX b */\nx * TODO;\n", [Marker(2, "XXX", "b")]),
        ("JavaScript", "get('https://a.b/TODO')\n", []),
        ("TypeScript", "f();//TODO now", [Marker(1, "TODO", "now")]),
        ("CSS", "a{} /* HACK for old browsers */", [Marker(1, "HACK", "for old browsers")]),
        ("Shell", "echo $#TODO\nx # TODO y", [Marker(2, "TODO", "y")]),
        ("SQL", "select 1 -- TODO", [Marker(1, "TODO", "")]),
        ("HTML", "<p>TODO</p>\n<!-- TODO later -->", [Marker(2, "TODO", "later")]),
        ("Markdown", "# TODO list\n", []),
        ("Lua", "--[[ XXX ]]", [Marker(1, "XXX", "")]),
        ("JSON", '{"a": "// TODO"}', []),
        ("Other", "# TODO", []),
    ],
)
def test_other_languages_have_them_behind_a_sign_of_a_comment(
    language: str, source: str, expected: list[Marker]
) -> None:
    assert find_markers(source, language) == expected


def test_a_long_text_is_cut_and_many_lines_are_fast() -> None:
    found = find_markers("# TODO " + "x" * 1_000 + "\n" + "# HACK\n" * 100_000, "Python")
    assert len(found[0].text) == TEXT_LIMIT
    assert found[-1] == Marker(100_001, "HACK", "")


@pytest.mark.parametrize("language", ["Python", "JavaScript", "SQL", "Markdown"])
@pytest.mark.parametrize("piece", ["// ", "TODO ", "'", "/*", "--", "<!-- ", '\\"', '"""'])
def test_one_very_long_line_takes_no_longer_than_its_length(language: str, piece: str) -> None:
    assert len(find_markers(piece * 200_000 + "\nx TODO", language)) <= 1


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (None, "age unknown"),
        (0, "today"),
        (1, "1 day"),
        (6, "6 days"),
        (13, "1 week"),
        (60, "2 months"),
        (364, "12 months"),
        (365, "1 year"),
        (800, "2 years"),
    ],
)
def test_an_age_is_said_in_words(days: int | None, text: str) -> None:
    assert age_text(days) == text


def test_the_oldest_come_first_and_unknown_ages_last() -> None:
    ages = {"new": 900_000, "unknown": None, "old": 5, "ahead": 2_000_000}
    placed = [PlacedMarker(name, Marker(1, "TODO", ""), at) for name, at in ages.items()]
    assert [one.path for one in oldest_first(placed)] == ["old", "new", "ahead", "unknown"]
    assert [age_days(one, 1_000_000) for one in placed] == [1, None, 11, 0]

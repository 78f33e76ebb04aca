from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.recall import dates
from revo_edge.engines.recall.dates import Span

MONDAY = datetime(2023, 5, 8, 13, 56, tzinfo=UTC).timestamp()


def day(month: int, number: int, year: int = 2023) -> Span:
    return Span(date(year, month, number), date(year, month, number))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I went yesterday", day(5, 7)),
        ("see you tomorrow", day(5, 9)),
        ("the day before yesterday", day(5, 6)),
        ("last night was fun", day(5, 7)),
        ("two days ago", day(5, 6)),
        ("a couple of days ago", day(5, 6)),
        ("last Fri we met", day(5, 5)),
        ("last Monday", day(5, 1)),
        ("next Monday", day(5, 15)),
        ("on Tuesday", day(5, 2)),
        ("last week", Span(date(2023, 5, 1), date(2023, 5, 7))),
        ("two weekends ago", Span(date(2023, 4, 29), date(2023, 4, 30))),
        ("next month", Span(date(2023, 6, 1), date(2023, 6, 30))),
        ("in June", Span(date(2023, 6, 1), date(2023, 6, 30))),
        ("last December", Span(date(2022, 12, 1), date(2022, 12, 31))),
        ("ten years ago", Span(date(2013, 1, 1), date(2013, 12, 31))),
        ("last summer", Span(date(2022, 6, 1), date(2022, 8, 31))),
        ("on May 7th", day(5, 7)),
        ("on 30 December", day(12, 30, 2022)),
    ],
)
def test_relative_dates_are_resolved_against_when_it_was_said(text: str, expected: Span) -> None:
    assert dates.mentions(text, MONDAY) == [expected]


@pytest.mark.parametrize(
    "text",
    ["7 May, 2023", "7th of May 2023", "May 7th, 2023", "2023-05-07", "2023/5/7", "MAY 7 2023"],
)
def test_absolute_dates_need_no_time(text: str) -> None:
    assert dates.mentions(f"it was {text}.", None) == [day(5, 7)]


@pytest.mark.parametrize(
    "text",
    [
        "30 February 2023",
        "I may go",
        "march on",
        "decided 3 times",
        "market 2023",
        "version 2023",
        "13/45",
    ],
)
def test_what_is_no_date_is_left(text: str) -> None:
    assert dates.mentions(text, MONDAY) == []


def test_relative_dates_without_a_time_are_left() -> None:
    assert dates.mentions("yesterday and last week", None) == []


def test_a_day_has_terms_from_day_to_year() -> None:
    assert dates.words([day(5, 7)]) == ["d20230507", "m202305", "may", "2023"]


def test_a_year_has_no_terms_of_its_days() -> None:
    assert dates.words([Span(date(2022, 1, 1), date(2022, 12, 31))]) == ["2022"]


def test_a_query_asks_for_the_finest_that_it_names() -> None:
    assert dates.asked("what happened on May 7, 2023?") == ["d20230507"]
    assert dates.asked("what happened in May 2023?") == ["m202305"]
    assert dates.asked("what happened yesterday?", MONDAY) == ["d20230507"]
    assert dates.asked("what happened?", MONDAY) == []


def test_what_is_asked_is_what_was_indexed() -> None:
    stored = dates.words(dates.mentions("we met last Friday", MONDAY))
    assert set(dates.asked("who met on 5 May 2023?")) <= set(stored)


def test_questions_for_a_time_and_their_answers_are_told() -> None:
    assert dates.asks_when("When did they meet?")
    assert dates.asks_when("what month was it")
    assert not dates.asks_when("Who came?")
    assert dates.tells_when("we met recently")
    assert not dates.tells_when("we may meet")


@given(st.text(max_size=300), st.none() | st.floats(allow_nan=True, allow_infinity=True))
def test_any_text_at_any_time_is_read(text: str, at: float | None) -> None:
    for span in dates.mentions(text, at):
        assert span.first <= span.last
    dates.words(dates.mentions(text, at))


@given(st.dates(date(1971, 1, 1), date(2099, 12, 31)))
def test_a_written_day_is_found_again(when: date) -> None:
    for written in (f"{when:%d %B %Y}", f"{when:%B} {when.day}, {when.year}"):
        assert dates.asked(written) == [f"d{when:%Y%m%d}"]

"""Dates in English text: found, and made absolute by when the text was said.

"Yesterday" and "last Friday" mean nothing to a search a month later. Each is resolved against
the text's own time into the days that it may mean; `words` turns days into index terms, the same
for what is stored and for what is asked. Days are those of UTC.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
} | {"a": 1, "an": 1, "couple": 2, "few": 3, "several": 4}
_SEASONS = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}

_FULL = "|".join(_MONTHS)
_MONTH = rf"(?P<month>{_FULL}|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?)"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_WEEKDAY = (
    r"(?P<weekday>mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun)(?:day|nesday|sday|rday|urday)?"
)
_COUNT = r"(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:a )?(?:couple(?: of)?|few)|several)"
_UNIT = r"(?P<unit>day|night|week|weekend|month|year)s?"
_WHICH = r"(?P<which>last|past|previous|this|next|coming)"

LONGEST_DAYS = 366
"""A mention that may mean more days than a year has is none."""


class Span(msgspec.Struct, frozen=True, order=True):
    """The first and the last day that a mention may mean, both included."""

    first: date
    last: date


Resolve = Callable[[re.Match[str], date], Span | None]


def mentions(text: str, at: float | None) -> list[Span]:
    """Return the days that a text mentions, in the order of the text.

    `at` (UTC epoch seconds) is when it was said; without it only absolute dates are found.
    """
    said = _day_of(at)
    found: list[Span] = []
    for match in _PATTERN.finditer(text.lower()):
        span = _resolve(match, said)
        if span is not None and span not in found:
            found.append(span)
    return found


def tells_when(text: str) -> bool:
    """Whether a text says when something happens: what a question with "when" is answered by."""
    return _CUE.search(text) is not None


def asks_when(query: str) -> bool:
    """Whether a question asks for a time."""
    return _QUESTION.search(query) is not None


def words(spans: Iterable[Span]) -> list[str]:
    """Return the index terms of days: the day (`d20230507`), its month (`m202305`), its year.

    A span of more than ten days has no terms of single days, one over two months none of months.
    """
    terms: dict[str, None] = {}
    for span in spans:
        days = (span.last - span.first).days + 1
        if days <= 10:
            for day in _days(span):
                terms[f"d{day:%Y%m%d}"] = None
        if days <= 62:
            for day in _days(span):
                terms[f"m{day:%Y%m}"] = None
                terms[_MONTHS[day.month - 1]] = None
        terms[f"{span.first.year}"] = None
    return list(terms)


def own_words(at: float) -> list[str]:
    """Return the index terms of the day on which a text was said."""
    day = datetime.fromtimestamp(at, UTC).date()
    return words([Span(day, day)])


def asked(query: str, now: float | None = None) -> list[str]:
    """Return the index terms of the days a query names: the finest only, a day or a month."""
    terms: dict[str, None] = {}
    for span in mentions(query, now):
        known = words([span])
        finest = [word for word in known if word[0] == "d" and word[1:].isdigit()]
        terms.update(
            dict.fromkeys(finest or [word for word in known if re.fullmatch(r"m\d{6}", word)])
        )
    return list(terms)[:10]


def _day_of(at: float | None) -> date | None:
    if at is None:
        return None
    try:
        return datetime.fromtimestamp(at, UTC).date()
    except (OverflowError, OSError, ValueError):
        return None


def _days(span: Span) -> Iterator[date]:
    for offset in range((span.last - span.first).days + 1):
        yield span.first + timedelta(offset)


def _resolve(match: re.Match[str], said: date | None) -> Span | None:
    """Give the match to its rule; a date that no calendar has means nothing."""
    rule = next(name for name in _RULES if match[name] is not None)
    pattern, resolve, relative = _RULES[rule]
    if relative and said is None:
        return None
    again = re.fullmatch(pattern, match[0])
    try:
        return resolve(again, said or date.min) if again else None
    except (ValueError, OverflowError):
        return None


def _month_number(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, 1) if month.startswith(name[:3]))


def _whole_month(year: int, month: int) -> Span:
    first = date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return Span(first, following - timedelta(1))


def _iso(match: re.Match[str], _said: date) -> Span:
    day = date(int(match["year"]), int(match["number"]), int(match["day"]))
    return Span(day, day)


def _full_date(match: re.Match[str], said: date) -> Span | None:
    """Resolve "7 May 2023"; without a year it is the year that is nearest to when it was said."""
    month, day = _month_number(match["month"]), int(match["day"])
    if match["year"]:
        found = date(int(match["year"]), month, day)
    elif said == date.min:
        return None
    else:
        years = (said.year - 1, said.year, said.year + 1)
        found = min((date(year, month, day) for year in years), key=lambda d: abs(d - said))
    return Span(found, found)


def _month_of_year(match: re.Match[str], _said: date) -> Span:
    return _whole_month(int(match["year"]), _month_number(match["month"]))


def _bare_month(match: re.Match[str], said: date) -> Span:
    """Resolve "in May" or "last May": the nearest one, or the nearest on that side."""
    month, which = _month_number(match["month"]), match["which"] or ""
    spans = [_whole_month(said.year + offset, month) for offset in (-1, 0, 1)]
    if which in ("last", "past", "previous"):
        spans = [span for span in spans if span.last < said]
    elif which in ("next", "coming"):
        spans = [span for span in spans if span.first > said]
    return min(spans, key=lambda span: abs((span.first - said).days + 15))


def _year(match: re.Match[str], _said: date) -> Span:
    return Span(date(int(match["year"]), 1, 1), date(int(match["year"]), 12, 31))


def _near(match: re.Match[str], said: date) -> Span:
    offset = -1 if match[0] in ("yesterday", "last night", "the other night") else 0
    offset = 1 if match[0].startswith("tomorrow") else offset
    offset = -2 if match[0] == "day before yesterday" else offset
    offset = 2 if match[0] == "day after tomorrow" else offset
    return Span(said + timedelta(offset), said + timedelta(offset))


def _which(match: re.Match[str], said: date) -> Span:
    step = {"this": 0, "next": 1, "coming": 1}.get(match["which"], -1)
    return _unit_from(said, match["unit"], step)


def _ago(match: re.Match[str], said: date) -> Span:
    return _unit_from(said, match["unit"], -_number(match["count"]))


def _ahead(match: re.Match[str], said: date) -> Span:
    return _unit_from(said, match["unit"], _number(match["count"]))


def _number(words_of_it: str) -> int:
    word = words_of_it.removeprefix("a ").removesuffix(" of")
    return int(word) if word.isdigit() else _NUMBERS[word]


def _unit_from(said: date, unit: str, step: int) -> Span:
    """Return the day, week (Monday to Sunday), weekend, month or year that is `step` from this."""
    monday = said - timedelta(said.weekday())
    if unit in ("day", "night"):
        return Span(said + timedelta(step), said + timedelta(step))
    if unit == "week":
        return Span(monday + timedelta(7 * step), monday + timedelta(7 * step + 6))
    if unit == "weekend":
        return Span(monday + timedelta(7 * step + 5), monday + timedelta(7 * step + 6))
    if unit == "month":
        return _whole_month(said.year, said.month + step)
    return Span(date(said.year + step, 1, 1), date(said.year + step, 12, 31))


def _weekday(match: re.Match[str], said: date) -> Span:
    """Resolve "last Fri" (before that day) and "next Friday" (after it)."""
    number = next(n for n, day in enumerate(_DAYS) if day.startswith(match["weekday"][:3]))
    if match["which"] in ("next", "coming", "this"):
        found = said + timedelta((number - said.weekday() - 1) % 7 + 1)
    else:
        found = said - timedelta((said.weekday() - number - 1) % 7 + 1)
    return Span(found, found)


def _season(match: re.Match[str], said: date) -> Span:
    """Resolve "last summer", as on the northern half of the earth."""
    month = _SEASONS[match["season"]]
    step = {"this": 0, "next": 1, "coming": 1}.get(match["which"], -1)
    first = _whole_month(said.year + step, month)
    if step == -1 and _whole_month(said.year, month + 2).last < said:
        first = _whole_month(said.year, month)
    return Span(first.first, _whole_month(first.first.year, month + 2).last)


_RULES: dict[str, tuple[str, Resolve, bool]] = {
    "iso": (rf"{_YEAR}[-/](?P<number>[01]?\d)[-/](?P<day>[0-3]?\d)", _iso, False),
    "day_month": (rf"{_DAY}(?: of)? {_MONTH},?(?: {_YEAR})?", _full_date, False),
    "month_day": (rf"{_MONTH} {_DAY}(?:,? {_YEAR})?", _full_date, False),
    "month_year": (rf"{_MONTH},? (?:of )?{_YEAR}", _month_of_year, False),
    "bare_month": (
        (
            rf"(?:(?:in|since|until|during|early|late|mid|of|{_WHICH}) )(?P<month>{_FULL})"
            r"(?!\.?,? (?:of )?\d)"
        ),
        _bare_month,
        True,
    ),
    "year": (rf"(?:in|since|until|of|during|for|early|late|year) {_YEAR}", _year, False),
    "near": (
        (
            r"day before yesterday|day after tomorrow|yesterday|today|tonight|tomorrow(?: night)?"
            r"|last night|the other night|this (?:morning|afternoon|evening)"
        ),
        _near,
        True,
    ),
    "ago": (rf"{_COUNT} {_UNIT} (?:ago|back|before)", _ago, True),
    "ahead": (rf"in {_COUNT} {_UNIT}", _ahead, True),
    "which": (rf"{_WHICH} {_UNIT}", _which, True),
    "which_day": (rf"(?:{_WHICH}|on) {_WEEKDAY}", _weekday, True),
    "which_season": (rf"{_WHICH} (?P<season>spring|summer|fall|autumn|winter)", _season, True),
}
"""Tried in this order at each place; relative ones need the time at which the text was said."""


def _unnamed(pattern: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


_PATTERN = re.compile(
    r"\b(?:"
    + "|".join(f"(?P<{name}>{_unnamed(rule[0])})" for name, rule in _RULES.items())
    + r")\b"
)
_CUE = re.compile(
    rf"(?i:\b(?:{_unnamed('|'.join(rule[0] for rule in _RULES.values()))}"
    rf"|ago|{'|'.join(_DAYS)}|weekend|recently|soon|since|the other day)\b)"
    rf"|\b(?:{'|'.join(month.title() for month in _MONTHS)})\b"
)
_QUESTION = re.compile(
    r"(?i)\b(?:when|(?:what|which) (?:date|day|month|year|week|time)|how long ago|since when)\b"
)

"""--after and --at: what a task waits for before it starts."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

from revo_edge.clock import utc_now

Command = TypeVar("Command", bound=Callable[..., Any])

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LATER = re.compile(r"\+(\d{1,6})([smhd])")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class When(click.ParamType[float]):
    """A time to come, as UTC epoch seconds; a subclass may `read` another notation."""

    name = "time"

    @staticmethod
    def read(text: str, now: float) -> float:
        """Return the time; raise ValueError saying what would fit."""
        return read_time(text, now)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the time; a wrong or a past one is a usage error."""
        if isinstance(value, float):
            return value
        try:
            return self.read(value, utc_now())
        except ValueError as error:
            self.fail(str(error), param, ctx)


def read_time(text: str, now: float) -> float:
    """Return a time in UTC epoch seconds; raise ValueError saying what would fit.

    `HH:MM` is the next time that the local clock shows it, today or tomorrow.
    """
    later, on_clock = _LATER.fullmatch(text), _CLOCK.fullmatch(text)
    if later:
        return now + int(later[1]) * _UNITS_S[later[2]]
    if on_clock:
        return _next(int(on_clock[1]), int(on_clock[2]), now)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f'"{text}" is no time. Write 22:00, +15m (s, m, h, d) or 2030-01-31T22:00:00Z.'
        ) from None
    if found.tzinfo is None:
        raise ValueError(f'"{text}" has no zone. Add Z or one like +02:00.')
    if found.timestamp() <= now:
        raise ValueError(f'"{text}" is in the past. Give a later time, or leave --at out.')
    return found.timestamp()


def _next(hour: int, minute: int, now: float) -> float:
    # without a zone, so that a day in which the clocks change still meets the hour shown
    today = datetime.fromtimestamp(now, UTC).astimezone().replace(tzinfo=None)
    found = today.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if found.timestamp() <= now:
        found += timedelta(days=1)
    return found.timestamp()


def when_options(command: Command) -> Command:
    """Add --after (repeatable) and --at."""
    at = click.option(
        "--at",
        metavar="TIME",
        type=When(),
        help="Not before: 22:00 (local, the next), +15m, or ISO 8601 with its zone.",
    )
    after = click.option(
        "--after",
        metavar="TASK",
        multiple=True,
        help="Start when TASK, or every task of group:NAME, has succeeded; repeatable.",
    )
    return after(at(command))

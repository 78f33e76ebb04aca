import click
import msgspec
import pytest

from revo_edge.cli.events import _as_plain, as_line, parse_since
from revo_edge.contract.events import Event
from revo_edge.contract.requests import StreamEvent


def test_since_is_a_number_or_an_age() -> None:
    assert parse_since("120", 1000.0) == (120, 0.0)
    assert parse_since("5m", 1000.0) == (0, 700.0)
    assert parse_since("1.5s", 1000.0) == (0, 998.5)
    with pytest.raises(click.UsageError, match="30s or 5m"):
        parse_since("yesterday", 1000.0)


def test_an_event_is_one_line() -> None:
    data = {"id": "1", "progress": {"done": 3, "total": 9}, "title": "a\nb"}
    event = Event("boot", 7, 6, 0.0, "task", msgspec.Raw(msgspec.msgpack.encode(data)))
    found = StreamEvent("task.1.", event)
    line = as_line(found)
    assert "task.1. done=3 total=9 title=a b" in line
    assert _as_plain(found) == {"topic": "task.1.", "s": 7, "ts": 0.0, "k": "task", "d": data}

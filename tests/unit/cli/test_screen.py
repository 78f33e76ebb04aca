import dataclasses
import io

import msgspec
import pytest
from rich.console import Console

from revo_edge.cli.screen import away, draw, figures
from revo_edge.contract.metrics import EngineSample, Latency, MemorySample
from tests.unit.cli.samples import busy


def drawn(width: int, *, colour: bool = False) -> str:
    out = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        highlight=False,
        markup=False,
    )
    out.print(draw(busy()))
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_fits(width: int) -> None:
    lines = drawn(width).splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= 24


def test_the_screen_shows_what_matters() -> None:
    text = drawn(80)
    for part in (
        "pid 12345",
        "up 2 h 04 m",
        "lag 0.8 ms",
        "6 of 4-16, 4 busy, 1 driver",
        "default: 1,234 waiting, 3 running",
        "slow: 2 waiting, 1 running of 1, paused",
        "62 %  100/s  19.0 s left",
        "31  4.2/s  2 failed",
        "workers 4 -> 6: queue wait 0.8 s",
        "map bad failed: The worker was lost",
    ):
        assert part in text


def test_absent_engines_say_so_in_the_daemons_words() -> None:
    text = drawn(80)
    assert "Perfect Recall   absent   Not built yet." in text
    assert "Coordinator      absent   not built in yet" in text


def test_colours_only_where_they_are_wanted() -> None:
    assert "\x1b[" in drawn(80, colour=True)
    assert "\x1b" not in drawn(80)


def test_problems_are_shown() -> None:
    seen = busy()
    health = msgspec.structs.replace(seen.health, status="degraded", problems=("Disk is full.",))
    out = Console(file=io.StringIO(), width=80)
    out.print(draw(dataclasses.replace(seen, health=health)))
    assert isinstance(out.file, io.StringIO)
    assert "! Disk is full." in out.file.getvalue()


def test_a_lost_daemon_is_said() -> None:
    assert away("No daemon\nruns.").plain == "No daemon runs."


def test_the_memory_tells_what_it_holds_and_how_fast_it_answers() -> None:
    memory = MemorySample(
        reads_per_s=3.0, items=1_234, embedded_ratio=0.5, retrieval=Latency(p95_ms=7.5)
    )
    sample = EngineSample(1.0, "recall", "online", memory=memory)
    assert figures(sample) == "1,234 items  3.0 reads/s  p95 7.5 ms  vectors 50 %  0 running"

"""Fingerprints: one for each window of whole lines, the same wherever it stands."""

import msgspec
import pytest

from revo_edge.engines.parallel.prints import (
    MIN_LINES,
    MIN_TOKENS,
    Prints,
    make_prints,
    open_prints,
    read_hashes,
)

VARIED = [f"={'+-*/'[n % 4]}{'()[]{}'[n % 6]}n.,:{'abcdefgh'[n % 8]}" for n in range(40)]


def test_a_window_begins_at_each_line_with_enough_behind_it() -> None:
    lines = open_prints(make_prints("a", VARIED))
    assert list(lines.tokens) == [8] * 40
    assert len(lines.hashes) == 40 - 7 + 1  # 7 lines of 8 tokens are the first with 50
    assert (lines.end(0), lines.end(33)) == (6, 39)
    assert len(set(lines.hashes)) == 24  # the lines come again after 24


def test_lines_without_code_are_not_there() -> None:
    spread = [line for kinds in VARIED for line in ("", kinds, "")]
    found = open_prints(make_prints("a", spread))
    assert read_hashes(make_prints("b", VARIED)) == found.hashes
    assert list(found.numbers) == list(range(2, 120, 3))


def test_few_long_lines_are_no_window() -> None:
    long = ["i=" * MIN_TOKENS] * (MIN_LINES - 1)
    assert read_hashes(make_prints("a", long)) == read_hashes(make_prints("a", []))
    assert len(read_hashes(make_prints("a", [*long, "i=n"]))) == 1


def test_a_window_with_few_kinds_is_weak() -> None:
    assert all(value & 1 for value in read_hashes(make_prints("a", ["i(s,n),"] * 40)))
    assert not any(value & 1 for value in read_hashes(make_prints("a", VARIED)))


def test_fingerprints_cross_the_wire_and_damage_is_seen() -> None:
    prints = make_prints("a", VARIED)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(prints), type=Prints) == prints
    with pytest.raises(ValueError, match="damaged"):
        open_prints(msgspec.structs.replace(prints, shape=b"no"))

"""Paced notes: what goes at once, what waits, and that the newest wins."""

from revo_edge.pool.notes import Paced


def test_the_first_note_goes_at_once_and_the_next_waits() -> None:
    notes: Paced[str] = Paced()
    assert notes.offer("a", "one", 1.0, now=10.0)
    assert not notes.offer("a", "two", 1.0, now=10.5)
    assert notes.wait_s(10.5) == 0.5


def test_only_the_newest_of_a_key_waits() -> None:
    notes: Paced[str] = Paced()
    for now, text in ((0.0, "one"), (0.1, "two"), (0.2, "three")):
        notes.offer("a", text, 1.0, now)
    assert notes.due(0.9) == []
    assert notes.due(1.0) == ["three"]
    assert notes.wait_s(1.0) is None


def test_a_note_that_waited_also_slows_the_next() -> None:
    notes: Paced[str] = Paced()
    notes.offer("a", "one", 1.0, now=0.0)
    notes.offer("a", "two", 1.0, now=0.5)
    assert notes.due(1.2) == ["two"]
    assert not notes.offer("a", "three", 1.0, now=1.5)
    assert notes.due(2.2) == ["three"]


def test_keys_do_not_slow_each_other() -> None:
    notes: Paced[str] = Paced()
    assert notes.offer("a", "one", 1.0, now=0.0)
    assert notes.offer("b", "two", 1.0, now=0.0)


def test_a_note_that_may_go_replaces_the_one_that_waited() -> None:
    notes: Paced[str] = Paced()
    notes.offer("a", "one", 1.0, now=0.0)
    notes.offer("a", "two", 1.0, now=0.5)
    assert notes.offer("a", "three", 1.0, now=1.5)
    assert notes.flush() == []


def test_flush_gives_what_waits_and_forgets_the_pace() -> None:
    notes: Paced[str] = Paced()
    notes.offer("a", "one", 1.0, now=0.0)
    notes.offer("a", "two", 1.0, now=0.1)
    assert notes.flush() == ["two"]
    assert notes.offer("a", "three", 1.0, now=0.2)

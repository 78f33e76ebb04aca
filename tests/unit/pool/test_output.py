"""Bounds of captured output and of a task's log."""

from pathlib import Path

from revo_edge.pool.output import KEPT_BYTES, TASK_LOG_BYTES, Bounded, TaskLog


def test_short_output_is_kept_whole() -> None:
    kept = Bounded()
    kept.feed(b"one ")
    kept.feed(b"two")
    assert kept.take() == b"one two"
    assert kept.take() == b""


def test_output_up_to_both_ends_is_kept_whole() -> None:
    kept = Bounded()
    text = bytes(range(256)) * (2 * KEPT_BYTES // 256)
    for start in range(0, len(text), 1000):
        kept.feed(text[start : start + 1000])
    assert kept.take() == text


def test_the_middle_of_long_output_falls_out_and_is_counted() -> None:
    kept = Bounded()
    kept.feed(b"a" * KEPT_BYTES)
    for _ in range(1000):
        kept.feed(b"b" * 1000)
    kept.feed(b"c" * KEPT_BYTES)
    text = kept.take()
    assert text == b"a" * KEPT_BYTES + b"\n[1000000 bytes dropped]\n" + b"c" * KEPT_BYTES


def test_a_log_appends_and_tells_its_size(tmp_path: Path) -> None:
    path = tmp_path / "tasks" / "T.log"
    assert TaskLog(path).append(b"one\n") == 4
    assert TaskLog(path).append(b"two\n") == 8
    assert path.read_bytes() == b"one\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_full_log_says_so_once_and_stays_within_its_bound(tmp_path: Path) -> None:
    log = TaskLog(tmp_path / "T.log")
    for _ in range(20):
        log.append(b"x" * 100_000)
    text = (tmp_path / "T.log").read_bytes()
    assert len(text) <= TASK_LOG_BYTES
    assert text.count(b"the log of this task is full") == 1


def test_a_log_that_cannot_be_written_does_not_raise(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert TaskLog(tmp_path / "file" / "T.log").append(b"x") == 0

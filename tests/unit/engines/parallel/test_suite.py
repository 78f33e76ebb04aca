import io
import time

from revo_edge.engines.parallel.shards import Found
from revo_edge.engines.parallel.suite import TIMED_OUT, _again, _Watch, _why


def test_what_is_left_twice_runs_twice() -> None:
    shards = _again(["a", "a", "b"])
    assert sorted(name for shard in shards for name in shard) == ["a", "a", "b"]
    assert all(len(set(shard)) == len(shard) for shard in shards)


def test_silence_ends_a_watch_and_a_line_begins_it_anew() -> None:
    watch = _Watch(io.BytesIO(b'{"event": "start", "id": "t"}\n').readline, Found(), 5.0)
    watch._heard = time.monotonic() - 9
    assert watch.alive()
    watch._heard = time.monotonic() - 9
    assert not watch.alive()
    assert watch.is_silent


def test_the_end_of_a_process_is_said_in_words() -> None:
    assert _why(-11, 1) == "The process died with signal 11 while this test ran."
    assert "longer than 2 s" in _why(TIMED_OUT, 2)

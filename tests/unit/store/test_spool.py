import fcntl
import hashlib
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revo_edge.errors import BadRequest, NotFound, TooLarge, Unavailable
from revo_edge.store.spool import BLOB_LIMIT_BYTES, Spool

NOW = 1_000_000.0


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def names(spool: Spool) -> list[str]:
    return sorted(path.name for path in spool._folder.iterdir() if path.name != "lock")


def age(path: Path, seconds: float) -> None:
    os.utime(path, (NOW - seconds, NOW - seconds))


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=3000), st.integers(0, 3000), st.integers(0, 3000))
def test_what_was_put_is_read_back(data: bytes, offset: int, length: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder) / "spool")
        digest = spool.put(data)
        assert digest == spool.put(memoryview(data)) == sha(data)
        assert spool.size(digest) == len(data)
        assert spool.read(digest, offset, length) == data[offset : offset + length]


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=1, max_size=2000), st.data())
def test_chunks_of_any_size_and_repeats_make_the_blob(data: bytes, draw: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        received, complete = 0, False
        while not complete:
            spool = Spool(Path(folder) / "spool")  # as if the daemon had been restarted
            offset = draw.draw(st.sampled_from([0, received]))
            end = draw.draw(st.integers(offset, len(data)))
            if offset < received < end:
                offset = received
            received, complete = spool.put_chunk(
                sha(data), offset, len(data), data[offset : max(end, offset + 1)]
            )
        assert received == len(data)
        assert spool.path(sha(data)).read_bytes() == data
        assert names(spool) == [sha(data)]


def test_a_blob_is_private(spool: Spool) -> None:
    digest = spool.put(b"secret")
    part = b"part"
    spool.put_chunk(sha(part), 0, 4, part[:2])
    assert {path.stat().st_mode & 0o777 for path in spool._folder.iterdir()} == {0o600}
    assert spool.path(digest).parent.stat().st_mode & 0o777 == 0o700


def test_a_chunk_out_of_order_is_told_where_to_go_on(spool: Spool) -> None:
    spool.put_chunk(sha(b"abcdef"), 0, 6, b"ab")
    with pytest.raises(BadRequest, match="Go on from offset 2") as caught:
        spool.put_chunk(sha(b"abcdef"), 4, 6, b"ef")
    assert caught.value.detail == {"offset": 2}
    with pytest.raises(BadRequest, match="Go on from offset 2"):
        spool.put_chunk(sha(b"abcdef"), 1, 6, b"bcd")
    assert spool.put_chunk(sha(b"abcdef"), 2, 6, b"cdef") == (6, True)
    assert spool.put_chunk(sha(b"abcdef"), 0, 6, b"ab") == (6, True)


def test_wrong_content_is_thrown_away(spool: Spool) -> None:
    with pytest.raises(BadRequest, match="again from offset 0"):
        spool.put_chunk(sha(b"abc"), 0, 3, b"xyz")
    assert names(spool) == []
    assert spool.put_chunk(sha(b"abc"), 0, 3, b"abc") == (3, True)


def test_a_chunk_beyond_the_end_is_refused(spool: Spool) -> None:
    with pytest.raises(BadRequest, match="of 3"):
        spool.put_chunk(sha(b"abc"), 0, 3, b"abcd")
    with pytest.raises(TooLarge):
        spool.put_chunk(sha(b"abc"), 0, BLOB_LIMIT_BYTES + 1, b"abc")


@pytest.mark.parametrize("name", ["", "../revo.db", "A" * 64, "a" * 63, "a" * 64 + "\n", "/" * 64])
def test_only_a_digest_is_a_name(spool: Spool, name: str) -> None:
    with pytest.raises(BadRequest, match="sha256"):
        spool.read(name, 0, 1)


def test_a_blob_that_is_gone_says_so(spool: Spool) -> None:
    with pytest.raises(NotFound, match="no longer there"):
        spool.read("a" * 64, 0, 1)
    with pytest.raises(NotFound):
        spool.size("a" * 64)


def test_a_folder_that_is_gone_is_not_a_missing_blob(spool: Spool) -> None:
    spool._folder.rmdir()
    with pytest.raises(Unavailable, match="Check that"):
        spool.put(b"x")


def test_collect_takes_what_is_old_and_not_in_use(spool: Spool) -> None:
    used, old, young = (spool.put(text) for text in (b"used", b"old", b"young"))
    spool.put_chunk(sha(b"stale"), 0, 5, b"st")
    spool.put_chunk(sha(b"fresh"), 0, 5, b"fr")
    for name in (used, old, f"{sha(b'stale')}-5.part"):
        age(spool._folder / name, 3_700)
    for name in (young, f"{sha(b'fresh')}-5.part"):
        age(spool._folder / name, 100)
    assert spool.collect({used}, older_than_s=600, now=NOW) == 2
    assert names(spool) == sorted([used, young, f"{sha(b'fresh')}-5.part"])


def test_a_blob_put_again_is_young_again(spool: Spool) -> None:
    digest = spool.put(b"again")
    age(spool.path(digest), 5_000)
    spool.put(b"again")
    assert spool.collect((), older_than_s=600, now=NOW) == 0
    age(spool.path(digest), 5_000)
    assert spool.put_chunk(digest, 0, 5, b"again") == (5, True)
    assert spool.collect((), older_than_s=600, now=NOW) == 0


def test_collect_does_not_wait_for_a_writer_that_was_stopped(spool: Spool) -> None:
    digest = spool.put(b"old")
    age(spool.path(digest), 5_000)
    with spool._lock(fcntl.LOCK_SH):
        assert spool.collect((), older_than_s=600, now=NOW) == 0
    assert spool.collect((), older_than_s=600, now=NOW) == 1


def test_a_blob_is_removed_at_once_and_only_by_its_name(spool: Spool) -> None:
    kept, gone = spool.put(b"kept"), spool.put(b"gone")
    spool.remove(gone)
    spool.remove(gone)
    assert (spool.path(kept).exists(), spool.path(gone).exists()) == (True, False)
    with pytest.raises(BadRequest):
        spool.remove("../x")

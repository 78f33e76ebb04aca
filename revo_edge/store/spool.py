"""The spool: large params and results, one 0600 file each, named by the sha256 of its content.

Several processes write at once; a file appears whole under its name or not at all. A blob that is
put again becomes young again, so that `collect` never takes what a row is about to name.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from revo_edge.errors import BadRequest, NotFound, RevoError, TooLarge, Unavailable
from revo_edge.paths import private_dir

BLOB_LIMIT_BYTES = 1024 * 1024 * 1024
UPLOAD_KEPT_S = 3_600.0
"""An upload that nobody went on with is deleted after so long."""

_DIGEST = re.compile("[0-9a-f]{64}")
_READ_BYTES = 1024 * 1024
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Spool:
    """A folder of blobs."""

    def __init__(self, folder: Path) -> None:
        """Use the folder, made if absent; raises SettingsError when it is somebody else's."""
        self._folder = private_dir(folder)

    def put(self, data: bytes | memoryview) -> str:
        """Store a blob durably and return its digest; raises Unavailable when there is no room."""
        digest = hashlib.sha256(data).hexdigest()
        with self._explained(), self._lock(fcntl.LOCK_SH):
            if not self._refresh(digest):
                self._write(digest, data)
        return digest

    def put_chunk(self, digest: str, offset: int, total: int, data: bytes) -> tuple[int, bool]:
        """Append a chunk of an upload; return (bytes received, complete).

        A chunk that was received before is skipped, and an upload goes on after a reconnect. At
        the end the content is checked against the digest and synced. Raises BadRequest (which
        names the offset to go on from), TooLarge, Unavailable.
        """
        path = self.path(digest)
        if total > BLOB_LIMIT_BYTES:
            raise TooLarge(f"A blob holds at most {BLOB_LIMIT_BYTES} bytes. Split the input.")
        with self._explained(), self._lock(fcntl.LOCK_SH):
            if self._refresh(digest):
                return path.stat().st_size, True
            part = self._folder / f"{digest}-{total}.part"
            received = self._append(part, offset, total, data)
            if received == total:
                self._finish(part, digest)
            return received, received == total

    def path(self, digest: str) -> Path:
        """Return where a blob is or would be; raises BadRequest when it is not a digest."""
        if _DIGEST.fullmatch(digest) is None:
            raise BadRequest(
                f"{digest[:80]!r} is not a blob's name. Send the sha256 of the content, 64 "
                "lower-case hexadecimal digits."
            )
        return self._folder / digest

    def read(self, digest: str, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`; raises NotFound, Unavailable."""
        path = self.path(digest)
        with self._explained(), path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def size(self, digest: str) -> int:
        """Return the size in bytes; raises NotFound, Unavailable."""
        path = self.path(digest)
        with self._explained():
            return path.stat().st_size

    def collect(self, in_use: Collection[str], older_than_s: float, now: float) -> int:
        """Delete blobs that are not in use and older than so long, and stale uploads.

        `now` is UTC epoch seconds. Returns how many files were deleted; raises Unavailable.
        """
        count = 0
        with self._explained():
            for path in list(self._folder.iterdir()):
                blob = _DIGEST.fullmatch(path.name) is not None
                if blob and path.name in in_use:
                    continue
                if blob or path.suffix in {".part", ".tmp"}:
                    kept_s = older_than_s if blob else UPLOAD_KEPT_S
                    count += self._delete_if_older(path, now - kept_s)
        return count

    def remove(self, digest: str) -> None:
        """Delete a blob; one that is not there, or that somebody is just putting, is left.

        Raises BadRequest when it is not a digest, Unavailable.
        """
        with self._explained():
            self._delete_if_older(self.path(digest), float("inf"))

    def _delete_if_older(self, path: Path, limit: float) -> bool:
        # while somebody puts, it is left for the next time: a stopped worker may hold the lock
        busy_or_gone = contextlib.suppress(BlockingIOError, FileNotFoundError)
        with busy_or_gone, self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB):
            if path.stat().st_mtime < limit:
                path.unlink()
                return True
        return False

    def _refresh(self, digest: str) -> bool:
        """Make an existing blob young again; tell whether it exists."""
        try:
            os.utime(self._folder / digest)
        except FileNotFoundError:
            return False
        return True

    def _write(self, digest: str, data: bytes | memoryview) -> None:
        handle, name = tempfile.mkstemp(dir=self._folder, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._publish(Path(name), digest)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _append(self, part: Path, offset: int, total: int, data: bytes) -> int:
        """Return the bytes received, of which `data` may add the last."""
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        with os.fdopen(os.open(part, flags, 0o600), "wb", buffering=0) as file:
            received = file.seek(0, os.SEEK_END)
            end = offset + len(data)
            if end <= received:
                return received
            if offset != received or end > total:
                raise BadRequest(
                    f"This chunk holds bytes {offset} to {end} of {total}. "
                    f"Go on from offset {received}.",
                    detail={"offset": received},
                )
            try:
                _write_all(file.fileno(), data)
            except OSError:
                file.truncate(received)
                raise
            return end

    def _finish(self, part: Path, digest: str) -> None:
        sha = hashlib.sha256()
        with part.open("rb") as file:
            while block := file.read(_READ_BYTES):
                sha.update(block)
            if sha.hexdigest() != digest:
                part.unlink()
                raise BadRequest(
                    "The uploaded bytes do not have the sha256 that was announced. "
                    "Send them again from offset 0.",
                    detail={"offset": 0},
                )
            os.fsync(file.fileno())
        self._publish(part, digest)

    def _publish(self, path: Path, digest: str) -> None:
        path.rename(self._folder / digest)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _lock(self, mode: int) -> Iterator[None]:
        """Keep `collect` from deleting a file between its refresh and the row that names it."""
        handle = os.open(self._folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, mode)
            yield
        finally:
            os.close(handle)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._explain(error) from error

    def _explain(self, error: OSError) -> RevoError:
        if isinstance(error, FileNotFoundError) and self._folder.is_dir():
            return NotFound("This blob is no longer there. Run the task again, or send it again.")
        if error.errno in _NO_ROOM:
            hint = f"Free some space on the disk of {self._folder} and try again."
        else:
            hint = f"Check that {self._folder} is there, yours and writable."
        return Unavailable(f"Cannot use the spool: {error.strerror}. {hint}", after_ms=1_000)


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]

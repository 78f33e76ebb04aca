"""A source tree as a list: every file is to be measured, or skipped with a reason.

Only names and stat records are looked at here. What needs a file's content (binary, not UTF-8) is
found by `measure`, in the workers. No symbolic link is followed below the root, nothing is opened
that is not a regular file or a folder, and no path length is too long.
"""

import contextlib
import errno
import heapq
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

import msgspec

from revo_edge.engines.files.functions import LANGUAGES, LIMIT_BYTES
from revo_edge.engines.files.gitignore import IgnoreRules
from revo_edge.engines.files.languages import language_of

HUGE_BYTES = 2 * 1024 * 1024
"""Files above this size are skipped: no hand-written source is longer, and parsing 2 MiB of Python
takes about half a second and 200 MB. Unit: bytes."""

IGNORE_FILE = ".gitignore"
_IGNORE_BYTES = 1024 * 1024  # a longer .gitignore is not one
_DIRECT_PATH_BYTES = 3900  # below PATH_MAX (4096): such a path can be opened in one call
_FILE_COST_BYTES = 3000  # opening and reporting one file takes as long as parsing this much Python
_PLAIN_TEXT_SHARE = 40  # counting the lines of text is at least this much faster than parsing
_LIZARD_SHARE = 3  # lizard reads a byte about so many times slower than Python is parsed


Stamp = tuple[int, int, int, int]
"""Size, time of change of the content, inode and time of change of the inode: a file with the same
four was not written to since. Units: bytes, ns since the epoch."""


class SkipReason(StrEnum):
    """Why a file of the tree has no report."""

    BINARY = "binary"
    HUGE = "huge"
    UNREADABLE = "unreadable"
    NOT_UTF8 = "not_utf8"
    SYMLINK = "symlink"
    SYMLINK_LOOP = "symlink_loop"
    NOT_REGULAR = "not_regular"
    NOT_MEASURED = "not_measured"


class Skipped(msgspec.Struct, frozen=True):
    """A file that was seen and left out; a folder that could not be listed ends with a slash."""

    path: str
    reason: SkipReason


class Tree(msgspec.Struct, frozen=True):
    """What a walk found, sorted by path; `ignored` counts entries that .gitignore left out.

    An ignored folder counts as one entry: what is below it is never looked at. `stamps` go with
    `files`; one is None when the file is so new that it could be written to without a change of it.
    """

    files: list[tuple[str, int]]
    skipped: list[Skipped]
    ignored: int
    stamps: list[Stamp | None] = []


class _Folder(msgspec.Struct, frozen=True):
    """A folder still to be listed, with what its contents need to know about it."""

    path: str  # relative to the root; "" is the root, all others end with a slash
    rules: tuple[tuple[str, IgnoreRules], ...]  # (folder, its .gitignore), innermost first
    above: frozenset[tuple[int, int]]  # (device, inode) of the folders on the way here


def to_text(path: str) -> str:
    r"""Write a path as valid Unicode, one to one; `from_text` reads it back.

    A path is written as it is, unless it has bytes that are not UTF-8 or a literal `\x`: then each
    such byte becomes `\xNN` and each backslash is doubled.
    """
    raw = os.fsencode(path)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = ""
    else:
        if "\\x" not in text:
            return text
    return raw.replace(b"\\", b"\\\\").decode(errors="backslashreplace")


def from_text(text: str) -> str:
    """Return the path that `to_text` wrote, as the operating system's functions take it."""
    if "\\x" not in text:
        return text
    raw = re.sub(
        rb"\\(?:\\|x([0-9a-f]{2}))",
        lambda m: bytes.fromhex(m[1].decode()) if m[1] else b"\\",
        text.encode(),
    )
    return os.fsdecode(raw)


def walk(
    root: str,
    exclude: Iterable[str] = (),
    *,
    huge_bytes: int = HUGE_BYTES,
    settled_ns: int = 0,
    rules: IgnoreRules | None = None,
) -> Tree:
    """List the tree below `root`, honouring each .gitignore inside it.

    Rules above the root, `.git/info/exclude` and the user's own ignore file do not count: the
    tree is what was named. Entries called `.git` are not part of it, nor are the folders in
    `exclude` (absolute paths; they count as ignored). The result does not depend on the order in
    which the file system lists names. `rules` hold for the whole tree, beside those in it, and what
    they leave out no .gitignore brings back. Only a file that was last changed before `settled_ns` (since
    the epoch) has a stamp. Raises OSError when `root` itself cannot be listed.
    """
    left_out = frozenset(_identities(exclude))
    found = _Findings(root, left_out, huge_bytes, rules)
    folders = [_Folder("", (), frozenset())]
    while folders:
        folder = folders.pop()
        try:
            folders.extend(found.list_folder(folder))
        except OSError:
            if not folder.path:
                raise
            found.skip(folder.path, SkipReason.UNREADABLE)
    files = sorted(found.files)
    skipped = sorted(found.skipped, key=lambda skip: skip.path)
    stamps = [_settled(found.stamps[path], settled_ns) for path, _ in files]
    return Tree(files, skipped, found.ignored, stamps)


def split_by_size(files: Sequence[tuple[str, int]], pieces: int) -> list[list[str]]:
    """Deal files out into at most `pieces` lists of about equal work, big files first.

    The largest file left always goes to the list with the least work (longest processing time
    first: at most 4/3 of the best split). Lists come back with the most work first, none empty.
    """
    loads = [(0, index) for index in range(max(1, pieces))]
    chunks: list[list[str]] = [[] for _ in loads]
    for cost, path in sorted(((_cost(*file), file[0]) for file in files), reverse=True):
        load, index = heapq.heappop(loads)
        chunks[index].append(path)
        heapq.heappush(loads, (load + cost, index))
    return [chunks[index] for _, index in sorted(loads, reverse=True) if chunks[index]]


def open_below(root: str, path: str, flags: int) -> int:
    """Open `path` below `root` without following a link at its end; return the descriptor.

    A path longer than the kernel takes is opened folder by folder. Opening never waits (a pipe
    without a writer, a device). Raises OSError.
    """
    path = path.rstrip("/")  # a slash at the end would follow a link
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    whole = os.path.join(root, path)  # noqa: PTH118  Path normalises, names must stay as they are
    if len(os.fsencode(whole)) < _DIRECT_PATH_BYTES:
        return os.open(whole if path else root, flags if path else flags & ~os.O_NOFOLLOW)
    *folders, name = path.split("/")
    current = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=current)
            os.close(current)
            current = inner
        return os.open(name, flags, dir_fd=current)
    finally:
        os.close(current)


class _Findings:
    """What one walk has collected so far."""

    def __init__(
        self,
        root: str,
        left_out: frozenset[tuple[int, int]],
        huge_bytes: int,
        rules: IgnoreRules | None,
    ) -> None:
        self.files: list[tuple[str, int]] = []
        self.stamps: dict[str, Stamp] = {}
        self.skipped: list[Skipped] = []
        self.ignored = 0
        self._root = root
        self._left_out = left_out
        self._huge_bytes = huge_bytes
        self._rules = rules

    def skip(self, path: str, reason: SkipReason) -> None:
        self.skipped.append(Skipped(to_text(path), reason))

    def list_folder(self, folder: _Folder) -> list[_Folder]:
        """Sort one folder's entries into files, skipped and ignored; return its folders."""
        descriptor = open_below(self._root, folder.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with os.scandir(descriptor) as listing:
                entries = [entry for entry in listing if entry.name != ".git"]
            record = os.fstat(descriptor)
            rules = folder.rules
            if any(entry.name == IGNORE_FILE for entry in entries):
                rules = ((folder.path, read_rules(descriptor)), *rules)
            here = folder.above | {(record.st_dev, record.st_ino)}
            inside = _Folder(folder.path, rules, here)
            return [inner for entry in entries for inner in self._sort_in(entry, inside)]
        finally:
            os.close(descriptor)

    def _sort_in(self, entry: os.DirEntry[str], folder: _Folder) -> Iterator[_Folder]:
        path = folder.path + entry.name
        try:
            record = entry.stat(follow_symlinks=False)
        except OSError:
            self.skip(path, SkipReason.UNREADABLE)
            return
        is_folder = stat.S_ISDIR(record.st_mode)
        if self._is_left_out(path, is_folder=is_folder) or is_ignored(
            path, folder.rules, is_folder=is_folder
        ):
            self.ignored += 1
        elif not is_folder:
            self._sort_in_file(entry, path, record, folder.above)
        elif (record.st_dev, record.st_ino) in self._left_out:
            self.ignored += 1
        else:
            yield _Folder(path + "/", folder.rules, folder.above)

    def _is_left_out(self, path: str, *, is_folder: bool) -> bool:
        return self._rules is not None and bool(self._rules.verdict(path, is_folder=is_folder))

    def _sort_in_file(
        self,
        entry: os.DirEntry[str],
        path: str,
        record: os.stat_result,
        above: frozenset[tuple[int, int]],
    ) -> None:
        if stat.S_ISLNK(record.st_mode):
            self.skip(path, _link_reason(entry, above))
        elif not stat.S_ISREG(record.st_mode):
            self.skip(path, SkipReason.NOT_REGULAR)
        elif record.st_size > self._huge_bytes:
            self.skip(path, SkipReason.HUGE)
        else:
            name = to_text(path)
            self.files.append((name, record.st_size))
            times = record.st_mtime_ns, record.st_ino, record.st_ctime_ns
            self.stamps[name] = (record.st_size, *times)


def _settled(stamp: Stamp, before_ns: int) -> Stamp | None:
    return stamp if max(stamp[1], stamp[3]) < before_ns else None


def _identities(paths: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Name folders by device and inode: the tree may reach them under another path."""
    for path in paths:
        with contextlib.suppress(OSError):
            record = os.stat(path)  # noqa: PTH116  Path cannot hold every name
            yield record.st_dev, record.st_ino


def _link_reason(entry: os.DirEntry[str], above: frozenset[tuple[int, int]]) -> SkipReason:
    try:
        target = entry.stat()
    except OSError as error:
        return SkipReason.SYMLINK_LOOP if error.errno == errno.ELOOP else SkipReason.SYMLINK
    is_loop = (target.st_dev, target.st_ino) in above
    return SkipReason.SYMLINK_LOOP if is_loop else SkipReason.SYMLINK


def is_ignored(path: str, rules: tuple[tuple[str, IgnoreRules], ...], *, is_folder: bool) -> bool:
    """Ask the innermost .gitignore first; the first that has a word on the path decides."""
    for folder, inside in rules:
        verdict = inside.verdict(path[len(folder) :], is_folder=is_folder)
        if verdict is not None:
            return verdict
    return False


def read_rules(folder: int) -> IgnoreRules:
    """Read the .gitignore of an open folder; one that cannot be read has no rules."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    text = b""
    with contextlib.suppress(OSError):
        descriptor = os.open(IGNORE_FILE, flags, dir_fd=folder)
        with open(descriptor, "rb") as file:  # noqa: PTH123  a descriptor has no Path
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                text = file.read(_IGNORE_BYTES)
    return IgnoreRules(text)


def _cost(path: str, size_bytes: int) -> int:
    """Estimate the work that a file is, in bytes of Python to parse."""
    if path.endswith((".py", ".pyi")):
        return _FILE_COST_BYTES + size_bytes
    if language_of(path) in LANGUAGES and size_bytes <= LIMIT_BYTES:
        return _FILE_COST_BYTES + size_bytes * _LIZARD_SHARE
    return _FILE_COST_BYTES + size_bytes // _PLAIN_TEXT_SHARE

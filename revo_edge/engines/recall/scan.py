"""What an ingest has to do: which files to read again, which have vanished, which are left out."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from revo_edge.clock import utc_now
from revo_edge.engines.files.gitignore import IgnoreRules
from revo_edge.engines.files.ignored import ALWAYS_LEFT_OUT, Ignored
from revo_edge.engines.files.tree import SkipReason, Stamp, Tree, from_text, walk
from revo_edge.engines.recall.formats import CHAT_LIMIT_BYTES, Reason, format_of
from revo_edge.engines.recall.params import ScannedFile, ScanParams
from revo_edge.engines.recall.reading import KnownFile

SETTLED_S = 2.0
"""A file changed within this time may change again without a new time of change."""
PART = "\0"
"""Between a file and the conversation in it, in the path of what is known: no path has it."""


class Scan(msgspec.Struct, frozen=True):
    """What there is to do below `root`.

    `parts` are the known conversations of files to read, (path, id). `inner` are folders inside of
    the root that were read by themselves: their files are now read as those of the root.
    """

    root: str
    files: list[ScannedFile]
    parts: list[tuple[str, str]]
    vanished: list[str]
    unchanged: int
    skipped: list[tuple[str, str]]
    ignored: int
    inner: list[str] = []


def place(params: ScanParams, roots: Iterable[str]) -> tuple[ScanParams, list[str]]:
    """Say where files belong, so that none is remembered twice in one namespace.

    What is inside a folder that was read before is read as a part of it, unless it is left out
    there; folders inside of what is now read whole become a part of it: they are returned.
    """
    for root in roots:
        inside = _inside(params.root, root)
        if inside:
            only = f"{inside}/{params.only}" if params.only else inside
            if (only if params.only else only + "/") not in Ignored(from_text(root)):
                return msgspec.structs.replace(params, root=root, only=only), []
    ignored = Ignored(from_text(params.root))
    inner = [(root, _inside(root, params.root)) for root in roots if not params.only]
    return params, [root for root, inside in inner if inside and inside + "/" not in ignored]


def _inside(path: str, root: str) -> str:
    """Return the path relative to the root; empty: it is not inside."""
    prefix = root.rstrip("/") + "/"
    return path[len(prefix) :] if path.startswith(prefix) else ""


def scan(params: ScanParams, known: Mapping[str, KnownFile], home: Path) -> Scan:
    """List the tree and compare; raises OSError when the root cannot be listed."""
    tree = list_tree(params, home)
    include = IgnoreRules("\n".join(params.include).encode()) if params.include else None
    files: list[ScannedFile] = []
    skipped = [
        (skip.path, str(skip.reason)) for skip in tree.skipped if _is_asked(skip.path, params.only)
    ]
    unchanged: set[str] = set()
    by_file: dict[str, list[tuple[str, str]]] = {}
    for path in known:
        by_file.setdefault(path.partition(PART)[0], []).append((path, path.partition(PART)[2]))
    for (path, size), stamp in zip(tree.files, tree.stamps, strict=True):
        if not _is_asked(path, params.only) or not _is_included(path, include):
            continue
        format_ = format_of(path, size, history=params.shell_history)
        before = known[by_file[path][0][0]] if path in by_file else None
        if isinstance(format_, Reason):
            skipped.append((path, str(format_)))
        elif before and not params.fresh and _is_same(before, stamp):
            unchanged.add(path)
        else:
            files.append(ScannedFile(path, str(format_), size, before.hash if before else ""))
    read = {file.path for file in files}
    parts = [part for path in read for part in by_file.get(path, ()) if part[1]]
    gone = _gone(by_file.keys() - read - unchanged, tree, params.only)
    vanished = sorted(path for file in gone for path, _ in by_file[file])
    return Scan(params.root, files, parts, vanished, len(unchanged), skipped, tree.ignored)


def list_tree(params: ScanParams, home: Path) -> Tree:
    """List the files below the root; what tools fill is left out."""
    rules = IgnoreRules("\n".join([*ALWAYS_LEFT_OUT, *params.exclude]).encode())
    return walk(
        from_text(params.root),
        [str(home)],
        huge_bytes=CHAT_LIMIT_BYTES,
        settled_ns=int((utc_now() - SETTLED_S) * 1e9),
        rules=rules,
    )


def is_settled(mtime_ns: int, now: float) -> bool:
    """Tell whether a file, read `now` (UTC), cannot change without a new time of change."""
    return mtime_ns < (now - SETTLED_S) * 1e9


def _is_same(known: KnownFile, stamp: Stamp | None) -> bool:
    return stamp is not None and (known.size_bytes, known.mtime_ns) == stamp[:2]


def _is_asked(path: str, only: str) -> bool:
    return not only or path == only or path.startswith(only + "/")


def _is_included(path: str, rules: IgnoreRules | None) -> bool:
    """Tell whether a line fits the file or a folder it is in."""
    if rules is None:
        return True
    folders = path.split("/")[:-1]
    above = ("/".join(folders[:count]) for count in range(1, len(folders) + 1))
    return bool(
        rules.verdict(path, is_folder=False)
        or any(rules.verdict(folder, is_folder=True) for folder in above)
    )


def _gone(paths: Iterable[str], tree: Tree, only: str) -> set[str]:
    """Return those that are no longer to be remembered; not what cannot be read just now."""
    unread = [skip.path for skip in tree.skipped if skip.reason is SkipReason.UNREADABLE]
    folders = tuple(path for path in unread if path.endswith("/"))
    files = frozenset(unread)
    return {
        path
        for path in paths
        if path not in files and not path.startswith(folders) and _is_asked(path, only)
    }

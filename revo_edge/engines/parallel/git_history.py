"""What git knows about a tree: how often, how much and by whom each file was changed.

One pass of `git log --numstat` over the last 12 months. No hook, pager, signature program, external
diff or transport runs, and nothing is written into the repository.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from revo_edge.engines.base import CommandResult, ItemFailed
from revo_edge.engines.files.tree import to_text

WINDOW_DAYS = 365
LOG_S = 60.0
"""How long `git log` may take: 100,000 commits with their diffs are about that much."""
ASK_S = 10.0
MAIN_SHARE = 0.8
"""The few authors who made this share of the churn are those that a file depends on."""

_DAY_S = 86_400
_READ_BYTES = 1024 * 1024
_CHANGE = re.compile(rb"\n?(\d+|-)\t(\d+|-)\t(.+)", re.DOTALL)
_COMMIT = re.compile(rb"commit ([0-9a-f ]*)\|(\d+) (.*)", re.DOTALL)
_GIT_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_PREFIX",
    "GIT_TRACE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
_SETTINGS = (
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    "protocol.allow=never",
    "log.showSignature=false",
    "log.follow=false",
    "diff.orderFile=/dev/null",
    "core.quotePath=false",
)


class FileHistory(msgspec.Struct, frozen=True):
    """Changes of one file within the window; merges and renames are not followed.

    `last_change` is in UTC epoch seconds; `main_share` is the share of the changed lines that
    `main_author` made (of the commits, when no line was changed: a binary file); `few_authors` is
    the smallest number of authors who made 80 % of it.
    """

    path: str
    commits: int
    added: int
    deleted: int
    authors: int
    last_change: int
    main_author: str
    main_share: float
    few_authors: int


class History(msgspec.Struct, frozen=True):
    """What git knows of the last `days` days; `unavailable` says why it knows nothing.

    `since` is in UTC epoch seconds; `notes` are sentences on what is not counted.
    """

    unavailable: str = ""
    since: float = 0.0
    days: int = WINDOW_DAYS
    commits: int = 0
    authors: int = 0
    notes: list[str] = []
    files: list[FileHistory] = []


class Change(msgspec.Struct, frozen=True):
    """One file in one commit; `at` is in UTC epoch seconds, a binary file has 0 lines."""

    commit: int
    at: int
    author: str
    path: str
    added: int
    deleted: int


class Run(Protocol):
    """Runs a command, as Context.run_command does."""

    def __call__(self, argv: Sequence[str], *, timeout_s: float | None = None) -> CommandResult:
        """Return how it ended; raise ItemFailed (`timeout`, `spawn_failed`)."""


def read_history(root: str, run: Run, *, now: float) -> History:
    """Ask git about the tree; never raises for what git says. `now`: UTC epoch seconds."""
    since = now - WINDOW_DAYS * _DAY_S
    try:
        asked = run(
            git(root, "rev-parse", "--is-shallow-repository", "--show-toplevel"), timeout_s=ASK_S
        )
        if asked.code != 0:
            return History(explain(root, asked), since)
        shallow, top = asked.stdout.split("\n", 1)
        notes = [*_shallow_note(shallow), *_submodule_note(root, top.rstrip("\n"), run)]
        return _read_log(root, run, since, notes, is_shallow=shallow == "true")
    except ItemFailed as failed:
        return History(failed.error.msg, since)


def git(root: str, *arguments: str) -> list[str]:
    """Return the command line for one git call without surprises of environment or settings."""
    unset = (part for name in _GIT_VARIABLES for part in ("-u", name))
    settings = (part for setting in _SETTINGS for part in ("-c", setting))
    fixed = ("GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1", "LC_ALL=C.UTF-8")
    start = ("git", "--no-optional-locks", "--no-pager", "--no-replace-objects")
    return ["env", *unset, *fixed, *start, *settings, "-C", root, *arguments]


def explain(root: str, ended: CommandResult) -> str:
    """Say why git has no answer, and what to type."""
    text = ended.stderr
    if ended.code == 127:
        return "git is not installed. Install it to see the history of the files."
    if "dubious ownership" in text:
        owner = re.search(r"safe\.directory (.+)", text)
        path = owner[1].strip() if owner else root
        return (
            "git refuses: the repository belongs to another user. If you trust it, type: "
            f"git config --global --add safe.directory {path}"
        )
    if "not a git repository" in text:
        return "The folder is in no git repository. Type: git init"
    if "does not have any commits" in text or "bad default revision" in text:
        return "The repository has no commit yet."
    if "must be run in a work tree" in text:
        return "This is a bare repository or git's own folder, without files. Survey a clone of it."
    last = (text.strip().splitlines() or ["without a word"])[-1][:200]
    return f"git ended with {ended.code}: {last}"


def parse_log(parts: Iterable[bytes], *, is_shallow: bool = False) -> Iterator[Change]:
    """Read the records of `git log --numstat -z` in our format, wherever the parts are cut.

    In a shallow clone a commit without parents seems to add every file: it is left out.
    """
    commit, counts, at, author = 0, False, 0, ""
    for token in _tokens(parts):
        header = _COMMIT.fullmatch(token)
        if header is not None:
            commit += 1
            counts = not (is_shallow and not header[1])
            at, author = int(header[2]), header[3].decode(errors="replace")
        elif counts and (change := _CHANGE.fullmatch(token)) is not None:
            added, deleted = (0 if n == b"-" else int(n) for n in (change[1], change[2]))
            yield Change(commit, at, author, to_text(os.fsdecode(change[3])), added, deleted)


def sum_up(changes: Iterable[Change], since: float, notes: Sequence[str] = ()) -> History:
    """Add the changes up by file; files are sorted by path."""
    by_file: dict[str, list[Change]] = {}
    commits, authors = set(), set()
    for change in changes:
        by_file.setdefault(change.path, []).append(change)
        commits.add(change.commit)
        authors.add(_identity(change.author))
    return History(
        since=since,
        commits=len(commits),
        authors=len(authors),
        notes=list(notes),
        files=[_sum_file(path, by_file[path]) for path in sorted(by_file)],
    )


def _read_log(
    root: str, run: Run, since: float, notes: Sequence[str], *, is_shallow: bool
) -> History:
    with tempfile.TemporaryDirectory(prefix="revo-git-") as folder:
        file = Path(folder, "log")  # a command's own output is kept up to 64 KiB only
        ended = run(git(root, *_log_arguments(file, since)), timeout_s=LOG_S)
        if ended.code != 0:
            return History(explain(root, ended), since)
        with file.open("rb") as output:
            found = sum_up(parse_log(_parts(output), is_shallow=is_shallow), since, notes)
    if not found.files:
        text = f"git knows no change of a file below this folder in the last {WINDOW_DAYS} days."
        return History(text, since, notes=list(notes))
    return found


def _log_arguments(output: Path, since: float) -> list[str]:
    form = "--format=format:%x00commit %P|%ct %aN <%aE>%x00"
    return [
        "log", "--numstat", "-z", "--no-renames", "--no-merges", "--full-history", "--relative",
        "--no-ext-diff", "--no-textconv", "--no-color", "--no-notes", "--no-decorate",
        f"--max-age={int(since)}", form, f"--output={output}", "--", ".",
    ]  # fmt: skip


def _tokens(parts: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for part in parts:
        *whole, rest = (rest + part).split(b"\0")
        yield from whole
    yield rest


def _parts(file: BinaryIO) -> Iterator[bytes]:
    while part := file.read(_READ_BYTES):
        yield part


def _sum_file(path: str, changes: Sequence[Change]) -> FileHistory:
    has_lines = any(change.added + change.deleted for change in changes)
    shares: dict[str, int] = {}
    names: dict[str, str] = {}
    for change in changes:
        who = _identity(change.author)
        names.setdefault(who, change.author.rpartition(" <")[0] or change.author)
        shares[who] = shares.get(who, 0) + (change.added + change.deleted if has_lines else 1)
    ranked = sorted(shares, key=lambda who: (-shares[who], who))
    return FileHistory(
        path=path,
        commits=len({change.commit for change in changes}),
        added=sum(change.added for change in changes),
        deleted=sum(change.deleted for change in changes),
        authors=len(ranked),
        last_change=max(change.at for change in changes),
        main_author=names[ranked[0]],
        main_share=round(shares[ranked[0]] / sum(shares.values()), 4),
        few_authors=_few([shares[who] for who in ranked]),
    )


def _few(shares: Sequence[int]) -> int:
    """Count how many of the shares, largest first, are needed for `MAIN_SHARE` of the whole."""
    needed, total = 0, sum(shares)
    reached = 0
    while reached < MAIN_SHARE * total:
        reached += shares[needed]
        needed += 1
    return needed


def _identity(author: str) -> str:
    """Two spellings of a name with one address are one person."""
    return author.rpartition(" <")[2].lower()


def _shallow_note(is_shallow: str) -> Iterator[str]:
    if is_shallow == "true":
        yield (
            "This is a shallow clone: changes before its first commit are not known. "
            "Type: git fetch --unshallow"
        )


def _submodule_note(root: str, top: str, run: Run) -> Iterator[str]:
    if not Path(top, ".gitmodules").is_file():
        return
    arguments = ("config", "--file", f"{top}/.gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    count = run(git(root, *arguments), timeout_s=ASK_S).stdout.count("\n")
    if count:
        yield f"The repository names {count} submodules; their own histories are not counted."

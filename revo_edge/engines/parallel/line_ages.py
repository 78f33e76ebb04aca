"""When lines were last changed, by `git blame`: how long a marked comment has been waiting."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from revo_edge.engines.base import ItemFailed
from revo_edge.engines.files.tree import Stamp, from_text
from revo_edge.engines.parallel.git_history import ASK_S, Run, explain, git

BLAME_S = 10.0
"""How long git may take for all files of one call; what is left then is not looked up."""
MOST_LINES = 1_000
"""How many lines of a tree are looked up."""

_LINES_EACH = 40  # lines of one blame: its answer must stay below _ANSWER_BYTES
_ANSWER_BYTES = 60 * 1024  # of a command's output at least this much is kept
_HEADER = re.compile(r"([0-9a-f]{40,64}) \d+ (\d+)(?: \d+)?")
_STAMP = re.compile(r"committer-time (\d+)")


class FileAges(msgspec.Struct, frozen=True):
    """Lines of one file and when each was last changed, in UTC epoch seconds.

    A line that is not committed, or that a shallow clone does not know the commit of, has None.
    """

    path: str
    stamp: Stamp | None
    lines: list[int]
    changed_at: list[int | None]


class LineAges(msgspec.Struct, frozen=True):
    """Ages as of the commit `head`, of the files that git had time for.

    `unavailable` says why there are none at all.
    """

    unavailable: str = ""
    head: str = ""
    files: list[FileAges] = []


_NONE = LineAges()


class Place(msgspec.Struct, frozen=True):
    """Lines of a file to look up."""

    path: str
    stamp: Stamp | None
    lines: list[int]


def read_ages(
    root: str,
    places: Sequence[Place],
    run: Run,
    *,
    kept: LineAges = _NONE,
    timeout_s: float = BLAME_S,
) -> LineAges:
    """Ask git when the lines were last changed; never raises for what git says.

    What was `kept` of the same commit and the same file is not asked again.
    """
    try:
        asked = run(git(root, "rev-parse", "--is-shallow-repository", "HEAD"), timeout_s=ASK_S)
    except ItemFailed as failed:
        return LineAges(failed.error.msg)
    if asked.code:
        return LineAges(explain(root, asked))
    shallow, head = asked.stdout.split()
    known = {file.path: file for file in kept.files} if kept.head == head else {}
    found = []
    for place in places:
        before = known.get(place.path)
        if before and before.stamp == place.stamp is not None and before.lines == place.lines:
            found.append(before)
        elif timeout_s > 0:
            ages, timeout_s = _blame(root, place, run, timeout_s, is_shallow=shallow == "true")
            found += ages
    return LineAges("", head, found)


def parse_blame(porcelain: str, *, is_shallow: bool = False) -> Iterator[tuple[int, int]]:
    """Yield (line, epoch seconds of its commit) from `git blame --porcelain`.

    The first commit of a shallow clone seems to have written everything: its lines are left out.
    """
    times: dict[str, int] = {}
    waiting: list[tuple[int, str]] = []
    unknown: set[str] = set()
    commit = ""
    for text in porcelain.split("\n"):
        if header := _HEADER.fullmatch(text):
            commit = header[1]
            waiting.append((int(header[2]), commit))
        elif stamp := _STAMP.fullmatch(text):
            times[commit] = int(stamp[1])
        elif text == "boundary" and is_shallow:
            unknown.add(commit)
    for line, name in waiting:
        if name.strip("0") and name in times and name not in unknown:
            yield line, times[name]


def _blame(
    root: str, place: Place, run: Run, timeout_s: float, *, is_shallow: bool
) -> tuple[list[FileAges], float]:
    """Return the ages, none when there was no time or the answer was cut, and the time left."""
    times: dict[int, int] = {}
    for first in range(0, len(place.lines), _LINES_EACH):
        lines = place.lines[first : first + _LINES_EACH]
        ranges = [part for line in lines for part in ("-L", f"{line},{line}")]
        argv = git(root, "blame", "--porcelain", *ranges, "--", from_text(place.path))
        try:
            ended = run(argv, timeout_s=timeout_s)
        except ItemFailed:
            return [], 0.0
        timeout_s -= ended.duration_s
        if len(ended.stdout.encode()) > _ANSWER_BYTES:
            return [], timeout_s
        times.update(parse_blame(ended.stdout, is_shallow=is_shallow))
    ages = [times.get(line) for line in place.lines]
    return [FileAges(place.path, place.stamp, place.lines, ages)], timeout_s

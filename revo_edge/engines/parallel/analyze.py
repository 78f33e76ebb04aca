"""`parallel.analyze`: list a tree, measure its files on all workers, write the report.

The list of files is itself a recorded child: a driver that is lost and restarted goes on with the
list it had, so no file is counted twice or missed when the tree changes meanwhile.
"""

import itertools
import random
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from revo_edge.clock import utc_now
from revo_edge.contract.tasks import ItemResult
from revo_edge.engines.base import Context, ItemFailed, MapPlan
from revo_edge.engines.files.root import check_root, refuse
from revo_edge.engines.files.tree import Skipped, SkipReason, Tree, split_by_size, walk
from revo_edge.engines.parallel.facts import EARLY, KINDS, EarlyFact, Fact, gather, lost
from revo_edge.engines.parallel.gates import check_gates, is_broken, tell
from revo_edge.engines.parallel.git_history import History
from revo_edge.engines.parallel.import_graph import packages_above
from revo_edge.engines.parallel.line_ages import MOST_LINES, LineAges
from revo_edge.engines.parallel.lint import Linted
from revo_edge.engines.parallel.measure import Measured, measure_files
from revo_edge.engines.parallel.params import AnalyzeParams, MeasureParams, WalkParams
from revo_edge.engines.parallel.remembering import remember
from revo_edge.engines.parallel.report import Facts, Report, build_report
from revo_edge.engines.parallel.report_files import write_reports, write_whole
from revo_edge.engines.parallel.survey_cache import CacheReader, cache_file, keep
from revo_edge.engines.parallel.trend import (
    Earlier,
    next_earlier,
    read_earlier,
    trend_file,
)

PIECE_BYTES = 160 * 1024
"""Work of one child: about 60 ms of Python source, long against the cost of a child (1 ms)."""
MOST_PIECES = 4_000
SETTLED_S = 2.0
"""A file that was changed within this time may be changed again without a new time of change."""
AGE_PIECES = 4
"""Children that look up the ages of marked comments; each has its own limit of time."""
PIECE_LIMIT_S = 300.0
"""A child that takes longer hangs on some file; its files are said to be not measured."""


class Surveyed(msgspec.Struct, frozen=True):
    """The result of an analysis: where the reports are, the totals, a sentence for each broken gate."""

    reports: dict[str, str]
    files: int
    skipped: int
    lines: int
    functions: int
    duration_s: float
    broken: list[str] = []


def run(params: AnalyzeParams, ctx: Context) -> Surveyed:
    """Survey the tree; raise ItemFailed when it cannot be one or the report has no place."""
    began = time.monotonic()
    root = check_root(params.path)
    out = _report_folder(params, root, ctx)
    ctx.progress(0, 0, note="listing files")
    tree = _list(root, ctx)
    cache = cache_file(ctx.home, str(root))
    early = tuple(fact for fact in EARLY if params.lint or fact != "lint")
    found = list(_measure(root, tree, "" if params.fresh else str(cache), early, ctx))
    parts = [part for part in found if isinstance(part, Measured)]
    ctx.check_cancelled()
    facts = [part for part in found if not isinstance(part, Measured)]
    facts += _ages(root, tree, parts, "" if params.fresh else str(cache), ctx)
    remembered = remember(str(root), parts, ctx) if params.remember else None
    ctx.progress(len(tree.files), len(tree.files), note="comparing and writing")
    past = trend_file(ctx.home, str(root))
    earlier = _earlier(past, ctx)
    report = build_report(
        str(root),
        tree,
        parts,
        msgspec.structs.replace(_facts(root, facts), earlier=earlier),
        generated_at=utc_now(),
        duration_s=time.monotonic() - began,
    )
    report = msgspec.structs.replace(
        report, gates=check_gates(params.fail_on, report), remembered=remembered
    )
    try:
        reports = write_reports(report, str(out))
    except OSError as error:
        raise refuse(f"Cannot write the report to {out}: {error.strerror}.") from None
    _keep(cache, tree, parts, facts, ctx)
    _remember(past, earlier, report, ctx)
    totals = report.totals
    return Surveyed(
        reports,
        totals.files,
        totals.skipped,
        totals.lines,
        totals.functions,
        report.duration_s,
        [tell(gate) for gate in report.gates if is_broken(gate)],
    )


def run_walk(params: WalkParams, ctx: Context) -> Tree:
    """List the tree."""
    ctx.check_cancelled()
    return _walk(params.root, params.exclude)


def _walk(root: str, exclude: list[str]) -> Tree:
    try:
        return walk(root, exclude, settled_ns=int((utc_now() - SETTLED_S) * 1e9))
    except OSError as error:
        raise refuse(f"Cannot list {root}: {error.strerror}.") from None


def run_measure(params: MeasureParams, ctx: Context) -> Measured | Fact:
    """Measure some files of the tree, or gather the fact that is asked for."""
    ctx.check_cancelled()
    if params.fact:
        return gather(params, ctx, lambda: _walk(params.root, [str(ctx.home)]))
    kept = CacheReader(params.cache)
    try:
        return measure_files(params.root, params.files, params.stamps, kept.get)
    finally:
        kept.close()


def _report_folder(params: AnalyzeParams, root: Path, ctx: Context) -> Path:
    if not params.out:
        name = re.sub(r"[^\w.-]+", "_", root.name) or "root"
        return ctx.home / "reports" / f"{name}-{ctx.task_id}"
    out = Path(params.out)
    if not out.is_absolute():
        raise refuse(f"{params.out} is not an absolute path.")
    if out.resolve().is_relative_to(root):
        raise refuse(f"{out} is inside the surveyed tree. Choose a folder outside of it.")
    return out


def _list(root: Path, ctx: Context) -> Tree:
    (result,) = ctx.map("parallel.walk", [WalkParams(str(root), [str(ctx.home)])])
    if result.error is not None:
        raise ItemFailed(result.error)
    return ctx.value(result, Tree)


def _measure(
    root: Path, tree: Tree, cache: str, early: Sequence[EarlyFact], ctx: Context
) -> Iterator[Measured | Fact]:
    """Yield the facts and what was measured, as they come; the facts begin first: they last."""
    total = len(tree.files)
    pieces = sum(size for _, size in tree.files) // PIECE_BYTES + 1
    lists = split_by_size(tree.files, max(min(pieces, MOST_PIECES), min(total, 16)))
    random.Random(0).shuffle(lists)  # noqa: S311 - all take about as long; so files/s is steady
    facts = [MeasureParams(str(root), cache=cache, fact=fact) for fact in early]
    base = 1 + len(facts)  # index 0 is the walk
    done = 0
    ctx.progress(0, total, note="measuring")
    stamps = dict(zip((path for path, _ in tree.files), tree.stamps, strict=True))
    measures = (
        MeasureParams(str(root), files, [stamps[path] for path in files], cache) for files in lists
    )
    params = itertools.chain(facts, measures)
    for result in ctx.map("parallel.measure", params, MapPlan(timeout_s=PIECE_LIMIT_S)):
        if result.index < base:
            yield _fact(result, early[result.index - 1], ctx)
            continue
        files = lists[result.index - base]
        done += len(files)
        ctx.progress(done, total, note="measuring")
        yield _part(result, files, ctx)


def _ages(
    root: Path, tree: Tree, parts: Iterable[Measured], cache: str, ctx: Context
) -> Iterator[Fact]:
    """Look up how old the marked comments are, the first `MOST_LINES` of them by path."""
    marked = sorted((f.path, [m.line for m in f.markers]) for part in parts for f in part.files)
    stamps = dict(zip((path for path, _ in tree.files), tree.stamps, strict=True))
    ends = itertools.accumulate(len(lines) for _, lines in marked)
    kept = [file for file, end in zip(marked, ends, strict=True) if file[1] and end <= MOST_LINES]
    pieces = (kept[first::AGE_PIECES] for first in range(AGE_PIECES))
    params = (
        MeasureParams(
            str(root),
            [path for path, _ in piece],
            [stamps[path] for path, _ in piece],
            cache,
            "ages",
            [lines for _, lines in piece],
        )
        for piece in pieces
        if piece
    )
    if kept:
        ctx.progress(len(tree.files), len(tree.files), note="looking up ages")
    for result in ctx.map("parallel.measure", params, MapPlan(timeout_s=PIECE_LIMIT_S)):
        yield _fact(result, "ages", ctx)


def _keep(
    cache: Path, tree: Tree, parts: list[Measured], facts: Iterable[Fact], ctx: Context
) -> None:
    """Keep the results for the next survey; without room for them it measures again."""
    known: dict[str, msgspec.Struct] = {}
    ages = [fact for fact in facts if isinstance(fact, LineAges) and fact.head]
    if len({part.head for part in ages}) == 1:  # else somebody has committed meanwhile
        known["ages"] = LineAges("", ages[0].head, [file for part in ages for file in part.files])
    for fact in facts:
        if isinstance(fact, Linted) and fact.key:
            known["lint"] = fact
    try:
        keep(cache, tree, parts, known)
    except (OSError, sqlite3.Error) as error:
        ctx.log(f"The results are not kept in {cache}: {error}. The next survey measures again.")


def _earlier(file: Path, ctx: Context) -> Earlier:
    try:
        return read_earlier(file)
    except (OSError, ValueError) as error:
        ctx.log(f"The past surveys in {file} cannot be read: {error}. The trend begins anew.")
        return Earlier()


def _remember(file: Path, earlier: Earlier, report: Report, ctx: Context) -> None:
    """Leave the figures for the next survey."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(file, msgspec.json.encode(next_earlier(earlier, report)))
    except OSError as error:
        ctx.log(f"The figures are not kept in {file}: {error}. The next survey has no trend.")


def _part(result: ItemResult, files: list[str], ctx: Context) -> Measured:
    """Return what a child measured; files of a child that failed are said, not lost."""
    if result.error is None:
        return ctx.value(result, Measured)
    return Measured([], [Skipped(path, SkipReason.NOT_MEASURED) for path in files])


def _fact(result: ItemResult, fact: str, ctx: Context) -> Fact:
    """Return a fact; one that was lost says so."""
    if result.error is None:
        found: Fact = ctx.value(result, KINDS[fact])
        return found
    return lost(fact, result.error.msg)


def _facts(root: Path, found: Iterable[Fact]) -> Facts:
    facts = Facts(packages_above=packages_above(root))
    for fact in found:
        if isinstance(fact, History):
            facts = msgspec.structs.replace(facts, history=fact)
        elif isinstance(fact, Linted):
            facts = msgspec.structs.replace(facts, lint=fact.lint)
        else:
            facts = msgspec.structs.replace(facts, ages=[*facts.ages, fact])
    return facts

"""Facts about a tree as a whole: how a worker gathers one, and what is said of a lost one."""

import contextlib
from collections.abc import Callable
from typing import Literal

from revo_edge.clock import utc_now
from revo_edge.engines.base import Context
from revo_edge.engines.files.tree import Tree
from revo_edge.engines.parallel.git_history import History, read_history
from revo_edge.engines.parallel.line_ages import LineAges, Place, read_ages
from revo_edge.engines.parallel.lint import Lint, Linted, find_ruff, read_lint
from revo_edge.engines.parallel.params import MeasureParams
from revo_edge.engines.parallel.survey_cache import CacheReader

Fact = History | Linted | LineAges
EarlyFact = Literal["history", "lint"]
EARLY: tuple[EarlyFact, ...] = ("history", "lint")
"""Facts that need no measured file: they are gathered beside the measuring."""

KINDS: dict[str, type[History] | type[Linted] | type[LineAges]] = {
    "history": History,
    "lint": Linted,
    "ages": LineAges,
}


def gather(params: MeasureParams, ctx: Context, walk: Callable[[], Tree]) -> Fact:
    """Gather the fact that is asked for; raise OSError when the tree is gone."""
    if params.fact == "history":
        return read_history(params.root, ctx.run_command, now=utc_now())
    with contextlib.closing(CacheReader(params.cache)) as kept:
        if params.fact == "lint":
            return read_lint(
                params.root,
                walk(),
                ctx.run_command,
                ruff=find_ruff(),
                recall=lambda _key: kept.fact("lint", Linted),
            )
        places = [
            Place(*place) for place in zip(params.files, params.stamps, params.lines, strict=True)
        ]
        before = kept.fact("ages", LineAges) or LineAges()
        return read_ages(params.root, places, ctx.run_command, kept=before)


def lost(fact: str, why: str) -> Fact:
    """Return what is said of a fact that a worker could not gather."""
    text = f"It could not be found out: {why}"
    if fact == "lint":
        return Linted(Lint(text))
    return History(text) if fact == "history" else LineAges(text)

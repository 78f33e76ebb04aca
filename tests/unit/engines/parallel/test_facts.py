"""Facts: gathered by a worker, and said to be lost with the reason."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from revo_edge.engines.base import CommandResult
from revo_edge.engines.files.tree import walk
from revo_edge.engines.parallel.facts import EARLY, KINDS, gather, lost
from revo_edge.engines.parallel.git_history import History
from revo_edge.engines.parallel.line_ages import LineAges
from revo_edge.engines.parallel.lint import Linted
from revo_edge.engines.parallel.params import MeasureParams
from tests.unit.engines.parallel.git_tree import DAY, NOW, commit, repository, run


class Commands:
    """The part of a Context that facts use."""

    def run_command(self, argv: Sequence[str], *, timeout_s: float | None = None) -> CommandResult:
        return run(argv, timeout_s=timeout_s)


def gathered(params: MeasureParams) -> Any:
    ctx: Any = Commands()
    return gather(params, ctx, lambda: walk(params.root))


@pytest.mark.parametrize("fact", KINDS)
def test_a_lost_fact_says_why(fact: str) -> None:
    found: Any = lost(fact, "the worker died")
    assert isinstance(found, KINDS[fact])
    text = found.lint.unavailable if isinstance(found, Linted) else found.unavailable
    assert text == "It could not be found out: the worker died"


def test_each_fact_is_gathered_from_the_tree(tmp_path: Path) -> None:
    root = repository(tmp_path / "tree")
    commit(root, 9, a_py="import os  # TODO\n")
    for fact in EARLY:
        assert isinstance(gathered(MeasureParams(str(root), fact=fact)), KINDS[fact])
    lint = gathered(MeasureParams(str(root), fact="lint")).lint
    assert [one.rule for one in lint.findings] == ["F401"]
    ages = gathered(MeasureParams(str(root), ["a.py"], [None], fact="ages", lines=[[1]]))
    assert isinstance(ages, LineAges)
    assert ages.files[0].changed_at == [NOW - 9 * DAY]
    assert isinstance(gathered(MeasureParams(str(tmp_path), fact="history")), History)

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from revo_edge.engines.base import ItemFailed
from revo_edge.engines.parallel.analyze import _report_folder
from revo_edge.engines.parallel.params import AnalyzeParams


def folder(root: Path, out: str) -> Path:
    ctx: Any = SimpleNamespace(home=Path("/home"), task_id="01ID")
    return _report_folder(AnalyzeParams(str(root), out), root, ctx)


def test_a_report_goes_where_it_was_asked_for_else_below_the_home(tmp_path: Path) -> None:
    assert folder(tmp_path / "a b", "") == Path("/home/reports/a_b-01ID")
    assert folder(tmp_path / "tree", str(tmp_path / "out")) == tmp_path / "out"


@pytest.mark.parametrize(
    ("out", "text"), [("out", "not an absolute path"), ("{root}/docs", "inside the surveyed tree")]
)
def test_a_report_is_never_written_into_the_tree(out: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(ItemFailed, match=text):
        folder(tmp_path, out.format(root=tmp_path))

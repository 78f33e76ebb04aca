"""A report of a tree whose every name tries to break the format that it is written in."""

from pathlib import Path

from revo_edge.engines.files.tree import walk
from revo_edge.engines.parallel.git_history import FileHistory, History
from revo_edge.engines.parallel.line_ages import FileAges, LineAges
from revo_edge.engines.parallel.lint import Lint, LintFinding, sum_up
from revo_edge.engines.parallel.measure import measure_files
from revo_edge.engines.parallel.report import Facts, Report, build_report

AT = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC
NASTY = "<b>&\"'|`x`\n${y}.py"

UNKNOWN = History("No <git> here.")


NO_LINT = Lint()


def found_by_ruff(path: str) -> Lint:
    """Say that ruff found two things in a file."""
    found = [
        LintFinding(path, 1, 1, "F821", "Undefined <name>"),
        LintFinding(path, 2, 1, "I001", "Import block"),
    ]
    return sum_up(found, Lint(version="1.2.3", config="ruff.toml", files=2))


def hard_source(decisions: int) -> str:
    """Write a function of that many decisions, so of one more complexity."""
    return "def hard():\n" + " if a: pass\n" * decisions


def survey(root: Path, history: History = UNKNOWN, lint: Lint = NO_LINT) -> Report:
    tree = walk(str(root))
    part = measure_files(str(root), [path for path, _ in tree.files])
    ages = LineAges(files=[FileAges("easy.py", None, [1], [int(AT) - 3 * 365 * 86_400])])
    facts = Facts(history, lint=lint, ages=[ages])
    return build_report(str(root), tree, [part], facts, generated_at=AT, duration_s=1.25)


def nasty_report(root: Path) -> Report:
    (root / NASTY).write_text(hard_source(14))
    (root / f"broken{NASTY}").write_text("def <script>")
    (root / f"binary{NASTY}").write_bytes(b"\0")
    (root / "easy.py").write_text("def easy(): pass  # TODO <b>later</b>\n")
    (root / "text.md").write_text("one\ntwo\n")
    busy = FileHistory(NASTY, 42, 30, 12, 5, 1, "Ann", 0.5, 2)
    return survey(root, History(files=[busy]), found_by_ruff(NASTY))

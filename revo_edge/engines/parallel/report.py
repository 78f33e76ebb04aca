"""The survey report: one document of totals, the worst places, and every file of the tree."""

import platform
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from revo_edge._version import __version__
from revo_edge.engines.files.functions import LANGUAGES
from revo_edge.engines.files.tree import Skipped, SkipReason, Tree, to_text
from revo_edge.engines.parallel.duplicates import Duplicates, find_duplicates
from revo_edge.engines.parallel.gates import Gate
from revo_edge.engines.parallel.git_history import History
from revo_edge.engines.parallel.hotspots import Hotspots, find_hotspots
from revo_edge.engines.parallel.import_graph import ImportGraph, find_import_graph
from revo_edge.engines.parallel.line_ages import LineAges
from revo_edge.engines.parallel.lint import Lint
from revo_edge.engines.parallel.markers import PlacedMarker
from revo_edge.engines.parallel.measure import FileReport, Measured
from revo_edge.engines.parallel.python_metrics import Coverage, FunctionReport
from revo_edge.engines.parallel.remembering import Remembered
from revo_edge.engines.parallel.severity import BAND_LIMITS, COMPLEX
from revo_edge.engines.parallel.trend import Earlier, Trend, find_trend

SCHEMA = 1
"""Version of the JSON document; a field is added without a new one, never renamed or removed."""

WORST = 20
"""How many functions and files the lists of the worst hold."""


class Band(msgspec.Struct, frozen=True):
    """How many functions have a complexity of `low` to `high`; `high` 0 means no upper end."""

    low: int
    high: int
    functions: int


class Totals(msgspec.Struct, frozen=True):
    """Sums over the tree; comment and blank lines, functions and complexity are Python's.

    Lizard counts complexity otherwise: functions of other languages are the fields `other_...`.

    `docstrings` and `annotations` are those of the Python files that parse; None: none does.
    `markers` counts the marked comments by tag.
    """

    files: int
    skipped: int
    skipped_by_reason: dict[str, int]
    ignored: int
    size_bytes: int
    lines: int
    python_files: int
    python_lines: int
    comment_lines: int
    blank_lines: int
    unparsed_files: int
    functions: int
    complex_functions: int
    complexity: int
    complexity_bands: list[Band]
    docstrings: Coverage | None = None
    annotations: Coverage | None = None
    markers: dict[str, int] = {}
    other_functions: int = 0
    other_complex_functions: int = 0


class LanguageTotal(msgspec.Struct, frozen=True):
    """One language's share of the tree; functions are None where they are not measured."""

    name: str
    files: int
    lines: int
    size_bytes: int
    functions: int | None = None
    complex_functions: int | None = None


class WorstFunction(msgspec.Struct, frozen=True):
    """A function and the file that it is in."""

    path: str
    function: FunctionReport


class WorstFile(msgspec.Struct, frozen=True):
    """A file by its share of hard code.

    `excess` is the sum, over its functions, of the complexity above `COMPLEX`.
    """

    path: str
    excess: int
    complexity: int
    max_complexity: int
    functions: int
    lines: int


class Report(msgspec.Struct, frozen=True):
    """Everything that a survey found out about one tree.

    The worst files and functions are Python's; `worst_other_functions` are those of the languages
    that lizard reads. `duplicates` and `imports` are None in a report of an older version.
    `generated_at` is UTC epoch seconds, `python` the version whose grammar parsed the files;
    `ages_unavailable` says why no age of a marker is known.
    """

    schema: int
    version: str
    python: str
    root: str
    generated_at: float
    duration_s: float
    totals: Totals
    worst_functions: list[WorstFunction]
    worst_files: list[WorstFile]
    languages: list[LanguageTotal]
    skipped: list[Skipped]
    files: list[FileReport]
    markers: list[PlacedMarker] = []
    worst_other_functions: list[WorstFunction] = []
    duplicates: Duplicates | None = None
    history: History = History("The report is of an older version.")
    hotspots: Hotspots = Hotspots("The report is of an older version.")
    gates: list[Gate] = []
    trend: Trend = Trend()
    imports: ImportGraph | None = None
    lint: Lint = Lint("The report is of an older version.")
    ages_unavailable: str = ""
    remembered: Remembered | None = None
    """How the tree was made searchable; None: that was not asked for."""


class Facts(msgspec.Struct, frozen=True):
    """What was found out about the tree as a whole, beside its files; `earlier` by past surveys."""

    history: History = History("git was not asked.")
    earlier: Earlier = Earlier()
    lint: Lint = Lint("ruff was not asked.")
    ages: list[LineAges] = []
    packages_above: str = ""
    """The packages that the root is in: see Modules."""


_NO_FACTS = Facts()


def build_report(
    root: str,
    tree: Tree,
    parts: Iterable[Measured],
    facts: Facts = _NO_FACTS,
    *,
    generated_at: float,
    duration_s: float,
) -> Report:
    """Put the parts together; a file of the tree that is in no part is skipped as not measured.

    Of the history only the files that are in the tree today are kept.
    """
    parts = list(parts)
    files = sorted((file for part in parts for file in part.files), key=lambda file: file.path)
    skipped = [*tree.skipped, *(skip for part in parts for skip in part.skipped)]
    seen = {file.path for file in files} | {skip.path for skip in skipped}
    skipped += [Skipped(p, SkipReason.NOT_MEASURED) for p, _ in tree.files if p not in seen]
    skipped.sort(key=lambda skip: skip.path)
    history = _of_today(facts.history, tree)
    python = [file for file in files if file.language == "Python"]
    others = [file for file in files if file.language != "Python"]
    report = Report(
        schema=SCHEMA,
        version=__version__,
        python=platform.python_version(),
        root=to_text(root),
        generated_at=generated_at,
        duration_s=duration_s,
        totals=_sum_up(files, skipped, tree.ignored),
        worst_functions=_worst_functions(python),
        worst_files=_worst_files(python),
        languages=_sum_languages(files),
        skipped=skipped,
        files=files,
        history=history,
        hotspots=find_hotspots(files, history),
        markers=_place_markers(files, facts.ages),
        lint=facts.lint,
        ages_unavailable=next((ages.unavailable for ages in facts.ages if ages.unavailable), ""),
        worst_other_functions=_worst_functions(others),
        duplicates=find_duplicates([prints for part in parts for prints in part.prints]),
        imports=find_import_graph(python, facts.packages_above),
    )
    return msgspec.structs.replace(report, trend=find_trend(facts.earlier, report))


def _place_markers(files: Iterable[FileReport], ages: Iterable[LineAges]) -> list[PlacedMarker]:
    changed_at = {
        (file.path, line): at
        for part in ages
        for file in part.files
        for line, at in zip(file.lines, file.changed_at, strict=True)
    }
    return [
        PlacedMarker(file.path, marker, changed_at.get((file.path, marker.line)))
        for file in files
        for marker in file.markers
    ]


def _of_today(history: History, tree: Tree) -> History:
    """Leave out the files that were removed since."""
    here = {path for path, _ in tree.files} | {skip.path for skip in tree.skipped}
    kept = [file for file in history.files if file.path in here]
    return msgspec.structs.replace(history, files=kept)


def _sum_up(files: Sequence[FileReport], skipped: Sequence[Skipped], ignored: int) -> Totals:
    python = [file for file in files if file.language == "Python"]
    complexities = _complexities(python)
    others = _complexities(file for file in files if file.language != "Python")
    return Totals(
        files=len(files),
        skipped=len(skipped),
        skipped_by_reason=dict(Counter(skip.reason.value for skip in skipped).most_common()),
        ignored=ignored,
        size_bytes=sum(file.size_bytes for file in files),
        lines=sum(file.lines for file in files),
        python_files=len(python),
        python_lines=sum(file.lines for file in python),
        comment_lines=sum(file.comment_lines for file in python),
        blank_lines=sum(file.blank_lines for file in python),
        unparsed_files=sum(file.error is not None for file in python),
        functions=len(complexities),
        complex_functions=sum(complexity > COMPLEX for complexity in complexities),
        complexity=sum(file.complexity for file in python),
        complexity_bands=_bands(complexities),
        docstrings=_cover(file.docstrings for file in python),
        annotations=_cover(file.annotations for file in python),
        markers=dict(Counter(m.tag for file in files for m in file.markers).most_common()),
        other_functions=len(others),
        other_complex_functions=sum(complexity > COMPLEX for complexity in others),
    )


def _complexities(files: Iterable[FileReport]) -> list[int]:
    return [function.complexity for file in files for function in file.functions]


def _cover(parts: Iterable[Coverage | None]) -> Coverage | None:
    known = [part for part in parts if part is not None]
    if not known:
        return None
    return Coverage(sum(part.covered for part in known), sum(part.total for part in known))


def _bands(complexities: Iterable[int]) -> list[Band]:
    counts = Counter(sum(complexity > end for end in BAND_LIMITS) for complexity in complexities)
    lows = [1, *(end + 1 for end in BAND_LIMITS)]
    return [
        Band(low, high, counts[index])
        for index, (low, high) in enumerate(zip(lows, (*BAND_LIMITS, 0), strict=True))
    ]


def _worst_functions(files: Iterable[FileReport]) -> list[WorstFunction]:
    """Order by complexity, then length; equal ones by where they are."""
    every = [WorstFunction(file.path, function) for file in files for function in file.functions]
    every.sort(
        key=lambda worst: (
            -worst.function.complexity,
            -worst.function.length,
            worst.path,
            worst.function.line,
        )
    )
    return every[:WORST]


def _worst_files(files: Iterable[FileReport]) -> list[WorstFile]:
    """Order by the complexity above the limit, then by all of it; files without any are left out."""
    every = [_rate(file) for file in files if file.complexity]
    every.sort(key=lambda worst: (-worst.excess, -worst.complexity, worst.path))
    return every[:WORST]


def _rate(file: FileReport) -> WorstFile:
    complexities = [f.complexity for f in file.functions if not f.counted_in_outer]
    return WorstFile(
        path=file.path,
        excess=sum(max(0, complexity - COMPLEX) for complexity in complexities),
        complexity=file.complexity,
        max_complexity=max(complexities),
        functions=len(file.functions),
        lines=file.lines,
    )


def _sum_languages(files: Iterable[FileReport]) -> list[LanguageTotal]:
    groups: dict[str, list[FileReport]] = {}
    for file in files:
        groups.setdefault(file.language, []).append(file)
    totals = [_sum_language(name, group) for name, group in groups.items()]
    return sorted(totals, key=lambda language: (-language.lines, language.name))


def _sum_language(name: str, files: Sequence[FileReport]) -> LanguageTotal:
    total = LanguageTotal(
        name, len(files), sum(f.lines for f in files), sum(f.size_bytes for f in files)
    )
    if name != "Python" and name not in LANGUAGES:
        return total
    complexities = _complexities(files)
    hard = sum(complexity > COMPLEX for complexity in complexities)
    return msgspec.structs.replace(total, functions=len(complexities), complex_functions=hard)

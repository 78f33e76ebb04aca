"""Params of Parallel Mind's kinds: the only source of their types, bounds and help."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

PATH = {"format": "path"}
"""Marks a text that names a file or folder: a front makes it absolute, as the daemon's own differs."""

FUNCTION_MEASURES = ("complexity", "length", "nesting", "parameters")
TREE_MEASURES = ("unparsed", "cycles", "import_time_cycles", "lint", "harder")
"""What is counted in the whole tree."""
MEASURES = (*FUNCTION_MEASURES, "lines", "hotspot", "todo_age_days", *TREE_MEASURES)
"""What a gate can be about: functions, files, hotspots, marked comments, the tree."""
GATE = rf"^\s*({'|'.join(MEASURES)})\s*(>=|>)\s*(\d{{1,9}})\s*$"


class MapParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Run a function or a command over many inputs."""

    inputs: Annotated[
        list[Any],
        Meta(title="Inputs", description="One value for each item: texts, numbers or JSON values."),
    ] = []
    function: Annotated[
        str,
        Meta(
            title="Function",
            description="package.module:func or file.py:func; called with one input.",
        ),
    ] = ""
    command: Annotated[
        str,
        Meta(
            title="Command",
            description="A command line; {} stands for the input. Run without a shell.",
        ),
    ] = ""
    concurrency: Annotated[
        int, Meta(ge=0, le=64, title="At once", description="Items at once; 0: all slots.")
    ] = 0
    item_timeout_s: Annotated[
        float | None, Meta(title="Item timeout (s)", description="An item that runs longer fails.")
    ] = None
    item_retries: Annotated[
        int, Meta(ge=0, le=100, title="Retries", description="Further attempts of a failed item.")
    ] = 0
    memory_mb: Annotated[
        int | None,
        Meta(title="Memory limit (MB)", description="An item that takes more fails."),
    ] = None


class ItemParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One item of a map."""

    value: Any
    function: str = ""
    command: str = ""
    timeout_s: float | None = None
    memory_mb: int | None = None


class AnalyzeParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Measure every file of a source tree and write a report."""

    path: Annotated[
        str,
        Meta(
            min_length=1,
            title="Folder",
            description="The source tree, an absolute path.",
            extra_json_schema=PATH,
        ),
    ]
    out: Annotated[
        str,
        Meta(
            title="Report folder",
            description="Where the report goes; empty: under the reports of REVO_HOME.",
            extra_json_schema=PATH,
        ),
    ] = ""
    fail_on: Annotated[
        list[Annotated[str, Meta(pattern=GATE)]],
        Meta(
            title="Gates",
            description="What the tree may not have, such as complexity>30. "
            "The result lists the broken ones.",
        ),
    ] = []
    lint: Annotated[
        bool, Meta(title="Ask ruff", description="Look for what ruff finds in Python files.")
    ] = True
    remember: Annotated[
        bool,
        Meta(
            title="Make it searchable",
            description="Also put the tree into Perfect Recall; the report ends with searches.",
        ),
    ] = True
    fresh: Annotated[
        bool,
        Meta(
            title="Measure everything anew",
            description="Do not use what an earlier survey of the folder found out.",
        ),
    ] = False


class WalkParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """List the files of a tree; `exclude` are absolute folders to leave out."""

    root: str
    exclude: list[str] = []


class MeasureParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Measure some files of a tree; paths are relative to root.

    With a `fact` gather that about the whole tree instead: one map has one kind, and this runs
    beside the measuring. `stamps` go with files, for the fact `ages` also `lines`; `cache` is where
    earlier results are kept, empty: use none.
    """

    root: str
    files: list[str] = []
    stamps: list[tuple[int, int, int, int] | None] = []
    cache: str = ""
    fact: Literal["", "history", "lint", "ages"] = ""
    lines: list[list[int]] = []


class SuiteParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Run a pytest suite in parallel, in its own Python."""

    path: Annotated[
        str,
        Meta(
            min_length=1,
            title="Tests",
            description="A folder or file, an absolute path.",
            extra_json_schema=PATH,
        ),
    ]
    args: Annotated[
        list[str], Meta(title="Arguments", description="Further arguments of pytest.")
    ] = []
    keyword: Annotated[
        str, Meta(title="Keyword", description="Only tests that fit, as with pytest -k.")
    ] = ""
    markers: Annotated[
        str, Meta(title="Markers", description="Only tests that fit, as with pytest -m.")
    ] = ""
    test_timeout_s: Annotated[
        float,
        Meta(
            gt=0,
            title="Test timeout (s)",
            description="A test that takes longer, its fixtures included, is killed and fails.",
        ),
    ] = 300.0
    repeat: Annotated[
        int, Meta(ge=1, le=1000, title="Repeat", description="Run each test so often.")
    ] = 1
    failed_first: Annotated[
        bool, Meta(title="Failed first", description="Begin with what failed last time.")
    ] = False
    last_failed: Annotated[
        bool, Meta(title="Last failed", description="Only what failed last time, if any did.")
    ] = False
    maxfail: Annotated[
        int, Meta(ge=0, title="Most failures", description="Stop after so many; 0: never.")
    ] = 0
    slowest: Annotated[
        int, Meta(ge=0, le=1000, title="Slowest", description="How many of the slowest to list.")
    ] = 10
    junit: Annotated[
        str,
        Meta(
            title="JUnit file",
            description="Where to write it too, an absolute path.",
            extra_json_schema=PATH,
        ),
    ] = ""


class ShardParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Run a share of a suite: what this shard claims of the plan in `folder`.

    `outcomes` is the file that every outcome is appended to, `notes` that of the last run.
    """

    suite: SuiteParams
    number: int
    folder: str
    outcomes: str
    notes: str

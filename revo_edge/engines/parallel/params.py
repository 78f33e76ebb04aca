"""Params of Parallel Mind's kinds: the only source of their types, bounds and help."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta


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
        Meta(min_length=1, title="Folder", description="The source tree, an absolute path."),
    ]
    out: Annotated[
        str,
        Meta(
            title="Report folder",
            description="Where the report goes; empty: under the reports of REVO_HOME.",
        ),
    ] = ""
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

    `stamps` go with files; `cache` is where earlier results are kept, empty: use none.
    """

    root: str
    files: list[str]
    stamps: list[tuple[int, int, int, int] | None] = []
    cache: str = ""

"""The work. A worker process imports this when the first task comes."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from revo_dupes.kinds import FindParams
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import Context, ItemFailed

CHUNK_BYTES = 1 << 20


def find(params: FindParams, ctx: Context) -> dict[str, object]:
    """Return the groups of equal files, largest first, and what their copies take."""
    root = Path(params.folder)
    if not root.is_dir():
        raise ItemFailed(ErrorInfo("no_such_folder", f"{root} is no folder. Check the spelling."))
    groups: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    alike = list(same_size(root, params))
    for number, (size, file) in enumerate(alike, 1):
        try:
            groups[size, digest(file, ctx)].append(str(file.relative_to(root)))
        except OSError as error:
            ctx.log(f"{file}: {error.strerror}")
        ctx.progress(number, len(alike), note="comparing")
    equal = [(size, sorted(files)) for (size, _), files in groups.items() if len(files) > 1]
    equal.sort(key=lambda group: (-group[0], group[1]))
    return {
        "groups": [{"size_bytes": size, "files": files} for size, files in equal],
        "wasted_bytes": sum(size * (len(files) - 1) for size, files in equal),
    }


def same_size(root: Path, params: FindParams) -> Iterator[tuple[int, Path]]:
    """Yield the files that have the size of another one: only those need be read."""
    by_size: defaultdict[int, list[Path]] = defaultdict(list)
    for folder, _, names in os.walk(root):
        for file in (Path(folder, name) for name in names):
            if file.match(params.pattern) and file.is_file() and not file.is_symlink():
                size = file.stat().st_size
                if size >= params.min_bytes:
                    by_size[size].append(file)
    return ((size, file) for size, files in by_size.items() if len(files) > 1 for file in files)


def digest(file: Path, ctx: Context) -> str:
    """Return the SHA-256 of a file; a cancelled task stops between two chunks."""
    found = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            ctx.check_cancelled()
            found.update(chunk)
    return found.hexdigest()

"""The folder or file that a task is about: it is there, it can be read, it is on a disk."""

from pathlib import Path

from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import ItemFailed

PSEUDO_FILE_SYSTEMS = frozenset(
    [
        "proc",
        "sysfs",
        "devtmpfs",
        "devpts",
        "cgroup",
        "cgroup2",
        "debugfs",
        "tracefs",
        "securityfs",
        "bpf",
        "pstore",
    ]
)


def check_root(path: str) -> Path:
    """Return the folder to read; raise ItemFailed with what is wrong and what to do."""
    root = check_path(path)
    if not root.is_dir():
        raise refuse(f"{path} is a file. Name the folder that it is in.")
    return root


def check_path(path: str) -> Path:
    """Return the folder or file by its real path; raise ItemFailed as check_root does."""
    root = Path(path)
    if not root.is_absolute():
        raise refuse(f"{path} is not an absolute path.")
    try:
        root = root.resolve(strict=True)
        if root.is_dir():
            next(root.iterdir(), None)
    except FileNotFoundError:
        raise refuse(f"{path} does not exist. Check the spelling.") from None
    except (RuntimeError, ValueError) as error:  # links in a circle, a NUL in the name
        raise refuse(f"{path!r} is no path: {error}.") from None
    except OSError as error:
        raise refuse(f"{path} cannot be read: {error.strerror}. Check its permissions.") from None
    kind = _file_system(root)
    if kind in PSEUDO_FILE_SYSTEMS:
        raise refuse(f"{path} holds no source: it is a {kind} file system of the kernel.")
    return root


def refuse(text: str) -> ItemFailed:
    """Return the failure of a task whose params are wrong; the text says what to do."""
    return ItemFailed(ErrorInfo("bad_params", text))


def _file_system(path: Path) -> str:
    """Return the type of the file system that holds the path ("" when not known)."""
    best, kind = "", ""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    for line in mounts.splitlines():
        _, point, found, *_ = line.split(" ")
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, found
    return kind

"""Reading one file of a tree: whatever it is, reading it ends and does no harm."""

import io
import os
import re
import stat
import tokenize
from pathlib import PurePosixPath

from revo_edge.engines.files.tree import SkipReason, open_below

_PROBE_BYTES = 8192  # a NUL byte in here makes a file binary, as for git and grep
_PYTHON_SUFFIXES = frozenset({".py", ".pyi", ".pyw"})
_PYTHON_SHEBANG = re.compile(rb"#!.*\bpython[0-9.]*\b")


def read_file(root: str, path: str, huge_bytes: int) -> bytes | SkipReason:
    """Read a regular file of at most `huge_bytes`; never wait for one that is something else."""
    try:
        descriptor = open_below(root, path, os.O_RDONLY)
        with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  a descriptor has no Path
            record = os.fstat(descriptor)
            if not stat.S_ISREG(record.st_mode):
                return SkipReason.NOT_REGULAR
            if record.st_size == 0:
                # Of length 0 but not empty: the kernel makes it up while it is read (/proc).
                return SkipReason.NOT_REGULAR if file.read(1) else b""
            content = _read_up_to(file, huge_bytes + 1)
    except OSError:
        return SkipReason.UNREADABLE
    return SkipReason.HUGE if len(content) > huge_bytes else content


def _read_up_to(file: io.FileIO, limit_bytes: int) -> bytes:
    """Read to the end, but no more than the limit: the file may grow while it is read."""
    content = file.read(limit_bytes) or b""
    while content and len(content) < limit_bytes and (more := file.read(limit_bytes)):
        content += more
    return content


def is_binary(content: bytes) -> bool:
    """Tell whether this is no text."""
    return b"\0" in content[:_PROBE_BYTES]


def is_python(path: str, content: bytes) -> bool:
    """Tell Python by its suffix or, without one, by its shebang."""
    suffix = PurePosixPath(path).suffix
    return suffix in _PYTHON_SUFFIXES or (
        not suffix and _PYTHON_SHEBANG.match(content, 0, 256) is not None
    )


def decode_python(content: bytes) -> str:
    """Decode as the coding cookie says (PEP 263); raises SyntaxError, UnicodeError, LookupError."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    text = content.decode(encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

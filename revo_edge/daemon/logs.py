"""The daemon's log: rotated files, plain or JSON lines, with the task and worker at hand."""

import contextvars
import json
import logging
import logging.handlers
import sys
from datetime import UTC, datetime
from pathlib import Path

from revo_edge.paths import Paths, private_dir

LOG_BYTES = 5 * 1024 * 1024
LOG_FILES = 3

subject: contextvars.ContextVar[str] = contextvars.ContextVar("subject", default="")
"""The task or worker that is being dealt with; stands in every log line."""


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        about = subject.get()
        text = super().format(record)
        return f"{text} [{about}]" if about else text


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        if subject.get():
            line["subject"] = subject.get()
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logging(paths: Paths, *, level: str, as_json: bool, console: bool) -> None:
    """Log to logs/daemon.log (rotated), and to stderr when the daemon runs in the foreground."""
    private_dir(paths.logs)
    private_dir(paths.logs / "tasks")
    plain = _Plain("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    formatter = _JsonLines() if as_json else plain
    handlers: list[logging.Handler] = [_file(paths.daemon_log)]
    if console:
        handlers.append(logging.StreamHandler(sys.stderr))
    root = logging.getLogger()
    root.setLevel(level.upper())
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)


def _file(path: Path) -> logging.Handler:
    return logging.handlers.RotatingFileHandler(
        path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True
    )

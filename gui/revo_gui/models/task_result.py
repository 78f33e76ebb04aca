"""A task's result, read in ranges so that no answer is large and other calls go between."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from revo_edge.client.client import Client
from revo_edge.client.units import duration
from revo_edge.errors import BadRequest, InternalError, RevoError
from revo_gui.link import Link
from revo_gui.models.task_json import plain

SHOWN_BYTES = 2_000_000
"""A larger result is not decoded here: it is saved to a file instead."""


def read_range(client: Client, task_id: str, offset: int) -> tuple[bytes, bool]:
    """Return a range of an encoded result from `offset`, and whether there is more."""
    found = client.call("task.result", {"id": task_id, "offset": offset})
    return found.get("data", b""), bool(found.get("more", False))


def decode(data: bytes) -> object:
    """Return a result as plain values; raise InternalError."""
    try:
        found: object = msgspec.msgpack.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InternalError(f"The result cannot be read: {error}.") from None
    return found


def write_json(data: bytes, path: str) -> None:
    """Write an encoded result to a file as JSON; raise BadRequest if it cannot be written."""
    value = plain(decode(data))
    try:
        with Path(path).open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=2, ensure_ascii=False)
            file.write("\n")
    except (OSError, UnicodeEncodeError) as error:
        raise BadRequest(f"{path} cannot be written: {error}. Choose another file.") from None


def survey_line(kind: str, value: object) -> str:
    """Return the headline of a survey's result; empty for anything else."""
    if kind != "parallel.analyze" or not isinstance(value, dict):
        return ""
    try:
        skipped = f", {value['skipped']:,} skipped" if value["skipped"] else ""
        return (
            f"{value['files']:,} files{skipped}, {value['lines']:,} lines, "
            f"{value['functions']:,} functions in {duration(value['duration_s'])}"
        )
    except (KeyError, TypeError, ValueError):
        return ""  # of a newer daemon: the tree shows it all the same


def report_file(kind: str, value: object) -> str:
    """Return the path of a survey's report for people; empty if there is none."""
    if kind != "parallel.analyze" or not isinstance(value, dict):
        return ""
    reports = value.get("reports")
    found = reports.get("html", "") if isinstance(reports, dict) else ""
    return found if isinstance(found, str) and Path(found).is_file() else ""


class ResultReader(QObject):
    """Reads one result to its end, and is deleted then."""

    read = Signal(object)
    """The encoded result, as bytes."""
    came = Signal(int)
    """So many bytes are here."""
    failed = Signal(str)

    def __init__(self, link: Link, task_id: str, parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self._task_id = task_id
        self._found = bytearray()

    def start(self) -> None:
        """Ask for the next range; the rest follows by itself."""
        work = partial(read_range, task_id=self._task_id, offset=len(self._found))
        self._link.ask(self, work, self._take, self._give_up)

    def _take(self, found: tuple[bytes, Any]) -> None:
        data, more = found
        self._found += data
        if more and data:
            self.came.emit(len(self._found))
            self.start()
        else:
            self.read.emit(bytes(self._found))
            self.deleteLater()

    def _give_up(self, error: RevoError) -> None:
        self.failed.emit(error.msg)
        self.deleteLater()

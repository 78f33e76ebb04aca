"""One hash over task records, so that two copies of them compare by 64 characters."""

import hashlib
from collections.abc import Iterable

import msgspec

from revo_edge.contract.tasks import TaskInfo

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def tasks_digest(tasks: Iterable[TaskInfo]) -> str:
    """Return the sha256 (hex) of the tasks, sorted by id, each encoded canonically."""
    digest = hashlib.sha256()
    for task in sorted(tasks, key=lambda info: info.id):
        digest.update(_encode(task))
    return digest.hexdigest()

"""reVo Edge: one local daemon for memory, parallel analysis, measured search and workflows.

from revo_edge import Client, TaskSpec

with Client() as revo:
    task = revo.submit(TaskSpec("parallel.analyze", {"path": "/src/project"}))
"""

import importlib
from typing import TYPE_CHECKING, Any

from revo_edge._version import __version__

if TYPE_CHECKING:
    from revo_edge.client.client import Client
    from revo_edge.contract.tasks import TaskSpec
    from revo_edge.errors import RevoError

__all__ = ["Client", "RevoError", "TaskSpec", "__version__"]

_WHERE = {
    "Client": "revo_edge.client.client",
    "TaskSpec": "revo_edge.contract.tasks",
    "RevoError": "revo_edge.errors",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `revo --version` imports nothing."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)

"""A memory of its own for each test: the services with a clock that the test sets, or the tasks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.engines.recall.local import Local
from tests.unit.engines.recall.memory import Memory


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    """The writer and a reader."""
    memory = Memory(tmp_path)
    yield memory
    memory.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    """Tasks with a memory of their own."""
    found = Local(tmp_path / "home")
    yield found
    found.close()

"""A memory of its own for each test, with a clock that the test sets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.engines.recall.memory import Memory


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    memory = Memory(tmp_path)
    yield memory
    memory.close()

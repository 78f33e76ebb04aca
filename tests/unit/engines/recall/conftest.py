from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.engines.recall.local import Local


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    """Tasks with a memory of their own."""
    found = Local(tmp_path / "home")
    yield found
    found.close()

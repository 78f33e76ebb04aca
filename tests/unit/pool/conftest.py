"""A running pool for the tests of one module."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pool_floor import Floor


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    """Give a pool without workers, in a folder with a short path."""
    home = Path(tempfile.mkdtemp(prefix="rv-", dir="/tmp"))
    before = os.environ.get("REVO_ENGINES_MODULES")
    os.environ["REVO_ENGINES_MODULES"] = "tests.engines.probe"
    try:
        with Floor(home) as pool:
            pool.supervisor.prepare()
            yield pool
    finally:
        if before is None:
            del os.environ["REVO_ENGINES_MODULES"]
        else:
            os.environ["REVO_ENGINES_MODULES"] = before
        shutil.rmtree(home)


@pytest.fixture(scope="module")
def worker(floor: Floor) -> str:
    """Give one worker that the tests of the module share and leave alive."""
    (name,) = floor.start()
    return name

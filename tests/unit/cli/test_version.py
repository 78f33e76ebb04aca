import json

import pytest

from revo_edge._version import __version__
from tests.unit.cli.runner import revo


@pytest.mark.usefixtures("home")
def test_version_without_a_daemon() -> None:
    assert revo("version", "--check").stdout == f"client {__version__}\ndaemon not running\n"
    found = json.loads(revo("version", "--json").stdout)
    assert found == {"client": __version__, "daemon": None, "proto": None}

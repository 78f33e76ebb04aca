"""endpoint.json is believed only while that very process lives."""

import os
from pathlib import Path

import msgspec
import pytest

from revo_edge.client.endpoint import read_endpoint, require_endpoint
from revo_edge.contract.endpoint import Endpoint
from revo_edge.errors import DaemonUnreachable, VersionMismatch
from revo_edge.paths import Paths
from revo_edge.procfs import start_ticks


def _write(file: Path, *, pid: int = 0, ticks: int = 0, proto: tuple[int, int] = (1, 1)) -> None:
    pid = pid or os.getpid()
    ticks = ticks or start_ticks(pid) or 0
    file.write_bytes(
        msgspec.json.encode(Endpoint(pid, ticks, "b", proto, "9", "ipc://c", "ipc://e"))
    )


def test_the_endpoint_of_a_living_process_is_read(home: Paths) -> None:
    _write(home.endpoint)
    found = read_endpoint(home)
    assert found is not None
    assert found.pid == os.getpid()
    assert require_endpoint(home) == found


def test_a_file_of_a_dead_or_another_process_does_not_count(home: Paths) -> None:
    assert read_endpoint(home) is None
    _write(home.endpoint, ticks=1)
    assert read_endpoint(home) is None
    _write(home.endpoint, pid=999_999_999, ticks=5)
    assert read_endpoint(home) is None
    home.endpoint.write_bytes(b"{half a fi")
    with pytest.raises(DaemonUnreachable, match="revo up"):
        require_endpoint(home)


def test_a_daemon_of_another_protocol_is_named(home: Paths) -> None:
    _write(home.endpoint, proto=(2, 3))
    with pytest.raises(VersionMismatch, match=r"version 9\) speaks protocol 2 to 3"):
        require_endpoint(home)

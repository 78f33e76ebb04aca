"""What the supervisor and the fork server say to each other."""

import subprocess
import sys

import msgspec

from revo_edge.pool.birth import STATUS, Birth


def test_a_birth_comes_through_as_it_was_sent() -> None:
    birth = Birth("w1", "ipc:///run/p", "/home/me")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(birth), type=Birth) == birth


def test_an_exit_status_may_be_negative() -> None:
    assert STATUS.unpack(STATUS.pack(-9)) == (-9,)


def test_the_supervisor_imports_nothing_of_a_worker() -> None:
    code = (
        "import sys, revo_edge.pool.supervisor; print('revo_edge.pool.worker_main' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"

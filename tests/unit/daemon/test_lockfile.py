import json
import os
from pathlib import Path

import pytest

from revo_edge.contract.endpoint import Endpoint
from revo_edge.daemon.lockfile import remove_endpoint, take_lock, write_endpoint
from revo_edge.errors import Conflict, SettingsError

ENDPOINT = Endpoint(7, 99, "b00t", (1, 1), "0.1", "ipc:///x/c", "ipc:///x/e")


def test_a_lock_is_taken_once_and_names_its_owner(tmp_path: Path) -> None:
    lock = take_lock(tmp_path / "lock")
    with pytest.raises(Conflict, match=rf"pid {os.getpid()}\) already serves .*revo down"):
        take_lock(tmp_path / "lock")
    lock.release()
    again = take_lock(tmp_path / "lock")  # the file stays, the lock does not
    again.release()


def test_what_an_earlier_owner_wrote_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("4194304 and more text than a pid\n")
    lock = take_lock(tmp_path / "lock")
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_a_folder_that_takes_no_lock_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="REVO_HOME"):
        take_lock(tmp_path / "nothing" / "lock")


def test_the_endpoint_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "endpoint.json"
    path.write_text("old")
    write_endpoint(path, ENDPOINT)
    assert json.loads(path.read_text())["control"] == "ipc:///x/c"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_only_its_own_endpoint_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "endpoint.json"
    write_endpoint(path, ENDPOINT)
    remove_endpoint(path, "another boot")
    assert path.exists()
    remove_endpoint(path, "b00t")
    assert not path.exists()
    remove_endpoint(path, "b00t")  # again: nothing to do
    path.write_text("{")
    remove_endpoint(path, "b00t")
    assert path.exists()

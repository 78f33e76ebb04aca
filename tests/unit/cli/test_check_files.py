import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from revo_edge import procfs
from revo_edge.cli import check_files as module
from revo_edge.cli.check_files import check_files, open_journal
from revo_edge.cli.verdict import Check, Verdict
from revo_edge.paths import Paths, private_dir
from revo_edge.store.journal import Journal
from tests.harness import DaemonProcess


def look(paths: Paths) -> dict[str, Check]:
    return {check.name: check for check in check_files(paths)}


def make_journal(paths: Paths) -> None:
    Journal(paths.journal).close()


def test_an_empty_home_has_nothing_wrong(home: Paths) -> None:
    verdicts = {check.verdict for check in look(home).values()}
    assert verdicts == {Verdict.OK, Verdict.UNCHECKED}


def test_a_running_daemon_has_nothing_wrong(daemon: DaemonProcess) -> None:
    assert {check.verdict for check in look(daemon.paths).values()} == {Verdict.OK}


def test_a_file_that_others_can_read_is_named(home: Paths) -> None:
    home.lock.touch(mode=0o600)
    assert look(home)["modes"].ok
    home.lock.chmod(0o644)
    found = look(home)["modes"]
    assert (found.ok, found.mend) == (False, f"chmod go-rwx {home.lock}")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_named(home: Paths) -> None:
    home.lock.touch(mode=0o600)
    os.chown(home.lock, 65534, 65534)
    assert not look(home)["modes"].ok


def test_stale_files_are_a_warning_with_the_command(daemon: DaemonProcess) -> None:
    daemon.kill()
    found = look(daemon.paths)["leftovers"]
    assert (found.verdict, found.mend) == (Verdict.WARNING, "revo doctor --fix")
    daemon.start()
    assert look(daemon.paths)["leftovers"].verdict is Verdict.OK


def test_a_damaged_journal_is_an_error(home: Paths) -> None:
    make_journal(home)
    assert look(home)["journal"].verdict is Verdict.OK
    with home.journal.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    assert look(home)["journal"].verdict is Verdict.ERROR
    home.journal.write_bytes(b"no database at all" * 1000)
    assert look(home)["journal"].verdict is Verdict.ERROR


def test_a_check_over_its_time_is_said_to_be_unfinished(
    home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(home.journal)) as db:
        db.execute("CREATE TABLE t (x)")
        db.executemany("INSERT INTO t VALUES (?)", [("x" * 3000,) for _ in range(3000)])
        db.commit()
    monkeypatch.setattr(module, "CHECK_LIMIT_S", 0.0)
    monkeypatch.setattr(module, "_STEPS", 10)
    found = look(home)["journal"]
    assert (found.verdict, "takes over" in found.detail) == (Verdict.UNCHECKED, True)


def test_a_write_ahead_log_that_grew_is_a_warning(home: Paths) -> None:
    make_journal(home)
    wal = home.journal.with_name("revo.db-wal")
    with wal.open("wb") as file:
        file.truncate(module.WAL_LIMIT_BYTES + 1)
    found = look(home)["journal size"]
    assert (found.verdict, str(wal) in found.mend) == (Verdict.WARNING, True)


def test_a_spool_file_that_no_task_names_is_a_warning(home: Paths) -> None:
    make_journal(home)
    private_dir(home.spool)
    blob = home.spool / ("a" * 64)
    blob.write_bytes(b"x" * 1000)
    assert look(home)["spool"].verdict is Verdict.OK
    os.utime(blob, (1, 1))
    found = look(home)["spool"]
    assert found.verdict is Verdict.WARNING
    assert "1 that no task names, 1 kB" in found.detail


def test_a_worker_group_without_its_daemon_is_an_error(home: Paths) -> None:
    make_journal(home)
    sleeper = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )
    try:
        ticks = procfs.start_ticks(sleeper.pid)
        with closing(sqlite3.connect(home.journal)) as db:
            db.execute("INSERT INTO worker_group VALUES (?, ?)", (sleeper.pid, ticks))
            db.commit()
        found = look(home)["orphans"]
        assert (found.ok, found.mend) == (False, f"kill -KILL -- -{sleeper.pid}")
    finally:
        sleeper.kill()
        sleeper.wait()
    assert look(home)["orphans"].ok


def test_a_templates_folder_that_is_none_is_a_warning(home: Paths) -> None:
    folder = private_dir(home.config / "templates")
    assert look(home)["user templates"].detail == f"0 files in {folder}"
    folder.rmdir()
    folder.touch()
    assert look(home)["user templates"].verdict is Verdict.WARNING


def test_a_home_that_cannot_be_read_is_said_and_kills_no_check(home: Paths) -> None:
    home.home.rmdir()
    home.home.symlink_to(home.home)  # a loop: every look into it is refused, for root too
    names = set(look(home))
    assert {"modes", "leftovers", "journal", "orphans"} <= names


def test_the_journal_of_a_stopped_daemon_is_read_without_a_trace(home: Paths) -> None:
    make_journal(home)
    with closing(open_journal(home)) as db:
        assert db.execute("SELECT count(*) FROM task").fetchone() == (0,)
    assert sorted(path.name for path in Path(home.home).iterdir()) == ["revo.db"]

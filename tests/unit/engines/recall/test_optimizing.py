from pathlib import Path

import msgspec
import pytest

from revo_edge.contract.recall import Filter, NewItem, RecallForget, RecallStats, RecallStore
from revo_edge.engines.base import Cancelled
from revo_edge.engines.recall.opening import Options
from revo_edge.engines.recall.optimizing import Optimized
from revo_edge.engines.recall.params import OptimizeParams
from revo_edge.engines.recall.reading import DATABASE
from tests.unit.engines.recall.local import Local


def optimize(local: Local, *, check: bool = True) -> Optimized:
    result: Optimized = local.run("recall.optimize", OptimizeParams(check))
    return result


def fill(local: Local) -> None:
    items = tuple(NewItem(f"text {n} " + "words " * 200) for n in range(100))
    local.call("recall.store", RecallStore(items))


def test_a_sound_memory_has_no_problems(local: Local) -> None:
    fill(local)
    for check in (True, False):
        found = optimize(local, check=check)
        assert found.index is not None
        assert found.index.rows == 100
        assert msgspec.structs.replace(found, index=None) == Optimized(check, problems=[])


def test_damage_is_told(local: Local, tmp_path: Path) -> None:
    fill(local)
    local.close()
    content = bytearray((local.home / DATABASE).read_bytes())
    last = len(content) // 4096
    for page in range(last // 2, last):  # the tables, not what says which there are
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    local.home = tmp_path / "damaged"
    local.home.mkdir()
    (local.home / DATABASE).write_bytes(content)
    assert optimize(local).problems


def test_what_was_forgotten_is_wiped_out_of_a_large_file(tmp_path: Path) -> None:
    local = Local(tmp_path / "home", options=Options(vacuum_limit_bytes=0))
    try:
        items = (NewItem("the zebra crossing", namespace="gone"), NewItem("stays"))
        local.call("recall.store", RecallStore(items))
        local.call("recall.forget", RecallForget(filter=Filter(namespaces=("gone",))))
        local.rest()
        assert local.call("recall.stats", RecallStats())["purge_pending"]
        result = optimize(local)
        assert (result.rewritten, result.waits) == (True, False)
        local.rest()
        assert "purge_pending" not in local.call("recall.stats", RecallStats())
        assert local.texts("default") == ["stays"]
        files = [file.read_bytes() for file in local.home.rglob("*") if file.is_file()]
        assert not any(b"zebra" in content for content in files)
    finally:
        local.close()


def test_a_check_can_be_cancelled(local: Local) -> None:
    fill(local)
    local.cancel_after = 0
    with pytest.raises(Cancelled):
        optimize(local)

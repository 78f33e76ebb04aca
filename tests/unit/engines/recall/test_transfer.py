import json
from pathlib import Path
from typing import Any

import pytest

from revo_edge.contract.ids import is_ulid
from revo_edge.contract.recall import Filter, NewItem, RecallGet, RecallStore, RecallUpdate
from revo_edge.engines.base import Cancelled, ItemFailed
from revo_edge.engines.recall import transfer
from revo_edge.engines.recall.params import ExportParams, ImportParams
from revo_edge.engines.recall.transfer import Exported, Imported
from tests.unit.engines.recall.local import Local


@pytest.fixture
def corrected(local: Local) -> str:
    """Store two items, correct one of them twice; return its id."""
    new = (NewItem("The harbour opens at nine", namespace="a"), NewItem("Other", namespace="b"))
    first = local.call("recall.store", RecallStore(new))["stored"][0]["id"]
    for hour in ("ten", "eleven"):
        local.call("recall.update", RecallUpdate(first, text=f"The harbour opens at {hour}"))
    return str(first)


def export(local: Local, path: Path, **more: Any) -> Exported:
    params = ExportParams(str(path), **more)
    result: Exported = local.run("recall.export", params)
    return result


def take_in(local: Local, path: Path, namespace: str = "") -> Imported:
    result: Imported = local.run("recall.import", ImportParams(str(path), namespace))
    return result


def test_a_memory_goes_to_another_home_with_its_history(
    local: Local, corrected: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    assert (found := export(local, out)).items == 2
    assert (found.versions, found.bytes) == (4, out.stat().st_size)
    assert out.stat().st_mode & 0o777 == 0o600
    other = Local(tmp_path / "other")
    try:
        assert (read := take_in(other, out)).stored == 4
        assert (read.lines, read.duplicates, read.bad) == (4, 0, 0)
        asked = RecallGet((corrected,), history=True)
        assert other.call("recall.get", asked)["items"] == local.call("recall.get", asked)["items"]
        again = take_in(other, out)
        assert (again.stored, again.duplicates) == (0, 4)
    finally:
        other.close()


@pytest.mark.usefixtures("corrected")
def test_an_export_may_be_filtered_and_leave_history_out(local: Local, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert export(local, out, filter=Filter(namespaces=("a",)), history=False).versions == 1
    assert json.loads(out.read_text())["text"] == "The harbour opens at eleven"


def test_bad_lines_are_named_and_the_others_go_on(local: Local, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    good = {"text": "Written by hand", "tags": ["x"]}
    lines = [
        json.dumps(good).encode(),
        b"nonsense",
        b"",
        json.dumps({"text": "", "kind": "note"}).encode(),
        json.dumps({"text": "ok", "colour": "red"}).encode(),
        b'"\xff"',
        b"[" * 10_000,
        b'{"text": "' + b"x" * transfer.LINE_LIMIT_BYTES + b'"}',
        json.dumps({"text": "The last"}).encode(),
    ]
    file.write_bytes(b"\n".join(lines))
    result = take_in(local, file)
    assert (result.lines, result.stored, result.bad) == (9, 2, 6)
    assert [number for number, _ in result.bad_lines] == [2, 4, 5, 6, 7, 8]
    reasons = dict(result.bad_lines)
    assert "malformed" in reasons[2]
    assert "colour" in reasons[5]
    assert "longer than" in reasons[8]
    assert local.texts("default") == ["Written by hand", "The last"]


def test_one_item_that_the_store_refuses_does_not_take_its_batch_along(
    local: Local, corrected: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    export(local, out)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    lines[1] = {**lines[1], "id": "not-a-ulid"}
    out.write_text("\n".join(map(json.dumps, lines)))
    other = Local(tmp_path / "other")
    try:
        result = take_in(other, out)
        assert (result.stored, result.bad, result.bad_lines[0][0]) == (3, 1, 2)
        assert other.call("recall.get", RecallGet((corrected,)))["items"]
    finally:
        other.close()


def test_a_copy_in_another_namespace_has_an_id_of_its_own(
    local: Local, corrected: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    export(local, out)
    assert take_in(local, out, "copy").stored == 4
    assert take_in(local, out, "copy").duplicates == 4
    assert sorted(local.texts("copy")) == ["Other", "The harbour opens at eleven"]
    item = local.call("recall.get", RecallGet((corrected,)))["items"][0]
    assert item["namespace"] == "a"
    copied = transfer.moved(transfer._item.decode(json.dumps(item).encode()), "copy")
    assert is_ulid(copied.id)


def test_an_export_never_leaves_half_a_file_or_replaces_one_unasked(
    local: Local, corrected: str, tmp_path: Path
) -> None:
    assert corrected
    out = tmp_path / "out.jsonl"
    local.cancel_after = 0
    with pytest.raises(Cancelled):
        export(local, out)
    local.cancel_after = 1 << 30
    assert not list(tmp_path.glob("*.jsonl")) + list(tmp_path.glob(".*.part"))
    export(local, out)
    with pytest.raises(ItemFailed, match="exists"):
        export(local, out)
    assert export(local, out, overwrite=True).items == 2


@pytest.mark.parametrize(
    ("path", "text"),
    [("relative", "not an absolute"), ("/", "is a folder"), ("/no/such/folder/f", "Cannot write")],
)
def test_a_place_where_nothing_can_be_written_is_refused(
    local: Local, path: str, text: str
) -> None:
    with pytest.raises(ItemFailed, match=text):
        export(local, Path(path))


def test_what_cannot_be_imported_is_refused(local: Local, tmp_path: Path) -> None:
    with pytest.raises(ItemFailed, match="is a folder"):
        take_in(local, tmp_path)
    with pytest.raises(ItemFailed, match="does not exist"):
        take_in(local, tmp_path / "gone")

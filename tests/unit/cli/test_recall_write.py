"""`revo recall put`, `update`, `forget`: what is asked and what is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from revo_edge.contract import recall
from revo_edge.contract.recall import Item, ItemKind, Near, Source
from revo_edge.paths import Paths
from tests.unit.cli.runner import revo
from tests.unit.cli.test_recall_read import ID, keep
from tests.unit.client.small_daemon import SmallDaemon

OTHER = "01ARZ3NDEKTSV4RRFFQ69G5FAW"


@pytest.fixture
def daemon(home: Paths) -> Iterator[SmallDaemon]:
    with SmallDaemon(home) as daemon:
        yield daemon


def test_put_sends_all_that_was_said(daemon: SmallDaemon, tmp_path: Path) -> None:
    stored = recall.Stored(ID, 1, "stored", near=(Near(OTHER, 0.9),))
    asked = keep(daemon, "recall.store", recall.StoreReply((stored,), 1))
    words = "a note -n work --kind document --title T --tag a --tag b --meta x=1 --pin --ttl 2d"
    done = revo("recall", "put", *words.split(), "--from", f"{tmp_path}/f.py:3-9")
    assert done.stdout == f"{ID}\n"
    assert "90%" in done.stderr
    (item,) = asked[0].items
    assert (item.text, item.namespace, item.kind) == ("a note", "work", ItemKind.DOCUMENT)
    assert (item.tags, item.metadata, item.pinned) == (("a", "b"), {"x": 1}, True)
    assert item.ttl_s == 172_800
    assert item.source == Source(path=f"{tmp_path}/f.py", first_line=3, last_line=9)


def test_put_reads_stdin_and_says_that_it_was_there(daemon: SmallDaemon) -> None:
    reply = recall.StoreReply((recall.Stored(ID, 1, "duplicate", of=ID),), 1)
    asked = keep(daemon, "recall.store", reply)
    done = revo("recall", "put", "-", "--from", "https://x.org/a", stdin="from a pipe\n")
    assert "nothing was stored" in done.stderr
    assert asked[0].items[0].text == "from a pipe\n"
    assert asked[0].items[0].source.url == "https://x.org/a"


def test_an_update_needs_something_to_change(daemon: SmallDaemon) -> None:
    item = Item(ID, 2, "default", ItemKind.NOTE, "new", 1.0, 1.0)
    asked = keep(daemon, "recall.update", recall.UpdateReply(item, 1))
    assert revo("recall", "update", ID).exit_code == 2
    assert not asked
    done = revo("recall", "update", ID, "new", "text", "--unpin", "--version", "1")
    assert done.output == f"{ID} version 2\n"
    change = asked[0]
    assert (change.text, change.pinned, change.version, change.tags) == ("new text", False, 1, None)


def test_forgetting_asks_first_and_goes_on_until_all_is_gone(daemon: SmallDaemon) -> None:
    asked = keep(daemon, "recall.forget", recall.ForgetReply(3, 4, (ID,)))
    refused = revo("recall", "forget", "-n", "scratch")
    assert refused.exit_code == 2
    assert "add --yes" in refused.output
    assert [params.dry_run for params in asked] == [True]
    done = revo("recall", "forget", "-n", "scratch", "--yes")
    assert done.output == "3 items with 4 versions forgotten\n"
    assert [params.dry_run for params in asked] == [True, True, False]
    planned = revo("recall", "forget", ID, "--dry-run")
    assert "3 items with 4 versions would be forgotten" in planned.output


@pytest.mark.parametrize("args", [[], [ID, "-n", "a"]])
def test_what_to_forget_must_be_said_in_one_way(daemon: SmallDaemon, args: list[str]) -> None:
    done = revo("recall", "forget", *args)
    assert done.exit_code != 0
    assert daemon.requests == []

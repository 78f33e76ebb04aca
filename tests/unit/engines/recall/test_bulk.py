import hashlib

import pytest

from revo_edge.contract.recall import Filter, NewItem, RecallUpdate
from revo_edge.engines.base import Cancelled
from revo_edge.engines.recall.bulk import Forgotten, Remembered
from revo_edge.engines.recall.params import ForgetAllParams, RememberParams
from revo_edge.errors import NotFound
from tests.unit.engines.recall.local import Local


def items(count: int) -> tuple[NewItem, ...]:
    """Make items that are not alike: those that are take longer to store."""
    texts = (hashlib.sha256(b"%d" % n).hexdigest() for n in range(count))
    return tuple(NewItem(text, namespace="n") for text in texts)


def remember(local: Local, *new: NewItem, duplicates: str = "skip") -> Remembered:
    params = RememberParams(new, duplicates)  # type: ignore[arg-type]  # one of three
    result: Remembered = local.run("recall.remember", params)
    return result


def forget(local: Local, wanted: Filter, *, dry_run: bool = False) -> Forgotten:
    result: Forgotten = local.run("recall.forget_all", ForgetAllParams(wanted, dry_run))
    return result


def test_any_number_of_items_is_stored_in_order(local: Local) -> None:
    result = remember(local, *items(250))
    assert (result.stored, result.duplicates, len(result.items)) == (250, 0, 250)
    assert local.texts("n") == [item.text for item in items(250)]
    assert local.notes[-1] == (250, 250, "items stored")
    assert [len(params.items) for _, params in local.calls[:3]] == [100, 100, 50]  # type: ignore[attr-defined]  # RecallStore


def test_long_texts_go_a_few_at_a_time(local: Local) -> None:
    result = remember(local, *(NewItem(f"{n} " + "words " * 45_000) for n in range(5)))
    assert result.stored == 5
    assert len(local.calls) == 2


def test_a_second_attempt_stores_only_what_the_first_did_not(local: Local) -> None:
    local.cancel_after = 1
    with pytest.raises(Cancelled):
        remember(local, *items(250), duplicates="keep")
    local.attempt, local.cancel_after = 2, 1 << 30
    result = remember(local, *items(250), duplicates="keep")
    assert (result.stored, result.duplicates) == (150, 100)
    assert len(local.texts("n")) == 250


def test_everything_that_fits_is_forgotten_with_its_history(local: Local) -> None:
    found = remember(local, *items(1_050), NewItem("stays", namespace="other"))
    local.call("recall.update", RecallUpdate(found.items[0][0], text="corrected"))
    would = forget(local, Filter(namespaces=("n",)), dry_run=True)
    assert (would.items, would.versions) == (1_050, 1_051)
    did = forget(local, Filter(namespaces=("n",)))
    assert (did.items, did.versions) == (1_050, 1_051)
    assert local.texts("other") == ["stays"]
    assert local.notes[-1] == (1_050, 1_050, "items forgotten")


def test_an_unknown_namespace_is_an_error_with_a_hint(local: Local) -> None:
    remember(local, *items(1))
    with pytest.raises(NotFound, match="no namespace"):
        forget(local, Filter(namespaces=("nn",)))

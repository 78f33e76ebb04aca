"""ULIDs: their form, their order in time."""

from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract.ids import is_ulid, new_ulid
from tests.harness import WaitFor


def test_a_new_ulid_is_one() -> None:
    assert all(is_ulid(new_ulid()) for _ in range(100))


def test_ulids_differ() -> None:
    assert len({new_ulid() for _ in range(10_000)}) == 10_000


def test_later_ulids_sort_later(wait_for: WaitFor) -> None:
    first = new_ulid()
    wait_for(lambda: new_ulid()[:10] != first[:10])  # the first 10 characters are milliseconds
    assert new_ulid() > first


@given(st.text(max_size=30))
def test_a_text_is_a_ulid_only_with_26_characters_of_its_alphabet(text: str) -> None:
    alphabet = set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert is_ulid(text) == (len(text) == 26 and set(text) <= alphabet)


def test_a_trailing_newline_is_no_ulid() -> None:
    assert not is_ulid(new_ulid() + "\n")

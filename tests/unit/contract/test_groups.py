"""Groups on the wire: which names there may be, and what is derived."""

import msgspec
import pytest

from revo_edge.contract.groups import GroupInfo, GroupRef
from revo_edge.contract.tasks import TaskSpec


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "über", "a/b", "night\n", "a:b"])
def test_a_group_has_a_plain_name(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"group": name}, GroupRef)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "k", "group": name}, TaskSpec)


@pytest.mark.parametrize("name", ["a", "x" * 64, "Night-run_2.1"])
def test_names_of_up_to_64_letters_digits_dots_and_strokes_fit(name: str) -> None:
    assert msgspec.convert({"group": name}, GroupRef).group == name


def test_all_are_those_that_live_and_those_that_ended() -> None:
    group = GroupInfo("g", 1, 2, 4, 8, 16, 32, 64)
    assert (group.live, group.total) == (15, 127)

"""Kinds: words of a newer daemon."""

import pytest

from revo_edge.contract.kinds import Lane, OnLost, Role


@pytest.mark.parametrize("enum", [Lane, OnLost, Role])
def test_a_word_of_a_newer_daemon_is_unknown(enum: type[Lane | OnLost | Role]) -> None:
    assert enum("of tomorrow").value == "unknown"


def test_roles_stand_in_rising_order() -> None:
    assert [role.value for role in Role][:4] == ["viewer", "agent", "operator", "admin"]

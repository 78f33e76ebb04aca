import pytest

from revo_edge.contract.calls import PUBLIC_CALLS
from revo_edge.contract.kinds import Role
from revo_edge.contract.requests import METHODS
from revo_edge.core.access import LEAST_ROLE, allows, check
from revo_edge.errors import Forbidden


def test_every_method_has_its_row_and_no_row_is_of_another() -> None:
    assert LEAST_ROLE.keys() == METHODS.keys() | PUBLIC_CALLS.keys()


def test_a_viewer_changes_nothing() -> None:
    viewer = {name for name, least in LEAST_ROLE.items() if least is Role.VIEWER}
    assert not [name for name in viewer if name in METHODS and METHODS[name].mutates]


def test_each_role_includes_those_before_it() -> None:
    order = [Role.VIEWER, Role.AGENT, Role.OPERATOR, Role.ADMIN]
    for place, role in enumerate(order):
        assert [allows(role, least) for least in order] == [n <= place for n in range(4)]


def test_an_unknown_role_may_nothing_and_an_unknown_method_needs_the_owner() -> None:
    assert not any(allows(Role.UNKNOWN, least) for least in Role)
    check("no.such.method", Role.ADMIN)
    with pytest.raises(Forbidden, match="admin"):
        check("no.such.method", Role.OPERATOR)


def test_a_refusal_names_both_roles() -> None:
    check("task.submit", Role.OPERATOR)
    with pytest.raises(
        Forbidden, match=r"task\.submit needs the role operator, and you have viewer"
    ):
        check("task.submit", Role.VIEWER)

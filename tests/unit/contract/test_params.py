"""The base of all params."""

import msgspec
import pytest

from revo_edge.contract.params import Params


class Size(Params, frozen=True):
    """Params of a test."""

    lines: int = 1


def test_params_reject_what_they_do_not_know_and_leave_defaults_out() -> None:
    with pytest.raises(msgspec.ValidationError, match="columns"):
        msgspec.convert({"columns": 2}, Size)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(Size())) == {}

"""The table of calls."""

import msgspec

from revo_edge.contract.calls import CALLS, PUBLIC_CALLS
from revo_edge.contract.params import Params


def test_each_call_has_its_engines_name_and_strict_params() -> None:
    for name, call in CALLS.items():
        assert name.startswith(f"{call.engine}.")
        assert issubclass(call.params, Params)


def test_what_is_counted_is_a_field_with_entries() -> None:
    for call in CALLS.values():
        if call.counted:
            fields = {field.name: field.type for field in msgspec.structs.fields(call.reply)}
            assert str(fields[call.counted]).startswith("tuple[")


def test_what_is_internal_is_unknown_to_clients() -> None:
    internal = CALLS.keys() - PUBLIC_CALLS.keys()
    assert internal == {name for name, call in CALLS.items() if call.internal}
    assert all(CALLS[name].mutates for name in internal)
    assert {"recall.search", "recall.store", "recall.forget"} <= PUBLIC_CALLS.keys()

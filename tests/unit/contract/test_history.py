from typing import get_args

import msgspec
import pytest

from revo_edge.contract.history import ENGINE_FIELDS, OWN_FIELDS, fields_of
from revo_edge.contract.metrics import EngineSample, HostSample, SelfSample

SAMPLES: dict[str, type[msgspec.Struct]] = {
    "parallel": EngineSample,
    "host": HostSample,
    "self": SelfSample,
    "recall": EngineSample,
}


def numbers(struct: type[msgspec.Struct], prefix: str = "") -> set[str]:
    """Return the dotted names of all numbers in a Struct."""
    found = set()
    for field in msgspec.structs.fields(struct):
        kinds = [one for one in get_args(field.type) or (field.type,) if one is not type(None)]
        if isinstance(kinds[0], type) and issubclass(kinds[0], msgspec.Struct):
            found |= numbers(kinds[0], f"{prefix}{field.name}.")
        elif field.type in (int, float, int | None, float | None):
            found.add(prefix + field.name)
    return found


@pytest.mark.parametrize("source", SAMPLES)
def test_what_is_kept_is_in_the_samples_once(source: str) -> None:
    kept = fields_of(source)
    assert len(set(kept)) == len(kept)
    assert set(kept) <= numbers(SAMPLES[source])


def test_the_order_on_disk_is_the_one_that_was_released() -> None:
    """Append to the lists if you must; whatever stands in them keeps its place."""
    assert ENGINE_FIELDS[:5] == (
        "utilisation_ratio",
        "queued",
        "running",
        "items_per_s",
        "latency.p50_ms",
    )
    assert ENGINE_FIELDS[15:19] == ("error_ratio", "succeeded", "failed", "items_done")
    assert OWN_FIELDS["host"][:4] == (
        "cpu_ratio",
        "load_1m",
        "memory_available_bytes",
        "disk_free_bytes",
    )
    own = OWN_FIELDS["self"]
    assert (own[2], own[6], own[11], own[17]) == (
        "requests_per_s",
        "loop_lag.p50_ms",
        "commit.p99_ms",
        "threads",
    )

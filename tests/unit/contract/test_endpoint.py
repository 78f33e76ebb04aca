"""endpoint.json: readable by any script, tolerant of a newer daemon."""

import json

import msgspec

from revo_edge.contract.endpoint import Endpoint


def test_a_script_reads_it_as_json_and_a_newer_field_does_no_harm() -> None:
    endpoint = Endpoint(1, 2, "boot", (1, 1), "0.1", "ipc:///c", "ipc:///e")
    plain = json.loads(msgspec.json.encode(endpoint))
    assert plain["control"] == "ipc:///c"
    newer = json.dumps({**plain, "key": "of tomorrow"})
    assert msgspec.json.decode(newer, type=Endpoint) == endpoint

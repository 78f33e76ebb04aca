import json

from revo_edge.cli.output import plain
from revo_edge.cli.snapshot import as_json
from tests.unit.cli.samples import busy


def test_the_json_of_a_status_has_the_pid_and_every_part() -> None:
    found = json.loads(json.dumps(plain(as_json(busy()))))
    assert found["running"] is True
    assert found["pid"] == 12345
    assert found["workers"]["workers"][0]["pid"] == 100
    assert found["tasks"][0]["state"] == "running"
    assert found["metrics"]["engines"]["parallel"]["latency"]["p95_ms"] == 31
    assert found["metrics"]["host"] is None

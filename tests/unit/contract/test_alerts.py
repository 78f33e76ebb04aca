import msgspec

from revo_edge.contract.alerts import Alert, Severity
from revo_edge.contract.codec import encode


def test_a_severity_of_tomorrow_is_unknown_and_breaks_no_client() -> None:
    alert = Alert("queue", "Waiting tasks", Severity.ERROR, "60 tasks", 60.0, 50.0, 40.0, 1.0)
    plain = msgspec.msgpack.decode(encode(alert))
    assert plain["severity"] == "error"
    newer = encode({**plain, "severity": "fatal"})
    found = msgspec.msgpack.decode(newer, type=Alert)
    assert found == msgspec.structs.replace(alert, severity=Severity.UNKNOWN)

from revo_edge.engines.parallel.params import SuiteParams
from revo_edge.engines.parallel.suite import shards_for
from revo_edge.engines.parallel.suite_files import Notes
from revo_edge.engines.parallel.suite_shard import slots


def test_only_a_suite_known_as_short_gets_fewer_shards() -> None:
    notes = Notes(busy_s={"k": 2.5, "long": 500.0})
    params = SuiteParams("/t")
    assert shards_for("k", notes, params) == 2
    assert shards_for("k", notes, SuiteParams("/t", repeat=100)) == slots()
    assert shards_for("long", notes, params) == slots()
    assert shards_for("other", notes, params) == slots()
    assert shards_for("k", notes, SuiteParams("/t", last_failed=True)) == slots()

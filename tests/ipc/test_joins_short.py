"""The short form of the long run `joins`: 20 joins, 2 restarts, a lost frame at each."""

import random

from tests.harness import StartDaemon
from tests.long._stream import Load
from tests.long.joins import one_round


def test_a_mirror_equals_the_daemon_at_a_stated_number(start_daemon: StartDaemon) -> None:
    daemon = start_daemon({"REVO_DAEMON_HISTORY_TASKS": "500"})
    chance = random.Random(1)  # noqa: S311 - chooses which frame is lost
    with Load(daemon.paths, rate_per_s=300) as load:
        for _ in range(2):
            facts = one_round(daemon, load, chance, restart=True, joins=10).facts
            assert facts["lost_frame"]["lost"] == 1

"""Expected starts and ends in words."""

from collections.abc import Iterator

import pytest

from revo_edge.cli.expected import expected, expected_facts, outlooks
from revo_edge.client.client import Client
from revo_edge.client.units import clock
from revo_edge.contract.params import Params
from revo_edge.contract.requests import Request
from revo_edge.contract.task_requests import OutlookReply
from revo_edge.contract.tasks import Outlook, TaskInfo, TaskState
from revo_edge.errors import UnknownMethod
from revo_edge.paths import Paths
from tests.unit.client.small_daemon import SmallDaemon

AT = 1_800_000_000.0
QUEUED = TaskInfo("q", "k", TaskState.QUEUED)
RUNNING = TaskInfo("r", "k", TaskState.RUNNING)
ENDED = TaskInfo("e", "k", TaskState.SUCCEEDED)


@pytest.fixture
def daemon(home: Paths) -> Iterator[SmallDaemon]:
    with SmallDaemon(home) as daemon:
        yield daemon


@pytest.mark.parametrize(
    ("info", "ahead", "text"),
    [
        (ENDED, None, ""),
        (RUNNING, None, "unknown"),
        (RUNNING, Outlook("r", end_p50_at=AT + 125), "ends in 2 m 05 s"),
        (RUNNING, Outlook("r", end_p50_at=AT - 1), "ends now"),
        (QUEUED, Outlook("q"), "unknown"),
        (QUEUED, Outlook("q", 3), "#3, unknown"),
        (QUEUED, Outlook("q", 3, AT + 12.0), "#3, starts in 12.0 s"),
    ],
)
def test_a_cell_says_what_is_known(info: TaskInfo, ahead: Outlook | None, text: str) -> None:
    assert expected(info, ahead, AT) == text


def test_details_name_both_bounds() -> None:
    facts = dict(expected_facts(QUEUED, Outlook("q", 2, AT, AT + 5, AT + 60)))
    assert facts["place in line"] == "2"
    assert facts["should start"] == f"about {clock(AT)}, 9 times in 10 before {clock(AT + 5)}"
    assert facts["should end"] == f"about {clock(AT + 60)}"
    assert expected_facts(RUNNING, None) == [("should end", "unknown")]
    assert expected_facts(ENDED, None) == []


def test_only_what_waits_or_runs_is_asked_for(home: Paths, daemon: SmallDaemon) -> None:
    def answer(_request: Request, params: Params) -> OutlookReply:
        return OutlookReply(AT, tuple(Outlook(i) for i in params.ids))  # type: ignore[attr-defined]  # TaskOutlook

    daemon.answers["task.outlook"] = answer
    with Client(home) as client:
        assert set(outlooks(client, [QUEUED, RUNNING, ENDED])) == {"q", "r"}
        assert outlooks(client, [ENDED]) == {}
    assert len(daemon.requests) == 1


def test_an_older_daemon_knows_no_outlook(home: Paths, daemon: SmallDaemon) -> None:
    def refuse(_request: Request, _params: Params) -> OutlookReply:
        raise UnknownMethod("There is no such method.")

    daemon.answers["task.outlook"] = refuse
    with Client(home) as client:
        assert outlooks(client, [QUEUED]) == {}

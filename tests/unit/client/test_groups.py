"""The typed calls about groups, against a small daemon."""

import pytest

from revo_edge.client.client import Client
from revo_edge.contract.groups import (
    GroupCancel,
    GroupChanged,
    GroupInfo,
    GroupList,
    GroupListReply,
    GroupRef,
)
from revo_edge.contract.params import Params
from revo_edge.contract.requests import Request
from revo_edge.errors import NotFound
from revo_edge.paths import Paths
from tests.unit.client.small_daemon import SmallDaemon


def test_each_call_sends_what_it_was_given(home: Paths) -> None:
    asked: list[Params] = []

    def changed(_request: Request, params: Params) -> GroupChanged:
        asked.append(params)
        return GroupChanged("g", 3)

    def groups(_request: Request, params: Params) -> GroupListReply:
        assert isinstance(params, GroupList)
        return GroupListReply(1.0, tuple(GroupInfo(n) for n in params.names if n != "nobody"))

    with SmallDaemon(home) as daemon, Client(home) as client:
        changes = ("group.cancel", "group.hold", "group.release")
        daemon.answers.update(dict.fromkeys(changes, changed) | {"group.list": groups})
        assert client.groups.cancel("g", 5.0).changed == 3
        client.groups.hold("g")
        client.groups.release("g")
        assert asked == [GroupCancel("g", 5.0), GroupRef("g"), GroupRef("g")]
        assert client.groups.get("g") == GroupInfo("g")
        with pytest.raises(NotFound, match="revo group ls"):
            client.groups.get("nobody")

"""`revo recall search`, `get`, `ls`, `related`, `context`: what is asked and what is said."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from revo_edge.contract import recall
from revo_edge.contract.params import Params
from revo_edge.contract.recall import Hit, Item, ItemKind
from revo_edge.contract.requests import Request
from revo_edge.paths import Paths
from tests.unit.cli.runner import revo
from tests.unit.client.small_daemon import SmallDaemon

ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
ITEM = Item(ID, 1, "default", ItemKind.NOTE, "the text", 1.0, 1.0)
FOUND = recall.SearchReply((Hit(ITEM, 1.0, "the text", ((4, 8),)),), 1, 2.0)


@pytest.fixture
def daemon(home: Paths) -> Iterator[SmallDaemon]:
    with SmallDaemon(home) as daemon:
        yield daemon


def keep(daemon: SmallDaemon, method: str, reply: msgspec.Struct) -> list[Any]:
    asked: list[Any] = []

    def answer(_request: Request, params: Params) -> msgspec.Struct:
        asked.append(params)
        return reply

    daemon.answers[method] = answer
    return asked


def test_a_search_sends_its_words_as_one_query(daemon: SmallDaemon) -> None:
    asked = keep(daemon, "recall.search", FOUND)
    done = revo("recall", "search", "where", "is", "it", "-k", "3", "-n", "a", "--explain")
    assert done.exit_code == 0, done.output
    assert "1 hit in 2.0 ms." in done.output
    assert (asked[0].query, asked[0].k, asked[0].explain) == ("where is it", 3, True)
    assert asked[0].filter.namespaces == ("a",)
    assert revo("recall", "search", "x", "-q").output == f"{ID}\n"
    assert '"score": 1.0' in revo("recall", "search", "x", "--json").output


def test_nothing_found_says_where_to_look(daemon: SmallDaemon) -> None:
    keep(daemon, "recall.search", recall.SearchReply((), 1, 2.0))
    assert "revo recall stats" in revo("recall", "search", "x").output
    keep(daemon, "recall.list", recall.ListReply((), 0))
    assert "revo recall put" in revo("recall", "ls").output


def test_history_shows_all_versions_and_takes_no_other_choice(daemon: SmallDaemon) -> None:
    new = msgspec.structs.replace(ITEM, version=2, text="the newer text")
    asked = keep(daemon, "recall.get", recall.GetReply((new, ITEM)))
    done = revo("recall", "get", ID, "--history")
    assert done.output.index("the newer text") < done.output.index("the text")
    assert asked[0].history
    assert revo("recall", "get", ID, "--history", "--version", "1").exit_code == 2


def test_a_list_says_what_it_leaves_out(daemon: SmallDaemon) -> None:
    asked = keep(daemon, "recall.list", recall.ListReply((ITEM,), 1_234, cursor=5))
    assert "1,233 more" in revo("recall", "ls", "--oldest", "--limit", "1").output
    assert (asked[0].order, asked[0].limit) == ("oldest", 1)


def test_a_context_is_data_and_its_size_a_message(daemon: SmallDaemon) -> None:
    citation = recall.Citation(1, ID, 1)
    asked = keep(daemon, "recall.context", recall.ContextReply("[1]\nthe text", (citation,), 5))
    done = revo("recall", "context", "a", "question", "--budget", "99")
    assert done.stdout == "[1]\nthe text\n"
    assert "about 5 tokens" in done.stderr
    assert (asked[0].query, asked[0].budget_tokens) == ("a question", 99)


def test_related_and_stats_answer(daemon: SmallDaemon) -> None:
    keep(daemon, "recall.related", FOUND)
    assert "the text" in revo("recall", "related", ID).output
    keep(daemon, "recall.stats", recall.StatsReply(1, 1, (), 0.0, 10, 1))
    assert revo("recall", "stats").exit_code == 0

import pytest

from revo_edge.contract.recall import Filter, ItemKind, Source
from revo_edge.engines.recall import filters
from revo_edge.errors import BadRequest, NotFound
from tests.unit.engines.recall.memory import Memory


@pytest.fixture
def items(memory: Memory) -> Memory:
    memory.put("plain word", at=100.0)
    memory.put("tagged word", tags=("a", "b"), at=200.0)
    memory.put("field word", metadata={"lang": "py", "deep": {"n": 1, "ok": True, "no": None}})
    memory.put("code word", kind=ItemKind.CODE, source=Source(path="/src/app/main.py"))
    memory.put("turn word", kind=ItemKind.CONVERSATION, source=Source(session="s1", turn=1))
    memory.put("other word", namespace="other", source=Source(path="/src/application.py"))
    return memory


@pytest.mark.parametrize(
    ("wanted", "first_words"),
    [
        (Filter(), {"plain", "tagged", "field", "code", "turn", "other"}),
        (Filter(namespaces=("other",)), {"other"}),
        (Filter(namespaces=("other", "default"), kinds=(ItemKind.CODE,)), {"code"}),
        (Filter(tags=("a",)), {"tagged"}),
        (Filter(tags=("a", "b")), {"tagged"}),
        (Filter(tags=("a", "c")), set()),
        (Filter(metadata={"lang": "py"}), {"field"}),
        (Filter(metadata={"deep.n": 1.0}), {"field"}),
        (Filter(metadata={"deep.n": True}), set()),
        (Filter(metadata={"deep.ok": True}), {"field"}),
        (Filter(metadata={"deep.ok": 1}), set()),
        (Filter(metadata={"deep.no": None}), {"field"}),
        (Filter(metadata={"missing": None}), set()),
        (Filter(metadata={"lang": "py' OR 1=1 --"}), set()),
        (Filter(metadata={"' OR 1=1 --": "x"}), set()),
        (Filter(tags=("a",), metadata={"lang": "py"}), set()),
        (Filter(since=100.0, until=200.0), {"plain", "tagged"}),
        (Filter(since=150.0, until=250.0), {"tagged"}),
        (Filter(since=500_000.0), {"field", "code", "turn", "other"}),
        (Filter(path="/src/app"), {"code"}),
        (Filter(path="/src/app/"), {"code"}),
        (Filter(path="/src/app/main.py"), {"code"}),
        (Filter(path="/src"), {"code", "other"}),
        (Filter(path="/src/ap"), set()),
        (Filter(session="s1"), {"turn"}),
        (Filter(as_of=150.0), {"plain"}),
    ],
)
def test_a_filter_means_the_same_to_list_and_search(
    items: Memory, wanted: Filter, first_words: set[str]
) -> None:
    assert {item.text.split()[0] for item in items.list(wanted).items} == first_words
    assert {text.split()[0] for text in items.texts("word", wanted)} == first_words
    assert items.list(wanted).total == len(first_words)


def test_an_unknown_namespace_may_be_meant_otherwise(items: Memory) -> None:
    with pytest.raises(NotFound, match='Did you mean "other"'):
        items.list(Filter(namespaces=("othr",)))
    with pytest.raises(NotFound, match="Nothing was stored"):
        items.search("word", Filter(namespaces=("zzz",)))


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(kinds=(ItemKind.UNKNOWN,)),
        Filter(since=float("nan")),
        Filter(as_of=float("inf")),
        Filter(path="\ud800"),
        Filter(metadata={"\ud800": 1}),
        Filter(metadata={"x": "\ud800"}),
        Filter(metadata={"x": float("nan")}),
        Filter(namespaces=("\ud800",)),
        Filter(session="\ud800"),
        Filter(tags=("\ud800",)),
    ],
)
def test_a_value_that_cannot_be_is_refused(items: Memory, wanted: Filter) -> None:
    with pytest.raises(BadRequest):
        items.list(wanted)


def test_a_condition_knows_whether_the_words_say_it_themselves(items: Memory) -> None:
    db = items.writer._db
    assert filters.where(db, Filter(namespaces=("other",), kinds=(ItemKind.NOTE,))).plain
    assert not filters.where(db, Filter(tags=("a",))).plain
    assert not filters.where(db, Filter(as_of=1.0)).plain


def test_a_long_value_is_found_by_all_of_it(memory: Memory) -> None:
    long = "x" * 5_000
    memory.put("long value", metadata={"f": long})
    assert memory.list(Filter(metadata={"f": long})).total == 1
    assert memory.list(Filter(metadata={"f": long + "x"})).total == 0

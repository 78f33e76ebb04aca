"""Searches that are shown in a report are searches that work."""

from typing import Any

import pytest

from revo_edge.contract.recall import Filter
from revo_edge.contract.tasks import ErrorInfo
from revo_edge.engines.base import ItemFailed
from revo_edge.engines.parallel.measure import FileReport, Measured
from revo_edge.engines.parallel.python_metrics import FunctionReport
from revo_edge.engines.parallel.remembering import (
    EXAMPLES,
    Example,
    Remembered,
    command,
    place,
    remember,
    verdict,
)
from revo_edge.errors import Unavailable


class Ctx:
    """A context whose memory holds the files that it is told."""

    def __init__(self, known: set[str], failure: Exception | None = None) -> None:
        self.known, self.failure = known, failure
        self.asked: list[str] = []

    def progress(self, done: int, total: int, *, failed: int = 0, note: str = "") -> None:
        """Take note of nothing."""

    def check_cancelled(self) -> None:
        """Go on."""

    def map(self, kind: str, params: list[Any]) -> list[Any]:
        assert kind == "recall.ingest"
        assert [one.path for one in params] == ["/tree"]
        return [None]

    def value(self, _result: Any, _kind: Any) -> Any:
        if self.failure is not None:
            raise self.failure
        return {"namespace": "tree", "stored": 3, "kept": 4}

    def call(self, method: str, params: Any) -> Any:
        if method == "recall.list":
            assert params.filter == Filter(namespaces=("tree",), path="/tree")
            return {"items": [], "total": 7}
        assert method == "recall.search"
        assert params.filter.namespaces == ("tree",)
        self.asked.append(params.query)
        file = params.query.split()[0]
        hits = [{"item": hit(f"/tree/src/{file}.py"), "score": 1.0}] if file in self.known else []
        return {"hits": hits, "generation": 1, "took_ms": 1.0}


def hit(path: str) -> dict[str, Any]:
    source = {"path": path, "first_line": 7}
    known = {"id": "1", "version": 1, "namespace": "tree", "kind": "code", "text": "x"}
    return {**known, "created_at": 1.0, "valid_from": 1.0, "source": source}


def file(name: str, function: str) -> FileReport:
    found = FunctionReport(function, 1, 2, 2, 1, 0, 0, counted_in_outer=False)
    return FileReport(f"src/{name}.py", "Python", 10, 2, functions=[found])


def test_only_searches_that_find_their_file_are_kept() -> None:
    files = [file(name, f"Some.{name}_config_file") for name in ("read", "write", "drop")]
    ctx: Any = Ctx({"read", "drop"})
    found = remember("/tree", [Measured(files, [])], ctx)
    assert (found.namespace, found.items) == ("tree", 7)
    assert sorted((example.query, example.path, example.line) for example in found.examples) == [
        ("drop config file", "src/drop.py", 7),
        ("read config file", "src/read.py", 7),
    ]
    assert "write config file" in ctx.asked


def test_there_are_five_and_no_test_is_among_them() -> None:
    names = [f"name{letter}" for letter in "abcdefghij"]
    files = [file(name, f"{name}_of_the_thing") for name in names]
    files.append(FileReport("tests/test_x.py", "Python", 1, 1, functions=files[0].functions))
    ctx: Any = Ctx({"name"})
    ctx.known = {"namea", "name"}
    found = remember("/tree", [Measured(files, [])], ctx)
    assert len(found.examples) <= EXAMPLES
    assert not any("test" in query for query in ctx.asked)


@pytest.mark.parametrize(
    "failure",
    [ItemFailed(ErrorInfo("user_error", "No memory today.")), Unavailable("No memory today.")],
)
def test_a_memory_that_does_not_answer_costs_the_examples_only(failure: Exception) -> None:
    ctx: Any = Ctx(set(), failure)
    found = remember("/tree", [], ctx)
    assert found == Remembered("No memory today.")
    assert verdict(found) == "The tree is not searchable: No memory today."


def test_an_example_is_a_command_and_a_place() -> None:
    example = Example("read config file", "src/a.py", 7)
    assert command(example, "my tree") == "revo recall search read config file -n 'my tree'"
    assert place(example) == "src/a.py:7"
    assert place(Example("x", "src/a.py")) == "src/a.py"
    assert "can be searched" in verdict(Remembered("", "t", 5, [example]))
    assert verdict(Remembered("", "t", 5)).endswith("in t.")

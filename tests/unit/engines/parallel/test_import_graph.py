"""The import graph: the same edges and cycles as grimp, with the lines to cut."""

import importlib.util
from pathlib import Path

import grimp
import pytest

from revo_edge.engines.files.tree import walk
from revo_edge.engines.parallel.import_graph import (
    Cycle,
    ImportGraph,
    find_import_graph,
    kind_text,
    packages_above,
    round_text,
    verdict,
)
from revo_edge.engines.parallel.imports import Modules
from revo_edge.engines.parallel.measure import FileReport, measure_files


def measured(root: Path) -> list[FileReport]:
    return measure_files(str(root), [path for path, _ in walk(str(root)).files]).files


def graph_of(root: Path, **files: str) -> ImportGraph:
    for name, text in files.items():
        file = root / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return find_import_graph(measured(root), packages_above(root))


def steps(cycle: Cycle) -> list[list[tuple[str, int, str]]]:
    return [[(step.path, step.line, step.when) for step in chain] for chain in cycle.chains]


def components(graph: grimp.ImportGraph) -> set[frozenset[str]]:
    """Return the cycles by what a component means: each is downstream of the other."""
    below = {module: graph.find_upstream_modules(module) for module in graph.modules}
    mutual = (
        frozenset({module} | {other for other in below[module] if module in below[other]})
        for module in graph.modules
    )
    return {component for component in mutual if len(component) > 1}


@pytest.mark.parametrize("package", ["click", "hypothesis"])
def test_edges_and_cycles_are_those_of_grimp(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    files = measured(root)
    modules = Modules([file.path for file in files], f"{package}/")
    imports = {file.path: file.imports for file in files}
    ours = {
        (modules.name(number), modules.name(target))
        for number, path in enumerate(modules.paths)
        for target in modules.edges(number, imports[path])
    }
    theirs = grimp.build_graph(package, cache_dir=None)
    assert ours == {
        (module, imported)
        for module in theirs.modules
        for imported in theirs.find_modules_directly_imported_by(module)
    }
    found = find_import_graph(files, packages_above(root))
    assert found.cycles
    assert {frozenset(cycle.modules) for cycle in found.cycles} == components(theirs)
    for step in (step for cycle in found.cycles for chain in cycle.chains for step in chain):
        details = theirs.get_import_details(importer=step.module, imported=step.imported)
        assert step.line in {detail["line_number"] for detail in details}


def test_a_cycle_names_the_lines_that_close_it(tmp_path: Path) -> None:
    found = graph_of(
        tmp_path,
        p____init__="",
        p__a="import os\nfrom p import b",
        p__b="\n\nimport p.c",
        p__c="from . import a, d",
        p__d="",
    )
    (cycle,) = found.cycles
    assert (cycle.size, cycle.kind, cycle.import_time) == (3, "import", 1)
    assert cycle.modules == ["p.a", "p.b", "p.c"]
    assert steps(cycle) == [
        [("p/a.py", 2, "import"), ("p/b.py", 3, "import"), ("p/c.py", 1, "import")]
    ]
    assert round_text(cycle.chains[0]) == "p.a -> p.b -> p.c -> p.a"
    assert verdict(found) == "1 cycle holds 3 of 5 modules. At import time alone there is 1."


def test_a_cycle_is_as_early_as_its_imports_let_it_be(tmp_path: Path) -> None:
    found = graph_of(
        tmp_path,
        a="import b",
        b="def f():\n    import a",
        c="import d",
        d="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import c",
        e="import f",
        f="import e",
    )
    assert [(cycle.kind, cycle.modules) for cycle in found.cycles] == [
        ("import", ["e", "f"]),
        ("deferred", ["a", "b"]),
        ("typing", ["c", "d"]),
    ]
    assert (found.cycles_found, found.import_time_cycles) == (3, 1)
    assert (found.edges, found.deferred, found.typing) == (6, 1, 1)
    assert steps(found.cycles[1]) == [[("a.py", 1, "import"), ("b.py", 2, "deferred")]]
    assert "deferred" not in kind_text("deferred")


def test_cycles_at_import_time_are_found_inside_a_larger_one(tmp_path: Path) -> None:
    found = graph_of(
        tmp_path,
        a="import b",
        b="import a\ndef f():\n    import c",
        c="import d",
        d="import c\ndef f():\n    import a",
    )
    (cycle,) = found.cycles
    assert (cycle.size, cycle.kind, cycle.import_time) == (4, "import", 2)
    assert [round_text(chain) for chain in cycle.chains] == ["a -> b -> a", "c -> d -> c"]


def test_layers_stand_on_what_they_import(tmp_path: Path) -> None:
    found = graph_of(tmp_path, low="", mid="import low", top="import mid, low", alone="")
    assert [(layer.level, layer.modules) for layer in found.layers] == [
        (0, ["alone", "low"]),
        (1, ["mid"]),
        (2, ["top"]),
    ]
    first = found.most_imported[0]
    assert (first.module, first.imported_by, first.imports) == ("low", 2, 0)
    assert verdict(found) == "None of the 4 modules imports itself by way of others."


def test_a_file_that_does_not_parse_is_a_module_without_imports(tmp_path: Path) -> None:
    found = graph_of(tmp_path, a="import b", b="import a\ndef (")
    assert (found.modules, found.edges, found.cycles) == (2, 1, [])


def test_an_empty_tree_has_no_modules(tmp_path: Path) -> None:
    assert find_import_graph(measured(tmp_path)) == ImportGraph()


def test_the_packages_around_a_root_are_found_on_disk(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    assert packages_above(inner) == ""
    for folder in (inner, inner.parent):
        (folder / "__init__.py").touch()
    assert packages_above(inner) == "outer/inner/"

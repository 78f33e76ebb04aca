"""Imports: read from statements, and meant as Python would mean them."""

import ast
from textwrap import dedent

import pytest

from revo_edge.engines.parallel.imports import Import, Modules, read_import, when_of_branch
from revo_edge.engines.parallel.python_metrics import Module, measure_source


def imports(source: str) -> list[Import]:
    found = measure_source(dedent(source))
    assert isinstance(found, Module), found
    return found.imports


def edges(tree: dict[str, str], above: str = "") -> set[tuple[str, str]]:
    """Return (importer, imported) by name."""
    modules = Modules(tree, above)
    return {
        (modules.name(number), modules.name(target))
        for number, path in enumerate(modules.paths)
        for target in modules.edges(number, imports(tree[path]))
    }


def test_each_form_is_read_with_its_line() -> None:
    source = """\
        from __future__ import annotations
        import a.b as c, d
        from .. import e
        from .f import (g,
            h)
        from i import *
    """
    assert imports(source) == [
        Import(2, "a.b"),
        Import(2, "d"),
        Import(3, "", ["e"], 2),
        Import(4, "f", ["g", "h"], 1),
        Import(6, "i", ["*"]),
    ]


def test_what_runs_later_is_told_apart() -> None:
    source = """\
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            import a
        else:
            import b
        if typing.TYPE_CHECKING:
            def f():
                import c
        class D:
            import d
            def m(self):
                try:
                    import e
                finally:
                    pass
        if __name__ == "__main__":
            import g
        try:
            import h
        except ImportError:
            import i
        async def later():
            if TYPE_CHECKING:
                import j
    """
    when = {one.module: one.when for one in imports(source)}
    assert {name for name in when if when[name] == "typing"} == {"a", "c", "j"}
    assert {name for name in when if when[name] == "deferred"} == {"e", "g"}
    assert {name for name in when if when[name] == "import"} == {"typing", "b", "d", "h", "i"}


def test_a_branch_runs_when_what_is_around_it_does() -> None:
    def test(text: str) -> ast.expr:
        return ast.parse(text, mode="eval").body

    assert when_of_branch(test("x > 1"), "deferred") == "deferred"
    assert when_of_branch(test("TYPE_CHECKING"), "import") == "typing"
    assert when_of_branch(test("t.TYPE_CHECKING"), "deferred") == "typing"
    assert when_of_branch(test("__name__ == '__main__'"), "typing") == "typing"


def test_a_source_that_does_not_parse_imports_nothing() -> None:
    assert not isinstance(measure_source("import a\ndef ("), Module)


def test_the_future_is_no_module() -> None:
    (statement,) = ast.parse("from __future__ import annotations").body
    assert isinstance(statement, ast.ImportFrom)
    assert list(read_import(statement, "import")) == []


def test_absolute_names_mean_the_deepest_module() -> None:
    tree = {
        "p/__init__.py": "",
        "p/a.py": "import p.b\nimport p.sub.c\nimport p.b.attribute",
        "p/b.py": "from p import a, attribute",
        "p/sub/__init__.py": "from p.sub.c import function",
        "p/sub/c.py": "import p.nothing.at_all\nimport p.sub.c",
        "main.py": "import p.sub as s, os\nfrom p.sub import c",
    }
    assert edges(tree) == {
        ("p.a", "p.b"),
        ("p.a", "p.sub.c"),
        ("p.b", "p.a"),
        ("p.b", "p"),
        ("p.sub", "p.sub.c"),
        ("main", "p.sub"),
        ("main", "p.sub.c"),
    }


def test_relative_names_go_by_folder() -> None:
    tree = {
        "p/__init__.py": "from . import a\nfrom .sub import c",
        "p/a.py": "from . import attribute\nfrom .sub.c import x",
        "p/sub/__init__.py": "from .. import a",
        "p/sub/c.py": "from ..a import *\nfrom ... import beyond\nfrom ....... import far",
        "ns/x.py": "from . import y",
        "ns/y.py": "from .x import z",
    }
    assert edges(tree) == {
        ("p", "p.a"),
        ("p", "p.sub.c"),
        ("p.a", "p"),
        ("p.a", "p.sub.c"),
        ("p.sub", "p.a"),
        ("p.sub.c", "p.a"),
        ("ns.x", "ns.y"),
        ("ns.y", "ns.x"),
    }


def test_a_star_means_the_module_that_it_is_of() -> None:
    tree = {"p/__init__.py": "from .a import *\nfrom . import *", "p/a.py": "from p import *"}
    assert edges(tree) == {("p", "p.a"), ("p.a", "p")}


def test_a_package_in_a_source_folder_is_found_from_everywhere() -> None:
    tree = {
        "src/p/__init__.py": "",
        "src/p/a.py": "",
        "src/single.py": "",
        "tests/unit/test_a.py": "from p import a\nimport single\nimport helper, other",
        "tests/unit/helper.py": "",
        "tools/other.py": "",
    }
    assert edges(tree) == {
        ("tests.unit.test_a", "p.a"),
        ("tests.unit.test_a", "single"),
        ("tests.unit.test_a", "tests.unit.helper"),
    }


def test_folders_without_init_are_packages_too() -> None:
    tree = {
        "ns/one/a.py": "import ns.two.b\nfrom ns.two import b",
        "ns/two/b.py": "import one.a",
        "src/far/__init__.py": "",
        "src/space/deep/c.py": "",
        "app.py": "import space.deep.c, src.far",
    }
    assert edges(tree) == {
        ("ns.one.a", "ns.two.b"),
        ("ns.two.b", "ns.one.a"),
        ("app", "space.deep.c"),
        ("app", "far"),
    }


def test_the_nearest_of_two_is_meant() -> None:
    tree = {
        "one/q/__init__.py": "",
        "one/use.py": "import q",
        "two/q/__init__.py": "",
        "two/use.py": "import q",
    }
    modules = Modules(tree)
    found = {
        modules.paths[n]: [modules.paths[t] for t in modules.edges(n, imports(tree[path]))]
        for n, path in enumerate(modules.paths)
    }
    assert found["one/use.py"] == ["one/q/__init__.py"]
    assert found["two/use.py"] == ["two/q/__init__.py"]


def test_a_name_of_the_standard_library_is_the_trees_only_at_its_top() -> None:
    tree = {
        "cloud/logging.py": "import logging, json",
        "cloud/use.py": "import logging\nfrom . import logging as ours",
        "json.py": "",
    }
    assert edges(tree) == {("cloud.logging", "json"), ("cloud.use", "cloud.logging")}


def test_a_root_that_is_a_package_has_names_from_above() -> None:
    tree = {"__init__.py": "", "a.py": "from outer.inner import b", "b.py": "from . import a"}
    assert edges(tree, "outer/inner/") == {
        ("outer.inner.a", "outer.inner.b"),
        ("outer.inner.b", "outer.inner.a"),
    }


def test_a_package_hides_a_module_of_its_name_and_stubs_are_none() -> None:
    tree = {"p.py": "import use", "p/__init__.py": "", "use.py": "import p", "use.pyi": "import p"}
    modules = Modules(tree)
    number = modules.paths.index("use.py")
    (target,) = modules.edges(number, imports(tree["use.py"]))
    assert modules.paths[target] == "p/__init__.py"
    assert "use.pyi" not in modules.paths


@pytest.mark.parametrize("first", ["def f():\n    import b\nimport b", "import b\nimport b"])
def test_an_edge_is_where_the_module_is_imported_first(first: str) -> None:
    tree = {"a.py": first, "b.py": ""}
    (edge,) = Modules(tree).edges(0, imports(first)).values()
    assert (edge.when, edge.line) == (0, 3 if "def" in first else 1)

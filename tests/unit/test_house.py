"""The rules of the house, checked on the source itself."""

import ast
import importlib
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import revo_edge
from tests.harness import REPOSITORY

PRODUCT = REPOSITORY / "revo_edge"
DESKTOP = REPOSITORY / "gui" / "revo_gui"
TESTS = REPOSITORY / "tests"
Function = ast.FunctionDef | ast.AsyncFunctionDef

WIRING = "joins threads, sockets and processes: every test of tests/ipc and tests/fault runs it"
DECLARATIONS = "declares and computes nothing"
TESTED_ELSEWHERE = {
    "__main__": "a dispatcher: tests/ipc runs it as a process",
    "_version": "one constant",
    "embed/base": DECLARATIONS,
    "engines/base": DECLARATIONS,
    "contract/recall_writes": "tests/unit/engines/recall/test_replacing sends each to the writer",
    "daemon/__main__": "every test that runs a daemon starts it",
    "daemon/admin_methods": WIRING,
    "daemon/app": WIRING,
    "daemon/group_methods": WIRING,
    "daemon/chores": WIRING,
    "daemon/lanes": WIRING,
    "daemon/loop": WIRING,
    "daemon/metric_methods": WIRING,
    "daemon/mutations": "tests/ipc/test_keys repeats, mixes and restarts its requests",
    "daemon/restore": WIRING,
    "daemon/sampler": WIRING,
    "daemon/shell": WIRING,
    "daemon/stream_methods": WIRING,
    "daemon/task_methods": WIRING,
    "daemon/upkeep": WIRING,
    "daemon/workers": WIRING,
}
"""Modules with code but no unit test of their own name, and why."""

BORDERS = {
    "embed/onnx.py": "around libraries that raise plain Exception for a file they cannot read",
    "pool/worker_main.py": "around an engine",
    "pool/lane_main.py": "around an engine's answer to a call",
    "engines/declared.py": "around the import of an engine's declaration",
    "pool/fork_server.py": "the last frame of a forked process",
    "pool/runner.py": "around the user's function, in the user's process",
    "engines/parallel/suite_child.py": "around a fixture of the user's, in the user's process",
    "daemon/asks.py": "around one request",
    "daemon/loop.py": "around one event of the loop, often the second half of a request",
    "daemon/background.py": "hands what a job raised to the loop",
}
"""The only files that may catch every exception."""


def sources(folder: Path = PRODUCT) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def name_of(file: Path) -> str:
    return str(file.relative_to(REPOSITORY))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def nodes(*kinds: type[ast.AST], folder: Path = PRODUCT) -> Iterator[tuple[Path, ast.AST]]:
    for file in sources(folder):
        yield from ((file, node) for node in ast.walk(tree(file)) if isinstance(node, kinds))


def functions(folder: Path = PRODUCT) -> Iterator[tuple[str, Function]]:
    for file, node in nodes(ast.FunctionDef, ast.AsyncFunctionDef, folder=folder):
        assert isinstance(node, Function)
        yield f"{name_of(file)}:{node.lineno} {node.name}", node


def lines(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("folder", [PRODUCT, DESKTOP, TESTS])
def test_no_function_is_over_60_lines(folder: Path) -> None:
    assert [name for name, node in functions(folder) if lines(node) > 60] == []


@pytest.mark.parametrize("folder", [PRODUCT, DESKTOP])
def test_most_functions_are_short(folder: Path) -> None:
    lengths = sorted(lines(node) for _, node in functions(folder))
    assert statistics.median(lengths) <= 10
    assert lengths[int(len(lengths) * 0.95)] <= 40


@pytest.mark.parametrize(("folder", "limit"), [(PRODUCT, 600), (DESKTOP, 400), (TESTS, 600)])
def test_no_file_is_too_long(folder: Path, limit: int) -> None:
    sizes = {name_of(file): len(file.read_text().splitlines()) for file in sources(folder)}
    assert {name: size for name, size in sizes.items() if size > limit} == {}


@pytest.mark.parametrize("folder", [PRODUCT, DESKTOP, TESTS])
def test_every_parameter_and_result_is_annotated(folder: Path) -> None:
    bare = []
    for name, node in functions(folder):
        known = node.args
        given = [*known.posonlyargs, *known.args, *known.kwonlyargs, known.vararg, known.kwarg]
        missing = [a.arg for a in given if a and not a.annotation and a.arg not in ("self", "cls")]
        if missing or node.returns is None:
            bare.append(f"{name}({', '.join(missing)})")
    assert bare == []


def has_code(file: Path) -> bool:
    return any(not is_docstring(statement) for statement in tree(file).body)


def is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_unit_tests_mirror_the_product_one_to_one() -> None:
    modules = {
        file.relative_to(PRODUCT).with_suffix("")
        for file in sources()
        if file.name != "__init__.py" and has_code(file)
    }
    tested = {
        file.relative_to(TESTS / "unit").with_name(file.stem.removeprefix("test_"))
        for file in (TESTS / "unit").rglob("test_*.py")
    }
    assert sorted(map(str, modules - tested - set(map(Path, TESTED_ELSEWHERE)))) == []
    assert set(map(Path, TESTED_ELSEWHERE)) <= modules - tested, "an exception that is none"
    assert sorted(map(str, tested - modules - {Path("house"), Path("docs")})) == []


def test_the_public_names_are_exactly_these() -> None:
    assert revo_edge.__all__ == ["Client", "RevoError", "TaskSpec", "__version__"]
    assert all(getattr(revo_edge, name) is not None for name in revo_edge.__all__)
    with pytest.raises(AttributeError):
        revo_edge.Klient  # noqa: B018 - reading it is the test


def bare_suppressions(file: Path) -> Iterator[str]:
    """Yield the lines that silence a check without a reason behind it."""
    silence = re.compile(r"# (?:noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\])")
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if silence.search(line) and len(silence.split(line)[-1].strip(" -#")) < len("Qt's"):
            yield f"{name_of(file)}:{number}"


def test_a_silenced_check_says_why() -> None:
    assert [found for file in sources(DESKTOP) for found in bare_suppressions(file)] == []


def catches_everything(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException"))
        for kind in kinds
    )


def test_every_exception_is_caught_at_the_borders_only() -> None:
    broad = {
        str(file.relative_to(PRODUCT))
        for file, node in nodes(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler)
        and catches_everything(node)
        and not isinstance(node.body[-1], ast.Raise)  # it tidies up and lets the error pass
    }
    assert sorted(broad - set(BORDERS)) == []


NOT_FOR_STRANGERS = re.compile(
    r"/work[/]|/opt/pypi[/]|brief[.]md|DESIGN[ .]|(?<!libzmq )issue #?[0-9]"
)


def shipped() -> list[Path]:
    kept = ("revo_edge", "gui", "packaging", "docs", "tests", ".ci")
    kinds = ("*.py", "*.md", "*.sh", "*.txt", "*.toml", "run")
    inside = [file for name in kept for kind in kinds for file in (REPOSITORY / name).rglob(kind)]
    return [*inside, *REPOSITORY.glob("*.md"), REPOSITORY / "pyproject.toml"]


def test_nothing_speaks_of_the_place_where_it_was_written() -> None:
    assert [name_of(f) for f in shipped() if NOT_FOR_STRANGERS.search(f.read_text())] == []


@pytest.mark.parametrize("file", [*(REPOSITORY / "docs").rglob("*.md"), *REPOSITORY.glob("*.md")])
def test_every_path_and_link_in_the_docs_exists(file: Path) -> None:
    text = file.read_text()
    paths = re.findall(r"`((?:revo_edge|gui|tests|docs|packaging)/[^` ]*)`", text)
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    gone = [path for path in paths if not list(REPOSITORY.glob(path.rstrip("/")))]
    assert gone + [link for link in links if not (file.parent / link).exists()] == []


@pytest.mark.parametrize("folder", [PRODUCT, DESKTOP])
def test_no_class_is_named_after_nothing(folder: Path) -> None:
    vague = re.compile(r"(Job|Manager|Handler|Helper|Util|Broker|Data)s?$")
    found = nodes(ast.ClassDef, folder=folder)
    names = [node.name for _, node in found if isinstance(node, ast.ClassDef)]
    assert [name for name in names if vague.search(name)] == []
    nothing = ("utils", "common", "misc", "helpers")
    assert [name_of(file) for file in sources(folder) if file.stem in nothing] == []


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_a_model_is_pure_or_qt_without_widgets() -> None:
    found = {
        f"{name_of(file)} imports {name}"
        for file in sources(DESKTOP / "models")
        for name in imported(file)
        if name.startswith(("PySide6.QtWidgets", "revo_gui.views"))
    }
    assert sorted(found) == []


def test_core_decides_and_does_nothing() -> None:
    outside = {"asyncio", "multiprocessing", "os", "pathlib", "psutil", "signal", "socket"}
    outside |= {"sqlite3", "subprocess", "threading", "time", "zmq"}
    found = {
        f"{name_of(file)} imports {name}"
        for file in sources(PRODUCT / "core")
        for name in imported(file)
        if name.partition(".")[0] in outside
    }
    assert sorted(found) == []


def sleeps(call: ast.AST) -> bool:
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func) == "time.sleep"
    )


def test_tests_wait_for_conditions_and_never_sleep() -> None:
    found = {name_of(file) for file, node in nodes(ast.Call, folder=TESTS) if sleeps(node)}
    # a probe that sleeps is what a test runs, not how it waits
    assert sorted(found - {"tests/harness.py", "tests/engines/probe.py"}) == []


def modules_after(statement: str) -> set[str]:
    """Return what is in sys.modules of a fresh interpreter after the statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    return set(result.stdout.split())


def test_importing_the_package_imports_nothing_else() -> None:
    loaded = modules_after("import revo_edge")
    assert {name for name in loaded if name.startswith("revo_edge")} == {
        "revo_edge",
        "revo_edge._version",
    }


HEAVY = {"numpy", "onnxruntime", "PySide6", "pyqtgraph", "asyncio"}


def test_the_daemon_starts_without_engine_code_and_heavy_packages() -> None:
    loaded = modules_after("import revo_edge.daemon.app")
    engines = {name for name in loaded if re.match(r"revo_edge\.engines\.\w+\.(?!params$)", name)}
    assert engines == set()
    assert loaded & HEAVY == set()


def test_a_client_imports_no_daemon_no_pool_and_no_engine() -> None:
    loaded = modules_after("import revo_edge; revo_edge.Client")
    beyond = re.compile(r"revo_edge\.(daemon|pool|core|engines|store)\b")
    assert {name for name in loaded if beyond.match(name)} == set()
    assert loaded & HEAVY == set()


def test_each_engine_package_is_empty() -> None:
    for file in (PRODUCT / "engines").rglob("__init__.py"):
        importlib.import_module(".".join(file.parent.relative_to(REPOSITORY).parts))
        assert not has_code(file), f"{name_of(file)} would pull an engine into the daemon"

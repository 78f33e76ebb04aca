"""Import statements of Python modules, and which module of the tree each of them means.

A name is looked for as Python would with the folders on its path that people put there: first the
folder that the importing module's own name begins at and those above it, then every folder that
holds a regular package (`__init__.py`), and every `src`. A name of the standard library is one of
the tree only when it stands at its top. Relative imports go by folder. `from a import b` means the
module `a.b` if there is one, else `a`.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

When = Literal["import", "deferred", "typing"]
WHENS: tuple[When, ...] = ("import", "deferred", "typing")
"""When an import happens: with its module; in a function or only in a script; for type checkers."""


class Import(msgspec.Struct, frozen=True, omit_defaults=True):
    """One `import module` (no names), or one `from module import names` with its leading dots."""

    line: int
    module: str = ""
    names: list[str] = []
    level: int = 0
    when: When = "import"


class Edge(msgspec.Struct, frozen=True, order=True):
    """That a module imports another: the earliest of `WHENS` at which it does, and where."""

    when: int
    line: int


def read_import(node: ast.Import | ast.ImportFrom, when: When) -> Iterator[Import]:
    """Yield what a statement imports, but for `__future__`."""
    if isinstance(node, ast.Import):
        yield from (Import(node.lineno, alias.name, when=when) for alias in node.names)
    elif node.module != "__future__":
        names = [alias.name for alias in node.names]
        yield Import(node.lineno, node.module or "", names, node.level, when)


def when_of_branch(test: ast.expr, when: When) -> When:
    """Return when the body of an `if` runs: type checkers only, a script only, or as around it."""
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    if name == "TYPE_CHECKING":
        return "typing"
    is_script = isinstance(test, ast.Compare) and getattr(test.left, "id", "") == "__name__"
    return "deferred" if is_script and when == "import" else when


class Modules:
    """The modules of a tree, numbered by path; `above` are the packages around the tree's root.

    Only `.py` files are modules. `above` ends with a slash unless it is empty: `a/b/` when the root
    is the package `a.b`.
    """

    def __init__(self, paths: Iterable[str], above: str = "") -> None:
        self.paths = sorted(path for path in paths if path.endswith(".py"))
        self._places = [_place(above + path) for path in self.paths]
        self._at: dict[str, int] = {}
        for number, (path, place) in enumerate(zip(self.paths, self._places, strict=True)):
            if place not in self._at or _is_package(path):  # as Python: the package wins
                self._at[place] = number
        self._folders = _folders(above + path for path in self.paths)
        self._packages = {
            _parent(above + path) for path in self.paths if _is_package(path)
        } | _above(above)
        self._bases: dict[str, str] = {}
        self._roots = self._source_roots()
        self._known: dict[tuple[str, int, str, str], int | None] = {}
        self._home = [_parent(above + path) for path in self.paths]

    def name(self, number: int) -> str:
        """Return the name that others import a module by, as far as the tree tells."""
        base = self._base(self._home[number])
        place = self._places[number]
        root = next((folder for folder in _upwards(base) if folder in self._root_folders), "")
        if root:
            place = place.removeprefix(f"{root}/")
        return place.replace("/", ".") or "__init__"

    def edges(self, number: int, imports: Iterable[Import]) -> dict[int, Edge]:
        """Return what a module imports of the tree; itself is left out."""
        found: dict[int, Edge] = {}
        for one in imports:
            edge = Edge(WHENS.index(one.when), one.line)
            for target in self._targets(self._home[number], one):
                if target != number and (target not in found or edge < found[target]):
                    found[target] = edge
        return found

    def _targets(self, home: str, one: Import) -> Iterator[int]:
        home = home if one.level else self._base(home)  # an absolute name means one thing below it
        for name in one.names or [""]:
            key = home, one.level, one.module, name
            if key not in self._known:
                parts = [*filter(None, one.module.split(".")), *([name] if name else [])]
                self._known[key] = self._find(self._search(home, one.level, parts), parts)
            target = self._known[key]
            if target is not None:
                yield target

    def _find(self, roots: Iterable[str], parts: Sequence[str]) -> int | None:
        targets = (self._lookup(root, parts) for root in roots)
        return next((target for target in targets if target is not None), None)

    def _search(self, home: str, level: int, parts: Sequence[str]) -> Sequence[str]:
        """Return the folders to look in: those on the path, or the one that the dots lead to."""
        if not level:
            return self._visible(home, parts[0])
        for _ in range(level - 1):
            if not home:
                return ()
            home = _parent(home)
        return (home,)

    def _lookup(self, root: str, parts: Sequence[str]) -> int | None:
        """Find the module of that name, else what holds it (it is then a name inside of that)."""
        found = self._at.get(_join(root, parts))
        return self._at.get(_join(root, parts[:-1])) if found is None else found

    def _visible(self, base: str, top: str) -> list[str]:
        """Return the folders in which names that begin at `base` can mean `top`."""
        if top in sys.stdlib_module_names:
            folders = [""]
        else:
            folders = [*_upwards(base), *self._roots.get(top, ())]
        return [folder for folder in folders if self._has(folder, top)]

    def _has(self, folder: str, top: str) -> bool:
        place = _join(folder, [top])
        return place in self._at or place in self._folders

    def _base(self, folder: str) -> str:
        """Return the folder that absolute names begin at: the first above that is no package."""
        base = self._bases.get(folder)
        if base is None:
            base = folder
            while base in self._packages and base:
                base = _parent(base)
            self._bases[folder] = base
        return base

    def _source_roots(self) -> Mapping[str, list[str]]:
        """Map each name at the top of a folder that people put on the path to those folders."""
        roots = {self._base(package) for package in self._packages}
        roots |= {folder for folder in self._folders if folder.rpartition("/")[2] == "src"}
        self._root_folders = frozenset(roots)
        tops: dict[str, list[str]] = {}
        for place in sorted({*self._at, *self._folders}):
            if _parent(place) in roots:
                tops.setdefault(place.rpartition("/")[2], []).append(_parent(place))
        return tops


def _is_package(path: str) -> bool:
    return path.rpartition("/")[2] == "__init__.py"


def _place(path: str) -> str:
    """Return where a module is: its path without suffix; a package is where its folder is."""
    return _parent(path) if _is_package(path) else path.removesuffix(".py")


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _join(folder: str, parts: Sequence[str]) -> str:
    return "/".join([folder, *parts] if folder else parts)


def _upwards(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = _parent(folder)
    yield ""


def _folders(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        folder = _parent(path)
        while folder and folder not in found:
            found.add(folder)
            folder = _parent(folder)
    return found


def _above(above: str) -> set[str]:
    return {folder for folder in _upwards(above.rstrip("/")) if folder}

"""The import graph of a tree's Python modules: cycles, layers, what most others import.

As for grimp (import-linter), every import statement is an edge, also one in a function or under
`if TYPE_CHECKING:`. A cycle is a strongly connected component of more than one module. Its kind
tells when it closes: `import` (while modules are being imported: what a module finds in the other
then depends on who came first), `deferred` (with imports in functions too), `typing` (only for type
checkers).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from revo_edge.engines.parallel.cycles import Graph, ShortestCycles, levels, strong_components
from revo_edge.engines.parallel.imports import WHENS, Edge, Import, Modules, When

MOST_CYCLES = 200
MOST_CHAINS = 20
"""Chains shown of one cycle."""
MOST_MODULES = 200
"""Modules named of one cycle."""
MOST_DRAWN = 24
"""Of a cycle with more modules the single imports are not listed: nobody could read the graph."""
MOST_LAYERS = 100
LAYER_NAMES = 20
MOST_IMPORTED = 20


class Step(msgspec.Struct, frozen=True):
    """One import of a chain: `module` imports `imported` in that line of its file."""

    module: str
    imported: str
    path: str
    line: int
    when: When


class Link(msgspec.Struct, frozen=True):
    """One import within a cycle: both are positions in its `modules`."""

    importer: int
    imported: int
    when: When


class Cycle(msgspec.Struct, frozen=True):
    """Modules that import each other: `size` of them, the first by name in `modules`.

    Each chain is a shortest way round. A cycle of kind `import` has one for every cycle that its
    imports at import time form by themselves (`import_time` of them); the others have one. `links`
    are all imports within a cycle of up to `MOST_DRAWN` modules.
    """

    size: int
    kind: When
    modules: list[str]
    chains: list[list[Step]]
    import_time: int = 0
    links: list[Link] = []


class Layer(msgspec.Struct, frozen=True):
    """Modules with the same longest way down; level 0 imports nothing of the tree."""

    level: int
    size: int
    modules: list[str]


class Imported(msgspec.Struct, frozen=True):
    """How many modules of the tree import this one, and how many it imports."""

    module: str
    path: str
    imported_by: int
    imports: int


class ImportGraph(msgspec.Struct, frozen=True):
    """What the modules of a tree import of each other; lists are bounded, counts are not.

    `import_time_cycles` are those of imports at import time alone. `deferred` and `typing` count
    the edges that have no earlier import.
    """

    modules: int = 0
    edges: int = 0
    deferred: int = 0
    typing: int = 0
    cycles_found: int = 0
    import_time_cycles: int = 0
    modules_in_cycles: int = 0
    cycles: list[Cycle] = []
    layers_found: int = 0
    layers: list[Layer] = []
    most_imported: list[Imported] = []


class HasImports(Protocol):
    """A measured file."""

    @property
    def path(self) -> str:
        """Return its path below the root."""

    @property
    def imports(self) -> list[Import]:
        """Return its imports."""


def packages_above(root: Path) -> str:
    """Return the packages that the root is in, as `a/b/` with itself last; empty: it is none."""
    names: list[str] = []
    while (root / "__init__.py").is_file() and root.name:
        names.insert(0, root.name)
        root = root.parent
    return "".join(f"{name}/" for name in names)


def find_import_graph(files: Sequence[HasImports], above: str = "") -> ImportGraph:
    """Join the imports of the files to a graph; `above` as for Modules."""
    by_path = {file.path: file.imports for file in files}
    modules = Modules(by_path, above)
    edges = [modules.edges(n, by_path[path]) for n, path in enumerate(modules.paths)]
    components = strong_components(edges)
    cycles = _find_cycles(modules, edges, [c for c in components if len(c) > 1])
    kinds = Counter(edge.when for row in edges for edge in row.values())
    level = levels(edges, components)
    return ImportGraph(
        modules=len(edges),
        edges=kinds.total(),
        deferred=kinds[1],
        typing=kinds[2],
        cycles_found=len(cycles),
        import_time_cycles=sum(cycle.import_time for cycle in cycles),
        modules_in_cycles=sum(cycle.size for cycle in cycles),
        cycles=cycles[:MOST_CYCLES],
        layers_found=len(set(level)),
        layers=_layers(modules, level),
        most_imported=_most_imported(modules, edges),
    )


def _find_cycles(
    modules: Modules, edges: Sequence[Mapping[int, Edge]], components: Sequence[Sequence[int]]
) -> list[Cycle]:
    """Describe components of all edges: those that close first come first, then large ones."""
    within = {node: n for n, component in enumerate(components) for node in component}
    rounds: list[list[list[list[int]]]] = [[[], [], []] for _ in components]
    graphs = [_until(edges, when, within) for when in range(len(WHENS))]
    for when, graph in enumerate(graphs):
        for found in strong_components(graph):
            if len(found) > 1:
                rounds[within[found[0]]][when].append(found)
    describe = _Description(modules, edges, graphs)
    cycles = [describe.cycle(*both) for both in zip(components, rounds, strict=True)]
    return sorted(cycles, key=lambda c: (WHENS.index(c.kind), -c.size, c.modules))


class _Description:
    """Puts cycles of one graph into words and numbers."""

    def __init__(
        self, modules: Modules, edges: Sequence[Mapping[int, Edge]], graphs: Sequence[Graph]
    ) -> None:
        self._modules = modules
        self._edges = edges
        self._shortest = [ShortestCycles(graph) for graph in graphs]

    def cycle(self, component: Sequence[int], rounds_by_when: list[list[list[int]]]) -> Cycle:
        """Describe one component; it has rounds at one time at least."""
        kind = next(when for when, found in enumerate(rounds_by_when) if found)
        rounds = sorted(rounds_by_when[kind], key=lambda found: (-len(found), found))
        chains = [
            self._chain(self._shortest[kind].find(found))
            for found in rounds[: 1 if kind else MOST_CHAINS]
        ]
        ordered = sorted(component, key=self._modules.name)
        names = [self._modules.name(node) for node in ordered[:MOST_MODULES]]
        import_time = 0 if kind else len(rounds)
        links = self._links(ordered) if len(ordered) <= MOST_DRAWN else []
        return Cycle(len(component), WHENS[kind], names, chains, import_time, links)

    def _links(self, nodes: Sequence[int]) -> list[Link]:
        place = {node: n for n, node in enumerate(nodes)}
        return [
            Link(n, place[target], WHENS[edge.when])
            for node, n in place.items()
            for target, edge in self._edges[node].items()
            if target in place
        ]

    def _chain(self, nodes: Sequence[int]) -> list[Step]:
        return [
            self._step(node, target)
            for node, target in zip(nodes, [*nodes[1:], nodes[0]], strict=True)
        ]

    def _step(self, node: int, target: int) -> Step:
        edge = self._edges[node][target]
        name = self._modules.name
        path = self._modules.paths[node]
        return Step(name(node), name(target), path, edge.line, WHENS[edge.when])


def _until(edges: Sequence[Mapping[int, Edge]], when: int, within: Mapping[int, int]) -> Graph:
    """Return the graph of what is imported at that time or earlier, inside of components."""
    graph: list[list[int]] = [[] for _ in edges]
    for node, component in within.items():
        graph[node] = [
            target
            for target, edge in edges[node].items()
            if edge.when <= when and within.get(target) == component
        ]
    return graph


def _layers(modules: Modules, level: Sequence[int]) -> list[Layer]:
    groups: dict[int, list[int]] = {}
    for number, height in enumerate(level):
        groups.setdefault(height, []).append(number)
    return [
        Layer(height, len(group), [modules.name(number) for number in group[:LAYER_NAMES]])
        for height, group in sorted(groups.items())[:MOST_LAYERS]
    ]


def _most_imported(modules: Modules, edges: Sequence[Mapping[int, Edge]]) -> list[Imported]:
    counts = Counter(target for row in edges for target in row)
    ranked = sorted(counts, key=lambda number: (-counts[number], number))[:MOST_IMPORTED]
    return [Imported(modules.name(n), modules.paths[n], counts[n], len(edges[n])) for n in ranked]


def kind_text(kind: When) -> str:
    """Say when an import happens, or when a cycle closes."""
    return {
        "import": "at import time",
        "deferred": "through imports inside functions",
        "typing": "for type checkers only",
    }[kind]


def round_text(chain: Sequence[Step]) -> str:
    """Write a chain as `a -> b -> a`."""
    return " -> ".join([*(step.module for step in chain), chain[0].module])


def verdict(found: ImportGraph) -> str:
    """Say in a sentence or two how many cycles there are and which of them matter most."""
    if not found.cycles_found:
        return f"None of the {found.modules:,} modules imports itself by way of others."
    cycles = "1 cycle holds" if found.cycles_found == 1 else f"{found.cycles_found:,} cycles hold"
    text = f"{cycles} {found.modules_in_cycles:,} of {found.modules:,} modules."
    if not found.import_time_cycles:
        return f"{text} None closes at import time."
    verb = "is" if found.import_time_cycles == 1 else "are"
    return f"{text} At import time alone there {verb} {found.import_time_cycles:,}."

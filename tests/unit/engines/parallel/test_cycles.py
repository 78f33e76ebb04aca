"""Cycles and levels, held against what the words mean."""

from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.parallel.cycles import Graph, ShortestCycles, levels, strong_components

Rows = list[list[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Rows:
    size = draw(st.integers(0, 9))
    node = st.integers(0, max(0, size - 1))
    return [draw(st.lists(node, max_size=4, unique=True)) for _ in range(size)]


def reachable(graph: Graph, start: int) -> set[int]:
    """Return what a walk of one step or more can get to."""
    found: set[int] = set()
    waiting = list(graph[start])
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += graph[node]
    return found


@given(graphs())
def test_a_component_is_what_can_reach_each_other(graph: Rows) -> None:
    reach = [reachable(graph, node) for node in range(len(graph))]
    components = strong_components(graph)
    assert sorted(node for component in components for node in component) == [*range(len(graph))]
    for component in components:
        for node in component:
            mutual = {other for other in reach[node] if node in reach[other]} | {node}
            assert set(component) == mutual


@given(graphs())
def test_a_component_comes_after_all_that_it_leads_to(graph: Rows) -> None:
    components = strong_components(graph)
    place = {node: n for n, component in enumerate(components) for node in component}
    assert all(place[target] <= place[node] for node in place for target in graph[node])


@given(graphs())
def test_a_level_is_one_more_than_the_highest_below(graph: Rows) -> None:
    components = strong_components(graph)
    level = levels(graph, components)
    for component in components:
        below = {t for node in component for t in graph[node]} - set(component)
        height = max((level[target] + 1 for target in below), default=0)
        assert {level[node] for node in component} == {height}


def shortest_way_back(graph: Graph, start: int) -> int:
    seen = {start}
    edge, length = {start}, 0
    while edge:
        length += 1
        edge = {target for node in edge for target in graph[node]}
        if start in edge:
            return length
        edge -= seen
        seen |= edge
    return len(graph) + 1


@given(graphs())
def test_the_chain_of_a_component_is_a_shortest_cycle(drawn: Rows) -> None:
    graph = [[t for t in row if t != node] for node, row in enumerate(drawn)]
    shortest = ShortestCycles(graph)
    for component in strong_components(graph):
        if len(component) == 1:
            continue
        found = shortest.find(component)
        assert set(found) <= set(component)
        assert found[0] == min(found)
        steps = zip(found, [*found[1:], found[0]], strict=True)
        assert all(target in graph[node] for node, target in steps)
        assert len(found) == min(shortest_way_back(graph, node) for node in component)


def test_without_a_budget_there_is_still_a_cycle() -> None:
    ring = [[(node + 1) % 50] for node in range(50)]
    assert ShortestCycles(ring, budget=0).find(range(50)) == [*range(50)]


def test_a_long_chain_needs_no_call_stack() -> None:
    chain = [[node + 1] for node in range(100_000)] + [[]]
    components = strong_components(chain)
    assert len(components) == 100_001
    assert levels(chain, components)[0] == 100_000
    assert len(strong_components([*chain[:-1], [0]])) == 1

"""Cycles and levels of a directed graph, given as the numbers that each number leads to.

Everything is linear in nodes and edges, and nothing calls itself: a chain of 100,000 nodes is fine.
"""

from collections import deque
from collections.abc import Collection, Sequence

Graph = Sequence[Collection[int]]


def strong_components(graph: Graph) -> list[list[int]]:
    """Return the strongly connected components, each after all that it leads to (Tarjan, 1972)."""
    order = [-1] * len(graph)  # when a node was met
    lowest = [0] * len(graph)  # the earliest node on the stack that it is known to reach
    on_stack = [False] * len(graph)
    stack: list[int] = []
    found: list[list[int]] = []
    count = 0
    for root in range(len(graph)):
        if order[root] >= 0:
            continue
        waiting = [(root, iter(graph[root]))]
        order[root] = lowest[root] = count
        count += 1
        stack.append(root)
        on_stack[root] = True
        while waiting:
            node, targets = waiting[-1]
            for target in targets:
                if order[target] < 0:
                    order[target] = lowest[target] = count
                    count += 1
                    stack.append(target)
                    on_stack[target] = True
                    waiting.append((target, iter(graph[target])))
                    break
                if on_stack[target]:
                    lowest[node] = min(lowest[node], order[target])
            else:
                waiting.pop()
                if waiting:
                    above = waiting[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == order[node]:
                    found.append(_unstack(stack, on_stack, node))
    return found


def _unstack(stack: list[int], on_stack: list[bool], last: int) -> list[int]:
    component: list[int] = []
    while not component or component[-1] != last:
        node = stack.pop()
        on_stack[node] = False
        component.append(node)
    return sorted(component)


def levels(graph: Graph, components: Sequence[Sequence[int]]) -> list[int]:
    """Return the level of each node: 0 leads nowhere, else one more than the highest it leads to.

    The nodes of a component share a level. `components` come in the order of `strong_components`.
    """
    level = [0] * len(graph)
    for component in components:
        inside = frozenset(component)
        beyond = (level[t] + 1 for node in component for t in graph[node] if t not in inside)
        height = max(beyond, default=0)
        for node in component:
            level[node] = height
    return level


class ShortestCycles:
    """Finds a shortest cycle of a component, as long as its budget of looked-at edges lasts.

    Cycles of two nodes are always found. Afterwards the search begins at one node only: then the
    cycle is a shortest one through that node.
    """

    def __init__(self, graph: Graph, budget: int = 300_000) -> None:
        self._graph = graph
        self._budget = budget

    def find(self, component: Sequence[int]) -> list[int]:
        """Return the nodes of the cycle in order, the smallest number first."""
        inside = frozenset(component)
        for node in sorted(component):
            for target in sorted(self._graph[node]):
                if target in inside and node in self._graph[target]:
                    return [node, target]
        best: list[int] = []
        for start in sorted(component):
            if best and (self._budget <= 0 or len(best) == 3):
                break
            best = self._from(start, inside, len(best) or len(component) + 1) or best
        least = best.index(min(best))
        return best[least:] + best[:least]

    def _from(self, start: int, inside: frozenset[int], shorter_than: int) -> list[int]:
        """Search in breadth for the way back; return nothing when it is not short enough."""
        before = {start: start}
        waiting = deque([(start, 1)])
        while waiting:
            node, length = waiting.popleft()
            if length >= shorter_than:
                break
            self._budget -= len(self._graph[node])
            for target in self._graph[node]:
                if target == start:
                    return _way(before, node, start)
                if target in inside and target not in before:
                    before[target] = node
                    waiting.append((target, length + 1))
        return []


def _way(before: dict[int, int], node: int, start: int) -> list[int]:
    way = [node]
    while node != start:
        node = before[node]
        way.append(node)
    return way[::-1]

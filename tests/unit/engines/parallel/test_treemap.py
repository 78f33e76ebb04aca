"""The map: every tile as large as its share, inside its folder, on nobody else's place."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.parallel.treemap import HEIGHT, WIDTH, Box, Leaf, Tile, lay_out, squarify

_names = st.sampled_from("abcd")
_paths = st.lists(_names, min_size=1, max_size=4).map("/".join).map(lambda path: f"{path}.py")
_leaves = st.dictionaries(_paths, st.integers(0, 10_000), max_size=30).map(
    lambda sizes: [Leaf(path, size, size % 60) for path, size in sizes.items()]
)
_sizes = st.lists(st.integers(1, 10_000), min_size=1, max_size=50).map(
    lambda sizes: sorted(sizes, reverse=True)
)
_SLACK = 1e-6


def inside(inner: Box, outer: Box) -> bool:
    return (
        inner.x >= outer.x - _SLACK
        and inner.y >= outer.y - _SLACK
        and inner.x + inner.width <= outer.x + outer.width + _SLACK
        and inner.y + inner.height <= outer.y + outer.height + _SLACK
    )


def overlap(one: Box, other: Box) -> float:
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(0.0, width) * max(0.0, height)


@given(_sizes)
def test_boxes_fill_the_place_by_their_sizes(sizes: list[int]) -> None:
    whole = Box(3, 5, 640, 360)
    boxes = squarify(sizes, whole)
    assert len(boxes) == len(sizes)
    for size, box in zip(sizes, boxes, strict=True):
        assert box.area == pytest.approx(whole.area * size / sum(sizes), rel=1e-6)
        assert inside(box, whole)
    assert all(overlap(one, other) < 1e-3 for one, other in combinations(boxes, 2))


@given(_leaves)
def test_every_line_is_in_one_tile_and_no_tile_on_another(leaves: list[Leaf]) -> None:
    tiles = list(lay_out(leaves))
    files = [tile for tile in tiles if not tile.is_folder]
    assert sum(tile.size for tile in files) == sum(leaf.size for leaf in leaves)
    assert sum(tile.files for tile in files) == sum(leaf.size > 0 for leaf in leaves)
    assert all(inside(tile.box, Box(0, 0, WIDTH, HEIGHT)) for tile in tiles)
    assert all(overlap(one.box, other.box) < 1e-3 for one, other in combinations(files, 2))
    peaks = {leaf.path: leaf.peak for leaf in leaves}
    assert all(tile.peak == peaks[tile.path] for tile in files if tile.files == 1)


@given(_leaves)
def test_a_folder_comes_before_what_is_in_it(leaves: list[Leaf]) -> None:
    around: list[Tile] = []
    for tile in lay_out(leaves):
        while around and tile.depth <= around[-1].depth:
            around.pop()
        assert len(around) == tile.depth
        if around:
            assert inside(tile.box, around[-1].box)
        if tile.is_folder:
            around.append(tile)


def test_a_huge_tree_has_a_bounded_map() -> None:
    leaves = [Leaf(f"{i % 97}/{i % 1009}/{i}.py", 1 + i % 13, 1) for i in range(50_000)]
    tiles = list(lay_out(leaves))
    assert len(tiles) < 6_000
    assert sum(tile.files for tile in tiles if not tile.is_folder) == 50_000


def test_a_tree_thousands_of_folders_deep_has_a_map() -> None:
    deep = "/".join(["d"] * 5_000)
    tiles = list(lay_out([Leaf(f"{deep}/a.py", 10, 1), Leaf("b.py", 10, 1)]))
    assert {tile.path for tile in tiles if not tile.is_folder} == {f"{deep}/a.py", "b.py"}
    assert len(tiles) == 3  # folders with nothing else in them have no frame


def test_a_tree_without_lines_has_none() -> None:
    assert list(lay_out([])) == []
    assert list(lay_out([Leaf("a.py", 0, 0)])) == []

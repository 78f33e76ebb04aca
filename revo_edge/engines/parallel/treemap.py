"""A map of a tree: a tile for each file, as large as its lines, inside the tile of its folder.

Tiles are laid out by the squarified algorithm (Bruls, Huizing and van Wijk, 2000): the largest
first, in rows along the shorter side, a row ends when the next one would make its tiles longer.
What is too small to be seen is put together, so the number of tiles has a bound for any tree.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT = 1000.0, 560.0
LEAST_SHARE = 1 / 2500
"""A file or folder with a smaller share of the map has no tile of its own."""
_TITLE = 13.0  # the strip with a folder's name
_TITLED_WIDTH, _TITLED_HEIGHT = 46.0, 40.0  # a smaller folder has no strip
_EDGE = 1.5


@dataclass(frozen=True, slots=True)
class Leaf:
    """A file to draw: its path in the tree, its size and the highest complexity in it."""

    path: str
    size: int
    peak: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the map, in its own units: the map is WIDTH x HEIGHT."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Width times height."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Tile:
    """A drawn file, or with `files` above 1 several that are too small; `path` "" is the whole.

    `depth` is the number of folders around it. A folder has `is_folder` and is yielded before
    what is in it; `titled` tells whether its name has a strip.
    """

    path: str
    box: Box
    size: int
    peak: int
    files: int
    depth: int
    is_folder: bool = False
    titled: bool = False


@dataclass(slots=True)
class _Folder:
    path: str
    size: int = 0
    peak: int = 0
    files: int = 0
    folders: dict[str, "_Folder"] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)


_Item = _Folder | Leaf


def lay_out(leaves: Iterable[Leaf]) -> Iterator[Tile]:
    """Yield the tiles, a folder before its content; files without lines have none."""
    root = _gather(leaves)
    if not root.size:
        return
    least = WIDTH * HEIGHT * LEAST_SHARE
    open_items: list[tuple[_Item, Box, int]] = [(root, Box(0, 0, WIDTH, HEIGHT), 0)]
    while open_items:  # a stack instead of calls: a tree may be thousands of folders deep
        item, box, depth = open_items.pop()
        item = _without_frames(item)
        if isinstance(item, Leaf):
            yield Tile(item.path, box, item.size, item.peak, 1, depth)
            continue
        if box.area < least:
            yield Tile(item.path, box, item.size, item.peak, item.files, depth)
            continue
        titled = depth > 0 and box.width >= _TITLED_WIDTH and box.height >= _TITLED_HEIGHT
        yield Tile(item.path, box, item.size, item.peak, item.files, depth, True, titled)
        inner = _inside(box, titled=titled, edged=depth > 0)
        large, small = _part(item, inner.area / item.size, least)
        sizes = [part.size for part in large] + ([small.size] if small else [])
        boxes = squarify(sizes, inner)
        if small:
            yield Tile(item.path, boxes[-1], small.size, small.peak, small.files, depth + 1)
        open_items.extend((p, b, depth + 1) for p, b in zip(large, boxes, strict=False))


def _gather(leaves: Iterable[Leaf]) -> _Folder:
    """Put the files into their folders and sum up."""
    root = _Folder("")
    for leaf in leaves:
        if leaf.size <= 0:
            continue
        folder = root
        _count(folder, leaf)
        parts = leaf.path.split("/")[:-1]
        for part in parts:
            path = f"{folder.path}/{part}" if folder.path else part
            folder = folder.folders.setdefault(part, _Folder(path))
            _count(folder, leaf)
        folder.leaves.append(leaf)
    return root


def _count(folder: _Folder, leaf: Leaf) -> None:
    folder.size += leaf.size
    folder.files += 1
    folder.peak = max(folder.peak, leaf.peak)


def _without_frames(item: _Item) -> _Item:
    """Go down while there is only one thing in the folder: it needs no frame of its own."""
    while isinstance(item, _Folder) and len(item.folders) + len(item.leaves) == 1:
        item = next(iter(item.folders.values()), None) or item.leaves[0]
    return item


def _inside(box: Box, *, titled: bool, edged: bool) -> Box:
    edge = min(_EDGE, box.width / 8, box.height / 8) if edged else 0.0
    top = _TITLE if titled else edge
    return Box(box.x + edge, box.y + top, box.width - 2 * edge, box.height - top - edge)


def _part(folder: _Folder, scale: float, least: float) -> tuple[list[_Item], _Folder | None]:
    """Part what is large enough for a tile, the largest first, from the sum of the rest."""
    items: list[_Item] = [*folder.folders.values(), *folder.leaves]
    items.sort(key=lambda item: (-item.size, item.path))
    large = [item for item in items if item.size * scale >= least]
    rest = items[len(large) :]
    if len(rest) < 2:
        return items, None
    small = _Folder(folder.path)
    for item in rest:
        small.size += item.size
        small.files += item.files if isinstance(item, _Folder) else 1
        small.peak = max(small.peak, item.peak)
    return large, small


def squarify(sizes: Sequence[int], box: Box) -> list[Box]:
    """Return a box for each size, which must be above 0 and fall, so that they fill the box."""
    boxes: list[Box] = []
    left = float(sum(sizes))
    start = 0
    while start < len(sizes):
        short = min(box.width, box.height)
        scale = box.area / left
        end, row = start + 1, float(sizes[start])
        worst = _longest(row * scale, sizes[start] * scale, sizes[start] * scale, short)
        while end < len(sizes):
            wider = row + sizes[end]
            next_worst = _longest(wider * scale, sizes[start] * scale, sizes[end] * scale, short)
            if next_worst > worst:
                break
            end, row, worst = end + 1, wider, next_worst
        placed, box = _place(sizes[start:end], row, row / left, box)
        boxes += placed
        left -= row
        start = end
    return boxes


def _longest(row: float, largest: float, smallest: float, side: float) -> float:
    """Return the worst ratio of sides among a row of these areas along a side."""
    if not row or not smallest:
        return float("inf")
    return max(side * side * largest / (row * row), row * row / (side * side * smallest))


def _place(sizes: Sequence[int], row: float, share: float, box: Box) -> tuple[list[Box], Box]:
    """Cut the row off the box along its shorter side; return its boxes and what is left."""
    boxes = []
    done = 0.0
    if box.width >= box.height:
        depth = box.width * share
        for size in sizes:
            length = box.height * size / row
            boxes.append(Box(box.x, box.y + done, depth, length))
            done += length
        return boxes, Box(box.x + depth, box.y, max(0.0, box.width - depth), box.height)
    depth = box.height * share
    for size in sizes:
        length = box.width * size / row
        boxes.append(Box(box.x + done, box.y, length, depth))
        done += length
    return boxes, Box(box.x, box.y + depth, box.width, max(0.0, box.height - depth))

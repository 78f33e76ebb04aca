"""The survey report's map of the tree as SVG; a script lets the reader go into a folder."""

from collections.abc import Iterable, Mapping
from html import escape

from revo_edge.engines.files.functions import LANGUAGES
from revo_edge.engines.parallel.hotspots import Hotspots
from revo_edge.engines.parallel.measure import FileReport
from revo_edge.engines.parallel.severity import BAND_LIMITS, COMPLEX, severity_of
from revo_edge.engines.parallel.treemap import HEIGHT, WIDTH, Box, Leaf, Tile, lay_out

_LETTER = 0.62  # width of a letter, in heights
_LARGEST = 10.0  # height of a name on the screen
_WIDEST = 30.0  # and on the map, for a screen that is small
_READABLE = 6.5  # a smaller name is shown only to who goes nearer
_SMALLEST = 0.9  # a smaller one never
_CODE = frozenset(["Python", *LANGUAGES])
"""Languages whose functions are measured; data and texts would fill the map."""

MAP_STYLE = """
.map{display:block;width:100%;aspect-ratio:1000/560;border-radius:8px;background:var(--tint)}
.map rect{stroke:var(--card);stroke-width:1;vector-effect:non-scaling-stroke}
.map .folder{fill:var(--frame);stroke:var(--line)}
.map .plain{fill:var(--none)}
.map text{pointer-events:none;fill:var(--onhard);font-weight:500;dominant-baseline:hanging}
.map .fine{fill:var(--calm)}
.map .plain+text,.map .fine+text{fill:var(--label)}.map .watch+text{fill:#1c1830}
.map text.title{fill:var(--ink)}
.map text.tiny{display:none}
.map text.spot{fill:var(--ink);stroke:var(--card);stroke-width:3;paint-order:stroke;font-weight:700}
.map rect:hover{opacity:.8}.map.zoom rect{cursor:zoom-in}
.path{display:flex;flex-wrap:wrap;gap:4px;min-height:22px;font-size:13px;color:var(--soft)}
.path button{all:unset;cursor:pointer;color:var(--accent)}
.path button:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.key{display:flex;flex-wrap:wrap;gap:4px 16px;margin:10px 0 0;color:var(--soft);font-size:12.5px}
.key span{display:flex;align-items:center}
.key svg{width:10px;height:10px;margin-right:6px;border-radius:2px}
"""

MAP_SCRIPT = """
for (const map of document.querySelectorAll("svg.map[data-name]")) {
  const whole = map.getAttribute("viewBox");
  const path = map.previousElementSibling;
  const chain = (g) => {
    const found = [];
    for (; g && g !== map; g = g.parentNode.closest("g,svg")) found.unshift(g);
    return found;
  };
  const { largest, readable } = map.dataset;
  let at = null;
  const show = (g) => {
    at = g;
    const box = g ? g.dataset.box : whole;
    const [, , width, height] = box.split(" ").map(Number);
    const scale = Math.min(map.clientWidth / width, map.clientHeight / height);
    map.setAttribute("viewBox", box);
    for (const text of map.querySelectorAll("text")) {
      if (text.classList.contains("spot")) text.setAttribute("font-size", 11 / scale);
      else {
        const size = Number(text.dataset.size);
        text.setAttribute("font-size", Math.min(size, largest / scale));
        text.classList.toggle("tiny", size * scale < readable);
      }
    }
    path.replaceChildren();
    const steps = [null, ...chain(g)];
    steps.forEach((step, index) => {
      const name = step ? step.dataset.name : map.dataset.name;
      const item = document.createElement(step === g ? "span" : "button");
      item.textContent = name;
      if (step !== g) item.addEventListener("click", () => show(step));
      path.append(...(index ? ["/", item] : [item]));
    });
  };
  map.classList.add("zoom");
  map.addEventListener("click", (event) => {
    const steps = chain(event.target.closest("g"));
    const next = steps[at ? steps.indexOf(at) + 1 : 0];
    show(next && next !== at ? next : at);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && at) show(chain(at).at(-2) || null);
  });
  addEventListener("resize", () => show(at));
  show(null);
}
"""


def render_map(name: str, files: Iterable[FileReport], hotspots: Hotspots) -> str:
    """Draw the tree; nothing when no file has a line."""
    files = list(files)
    code = [file for file in files if file.functions or file.language in _CODE]
    tiles = list(lay_out(_leaf(file) for file in code or files))
    if not tiles:
        return ""
    what = "Every file of code" if code else "Every file"
    ranks = {spot.path: rank for rank, spot in enumerate(hotspots.files, start=1)}
    numbered = "; the numbers are the hotspots, as listed above" if ranks else ""
    return (
        "<section><h2>Map</h2>"
        f"<p>{what} by its lines, in its folder{numbered}. Click to go into a folder</p>"
        f'<div class="path"></div><svg class="map" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" '
        f'data-name="{escape(name)}" data-largest="{_LARGEST}" data-readable="{_READABLE}" '
        'role="img" aria-label="Map of the files by lines">'
        f"{_draw(tiles, ranks)}</svg>{_KEY}</section>"
    )


def _leaf(file: FileReport) -> Leaf:
    return Leaf(file.path, file.lines, max((f.complexity for f in file.functions), default=0))


def _draw(tiles: Iterable[Tile], ranks: Mapping[str, int]) -> str:
    parts: list[str] = []
    spots: list[str] = []
    open_depths: list[int] = []
    for tile in tiles:
        while open_depths and tile.depth <= open_depths[-1]:
            open_depths.pop()
            parts.append("</g>")
        if tile.is_folder and tile.depth:
            open_depths.append(tile.depth)
            parts.append(_open_folder(tile))
        elif not tile.is_folder:
            parts.append(_file(tile))
            if tile.path in ranks and tile.files == 1:
                spots.append(_spot(tile.box, ranks[tile.path]))
    return "".join(parts) + "</g>" * len(open_depths) + "".join(spots)


def _open_folder(tile: Tile) -> str:
    box = tile.box
    place = f"{box.x:.1f} {box.y:.1f} {box.width:.1f} {box.height:.1f}"
    name = tile.path.rsplit("/", 1)[-1]
    title = ""
    if tile.titled:
        size = min(_LARGEST, _fit(name, box.width - 8))
        title = _text(name, box.x + 4, box.y + 2, size, "title")
    return (
        f'<g data-box="{place}" data-name="{escape(name)}">{_rect(box, "folder")}'
        f"<title>{escape(tile.path)}: {tile.files:,} files, {tile.size:,} lines</title></rect>{title}"
    )


def _file(tile: Tile) -> str:
    box, peak = tile.box, tile.peak
    kind = severity_of(peak) if peak else "plain"
    hardest = f", highest complexity {peak:,}" if peak else ""
    if tile.files == 1:
        name = tile.path.rsplit("/", 1)[-1]
        says = f"{tile.path}: {tile.size:,} lines{hardest}"
    else:
        name = f"{tile.files:,} files"
        says = f"{tile.path or 'here'}: {tile.files:,} small files, {tile.size:,} lines{hardest}"
    size = min(_WIDEST, _fit(name, box.width - 4), box.height * 0.7)
    label = _text(name, box.x + 2, box.y + 2, size, "") if size >= _SMALLEST else ""
    return f"{_rect(box, kind)}<title>{escape(says)}</title></rect>{label}"


def _fit(name: str, width: float) -> float:
    """Return how high the letters may be for the name to fit."""
    return max(0.0, width) / (_LETTER * max(1, len(name)))


def _rect(box: Box, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{box.x:.1f}" y="{box.y:.1f}" '
        f'width="{box.width:.1f}" height="{box.height:.1f}">'
    )


def _text(name: str, x: float, y: float, size: float, kind: str) -> str:
    tiny = size < _READABLE
    kind = f"{kind} tiny".strip() if tiny else kind
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" font-size="{min(_LARGEST, size):.1f}" '
        f'data-size="{size:.1f}">{escape(name)}</text>'
    )


def _spot(box: Box, rank: int) -> str:
    x, y = box.x + box.width / 2, box.y + box.height / 2
    return (
        f'<text class="spot" x="{x:.1f}" y="{y:.1f}" font-size="11" text-anchor="middle" '
        f'dominant-baseline="central">{rank}</text>'
    )


def _key(kind: str, words: str) -> str:
    square = f'<rect class="{kind}" width="10" height="10"/>'
    return f'<span><svg class="map" viewBox="0 0 10 10" aria-hidden="true">{square}</svg>{words}</span>'


_KEY = (
    '<p class="key">'
    + "".join(
        _key(kind, words)
        for kind, words in (
            ("plain", "no function"),
            ("fine", f"highest complexity {COMPLEX} or less"),
            ("watch", f"to {BAND_LIMITS[2]}"),
            ("high", f"to {BAND_LIMITS[3]}"),
            ("worst", "above"),
        )
    )
    + "</p>"
)

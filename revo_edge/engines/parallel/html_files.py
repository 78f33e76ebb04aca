"""The report's table of every file, and the box that filters all that the page lists."""

from collections.abc import Iterable
from html import escape

from revo_edge.engines.parallel.measure import FileReport
from revo_edge.engines.parallel.report import Report

MOST_FILES = 3_000
"""Files in the table: more make the page slow; the JSON report has them all."""

FILTER_STYLE = """
.filter{position:sticky;top:0;z-index:1;padding:8px 0;background:var(--bg)}
.filter input{width:100%;padding:9px 14px;font:inherit;color:var(--ink);background:var(--card);
border:1px solid var(--line);border-radius:9px}
.filter input:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
.filter span{position:absolute;right:14px;top:18px;color:var(--soft);font-size:13px}
.map rect.off{opacity:.15}.all th.n{width:88px}
@media print{.filter{display:none}}
"""

FILTER_SCRIPT = """
{
  const bar = document.createElement("div");
  bar.className = "filter";
  const box = document.createElement("input");
  box.type = "search";
  box.placeholder = "Filter files and functions";
  box.setAttribute("aria-label", box.placeholder);
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  bar.append(box, count);
  document.querySelector(".tiles").after(bar);
  const items = [...document.querySelectorAll("tbody tr, details li")];
  const texts = items.map((item) => item.textContent.toLowerCase());
  const folds = [...document.querySelectorAll("details")].filter((f) => f.querySelector("tr,li"));
  const opened = folds.map((fold) => fold.open);
  const tiles = [...document.querySelectorAll("svg.map[data-name] rect:not(.folder)")];
  box.addEventListener("input", () => {
    const sought = box.value.trim().toLowerCase();
    let found = 0;
    items.forEach((item, index) => {
      item.hidden = !texts[index].includes(sought);
      found += !item.hidden;
    });
    folds.forEach((fold, index) => {
      fold.open = sought ? fold.querySelector("tbody tr:not([hidden]),li:not([hidden])") : opened[index];
    });
    for (const tile of tiles) {
      tile.classList.toggle("off", !tile.textContent.toLowerCase().includes(sought));
    }
    count.textContent = sought ? `${found.toLocaleString("en")} found` : "";
  });
}
"""


def every_file(report: Report) -> str:
    """Write the table of all files, folded; the most complex first."""
    if not report.files:
        return ""
    ordered = sorted(report.files, key=lambda file: (-file.complexity, -file.lines, file.path))
    commits = {past.path: past.commits for past in report.history.files}
    known = not report.history.unavailable
    rows = "\n".join(
        _row(file, commits.get(file.path, 0) if known else None) for file in ordered[:MOST_FILES]
    )
    titles = ["Highest", "Functions", "Lines", *(["Commits"] if known else [])]
    head = "".join(f'<th class="n">{title}</th>' for title in ("Complexity", *titles))
    more = f", the first {MOST_FILES:,} of them" if len(ordered) > MOST_FILES else ""
    return (
        "<section><h2>Every file</h2><p>To sort and to filter</p>"
        f"<details><summary>{len(ordered):,} files{more}</summary>"
        f'<table class="all"><thead><tr><th>File</th>{head}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table></details></section>"
    )


def _row(file: FileReport, commits: int | None) -> str:
    highest = max((function.complexity for function in file.functions), default=0)
    numbers = [
        ("Complexity", file.complexity),
        ("Highest", highest),
        ("Functions", len(file.functions)),
        ("Lines", file.lines),
    ]
    if commits is not None:
        numbers.append(("Commits", commits))
    name = escape(file.path)
    return f'<tr><td class="what" data-key="{name}"><code>{name}</code></td>{_cells(numbers)}</tr>'


def _cells(numbers: Iterable[tuple[str, int]]) -> str:
    return "".join(
        f'<td class="n" data-key="{number}" data-label="{title}">{number:,}</td>'
        for title, number in numbers
    )

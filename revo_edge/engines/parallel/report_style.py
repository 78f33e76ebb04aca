"""How the report's page looks, and what sorts its tables; neither loads anything."""

STYLE = """
:root{color-scheme:light dark;--bg:#f7f6fb;--card:#fff;--ink:#1c1830;--soft:#635d78;--line:#e4e0ef;
--accent:#7c3aed;--tint:#efe8fd;--watch:#d99a0b;--high:#e2610f;--worst:#d22f4a;--frame:#f7f6fb;--none:#dcd7ea;
--calm:#b9a5f2;--good:#0a7d3e;--bad:#c62828;--label:#1c1830;--onhard:#fff}
@media(prefers-color-scheme:dark){:root{--bg:#13111c;--card:#1c1928;--ink:#edeaf6;--soft:#a59fb9;
--line:#322d45;--accent:#a78bfa;--tint:#2b2344;--watch:#e8b33a;--high:#f58a45;--worst:#f4637a;--frame:#1a1727;--none:#4a4363;--calm:#5b4a99;--good:#7ee787;--bad:#ff7b7b;--label:#f3f0fb;--onhard:#1c1830}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",
Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
main,footer{max-width:1080px;margin:0 auto;padding:0 24px}
header{margin:40px 0 28px}
.brand{display:flex;align-items:center;gap:9px;color:var(--accent);font-weight:600;font-size:13px}
.brand svg{width:16px;height:16px}
h1{margin:10px 0 2px;font-size:34px;line-height:1.2;letter-spacing:-.02em;overflow-wrap:anywhere}
.where{color:var(--soft);font-size:13px;overflow-wrap:anywhere}
.verdict{margin:18px 0 0;font-size:17px;max-width:76ch;overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:12px;margin:0}
.tiles div,section{background:var(--card);border:1px solid var(--line);border-radius:12px}
.tiles div{padding:14px 16px}
dt{color:var(--soft);font-size:13px}
dd{margin:0}
.tiles dd{font-size:25px;line-height:1.25;font-weight:650;letter-spacing:-.01em}
.tiles small{display:block;color:var(--soft);font-size:12px;font-weight:400;letter-spacing:0}
section{padding:20px 22px;margin:16px 0}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:16px;margin:16px 0}
.pair section{margin:0}
h2{margin:0;font-size:17px;letter-spacing:-.01em}
h2+p{margin:2px 0 14px;color:var(--soft);font-size:13px}
.bars{display:grid;grid-template-columns:max-content 1fr max-content;gap:8px 12px;
align-items:center;margin:0;font-size:14px}
.bars dd.count{text-align:right}
.bars dt{color:var(--ink);font-size:14px}
.bars small{color:var(--soft);margin-left:6px}
svg.bar{display:block;width:100%;height:12px;border-radius:3px;background:var(--tint)}
.rate{display:flex;align-items:center;gap:10px}
.rate svg.bar{height:6px}.rate b{font-weight:600;min-width:3.2ch}
.fine{fill:var(--accent)}.watch{fill:var(--watch)}.high{fill:var(--high)}.worst{fill:var(--worst)}
table{width:100%;border-collapse:collapse;font-size:14px;table-layout:fixed}
th.n{width:96px}th.rated{width:200px}
th{color:var(--soft);font-weight:500;font-size:12.5px;text-align:left;padding:0 10px 7px;
border-bottom:1px solid var(--line);white-space:nowrap;vertical-align:bottom}
td{padding:8px 10px;border-bottom:1px solid var(--line)}
tr:last-child td{border-bottom:0}
th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}
th.n,td.n{text-align:right}
code{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;
overflow-wrap:anywhere;white-space:pre-wrap}
td code.name{font-weight:600}
td .at{display:block;color:var(--soft);font-size:12px}
th button{all:unset;cursor:pointer;position:relative}
th button:hover{color:var(--ink)}
th button:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:3px;
border-radius:3px}
th button::after{content:"\\25BE";position:absolute;right:-11px;visibility:hidden}
th[aria-sort] button{color:var(--accent)}th[aria-sort] button::after{visibility:visible}
th[aria-sort=ascending] button::after{content:"\\25B4"}
details{border-top:1px solid var(--line);padding:9px 0}
summary{cursor:pointer}summary span{color:var(--soft);font-size:13px;margin-left:6px}
details ul{margin:8px 0 4px;padding-left:20px;color:var(--soft)}
details li.round{margin-bottom:6px}details li.round code{color:var(--ink)}
details p{margin:8px 0 4px;max-width:80ch}
.searches{list-style:none;margin:8px 0 0;padding:0}
.searches li{border-top:1px solid var(--line);padding:9px 0;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:13px;padding-top:8px;padding-bottom:40px}
@media(max-width:760px){.pair{grid-template-columns:1fr}}
@media(max-width:600px){main,footer{padding:0 14px}header{margin:24px 0 20px}h1{font-size:26px}
.tiles{grid-template-columns:1fr 1fr;gap:8px}.tiles dd{font-size:21px}.rate svg.bar{width:70px}section{padding:16px 14px}
thead{display:none}tbody tr{display:grid;grid-template-columns:1.7fr .8fr .9fr 1fr;gap:2px 8px;
padding:11px 0;border-bottom:1px solid var(--line)}
tbody tr:last-child{border-bottom:0}tbody td{border:0;padding:0}
td.what{grid-column:1/-1}th.n,td.n{text-align:left}
td[data-label]::before{content:attr(data-label);display:block;color:var(--soft);font-size:11.5px}}
@media print{body{background:#fff}section,.tiles div,tr{break-inside:avoid}}
"""

SCRIPT = """
for (const head of document.querySelectorAll("th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const order = head.getAttribute("aria-sort");
    const up = order ? order === "descending" : !head.className;
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = head.closest("table").tBodies[0];
    const key = (row) => row.cells[head.cellIndex].dataset.key;
    const compare = new Intl.Collator(undefined, { numeric: true }).compare;
    const rows = [...body.rows].sort((a, b) => compare(key(a), key(b)) * (up ? 1 : -1));
    body.append(...rows);
  });
}
"""

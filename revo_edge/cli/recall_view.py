"""How items of memory look in a terminal: places that open on a click, marked words, citations."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.text import Text

from revo_edge.cli.output import clean, console, show_table
from revo_edge.client.units import clock, milliseconds, percent, size
from revo_edge.contract.recall import Hit, Item, SearchReply, Source, StatsReply

TITLE_CHARACTERS = 100
PREVIEW_CHARACTERS = 80
HIT_STYLE = "bold yellow"


def place(source: Source) -> str:
    """Return `path:line`, the address, or the conversation and its turn; else nothing."""
    if source.path:
        line = f":{source.first_line}" if source.first_line else ""
        return f"{_short(source.path)}{line}"
    if source.url:
        return source.url
    if source.session:
        turn = "" if source.turn is None else f" #{source.turn}"
        return f"{source.session}{turn}"
    return ""


def show_hits(reply: SearchReply, *, explain: bool) -> None:
    """Print the hits, the best first, each with its place and the part that fits."""
    out = console()
    for number, hit in enumerate(reply.hits, 1):
        out.print(_head(number, hit), soft_wrap=True)
        for line in _snippet(hit):
            out.print(line, soft_wrap=True)
        if explain:
            out.print(Text(f"    {_parts(hit)}", style="dim"), soft_wrap=True)


def summary(reply: SearchReply) -> str:
    """Return how many were found, how fast, and why words alone decided."""
    count = len(reply.hits)
    found = f"{count} {'hit' if count == 1 else 'hits'} in {milliseconds(reply.took_ms)}"
    found += " (from the cache)" if reply.cached else ""
    return f"{found}. By words only: {reply.lexical_only}" if reply.lexical_only else f"{found}."


def show_items(items: Sequence[Item]) -> None:
    """Print a table of items, one line each."""
    rows = (
        (i.id, i.namespace, i.kind.value, clock(i.at or i.created_at), _preview(i)) for i in items
    )
    show_table(("id", "namespace", "kind", "when", "text"), rows)


def show_item(item: Item) -> None:
    """Print one version in full."""
    facts = [("id", f"{item.id} version {item.version}"), ("namespace", item.namespace)]
    facts += [("kind", item.kind.value), ("title", item.title), ("from", place(item.source))]
    facts += [("speaker", item.source.speaker), ("tags", ", ".join(item.tags))]
    facts += [("stored", clock(item.created_at)), ("said", clock(item.at) if item.at else "")]
    facts += [("held until", clock(item.valid_to) if item.valid_to else "")]
    facts += [("goes", clock(item.expires_at) if item.expires_at else "")]
    facts += [("pinned", "yes" if item.pinned else "")]
    facts += [(field, str(value)) for field, value in item.metadata.items()]
    show_table(("", ""), [(name, value) for name, value in facts if value])
    click.echo()
    click.echo(item.text)


def show_stats(stats: StatsReply) -> None:
    """Print what is in memory."""
    vectors = stats.model or f"none. {stats.lexical_only}"
    facts = [
        ("items", f"{stats.items:,}"),
        ("versions", f"{stats.versions:,}"),
        ("on disk", size(stats.bytes)),
        ("with a vector", percent(stats.embedded_ratio) if stats.model else "-"),
        ("vectors by", vectors),
        ("index", stats.index),
        ("followed", ", ".join(each.path for each in stats.watched)),
        ("forgotten words", "are being wiped from the file" if stats.purge_pending else ""),
        ("damage", stats.salvaged),
    ]
    show_table(("", ""), [(name, value) for name, value in facts if value])
    if stats.namespaces:
        click.echo()
        columns = (
            "namespace",
            ">items",
            ">notes",
            ">code",
            ">conversations",
            ">documents",
            "newest",
        )
        kinds = ("note", "code", "conversation", "document")
        rows = (
            (n.name, n.items, *(n.kinds.get(kind, 0) for kind in kinds), clock(n.newest_at))
            for n in stats.namespaces
        )
        show_table(columns, rows)


def _head(number: int, hit: Hit) -> Text:
    item = hit.item
    head = Text(f"{number:>2}  ")
    where = place(item.source)
    if where:
        head.append(where, style=f"cyan{_link(item.source)}")
    title = clean(item.title)[:TITLE_CHARACTERS]
    if title and title not in where:
        head.append(f"{'  ' if where else ''}{title}", style="bold")
    said = f"{item.source.speaker}, " if item.source.speaker else ""
    when = clock(item.at or item.created_at)
    head.append(f"  {said}{when}  {item.namespace}  {item.id}", style="dim")
    return head


def _link(source: Source) -> str:
    if source.path and Path(source.path).is_absolute():
        return f" link file://{source.path}"
    return f" link {source.url}" if source.url else ""


def _snippet(hit: Hit) -> list[Text]:
    """Return the snippet's lines, indented, with what was found marked."""
    text = Text(hit.snippet)
    for start, end in hit.marks:
        text.stylize(HIT_STYLE, start, end)
    lines = [line for line in text.split("\n") if line.plain.strip()]
    for line in lines:
        line.rstrip()
    return [Text("    ") + Text.assemble(line) for line in lines]


def _parts(hit: Hit) -> str:
    named = (f"{name} {value:.3f}" for name, value in hit.parts.items())
    return f"score {hit.score:.3f} = {' + '.join(named)}"


def _preview(item: Item) -> str:
    text = f"{item.title}: {item.text}" if item.title else item.text
    line = " ".join(text.split())
    return line if len(line) <= PREVIEW_CHARACTERS else f"{line[: PREVIEW_CHARACTERS - 1]}…"


def _short(path: str) -> str:
    """Return the path as seen from here, when that is shorter."""
    try:
        found = str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
    return found if len(found) < len(path) else path

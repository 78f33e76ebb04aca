"""`revo recall search`, `get`, `ls`, `related`, `context`, `stats`: reading memory."""

from typing import Any

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.options import json_option, quiet_option
from revo_edge.cli.output import say, show_json
from revo_edge.cli.recall_options import ItemId, Moment, filter_options, take_filter

_k = click.option(
    "-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Hits at most."
)
_explain = click.option("--explain", is_flag=True, help="Say what each score is made of.")


@click.command(
    epilog="""\b
Examples:
  revo recall search how do we rotate the api keys
  revo recall search "class Parser" --kind code --path src
  revo recall search where do I live --as-of 2024-06-01 -n me
"""
)
@click.argument("query", nargs=-1, required=True)
@_k
@filter_options
@click.option(
    "--mode",
    type=click.Choice(["auto", "lexical", "vector"]),
    default="auto",
    help="By words and meaning (auto), or by one of them.",
)
@_explain
@quiet_option
@json_option
def search(
    *,
    query: tuple[str, ...],
    k: int,
    mode: Any,
    explain: bool,
    quiet: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Find what fits a question best, the best first.

    Looks by words and by meaning. What was superseded by `revo recall update` is only found with
    --as-of.
    """
    from revo_edge.cli.recall_view import show_hits, summary  # noqa: PLC0415 - not for --help

    wanted = take_filter(given)
    with connected() as client:
        reply = client.recall.search(
            " ".join(query), k=k, filter=wanted, explain=explain, mode=mode
        )
    if as_json:
        show_json(reply)
    elif quiet:
        for hit in reply.hits:
            click.echo(hit.item.id)
    elif reply.hits:
        show_hits(reply, explain=explain)
        say(summary(reply))
    else:
        say("Nothing fits. `revo recall stats` shows what is in memory.")


@click.command(epilog="Example: revo recall get 01J9ZKB3W0S5T1C2V3X4Y5Z6A7 --history")
@click.argument("item_id", metavar="ID", type=ItemId())
@click.option("--version", type=click.IntRange(min=1), help="This version.")
@click.option("--as-of", type=Moment(), metavar="TIME", help="The version that held then.")
@click.option("--history", is_flag=True, help="All versions, the newest first.")
@json_option
def get(
    *, item_id: str, version: int | None, as_of: float | None, history: bool, as_json: bool
) -> None:
    """Print an item with all that is known of it."""
    from revo_edge.cli.recall_view import show_item  # noqa: PLC0415 - not for --help

    if history and (version or as_of):
        raise click.UsageError("--history shows all versions: leave --version and --as-of out.")
    with connected() as client:
        if history:
            items = client.recall.history(item_id)
        else:
            items = (client.recall.get(item_id, version, as_of=as_of),)
    if as_json:
        show_json(items if history else items[0])
        return
    for number, item in enumerate(items):
        if number:
            click.echo()
        show_item(item)


@click.command(epilog="Example: revo recall ls -n notes --since 7d")
@filter_options
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=50,
    show_default=True,
    help="Items at most.",
)
@click.option("--oldest", is_flag=True, help="The oldest first.")
@quiet_option
@json_option
def ls(*, limit: int, oldest: bool, quiet: bool, as_json: bool, **given: Any) -> None:
    """List items in the order they were stored, the newest first."""
    from revo_edge.cli.recall_view import show_items  # noqa: PLC0415 - not for --help
    from revo_edge.contract.recall import RecallList  # noqa: PLC0415

    wanted = take_filter(given)
    params = RecallList(filter=wanted, order="oldest" if oldest else "newest", limit=limit)
    with connected() as client:
        reply = client.recall.list(params)
    if as_json:
        show_json(reply)
    elif quiet:
        for item in reply.items:
            click.echo(item.id)
    else:
        show_items(reply.items)
        if not reply.total:
            say("There are no such items. `revo recall put` or `revo recall ingest` store some.")
        elif reply.total > len(reply.items):
            say(f"{reply.total - len(reply.items):,} more: add --limit, or a narrower filter.")


@click.command(epilog="Example: revo recall related 01J9ZKB3W0S5T1C2V3X4Y5Z6A7 -k 5")
@click.argument("item_id", metavar="ID", type=ItemId())
@_k
@filter_options
@_explain
@quiet_option
@json_option
def related(
    *, item_id: str, k: int, explain: bool, quiet: bool, as_json: bool, **given: Any
) -> None:
    """Find the items most like one."""
    from revo_edge.cli.recall_view import show_hits, summary  # noqa: PLC0415 - not for --help

    wanted = take_filter(given)
    with connected() as client:
        reply = client.recall.related(item_id, k=k, filter=wanted, explain=explain)
    if as_json:
        show_json(reply)
    elif quiet:
        for hit in reply.hits:
            click.echo(hit.item.id)
    else:
        show_hits(reply, explain=explain)
        say(summary(reply) if reply.hits else "Nothing is like it.")


@click.command(
    epilog="Example: revo recall context how is the cache invalidated --budget 1500 | llm"
)
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--budget",
    type=click.IntRange(50, 200_000),
    default=2_000,
    show_default=True,
    help="Tokens at most.",
)
@filter_options
@json_option
def context(*, query: tuple[str, ...], budget: int, as_json: bool, **given: Any) -> None:
    """Print the best of memory for a question, ready to paste into a prompt.

    Items that repeat one another are left out; each is cited with its place.
    """
    wanted = take_filter(given)
    with connected() as client:
        reply = client.recall.context(" ".join(query), budget_tokens=budget, filter=wanted)
    if as_json:
        show_json(reply)
        return
    if reply.text:
        click.echo(reply.text)
    left = f", {reply.left_out} left out" if reply.left_out else ""
    say(f"{len(reply.citations)} items, about {reply.tokens:,} tokens{left}.")


@click.command(epilog="Example: revo recall stats")
@json_option
def stats(*, as_json: bool) -> None:
    """Show what is in memory: namespaces, kinds, vectors, size."""
    from revo_edge.cli.recall_view import show_stats  # noqa: PLC0415 - not for --help

    with connected() as client:
        reply = client.recall.stats()
    if as_json:
        show_json(reply)
    else:
        show_stats(reply)

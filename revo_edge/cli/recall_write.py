"""`revo recall put`, `update`, `forget`: changing memory."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from revo_edge.cli.connect import connected
from revo_edge.cli.options import confirm, json_option, quiet_option, yes_option
from revo_edge.cli.output import say, show_json
from revo_edge.cli.recall_options import (
    KINDS,
    ItemId,
    Moment,
    Span,
    counted,
    filter_options,
    read_fields,
    read_text,
    take_filter,
)
from revo_edge.errors import BadRequest

if TYPE_CHECKING:
    from revo_edge.client.recall import Recall
    from revo_edge.contract.recall import Filter, ForgetReply, Source

SHOWN = 5
_PLACE = re.compile(r"(.+?):(\d+)(?:-(\d+))?")


@click.command(
    epilog="""\b
Examples:
  revo recall put The staging database moved to port 5433 --tag infra
  revo recall put --file notes.txt --kind document --title "Release notes"
  git log -1 | revo recall put - -n commits
"""
)
@click.argument("words", metavar="TEXT", nargs=-1)
@click.option("--file", metavar="FILE|-", help="Take the text from a file.")
@click.option(
    "-n",
    "--namespace",
    metavar="NAME",
    default="default",
    show_default=True,
    help="Whose memory it is.",
)
@click.option(
    "--kind", type=click.Choice(KINDS), default="note", show_default=True, help="What it is."
)
@click.option("--title", metavar="TEXT", default="", help="A heading.")
@click.option("--tag", multiple=True, metavar="TAG", help="Repeatable.")
@click.option("--meta", multiple=True, metavar="FIELD=VALUE", help="A fact for filters.")
@click.option("--from", "source", metavar="PLACE", help="file, file:12, file:12-20 or an address.")
@click.option("--at", type=Moment(), metavar="TIME", help="When it was said: 2d, or 2030-01-31.")
@click.option(
    "--importance",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Higher ranks a little higher.",
)
@click.option("--pin", is_flag=True, help="Keep it beyond all limits, and rank it higher.")
@click.option("--ttl", type=Span(), metavar="TIME", help="Forget it after so long: 12h, 30d.")
@click.option(
    "--duplicates",
    type=click.Choice(["skip", "link", "keep"]),
    default="skip",
    show_default=True,
    help="What to do with a text that is there already.",
)
@quiet_option
@json_option
def put(
    *,
    words: tuple[str, ...],
    file: str | None,
    duplicates: Any,
    quiet: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Remember a text."""
    from revo_edge.contract.codec import convert  # noqa: PLC0415 - not for --help
    from revo_edge.contract.recall import NewItem  # noqa: PLC0415

    values = {
        "text": read_text(words, file),
        "namespace": given["namespace"],
        "kind": given["kind"],
        "title": given["title"],
        "tags": given["tag"],
        "metadata": read_fields(given["meta"]),
        "at": given["at"],
        "importance": given["importance"],
        "pinned": given["pin"],
        "ttl_s": given["ttl"],
    }
    if given["source"]:
        values["source"] = _source(given["source"])
    item = convert(values, NewItem)
    with connected() as client:
        stored = client.recall.store([item], duplicates=duplicates).stored[0]
    if as_json:
        show_json(stored)
        return
    click.echo(stored.id)
    if quiet:
        return
    if stored.outcome == "duplicate":
        say("It was there already: nothing was stored. --duplicates keep stores it again.")
    if stored.outcome == "linked":
        say(f"It is linked to {stored.of}, which says the same.")
    for near in stored.near:
        say(f"{near.id} says almost the same ({near.similarity:.0%} of the words).")


@click.command(
    epilog="""\b
Examples:
  revo recall update 01J9ZK... The staging database is on port 5434 now
  revo recall update 01J9ZK... --pin --tag infra --tag database
"""
)
@click.argument("item_id", metavar="ID", type=ItemId())
@click.argument("words", metavar="[TEXT]", nargs=-1)
@click.option("--file", metavar="FILE|-", help="Take the new text from a file.")
@click.option("--title", metavar="TEXT", help="A new heading.")
@click.option("--tag", multiple=True, metavar="TAG", help="The new tags, all of them.")
@click.option("--meta", multiple=True, metavar="FIELD=VALUE", help="The new facts, all of them.")
@click.option("--importance", type=click.FloatRange(0, 1), help="A new importance.")
@click.option("--pin/--unpin", "pinned", default=None, help="Keep it beyond all limits, or not.")
@click.option("--ttl", type=Span(), metavar="TIME", help="Forget it after so long from now.")
@click.option("--valid-from", type=Moment(), metavar="TIME", help="Since when it holds.")
@click.option(
    "--version", type=click.IntRange(min=1), help="Only if this is still the newest version."
)
@json_option
def update(
    *, item_id: str, words: tuple[str, ...], file: str | None, as_json: bool, **given: Any
) -> None:
    """Correct an item. The old version stays in its history and is no longer found."""
    from revo_edge.contract.codec import convert  # noqa: PLC0415 - not for --help
    from revo_edge.contract.recall import RecallUpdate  # noqa: PLC0415

    values: dict[str, Any] = {
        "title": given["title"],
        "tags": given["tag"] or None,
        "metadata": read_fields(given["meta"]) or None,
        "importance": given["importance"],
        "pinned": given["pinned"],
        "ttl_s": given["ttl"],
        "valid_from": given["valid_from"],
    }
    if words or file is not None:
        values["text"] = read_text(words, file)
    if all(value is None for value in values.values()):
        raise BadRequest("Nothing is to be changed: give a TEXT or an option.")
    change = convert({**values, "id": item_id, "version": given["version"]}, RecallUpdate)
    with connected() as client:
        item = client.recall.update(change)
    if as_json:
        show_json(item)
    else:
        click.echo(f"{item.id} version {item.version}")


@click.command(
    epilog="""\b
Examples:
  revo recall forget 01J9ZKB3W0S5T1C2V3X4Y5Z6A7
  revo recall forget -n scratch --dry-run
  revo recall forget --tag draft --until 30d --yes
"""
)
@click.argument("ids", metavar="[ID]...", nargs=-1, type=ItemId())
@filter_options
@click.option("--dry-run", is_flag=True, help="Say what would go, and forget nothing.")
@yes_option
@json_option
def forget(*, ids: tuple[str, ...], dry_run: bool, yes: bool, as_json: bool, **given: Any) -> None:
    """Forget items for good: text, history, words and vectors.

    By ID, or all that fit the options; a namespace alone forgets all of it. Copies that you made
    yourself (`revo recall export`, backups of the folder) are yours to delete.
    """
    from revo_edge.contract.recall import Filter  # noqa: PLC0415 - not for --help

    wanted: Filter | None = take_filter(given)
    wanted = None if wanted == Filter() else wanted
    if bool(ids) == bool(wanted):
        raise BadRequest("Say what to forget: by ID, or by options such as -n NAME; not both.")
    with connected() as client:
        plan = client.recall.forget(ids, filter=wanted, dry_run=True)
        if not dry_run and plan.items:
            confirm(f"Forget {_count(plan)} for good?", yes=yes)
            plan = _forget_all(client.recall, ids, wanted)
    if as_json:
        show_json(plan)
        return
    word = "would be forgotten" if dry_run else "forgotten"
    click.echo(f"{_count(plan)} {word}")
    if dry_run:
        for item_id in plan.ids[:SHOWN]:
            say(item_id)
    for item_id in plan.missing:
        say(f"{item_id} was not there.")


def _forget_all(recall: "Recall", ids: tuple[str, ...], wanted: "Filter | None") -> "ForgetReply":
    """Forget in as many calls as it takes; return what they come to."""
    from msgspec import structs  # noqa: PLC0415 - not for --help

    total = recall.forget(ids, filter=wanted)
    while total.more:
        part = recall.forget(filter=wanted)
        total = structs.replace(
            part, items=total.items + part.items, versions=total.versions + part.versions
        )
    return total


def _count(plan: "ForgetReply") -> str:
    return f"{'more than ' if plan.more else ''}{counted(plan.items, plan.versions)}"


def _source(text: str) -> "Source":
    """Return `file:12-20` or an address as a source; a file's path becomes absolute."""
    from revo_edge.contract.recall import Source  # noqa: PLC0415 - not for --help

    if "://" in text:
        return Source(url=text)
    found = _PLACE.fullmatch(text)
    if found is None or Path(text).exists():
        return Source(path=str(Path(text).absolute()))
    first, last = int(found[2]), int(found[3] or found[2])
    return Source(path=str(Path(found[1]).absolute()), first_line=first, last_line=last)

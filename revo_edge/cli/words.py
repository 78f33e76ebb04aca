"""What may follow on a command line of templates; the completion scripts ask for it at a TAB."""

from collections.abc import Sequence

import click

from revo_edge.cli import values
from revo_edge.cli.local import local_registry, local_templates
from revo_edge.cli.run import run
from revo_edge.contract.templates import TemplateInfo
from revo_edge.errors import RevoError


def words(typed: Sequence[str]) -> list[str]:
    """Return the words that may come next; `typed` is what stands after `revo`, without it."""
    match list(typed):
        case ["run", *rest]:
            return _run_words(rest)
        case ["template", "show"] | ["template", "new", *_, "--from"]:
            return _names()
        case ["template", "new", *_, "--kind"]:
            return [kind.name for kind in local_registry().kinds.values() if not kind.child]
    return []


def _run_words(typed: list[str]) -> list[str]:
    name = _template_of(typed)
    if name is None:
        return [] if typed and _takes_value(typed[-1]) else _names()
    try:
        info = local_templates().get(name)
    except RevoError:
        return []
    if typed[-1] == "--preset":
        return list(info.presets)
    if typed[-1] == "=":  # bash makes a word of it
        return _values(info, typed[-2])
    return [] if _takes_value(typed[-1]) else _keys(info, typed)


def _template_of(typed: list[str]) -> str | None:
    """Return the first word that is neither an option nor the value of one."""
    before = ""
    for word in typed:
        if not word.startswith("-") and not _takes_value(before):
            return word
        before = word
    return None


def _takes_value(word: str) -> bool:
    return any(
        isinstance(option, click.Option) and word in option.opts and not option.is_flag
        for option in run.params
    )


def _names() -> list[str]:
    return [info.name for info in local_templates().all().templates]


def _keys(info: TemplateInfo, typed: Sequence[str]) -> list[str]:
    given = {word.partition("=")[0] for word in typed}
    fields = info.params["properties"]
    return [
        f"{key}="
        for key in dict.fromkeys((*info.order, *fields))
        if not fields[key].get("x-hidden")
        and (key not in given or values.type_of(fields[key]) == "list")
    ]


def _values(info: TemplateInfo, key: str) -> list[str]:
    field = values.inner(info.params["properties"].get(key, {}))
    if field.get("type") == "boolean":
        return ["true", "false"]
    return [str(choice) for choice in field.get("enum", ())]

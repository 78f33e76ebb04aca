"""docs/templates.md: `python -m revo_edge.cli.template_reference > docs/templates.md`."""

from collections.abc import Iterator

import click

from revo_edge.cli import values
from revo_edge.contract.templates import Template, TemplateInfo
from revo_edge.daemon.template_rules import info_of
from revo_edge.engines.registry import Registry

_HEAD = """\
# Writing a template

Written by `python -m revo_edge.cli.template_reference > docs/templates.md` from the kinds' schemas.

A template names a kind and shows its parameters in its own words and with narrower bounds: then
`revo run NAME` and the desktop's form have your defaults. Begin with a file that has every
parameter as a comment, with its type, bounds and default:

```
revo template new count-lines --kind parallel.map
revo template new my-tests --from test
```

It says where it wrote the file: in the folder `templates` beside your settings file
(`revo config path`). Take away the # before what you want to change, until it reads like this:

```toml
name = "count-lines"
kind = "parallel.map"
title = "Count lines"
summary = "Count the lines of each file."
order = ["inputs", "concurrency"]

[fields.command]
default = "wc -l {}"
hidden = true

[fields.concurrency]
min = 1
max = 4
default = 2

[presets.gentle]
concurrency = 1
```

The daemon reads the folder whenever it is asked, so nothing is restarted:

```
revo template check count-lines.toml
revo run count-lines --help
revo run count-lines inputs=a.txt inputs=b.txt --preset gentle
```

A field has `default`, `hidden`, `min`, `max` and `choices` (of a text). Bounds wider than the
kind's, unknown names and values that do not fit are errors with file and line: `revo template ls`
lists such a file as broken, and the others go on working.
"""


def reference(registry: Registry) -> str:
    """Return the whole page."""
    kinds = [kind for kind in registry.kinds.values() if not kind.child]
    infos = [info_of(Template(kind.name, kind.name, kind.title), registry) for kind in kinds]
    return "\n".join([_HEAD, *("\n".join(_table(info)) + "\n" for info in infos)])


def _table(info: TemplateInfo) -> Iterator[str]:
    yield f"## {info.kind}\n\n{info.params.get('description', info.title)}\n"
    yield "| key | type | bounds | default | what it is |\n|---|---|---|---|---|"
    needed = info.params.get("required", ())
    for key, field in info.params["properties"].items():
        default = "must be given" if key in needed else values.default_of(field)
        bounds = values.bounds_of(field).replace("|", "\\|")
        cells = (f"`{key}`", values.type_of(field), bounds, default, field.get("description", ""))
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    click.echo(reference(Registry()), nl=False)

import tomllib
from pathlib import Path

import pytest

from revo_edge.cli.template_file import copied_text, new_text
from revo_edge.contract.templates import Template, TemplateInfo
from revo_edge.daemon.template_rules import info_of
from revo_edge.daemon.templates import check_file
from revo_edge.engines.registry import Registry

REGISTRY = Registry(["tests.engines.probe"])
KINDS = ["parallel.map", "parallel.analyze", "parallel.test", "probe.echo"]


def plain(kind: str) -> TemplateInfo:
    return info_of(Template(kind, kind, kind), REGISTRY)


def uncommented(text: str) -> str:
    """Take away the # of every line that is one of TOML."""
    lines = (line.removeprefix("# ") for line in text.splitlines())
    wanted = (line for line in lines if "=" in line.partition(" ")[2][:2] or line.startswith("["))
    return "\n".join(wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_file_is_good_as_it_is_and_with_every_comment_taken_away(
    kind: str, tmp_path: Path
) -> None:
    text = new_text("mine", plain(kind))
    for number, written in enumerate((text, uncommented(text))):
        file = tmp_path / f"{number}.toml"
        file.write_text(written)
        found = check_file(file, REGISTRY)
        assert isinstance(found, TemplateInfo), found
        assert (found.name, found.kind) == ("mine", kind)
    fields = tomllib.loads(uncommented(text))["fields"]
    assert list(fields) == list(plain(kind).params["properties"])


def test_the_comments_say_type_bounds_default_and_help() -> None:
    text = new_text("mine", plain("parallel.map"))
    assert "# concurrency: integer, >= 0, <= 64, default 0. Items at once; 0: all slots." in text
    assert "# [fields.concurrency]\n# default = 0\n# min = 0\n# max = 64\n# hidden = false" in text
    assert "# path: text, must be given." in new_text("mine", plain("parallel.analyze"))


def test_a_copy_keeps_what_the_other_says_and_adds_what_it_does_not() -> None:
    source = '# mine\nname = "a"\nkind = "parallel.map"\n[fields.concurrency]\nmax = 4\n'
    text = copied_text('b"c', source, plain("parallel.map"), {"concurrency"})
    found = tomllib.loads(text)
    assert (found["name"], found["fields"]) == ('b"c', {"concurrency": {"max": 4}})
    assert text.startswith("# mine\n")
    assert text.count("fields.concurrency") == 1
    assert "# [fields.memory_mb]" in text

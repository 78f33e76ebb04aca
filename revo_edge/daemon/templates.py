"""The templates of the package and those of the user's settings folder, checked and published."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from revo_edge.contract.requests import TemplateListReply
from revo_edge.contract.templates import BrokenTemplate, Template, TemplateInfo
from revo_edge.daemon.template_lines import line_of
from revo_edge.daemon.template_rules import info_of, template_of
from revo_edge.engines.registry import Registry
from revo_edge.errors import BadRequest, NotFound, did_you_mean

SHIPPED = Path(__file__).resolve().parents[1] / "templates"
_LINE = re.compile(r" \(at line (\d+), column \d+\)")
Read = TemplateInfo | BrokenTemplate


class Templates:
    """All templates by name; a kind without one is shown through a plain template of its own.

    What ships is read once; `folder` holds the user's and is read at every call.
    """

    def __init__(self, registry: Registry, folder: Path | None = None) -> None:
        self._registry = registry
        self._folder = folder
        self._shipped: dict[str, TemplateInfo] = {}
        for file in sorted(SHIPPED.glob("*.toml")):
            self._add_shipped(check_file(file, registry))
        shown = {info.kind for info in self._shipped.values()}
        for kind in registry.kinds.values():
            if not kind.child and kind.name not in shown:
                plain = Template(kind.name, kind.name, kind.title)
                self._shipped[kind.name] = info_of(plain, registry)

    def all(self) -> TemplateListReply:
        """Return every template by name, and the files that cannot be used; reads the folder."""
        found = dict(self._shipped)
        broken: list[BrokenTemplate] = []
        files = sorted(self._folder.glob("*.toml")) if self._folder else ()
        for file in files:
            read = check_file(file, self._registry, found)
            if isinstance(read, TemplateInfo):
                found[read.name] = read
            else:
                broken.append(read)
        return TemplateListReply(tuple(found[name] for name in sorted(found)), tuple(broken))

    def get(self, name: str) -> TemplateInfo:
        """Return the template of that name, or of that kind; raise NotFound.

        Raises BadRequest, with file and line, for one whose file cannot be used.
        """
        listed = self.all()
        named = {info.name: info for info in listed.templates}
        if name in named:
            return named[name]
        for wrong in listed.broken:
            if name in (wrong.name, Path(wrong.file).stem):
                raise BadRequest(wrong.text)
        for info in (*self._shipped.values(), *listed.templates):
            if info.kind == name:
                return info
        hint = did_you_mean(name, named)
        raise NotFound(f'There is no template "{name}".{hint} `revo template ls` lists them.')

    def _add_shipped(self, read: Read) -> None:
        if isinstance(read, BrokenTemplate):
            raise BadRequest(read.text)
        self._shipped[read.name] = msgspec.structs.replace(read, file="")


def check_file(file: Path, registry: Registry, taken: Iterable[str] = ()) -> Read:
    """Read one template file; `taken` are the names of other templates."""
    name, text, line = file.stem, "", 1
    try:
        text = file.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
        name = str(raw.get("name", name))
        info = info_of(template_of(raw), registry)
        if info.name in taken:
            raise BadRequest(  # noqa: TRY301 - every fault of a file ends the same way
                f'The name "{info.name}" is taken by another template. Choose another name.',
                detail={"path": ["name"]},
            )
        return msgspec.structs.replace(info, file=str(file))
    except BadRequest as error:
        line = line_of(text, tuple((error.detail or {}).get("path", ())))
        why = error.msg
    except tomllib.TOMLDecodeError as error:
        line, why = _syntax(text, str(error))
    except UnicodeDecodeError:
        why = "The file is not UTF-8. Save it as UTF-8."
    except OSError as error:
        why = f"The file cannot be read: {error.strerror}. Check its permissions."
    return BrokenTemplate(name, str(file), line, why)


def _syntax(text: str, error: str) -> tuple[int, str]:
    place = _LINE.search(error)
    line = int(place[1]) if place else max(1, len(text.splitlines()))
    words = _LINE.sub("", error).replace("Cannot overwrite a value", "A key stands here twice")
    return line, f"This is not TOML: {words}. Mend this line or the one above it."

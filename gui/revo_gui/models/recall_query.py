"""What memory is asked by the Recall page: the words, the filters, and the same as a command."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from revo_edge.contract.recall import Filter, Hit, ItemKind

TEXT_LIMIT = 100_000
"""Characters; the daemon refuses a longer question."""
_TAG_LIMIT = 100
_TAGS_LIMIT = 100
_MINUTE_S = 60
SINCE = MappingProxyType(
    {
        "Any time": "",
        "Last hour": "1h",
        "Last day": "1d",
        "Last week": "7d",
        "Last month": "30d",
        "Last year": "365d",
    }
)
"""The choices of time, with what the command line calls them."""
_SECONDS = MappingProxyType({"h": 3_600, "d": 86_400})


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters say; `since` is one of SINCE's values."""

    namespace: str = ""
    kinds: tuple[ItemKind, ...] = ()
    tags: tuple[str, ...] = ()
    since: str = ""

    @property
    def count(self) -> int:
        """How many filters are in force."""
        return sum(map(bool, (self.namespace, self.kinds, self.tags, self.since)))

    def filter(self, now: float) -> Filter:
        """Return it for the wire; whole minutes, so that the same question is asked again."""
        since = None
        if self.since:
            ago = int(self.since[:-1]) * _SECONDS[self.since[-1]]
            since = now // _MINUTE_S * _MINUTE_S - ago
        spaces = (self.namespace,) if self.namespace else ()
        return Filter(namespaces=spaces, kinds=self.kinds, tags=self.tags, since=since)


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be shown: without words the newest items."""

    text: str = ""
    choices: Choices = Choices()
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What memory said to a question.

    `total` counts all items that fit when none were searched for, and `cursor` goes on from there.
    """

    question: Question
    hits: tuple[Hit, ...]
    summary: str
    lexical_only: str = ""
    total: int | None = None
    cursor: int | None = None


def clean(text: str) -> str:
    """Return typed or pasted words as they can be asked; halves of a pair become question marks."""
    return whole(text).strip()[:TEXT_LIMIT]


def whole(text: str) -> str:
    """Return the text with question marks for halves of a pair, which no encoding takes."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_tags(text: str) -> tuple[str, ...]:
    """Return the tags in a line, apart by commas."""
    tags = (tag.strip()[:_TAG_LIMIT] for tag in clean(text).split(","))
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:_TAGS_LIMIT]


def search_command(question: Question, home: Path | None = None) -> str:
    """Return the shell command that asks the same; `home` where it is not the usual one."""
    choices = question.choices
    words = ["recall", "search" if question.text else "ls"]
    words += ["-n", choices.namespace] if choices.namespace else []
    words += [word for kind in choices.kinds for word in ("--kind", kind.value)]
    words += [word for tag in choices.tags for word in ("--tag", tag)]
    words += ["--since", choices.since] if choices.since else []
    words += ["--explain"] if question.explain and question.text else []
    words += ["--", question.text] if question.text else []
    return _command(words, home)


def item_command(item_id: str, home: Path | None = None) -> str:
    """Return the shell command that prints an item."""
    return _command(["recall", "get", item_id], home)


def _command(words: list[str], home: Path | None) -> str:
    place = f"REVO_HOME={shlex.quote(str(home))} " if home else ""
    return f"{place}revo {shlex.join(words)}"

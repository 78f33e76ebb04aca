import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from revo_edge.contract.recall import Filter, Hit, Item, ItemKind, Near, SearchReply, Source, Stored
from revo_gui.models.open_place import opener
from revo_gui.models.recall_list import ROW, HitModel
from revo_gui.models.recall_query import (
    Choices,
    Question,
    clean,
    item_command,
    read_tags,
    search_command,
)
from revo_gui.models.recall_snippets import Snippet, snippet_of, utf16
from revo_gui.models.recall_words import (
    age,
    facts,
    first_words,
    place,
    stored_words,
    summary,
    title_of,
    version_words,
)
from revo_gui.theme import Theme
from revo_gui.views.recall_history import VersionModel

NOW = 1_000_000_000.0


def item(text: str = "some text", id: str = "1", **more: object) -> Item:
    found = Item(id, 1, "n", ItemKind.NOTE, text, created_at=NOW, valid_from=NOW)
    return msgspec.structs.replace(found, **more)


def hit(text: str, marks: tuple[tuple[int, int], ...] = (), **more: Any) -> Hit:
    return Hit(item(text, **more), 1.0, text, marks)


def marked(snippet: Snippet) -> list[str]:
    units = snippet.text.encode("utf-16-le")
    return [units[2 * a : 2 * b].decode("utf-16-le") for a, b in snippet.marks]


# words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "just now"),
        (-5, "just now"),
        (90, "1 min ago"),
        (7_200, "2 h ago"),
        (86_400 * 3, "3 d ago"),
        (86_400 * 30, "4 weeks ago"),
        (86_400 * 400, "1 year ago"),
        (86_400 * 800, "2 years ago"),
    ],
)
def test_an_age_is_said_roughly(seconds: float, said: str) -> None:
    assert age(NOW - seconds, NOW) == said


def test_a_place_is_a_file_with_its_line_an_address_or_a_turn() -> None:
    assert place(Source(path="/a/b.py", first_line=12)) == "/a/b.py:12"
    assert place(Source(path=f"{Path.home()}/b.py")) == "~/b.py"
    assert place(Source(url="https://example.org")) == "https://example.org"
    assert place(Source(session="talk", turn=3)) == "talk #3"
    assert place(Source()) == ""


def test_a_text_without_title_is_called_by_its_speaker_or_its_first_words() -> None:
    assert title_of(item(title="Set\tup\x1b[31m")) == "Set up\\x1b[31m"
    assert title_of(item(source=Source(speaker="Ana"))) == "Ana"
    assert title_of(item("\n\n## Errors\nmore")) == "Errors"
    assert first_words(" \n ") == "(nothing but spaces)"


def test_facts_leave_out_what_is_not_known() -> None:
    found = dict(facts(item(tags=("a", "b"), metadata={"x": {"y": 1}}, pinned=True)))
    assert found["Tags"] == "a, b"
    assert found["metadata.x"] == "{'y': 1}"
    assert found["Pinned"] == "yes"
    assert "File" not in found
    assert "Held until" not in found


def test_an_answer_a_version_and_an_outcome_are_summed_up() -> None:
    one = SearchReply((hit("x"),), 1, 3.41, candidates=20, cached=True)
    assert summary(one) == "1 hit  ·  20 candidates  ·  3.4 ms  ·  from the cache"
    assert summary(SearchReply((), 1, 3.41)) == "0 hits  ·  3.4 ms"
    assert "superseded" in version_words(item(valid_to=NOW + 5))
    assert "holds since" in version_words(item())
    assert stored_words(Stored("1", 1, "duplicate", of="2"))[1] == "info"
    near = Stored("1", 1, "stored", near=(Near("2", 0.9),))
    assert "almost the same" in stored_words(near)[0]
    assert stored_words(Stored("1", 1, "stored")) == ("Stored", "ok")


# snippets


def test_prose_runs_on_and_its_marks_move_with_it() -> None:
    found = snippet_of(hit("  one\n\n  two\tthree", ((9, 12),)))
    assert found.text == "one two three"
    assert marked(found) == ["two"]


def test_code_keeps_lines_from_the_first_mark_on_without_their_indent() -> None:
    text = "def f():\n    a = 1\n\n    if b:\n        c()"
    found = snippet_of(hit(text, ((text.index("b"), text.index("b") + 1),), kind=ItemKind.CODE))
    assert found.text == "if b:\n    c()"
    assert marked(found) == ["b"]


def test_a_heading_that_the_title_has_said_is_not_said_again() -> None:
    found = snippet_of(hit("## Errors\n\nthe code", ((15, 19),), title="Errors"))
    assert found.text == "the code"
    assert marked(found) == ["code"]


def test_a_document_is_read_without_fences_and_bars() -> None:
    text = "| Key | What |\n|---|---|\n| a | b or a|b |\n```sh\nrevo ls\n```\n"
    assert snippet_of(hit(text, kind=ItemKind.DOCUMENT)).text.split() == (
        ["Key", "What", "a", "b", "or", "a|b", "revo", "ls"]
    )
    assert snippet_of(hit(text)).text.startswith("| Key")


def test_marks_count_as_qt_does_and_foreign_characters_are_spelled_out() -> None:
    found = snippet_of(hit("\U0001f40d \u202eabc", ((3, 6),)))
    assert found.text == "\U0001f40d \\u202eabc"
    assert found.marks == ((9, 12),)
    assert marked(found) == ["abc"]


@given(
    text=st.text(max_size=80),
    marks=st.lists(st.tuples(st.integers(-3, 90), st.integers(-3, 90)), max_size=5),
    kind=st.sampled_from(list(ItemKind)),
)
def test_no_text_and_no_marks_break_a_snippet(
    text: str, marks: list[tuple[int, int]], kind: ItemKind
) -> None:
    found = snippet_of(Hit(item(text or "x", kind=kind), 1.0, text, tuple(marks)))
    assert all(0 <= a < b <= utf16(found.text) for a, b in found.marks)
    ends = [place for mark in found.marks for place in mark]
    assert ends == sorted(ends)
    assert kind is ItemKind.CODE or "\n" not in found.text


# questions


def test_choices_become_a_filter_of_whole_minutes() -> None:
    choices = Choices("me", (ItemKind.CODE,), ("a",), "1d")
    assert choices.count == 4
    minute = NOW // 60 * 60
    found = choices.filter(minute + 59)
    assert found == Filter(("me",), (ItemKind.CODE,), ("a",), since=minute - 86_400)
    assert Choices().filter(NOW) == Filter()


def test_tags_and_words_are_read_as_they_can_be_asked() -> None:
    assert read_tags(" a b , a b,,c ") == ("a b", "c")
    assert read_tags("") == ()
    assert clean("  x \ud83d ") == "x \ufffd"
    assert len(clean("y" * 200_000)) == 100_000


def test_a_search_is_a_command_that_the_shell_takes() -> None:
    question = Question(
        "--it's; rm -rf $HOME", Choices("my space", (ItemKind.NOTE,), ("t",), "7d"), explain=True
    )
    command = search_command(question, Path("/some home"))
    assert command.startswith("REVO_HOME='/some home' revo recall search")
    words = shlex.split(command)
    assert words[-2:] == ["--", question.text]
    assert words[3:11] == ["search", "-n", "my space", "--kind", "note", "--tag", "t", "--since"]
    assert search_command(Question()) == "revo recall ls"
    assert item_command("01X") == "revo recall get 01X"


# where a file opens


def which(*known: str) -> "dict[str, str]":
    return {name: f"/bin/{name}" for name in known}


@pytest.mark.parametrize(
    ("env", "known", "words"),
    [
        ({"VISUAL": "code --wait"}, ("code",), ("/bin/code", "--wait", "--goto", "/f.py:7")),
        ({"VISUAL": "kate"}, ("kate",), ("/bin/kate", "--line", "7", "/f.py")),
        ({"VISUAL": "gone", "EDITOR": "gedit"}, ("gedit",), ("/bin/gedit", "+7", "/f.py")),
        ({"VISUAL": "ed1t -l {line} {file}"}, ("ed1t",), ("/bin/ed1t", "-l", "7", "/f.py")),
        ({"VISUAL": "unheard-of"}, ("unheard-of",), ("/bin/unheard-of", "/f.py")),
        ({"EDITOR": "vim"}, ("vim", "xterm"), ("/bin/xterm", "-e", "/bin/vim", "+7", "/f.py")),
        ({"EDITOR": "vim", "TERMINAL": "foot"}, ("vim", "foot"), ("/bin/foot", "-e", "/bin/vim", "+7", "/f.py")),
        ({"EDITOR": "vim"}, ("vim",), ()),
        ({"EDITOR": "'open quote"}, (), ()),
        ({}, ("vim", "code"), ()),
    ],
)  # fmt: skip
def test_the_users_editor_opens_at_the_line(
    env: dict[str, str], known: tuple[str, ...], words: tuple[str, ...]
) -> None:
    found = opener(Path("/f.py"), 7, env, which(*known).get)
    assert found.words == words
    assert found.said


def test_a_file_without_a_line_is_given_alone() -> None:
    env = {"VISUAL": "code"}
    assert opener(Path("/{line}"), None, env, which("code").get).words == ("/bin/code", "/{line}")


# the list


@pytest.fixture
def model() -> HitModel:
    model = HitModel()
    model.tester = QAbstractItemModelTester(  # type: ignore[attr-defined]  # lives as long as the model
        model, QAbstractItemModelTester.FailureReportingMode.Fatal
    )
    return model


def titles(model: HitModel) -> list[str]:
    return [model.row(row).title for row in range(model.rowCount())]


@pytest.mark.usefixtures("qapp")
def test_the_list_takes_answers_pages_corrections_and_losses(model: HitModel) -> None:
    model.show_hits([Hit(item("one", "1"), 2.0, parts={"lexical": 1.0, "recency": 0.0001})])
    model.append([Hit(item("one again", "1"), 0.0), Hit(item("two", "2"), 0.0)])
    assert titles(model) == ["one", "two"]
    model.replace(item("other", "2", title="Corrected"))
    model.replace(item("nobody", "9"))
    assert titles(model) == ["one", "Corrected"]
    model.remove("1")
    model.remove("9")
    assert titles(model) == ["Corrected"]
    model.show_hits([])
    assert model.rowCount() == 0


def test_versions_are_listed_with_what_became_of_them(theme: Theme) -> None:
    model = VersionModel(theme)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_versions((item("new", version=2), item("old", valid_to=NOW + 5)))
    cells = [str(model.index(row, column).data()) for row in range(2) for column in range(2)]
    assert cells == ["2  holds now", "new", "1  superseded", "old"]
    struck = [model.index(row, 1).data(Qt.ItemDataRole.FontRole) for row in range(2)]
    assert struck[0] is None
    assert struck[1].strikeOut()
    model.show_versions(())
    assert model.rowCount() == 0
    del tester


@pytest.mark.usefixtures("qapp")
def test_a_row_says_everything_once(model: HitModel) -> None:
    parts = {"recency": 0.02, "lexical": 1.3, "importance": -0.01, "vector": 0.0}
    model.show_hits([Hit(item("the text", title="T"), 1.02, "the text", ((4, 8),), parts)])
    row = model.index(0).data(ROW)
    assert row.score == "1.02"
    assert [(part.name, part.text, part.ratio) for part in row.parts] == [
        ("lexical", "1.30", 1.0),
        ("recency", "0.02", 0.02),
        ("importance", "-0.01", 0.0),
    ]
    assert row.spoken.startswith("T, note, n, ")
    assert row.spoken.endswith("the text")
    model.show_hits([Hit(item("listed"), 0.0)])
    assert model.row(0).score == ""

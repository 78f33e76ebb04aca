import pytest

from revo_edge.engines.recall import text
from revo_edge.engines.recall.text import Turn

SAID = 1_683_550_000.0  # 8 May 2023


@pytest.mark.parametrize("table", [text.TEXT, text.CODE, text.TURN])
def test_each_column_of_a_table_has_a_weight(table: text.Table) -> None:
    assert len(table.columns) == len(table.weights)


def test_a_turn_is_indexed_with_its_speaker_its_neighbours_and_its_days() -> None:
    before = [
        Turn("Where?", "Ann"),
        Turn("Hello", "Bob"),
        Turn("Hi", "Ann"),
        Turn("too far", "Bob"),
    ]
    columns = text.turn_columns(
        Turn("I went yesterday", "Bob", SAID), before, [Turn("Nice", "Ann")]
    )
    said, asked, near, far, days = columns
    assert said == "Bob: I went yesterday"
    assert asked == "Ann: Where?"
    assert near == "Ann: Nice"
    assert far == "Bob: Hello Ann: Hi"
    assert {"d20230507", "d20230508"} <= set(days.split())


def test_a_turn_before_that_asks_nothing_is_only_near() -> None:
    _, asked, near, _, days = text.turn_columns(Turn("Yes", "Bob"), [Turn("Fine", "Ann")], [])
    assert (asked, near, days) == ("", "Ann: Fine", "")


def test_a_turn_that_ends_in_a_question_asks() -> None:
    assert text.asks("How are you? [shared image: a cat]")
    assert text.asks('He said: "why?"')
    assert not text.asks("Why? I know.")


@pytest.mark.parametrize(
    ("code", "prose"),
    [
        (
            'def f(a):\n    """Return it.\n\n    :param a: which\n    """\n    return a',
            "Return it.",
        ),
        ("/**\n * Adds numbers.\n * @param a first\n */\nint add(int a) {}", "Adds numbers."),
        ("// Opens the file.\n// Twice.\nfunc open() {}", "Opens the file. Twice."),
        ("def f(): pass", ""),
    ],
)
def test_the_purpose_of_code_is_told_from_the_rest(code: str, prose: str) -> None:
    columns = dict(zip(text.CODE.columns, text.code_columns(code, "", "", ""), strict=True))
    assert columns["prose"] == prose
    assert "first" not in prose
    assert "which" not in prose


def test_code_is_indexed_by_name_and_place() -> None:
    name, _, body, place = text.code_columns("def readFile(): pass", "", "src/ioTools.py", "python")
    assert name.split() == ["read", "File", "readFile"]
    assert "readFile" in body
    assert {"python", "Tools"} <= set(place.replace(".", " ").split())


def test_a_short_first_line_is_the_title() -> None:
    assert text.text_columns("", "# Hello\nworld", None) == ("Hello", "world", "")
    assert text.text_columns("", "only line", None) == ("", "only line", "")
    assert text.text_columns("Given", "Given\nrest", None)[:2] == ("Given", "\nrest")


def test_a_note_has_its_days_and_a_document_has_none() -> None:
    assert "d20230507" in text.text_columns("", "done yesterday", SAID)[2]
    assert text.text_columns("", "done yesterday", None)[2] == ""


def test_what_is_embedded_is_what_a_reader_would_read() -> None:
    assert text.embedded_turn(Turn("hi", "Ann")) == "Ann: hi"
    assert text.embedded_text("Title", "body") == "Title\nbody"
    assert text.embedded_text("Title", "Title\nbody") == "Title\nbody"
    assert text.embedded_code("def f(): pass") == "def f(): pass"


def test_the_same_item_makes_the_same_columns() -> None:
    turn = Turn("we met last week \ud800", "Ann", SAID)
    assert text.turn_columns(turn, [turn], []) == text.turn_columns(turn, [turn], [])

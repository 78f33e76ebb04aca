from hypothesis import given
from hypothesis import strategies as st

from revo_gui.models.matching import match, rank

texts = st.text(max_size=60)


@given(text=texts, taken=st.data())
def test_letters_of_a_text_in_order_always_match_and_are_named(
    text: str, taken: st.DataObject
) -> None:
    kept = taken.draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    query = "".join(letter for letter, keep in zip(text, kept, strict=True) if keep)[:40]
    found = match(query, text)
    assert found is not None
    assert list(found.positions) == sorted(set(found.positions))
    met = [text[at].casefold() for at in found.positions]
    assert met == [letter.casefold() for letter in query if not letter.isspace()]


@given(query=texts, text=texts)
def test_it_matches_only_letters_in_order(query: str, text: str) -> None:
    rest = iter([letter.casefold() for letter in text])
    wanted = [letter.casefold() for letter in query if not letter.isspace()][:40]
    assert (match(query, text) is not None) == all(letter in rest for letter in wanted)


@given(query=texts, text=texts)
def test_case_and_blanks_of_the_query_do_not_matter(query: str, text: str) -> None:
    assert match(" " + query, text) == match(query, text)
    if query.isascii():
        assert match(query.upper(), text) == match(query, text)


def test_word_starts_and_runs_score_higher() -> None:
    def score(query: str, text: str) -> float:
        found = match(query, text)
        assert found is not None
        return found.score

    assert score("nt", "New task") > score("nt", "Counter")
    assert score("task", "New task") > score("task", "Metastatic kin")
    assert score("tasks", "Tasks") > score("tasks", "Go to tasks")
    assert score("nt", "newTask") > score("nt", "newtask")


def test_the_best_alignment_is_taken_not_the_first() -> None:
    found = match("th", "Switch theme")
    assert found is not None
    assert found.positions == (7, 8)


def test_rank_puts_the_best_first_and_recent_ones_before_equals() -> None:
    names = ("Go to tasks", "New task", "Pause queue", "New task")
    lines = [(id, name, "Window") for id, name in zip("abcd", names, strict=True)]

    def order(query: str, *recent: str) -> list[int]:
        return [index for index, _ in rank(query, lines, recent)]

    assert order("nt") == [1, 3]
    assert order("nt", "d") == [3, 1]
    assert order("", "c", "a") == [2, 0, 1, 3]


def test_a_match_by_the_text_alone_comes_before_one_by_its_group() -> None:
    lines = [("a", "Survey a folder", "Tasks"), ("b", "Events that stay", "Go to")]
    assert [index for index, _ in rank("st", lines)] == [1, 0]
    assert [index for index, _ in rank("surveytasks", lines)] == [0]


def test_a_huge_text_is_cut_not_searched() -> None:
    assert match("z", "a" * 10_000 + "z") is None
    assert match("a" * 10_000, "a" * 10_000) is not None

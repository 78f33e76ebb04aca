from revo_edge.engines.parallel.html_searches import searches
from revo_edge.engines.parallel.remembering import Example, Remembered


def test_examples_are_commands_with_their_place_and_escaped() -> None:
    page = searches(Remembered("", "a<b", 3, [Example("read file", "src/<a>.py", 3)]))
    assert "revo recall search read file -n &#x27;a&lt;b&#x27;" in page
    assert "src/&lt;a&gt;.py:3" in page


def test_why_nothing_can_be_searched_is_said() -> None:
    assert "not searchable: No &amp; no." in searches(Remembered("No & no."))
    assert searches(None) == ""

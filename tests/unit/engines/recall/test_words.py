from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.recall.words import spaced, split_identifiers, whole_identifiers


def test_identifiers_are_split_at_humps_and_underscores() -> None:
    assert split_identifiers("getHTTPResponse_code") == "get HTTP Response code"


def test_only_names_with_humps_are_kept_whole() -> None:
    assert whole_identifiers("def readFile(path, a_b, XMLParser)") == "readFile XMLParser"


def test_unspaced_writing_becomes_single_characters() -> None:
    assert spaced("日本語 text").split() == ["日", "本", "語", "text"]


@given(st.text())
def test_anything_can_be_stored(text: str) -> None:
    clean = spaced(text)
    clean.encode("utf-8")
    assert "\x00" not in clean

"""How text becomes words, the same for what is stored and for what is asked.

The index's own tokenizer (unicode61 with porter) splits at what is neither letter nor digit,
lowers case and takes off accents and endings. Two things it cannot: identifiers, which are split
here at their humps, and writing without spaces, of which it would make one word a sentence.
"""

import re

_HUMP = re.compile(r"[A-Z](?:(?<=[a-z0-9][A-Z])|(?<=[A-Z][A-Z])(?=[a-z]))")
"""A capital that begins a part; it stands first in the pattern, so that most text is skipped."""
_WORD = re.compile(r"\w+")
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"  # kana, Han, Hangul
    "\U00020000-\U0003134f"
)
UNSPACED = re.compile(f"[{_UNSPACED}]+")
_EACH_UNSPACED = re.compile(f"([{_UNSPACED}])")

_STOP = """
a about above after again against all am an and any are as at be because been before being below
between both but by can could did do does doing down during each few for from further had has
have having he her here hers herself him himself his how i if in into is it its itself just let
me more most my myself no nor not now of off on once only or other our ours ourselves out over
own same she should so some such than that the their theirs them themselves then there these
they this those through to too under until up us very was we were what when where which while
who whom whose why will with would you your yours yourself yourselves
"""
STOP = frozenset(_STOP.split())
"""English words that say nothing of the matter; left out of a query that has others."""


def spaced(text: str) -> str:
    """Return a text for the index: writing without spaces becomes one word a character.

    What SQLite cannot store goes too: lone surrogates, and the zero byte that would end the text.
    """
    if text.isascii() and "\x00" not in text:
        return text
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
    return _EACH_UNSPACED.sub(r" \1 ", clean) if UNSPACED.search(clean) else clean


def split_identifiers(text: str) -> str:
    """Return a text with identifiers taken apart: `getHTTPResponse_code` in four words."""
    parts, last = [], 0
    for found in _HUMP.finditer(text):  # `sub` with a group is twice as slow
        parts.append(text[last : found.start()])
        last = found.start()
    parts.append(text[last:])
    return " ".join(parts).replace("_", " ")


def whole_identifiers(text: str) -> str:
    """Return the identifiers with humps as they stand, for who searches the whole name."""
    words: dict[str, None] = {}
    end = 0
    for found in _HUMP.finditer(text):
        start = found.start()
        if start < end:
            continue  # another hump of the same word
        while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        word = _WORD.match(text, start)
        if word is not None:
            words[word[0]] = None
            end = word.end()
    return " ".join(words)

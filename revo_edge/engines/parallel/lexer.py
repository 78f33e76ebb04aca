"""Source as lines of token kinds, for finding code that is the same but for its names.

A token is one character: each keyword and each operator its own, any identifier, any number and any
string one for its kind. Comments, white space and imports leave nothing. So two pieces of code have
equal lines when one is a copy of the other with other names and other literals.
"""

import re
import string
from functools import cache

from revo_edge.engines.parallel.syntax import PYTHON_STRING, SYNTAXES

_NAME, _NUMBER, _STRING = "i", "n", "s"
_FREE = [*map(chr, range(0x80, 0x100)), *(c for c in string.ascii_letters if c not in "ins")]
_KNOWN_TOKENS = 50_000  # a table that knows more is emptied: it is a cache
_KNOWN_LENGTH = 24  # longer tokens, most of them strings and comments, seldom come again

_PYTHON_WORDS = """
    False None True and as assert async await break case class continue def del elif else except
    finally for from global if import in is lambda match nonlocal not or pass raise return try while
    with yield
"""
_OTHER_WORDS = """
    abstract as async await begin bool boolean break case catch char class const continue def default
    defer defun do done double echo elif else elseif elsif end enum esac except export extends extern
    false fi final finally float fn for foreach func function go goto if impl implements in int
    interface is let local long loop match mod module mut new nil none null or and not private
    protected pub public raise range repeat rescue return select self short sizeof static struct
    super switch template then this throw throws trait true try type typedef typename union unless
    unsigned until val var virtual void volatile when where while with yield
"""
_OPERATORS = """
    == != <= >= += -= *= /= //= %= &= |= ^= ** **= // << >> <<= >>= -> => := && || ++ -- :: ?? ?. ...
"""
_NO_CODE = frozenset(
    ["Batch", "CSS", "Dockerfile", "HTML", "INI", "Make", "Markdown", "SVG", "TOML", "XML", "YAML"]
)

CODE = frozenset({"Python", *SYNTAXES} - _NO_CODE)
"""The languages that are code: what repeats itself in others is data or prose."""

_PYTHON_IMPORT = r"(?:from[ \t]+[\w.]+[ \t]+)?import[ \t(](?:\([^)]*+\)?|[^\n\#(\\]++|\\\n)*+"
_OTHER_IMPORT = (
    r"(?:\#[ \t]*include\b|(?:import|package|require|require_once|source|use|using)[ \t]+"
    r"[^\s=(.\[+-])[^\n]*"
)
_PYTHON_OPERATOR = r"[*/<>]{2}=?|[-+*/%@&|^=<>!:]=|->|[^\w\s]"
_OTHER_STRING = r""" "(?:[^"\\\n]++|\\.)*+"? | '(?:[^'\\\n]++|\\.)*+'? """
_BACKTICKS = r" | `(?:[^`\\]++|\\.)*+`? "
_WITH_BACKTICKS = frozenset(["Go", "JavaScript", "Svelte", "TypeScript", "Vue"])
_OTHER_OPERATOR = r"\.\.\.|[-=]>|&&|\|\||\+\+|--|::|\?[?.]|[*/<>]{2}=?|[-+*/%&|^=<>!:]=|[^\w\s]"
_HOW = re.VERBOSE | re.DOTALL


class _Table(dict[str, str]):
    """Token -> what stands for it; what it does not know is classified when it is met."""

    def __init__(self, words: str, comment: re.Pattern[str]) -> None:
        super().__init__({"\n": "\n", "": ""})
        self._comment = comment
        self.update(zip([*words.split(), *_OPERATORS.split()], _FREE, strict=False))
        self._fixed = dict(self)

    def __missing__(self, token: str) -> str:
        kind = self._classify(token)
        if len(token) < _KNOWN_LENGTH:
            if len(self) > _KNOWN_TOKENS:
                self.clear()
                self.update(self._fixed)
            self[token] = kind
        return kind

    def _classify(self, token: str) -> str:
        first = token[0]
        if first in "'\"`" and len(token) > 1:
            return _STRING + "\n" * token.count("\n")
        if token.isidentifier():
            return _NAME
        if first == "\n" or self._comment.match(token):
            return "\n" * token.count("\n")
        if first.isspace():
            return ""
        if first.isalnum():
            return _NUMBER
        return first if len(token) == 1 and token.isascii() else "?"


def lines_of_kinds(source: str, language: str) -> list[str]:
    """Return the tokens of each line of the source, one character below U+0100 for each.

    A token that goes over several lines stands in its first. `language` is one of `CODE`.
    """
    tokens, table = _reader(language)
    return "".join(map(table.__getitem__, tokens.findall("\n" + source))).split("\n")[1:]


@cache
def _reader(language: str) -> tuple[re.Pattern[str], _Table]:
    if language == "Python":
        comment, quoted, operator = r"\#[^\n]*", PYTHON_STRING, _PYTHON_OPERATOR
        words, statement = _PYTHON_WORDS, _PYTHON_IMPORT
    else:
        comment, quoted, operator = _comment(language), _OTHER_STRING, _OTHER_OPERATOR
        words, statement = _OTHER_WORDS, _OTHER_IMPORT
        quoted += _BACKTICKS if language in _WITH_BACKTICKS else ""
    tokens = re.compile(  # what is frequent comes first; an import is part of the line end before
        rf"[ \t]*+([^\W\d]\w*+|\n(?:[ \t]*{statement})?|{comment}|[()\[\],.]"
        rf"|{quoted}|\d[\w.]*+|{operator}|[^\S\n]|\Z)",
        _HOW,
    )
    return tokens, _Table(words, re.compile(comment, _HOW))


def _comment(language: str) -> str:
    syntax = SYNTAXES[language]
    blocks = [f"{opening}.*?(?:{closing}|\\Z)" for opening, closing in syntax.blocks]
    return "|".join([*blocks, *(rf"(?:{sign})[^\n]*" for sign in syntax.line_signs)])

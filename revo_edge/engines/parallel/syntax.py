"""How comments look in each language, for what reads source without parsing it."""

import re

import msgspec


class Syntax(msgspec.Struct, frozen=True):
    """The comments of a family of languages; each sign is a regular expression."""

    line_signs: tuple[str, ...] = ()
    blocks: tuple[tuple[str, str], ...] = ()  # (opening, closing)

    @property
    def signs(self) -> tuple[str, ...]:
        """All that a comment may start with."""
        return (*self.line_signs, *(opening for opening, _ in self.blocks))


_SLASHES = r"(?<!:)//"  # not the one of https://
_BLOCK = (r"/\*", r"\*/")
_TAGS = (r"<!--", r"-->")
_HASH = r"(?<![^\s;])\#"  # `$#` and `a#b` are none

_C = Syntax((_SLASHES,), (_BLOCK,))
_FAMILIES = (
    (_C, "C C# C++ Dart Go Groovy Java JavaScript Kotlin Objective-C QML Rust Scala Swift"),
    (_C, "TypeScript Zig"),
    (Syntax((_SLASHES, _HASH), (_BLOCK,)), "PHP Terraform"),
    (Syntax((_SLASHES,), (_BLOCK, _TAGS)), "Svelte Vue"),
    (Syntax((), (_BLOCK,)), "CSS"),
    (
        Syntax((_HASH,)),
        "CMake Dockerfile Elixir Julia Make Nix Perl PowerShell Python R Ruby Shell TOML Tcl YAML",
    ),
    (Syntax((_HASH, r"(?<![^\s]);")), "INI"),
    (Syntax((_HASH, r";", _SLASHES), (_BLOCK,)), "Assembly"),
    (Syntax((r"--",), (_BLOCK,)), "SQL"),
    (Syntax((r"--",), ((r"\{-", r"-\}"),)), "Haskell"),
    (Syntax((r"--",), ((r"--\[\[", r"\]\]"),)), "Lua"),
    (Syntax((), ((r"\(\*", r"\*\)"),)), "OCaml"),
    (Syntax((r"%",)), "Erlang"),
    (Syntax((r"!",)), "Fortran"),
    (Syntax((r"(?i:\brem\b)", r"::")), "Batch"),
    (Syntax((_SLASHES,), (_BLOCK,)), "Protocol~Buffers"),
    (Syntax((), (_TAGS,)), "HTML Markdown SVG XML"),
)

SYNTAXES = {name.replace("~", " "): syntax for syntax, names in _FAMILIES for name in names.split()}
"""Language (as `language_of` names it) -> its comments; what is missing has none that is known."""

SLASH_LIKE = frozenset(name for name, syntax in SYNTAXES.items() if _BLOCK in syntax.blocks)
"""The languages in whose block comments a line often begins with a star."""

PYTHON_STRING = r"""
    '''(?:[^'\\]++|\\.|'(?!''))*+(?:''')? | \"""(?:[^"\\]++|\\.|"(?!""))*+(?:\""")?
  | '(?:[^'\\\n]++|\\.)*+'? | "(?:[^"\\\n]++|\\.)*+"?
"""
"""A Python string without its prefix, for a verbose pattern in which a dot is any character.

One that is never closed is a string too: no text takes longer to read than its length.
"""

PYTHON_COMMENT_OR_STRING = re.compile(
    rf"(?P<comment>\#[^\n]*) | {PYTHON_STRING}", re.VERBOSE | re.DOTALL
)
"""Finds every comment of a Python source: a `#` inside a string is passed over."""

"""Which program opens a file at a line: a plain function over the user's own settings."""

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

Which = Callable[[str], str | None]

_PLUS = ("+{line}", "{file}")
_COLON = ("{file}:{line}",)
_OPTION = ("--line", "{line}", "{file}")
_FORMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("code", "codium", "code-insiders", "cursor", "windsurf"), ("--goto", *_COLON)),
        **dict.fromkeys(("subl", "sublime_text", "zed", "zeditor", "hx", "helix", "lapce"), _COLON),
        **dict.fromkeys(("kate", "kwrite", "pycharm", "idea", "webstorm", "clion", "goland"), _OPTION),
        **dict.fromkeys(("gedit", "gnome-text-editor", "gvim", "emacs", "emacsclient", "geany"), _PLUS),
        **dict.fromkeys(("xed", "pluma", "mousepad", "vi", "vim", "nvim", "nano", "micro", "kak"), _PLUS),
    }
)  # fmt: skip
"""How well-known editors are told the line; another one gets the file alone."""
_IN_TERMINAL = frozenset({"vi", "vim", "nvim", "nano", "micro", "kak", "hx", "helix", "ed", "joe"})
_TERMINALS = (
    ("x-terminal-emulator", "-e"),
    ("gnome-terminal", "--"),
    ("konsole", "-e"),
    ("xfce4-terminal", "-x"),
    ("kitty", ""),
    ("alacritty", "-e"),
    ("foot", ""),
    ("xterm", "-e"),
)
"""(program, what stands before the command)"""


class Opener(NamedTuple):
    """`words` are the command to run; none: the system is asked to open the file, without a line.

    `said` names the program, and why it is that one.
    """

    words: tuple[str, ...]
    said: str


def opener(path: Path, line: int | None, env: Mapping[str, str], which: Which) -> Opener:
    """Choose by $VISUAL, then $EDITOR, then what the system has for such files.

    A value with `{file}` and `{line}` is filled in. An editor of the terminal is run in one.
    """
    for variable in ("VISUAL", "EDITOR"):
        value = env.get(variable, "").strip()
        if value and (found := _by(variable, value, path, line, env, which)):
            return found
    return Opener((), "the system's program for it; set $VISUAL to open at the line")


def _by(
    variable: str, value: str, path: Path, line: int | None, env: Mapping[str, str], which: Which
) -> Opener | None:
    try:
        words = shlex.split(value)
    except ValueError:
        return None
    program = which(words[0]) if words else None
    if program is None:
        return None
    name = Path(words[0]).name
    command = (program, *_filled(words[1:], name, path, line))
    said = f"{name} (${variable})"
    if name not in _IN_TERMINAL and not {"-nw", "-t"} & set(words):
        return Opener(command, said)
    terminal = _terminal(env, which)
    return Opener((*terminal, *command), f"{said} in a terminal") if terminal else None


def _filled(rest: list[str], name: str, path: Path, line: int | None) -> tuple[str, ...]:
    if not any("{file}" in word for word in rest):
        form = _FORMS.get(name, ("{file}",)) if line else ("{file}",)
        rest = [*rest, *form]
    filled = (word.replace("{line}", str(line or 1)) for word in rest)
    return tuple(word.replace("{file}", str(path)) for word in filled)


def _terminal(env: Mapping[str, str], which: Which) -> tuple[str, ...]:
    chosen = env.get("TERMINAL", "")
    for name, before in ((chosen, "-e"), *_TERMINALS):
        if name and (program := which(name)):
            return (program, before) if before else (program,)
    return ()

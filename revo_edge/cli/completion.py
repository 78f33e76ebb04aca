"""`revo completion`: static scripts. A TAB starts no Python: the whole command tree is in them.

Only where a template, its keys or a kind may follow do they ask `revo completion words`.
"""

from collections.abc import Callable, Iterator

import click

from revo_edge.cli.options import json_option
from revo_edge.cli.output import show_json

Words = dict[str, list[str]]
"""Command path ("revo task ls") -> what may follow it, subcommands and options."""


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  revo completion bash > ~/.local/share/bash-completion/completions/revo
  revo completion zsh > "${fpath[1]}/_revo"
  revo completion fish > ~/.config/fish/completions/revo.fish
""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "words"]))
@click.argument("typed", metavar="", nargs=-1, type=click.UNPROCESSED)
@json_option
@click.pass_context
def completion(ctx: click.Context, *, shell: str, typed: tuple[str, ...], as_json: bool) -> None:
    """Print a completion script for your shell.

    The scripts ask `revo completion words ...` for the names of templates, their keys and presets.
    """
    if shell == "words":
        from revo_edge.cli.words import words  # noqa: PLC0415 - not for --help

        found = words(typed)
        show_json({"words": found}) if as_json else click.echo("\n".join(found))
        return
    script = _SHELLS[shell](dict(walk(ctx.find_root(), "revo")))
    if as_json:
        show_json({"shell": shell, "script": script})
    else:
        click.echo(script, nl=False)


def walk(ctx: click.Context, path: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command path with the words that may follow it."""
    command = ctx.command
    words = [name for option in command.get_params(ctx) for name in _option_names(option)]
    if isinstance(command, click.Group):
        names = command.list_commands(ctx)
        yield path, [*names, *words]
        for name in names:
            found = command.get_command(ctx, name)
            if found is not None:
                yield from walk(click.Context(found, parent=ctx), f"{path} {name}")
    else:
        yield path, words


def _option_names(option: click.Parameter) -> list[str]:
    return [*option.opts, *option.secondary_opts] if isinstance(option, click.Option) else []


def _cases(words: Words) -> str:
    return "\n".join(f"    '{path}') words='{' '.join(found)}' ;;" for path, found in words.items())


def _paths(words: Words) -> str:
    return "|".join(f"'{path}'" for path in words if path != "revo")


_POSIX = """\
  local path=revo words=''
  for word in {typed}; do
    case "$path $word" in
      {paths}) path="$path $word" ;;
    esac
  done
  case "$path" in
{cases}
  esac
"""


_ASKED = ("revo run", "revo template show", "revo template new")
_PLACES = "|".join(f"'{path}'" for path in _ASKED)
_DYNAMIC = """\
  case "$path" in
    {places}) {name}="${name} $(revo completion words -- {typed} 2>/dev/null)" ;;
  esac
"""


def _bash(words: Words) -> str:
    typed = '"${COMP_WORDS[@]:1:COMP_CWORD-1}"'
    dynamic = _DYNAMIC.format(places=_PLACES, name="words", typed=typed)
    body = _POSIX.format(typed=typed, paths=_paths(words), cases=_cases(words))
    return f"""\
# bash completion for revo; made by `revo completion bash`
_revo() {{
  local word
{body}{dynamic}  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
  [[ ${{#COMPREPLY[@]}} == 1 && $COMPREPLY == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}}
complete -o default -F _revo revo
"""


def _zsh(words: Words) -> str:
    # `path` is tied to PATH in zsh, so the variable has another name there.
    typed = '"${(@)words_typed}"'
    body = _POSIX.format(typed=typed, paths=_paths(words), cases=_cases(words))
    dynamic = _DYNAMIC.format(places=_PLACES, name="known", typed=typed).replace("$path", "$place")
    body = body.replace("path=revo words=''", "place=revo known=''").replace("$path", "$place")
    body = body.replace(' path="', ' place="').replace(") words='", ") known='")
    return f"""\
#compdef revo
# zsh completion for revo; made by `revo completion zsh`
_revo() {{
  local word
  local -a words_typed
  words_typed=("${{(@)words[2,CURRENT-1]}}")
{body}{dynamic}  compadd -- ${{=known}}
  _files
}}
compdef _revo revo
"""


def _fish(words: Words) -> str:
    lines = ["# fish completion for revo; made by `revo completion fish`"]
    for path, found in words.items():
        typed = path.split()[1:]
        seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in typed)
        names = " ".join(_below(words, path))
        condition = seen or "__fish_use_subcommand"
        if names:
            lines.append(f"complete -c revo -n '{condition}' -f -a '{names}'")
        long = [option[2:] for option in found if option.startswith("--")]
        lines += [f"complete -c revo -n '{condition}' -l {name}" for name in long]
    ask = "(revo completion words -- (commandline -opc)[2..] 2>/dev/null)"
    for path in _ASKED:
        seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in path.split()[1:])
        lines.append(f"complete -c revo -n '{seen}' -f -a '{ask}'")
    return "\n".join(lines) + "\n"


def _below(words: Words, path: str) -> list[str]:
    depth = path.count(" ") + 1
    prefix = path + " "
    return [p.removeprefix(prefix) for p in words if p.startswith(prefix) and p.count(" ") == depth]


_SHELLS: dict[str, Callable[[Words], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}

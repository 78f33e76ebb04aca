import subprocess
import sys

import click
import pytest

from revo_edge._version import __version__
from revo_edge.cli.main import SECTIONS, cli
from tests.unit.cli.runner import revo


def every_command() -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []

    def walk(command: click.Command, path: str) -> None:
        found.append((path, command))
        if isinstance(command, click.Group):
            ctx = click.Context(command)
            for name in command.list_commands(ctx):
                below = command.get_command(ctx, name)
                assert below is not None
                walk(below, f"{path} {name}")

    walk(cli, "revo")
    return found


@pytest.mark.parametrize(("path", "command"), every_command(), ids=str)
def test_every_command_has_help_and_an_example(path: str, command: click.Command) -> None:
    assert command.help
    assert isinstance(command, click.Group) or f"{path.removesuffix(' help')}" in (
        command.epilog or ""
    )
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{path} {option.name} has no help"


def test_every_command_that_prints_data_has_json() -> None:
    without = {"revo daemon run", "revo gui", "revo help"}
    for path, command in every_command():
        if isinstance(command, click.Group) or path in without:
            continue
        assert any("--json" in option.opts for option in command.params), path


def test_the_summaries_are_those_of_the_commands() -> None:
    for part in SECTIONS.values():
        for name, lazy in part.items():
            command = cli.get_command(click.Context(cli), name)
            assert command is not None
            assert (command.help or "").splitlines()[0] == lazy.summary


def test_version_prints_the_version_only() -> None:
    result = revo("--version")
    assert (result.exit_code, result.output) == (0, f"revo {__version__}\n")


@pytest.mark.parametrize("args", [["--version"], ["--help"]])
def test_nothing_heavy_is_imported_for(args: list[str]) -> None:
    script = (
        "import sys, revo_edge.cli.main as m\n"
        f"try: m.cli.main({args!r})\n"
        "except SystemExit: pass\n"
        "heavy = {'zmq', 'rich', 'msgspec', 'psutil', 'numpy', 'sqlite3'}\n"
        "sys.exit(','.join(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""

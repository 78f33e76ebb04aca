"""`revo recall`: its commands and their help."""

import click
import pytest

from revo_edge.cli.recall import recall
from tests.unit.cli.runner import revo

COMMANDS = sorted(recall.commands)


def test_the_commands_are_these() -> None:
    words = "context export forget get import ingest ls model optimize put related search stats"
    assert [*words.split(), "update", "watch"] == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_an_example_and_json(name: str) -> None:
    command = recall.commands[name]
    assert isinstance(command, click.Command)
    assert "Example" in (command.epilog or "")
    assert "--json" in {option for param in command.params for option in param.opts}
    assert revo("recall", name, "--help").exit_code == 0


def test_a_misspelt_command_is_answered_with_the_nearest() -> None:
    assert 'Did you mean "search"?' in revo("recall", "serch", "x").output

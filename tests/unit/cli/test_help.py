import pytest

from revo_edge import errors
from tests.unit.cli.runner import revo


def test_every_exit_code_of_an_error_is_explained() -> None:
    text = revo("help", "exit-codes").stdout
    explained = {int(line.split()[0]) for line in text.splitlines() if line[0].isdigit()}
    classes = [found for found in vars(errors).values() if isinstance(found, type)]
    codes = {c.exit_code for c in classes if issubclass(c, errors.RevoError)}
    assert codes <= explained
    assert {0, 1, 2, 130} <= explained


@pytest.mark.parametrize("words", [["task"], ["task", "ls"], ["map"], []])
def test_help_of_a_command_is_its_own(words: list[str]) -> None:
    assert revo("help", *words).stdout == revo(*words, "--help").stdout


def test_help_for_an_unknown_command_suggests() -> None:
    result = revo("help", "taks")
    assert result.exit_code == 2
    assert 'Did you mean "task"?' in result.stderr
    assert "has no subcommands" in revo("help", "map", "x").stderr

import json

from revo_edge.cli.group import wants_json
from tests.unit.cli.runner import revo


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    result = revo("staus")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert 'no command "staus". Did you mean "status"?' in result.stderr


def test_an_unknown_subcommand_is_answered_with_the_nearest() -> None:
    result = revo("task", "lss")
    assert result.exit_code == 2
    assert 'Did you mean "ls"?' in result.stderr
    assert "`revo task --help`" in result.stderr


def test_an_unknown_option_is_answered_with_the_nearest() -> None:
    result = revo("task", "ls", "--stat", "held")
    assert result.exit_code == 2
    assert "--state" in result.stderr


def test_a_wrong_command_line_with_json_is_json_on_stdout() -> None:
    result = revo("task", "ls", "--bad", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "USAGE"
    assert result.stderr == ""


def test_json_after_two_dashes_is_not_ours() -> None:
    assert wants_json(["map", "--json"])
    assert not wants_json(["map", "f.py:f", "--", "--json"])


def test_an_error_says_what_to_do_and_ends_with_its_code() -> None:
    result = revo("survey", "/nowhere/at/all")
    assert result.exit_code == 3
    assert result.stderr == "error: /nowhere/at/all does not exist. Check the spelling.\n"


def test_an_error_with_json_is_json() -> None:
    result = revo("survey", "/nowhere/at/all", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout) == {
        "error": {
            "code": "NOT_FOUND",
            "msg": "/nowhere/at/all does not exist. Check the spelling.",
            "retry": False,
            "after_ms": None,
            "detail": None,
        }
    }

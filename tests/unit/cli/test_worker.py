from tests.unit.cli.runner import revo


def test_wrong_bounds_are_refused_before_asking() -> None:
    assert "MIN 8 is greater than MAX 4" in revo("worker", "scale", "8", "4").stderr
    assert revo("worker", "scale", "0", "4").exit_code == 2


def test_killing_needs_yes_without_a_terminal() -> None:
    result = revo("worker", "restart", "--kill")
    assert result.exit_code == 2
    assert "add --yes" in result.stderr

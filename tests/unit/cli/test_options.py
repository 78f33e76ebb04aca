import click
import pytest

from revo_edge.cli.options import confirm


def test_nobody_is_asked_without_a_terminal() -> None:
    confirm("Delete?", yes=True)
    with pytest.raises(click.UsageError, match="add --yes"):
        confirm("Delete?", yes=False)

from revo_edge.cli.reference import reference
from tests.harness import REPOSITORY


def test_the_page_of_the_command_line_is_current() -> None:
    page = (REPOSITORY / "docs" / "cli.md").read_text()
    assert page == reference(), "run `python -m revo_edge.cli.reference > docs/cli.md`"

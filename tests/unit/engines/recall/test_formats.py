import pytest

from revo_edge.engines.recall.formats import (
    CODE_LIMIT_BYTES,
    DATA_LIMIT_BYTES,
    REASONS,
    Format,
    Reason,
    format_of,
    limit_of,
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b.py", Format.PYTHON),
        ("a.rs", Format.CODE),
        ("README.md", Format.MARKDOWN),
        ("docs/x.rst", Format.RST),
        ("LICENSE", Format.PLAIN),
        ("a.ipynb", Format.NOTEBOOK),
        ("A.PDF", Format.PDF),
        ("chat.jsonl", Format.JSON_LINES),
        ("conversations.json", Format.JSON),
        ("setup.cfg", Format.SETTINGS),
        ("page.html", Format.HTML),
        ("secrets.py", Format.PYTHON),
        (".env.example", Format.PLAIN),
        (".env", Reason.SECRET),
        ("home/.ssh/id_rsa", Reason.SECRET),
        ("tls/server.key", Reason.SECRET),
        (".bash_history", Reason.SHELL_HISTORY),
        ("yarn.lock", Reason.DATA),
        ("table.csv", Reason.DATA),
        ("jquery.min.js", Reason.MINIFIED),
    ],
)
def test_a_file_is_judged_by_its_name(path: str, expected: Format | Reason) -> None:
    assert format_of(path, 100) is expected


def test_the_history_of_a_shell_is_read_only_when_asked_for() -> None:
    assert format_of("home/.zsh_history", 1, history=True) is Format.HISTORY


def test_a_file_is_too_large_for_its_format_not_in_general() -> None:
    assert format_of("a.py", CODE_LIMIT_BYTES + 1) is Reason.HUGE
    assert format_of("a.txt", CODE_LIMIT_BYTES + 1) is Format.PLAIN
    assert format_of("a.yaml", DATA_LIMIT_BYTES + 1) is Reason.DATA
    assert limit_of(Format.PDF) > limit_of(Format.PYTHON)


def test_every_reason_is_explained() -> None:
    assert set(REASONS) == set(Reason)

"""The language of a file is guessed from its name alone."""

import pytest

from revo_edge.engines.files.languages import OTHER, language_of


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a.py", "Python"),
        ("src/a.RS", "Rust"),
        ("deep/Makefile", "Make"),
        ("a.tar.json", "JSON"),
        ("CMakeLists.txt", "CMake"),
        ("notes.txt", "Text"),
        ("py", OTHER),
        (".bashrc", OTHER),
        ("a.unknown", OTHER),
        ("c.d/plain", OTHER),
    ],
)
def test_language_of_a_name(path: str, language: str) -> None:
    assert language_of(path) == language

import pytest

from revo_edge.engines.files.languages import language_of
from revo_edge.engines.recall.chunk_code import cut_code

BODY = "\n".join(f"  a = a + {n} * some_value;" for n in range(12))
SOURCES = {
    "a.js": f"/** Adds. */\nfunction add(a, b) {{\n{BODY}\n}}\n\nfunction sub(a) {{\n{BODY}\n}}\n",
    "a.ts": f"export function add(a: number, b: T): number {{\n{BODY}\n}}\n",
    "a.go": f"// add adds\nfunc add(a int, b int) int {{\n{BODY}\n}}\n",
    "a.rs": f"fn add(a: i32) -> i32 {{\n{BODY}\n}}\n",
    "A.java": f"class A {{\n  int add(int a) {{\n{BODY}\n  }}\n}}\n",
    "a.cpp": f"int Sum::add(int a, int b) {{\n{BODY}\n}}\n",
}


@pytest.mark.parametrize("path", SOURCES)
def test_functions_are_found_by_name_in_each_language(path: str) -> None:
    pieces = cut_code(path, language_of(path), SOURCES[path])
    added = next(piece for piece in pieces if "add" in piece.title)
    assert added.title.startswith(f"{path} ")
    assert str(added.metadata["symbol"]).endswith("add")
    assert added.metadata["language"] == language_of(path)


def test_a_comment_above_belongs_to_its_function() -> None:
    first, second = cut_code("a.js", "JavaScript", SOURCES["a.js"])
    assert (first.first_line, first.title) == (1, "a.js add(a, b)")
    assert second.title == "a.js sub(a)"


@pytest.mark.parametrize("path", SOURCES)
def test_every_line_is_kept(path: str) -> None:
    pieces = cut_code(path, language_of(path), SOURCES[path])
    kept = "".join("".join(piece.text.split()) for piece in pieces)
    assert kept == "".join(SOURCES[path].split())


def test_what_lizard_does_not_know_or_fails_on_is_cut_at_empty_lines() -> None:
    (piece,) = cut_code("a.sql", "SQL", "SELECT 1;\n\nSELECT 2;\n")
    assert (piece.title, piece.first_line, piece.last_line) == ("a.sql", 1, 3)
    nested = "x = " + "(" * 3_000 + ")" * 3_000
    assert cut_code("a.js", "JavaScript", nested)

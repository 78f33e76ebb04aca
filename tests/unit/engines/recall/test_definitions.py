from revo_edge.engines.recall.definitions import Definition, cut_definitions


def titles(lines: list[str], *definitions: Definition) -> list[tuple[str, int | None, int | None]]:
    pieces = cut_definitions("a.x", "X", lines, definitions)
    return [(piece.title, piece.first_line, piece.last_line) for piece in pieces]


def body(number: int) -> list[str]:
    return [f"this is a line of some length, number {n}" for n in range(number)]


def test_what_is_around_and_between_definitions_has_the_name_of_what_holds_it() -> None:
    lines = [*body(10), *body(10), *body(10), *body(10), *body(10)]
    whole = Definition(11, 40, "A", "A(B)", "class", whole=False)
    inner = Definition(21, 30, "A.f", "A.f(x)", "function")
    assert titles(lines, whole, inner) == [
        ("a.x", 1, 10),
        ("a.x A(B)", 11, 20),
        ("a.x A.f(x)", 21, 30),
        ("a.x A(B)", 31, 40),
        ("a.x", 41, 50),
    ]


def test_the_head_of_a_class_and_its_small_methods_are_put_together() -> None:
    lines = [
        "class A:",
        "    " + "x" * 70,
        "",
        *["    " + "y" * 70] * 2,
        "",
        *["    " + "z" * 70] * 2,
    ]
    whole = Definition(1, 8, "A", "A", "class", whole=False)
    methods = [
        Definition(4, 5, "A.f", "A.f()", "function"),
        Definition(7, 8, "A.g", "A.g()", "function"),
    ]
    assert titles(lines, whole, *methods) == [("a.x A, A.f(), A.g()", 1, 8)]


def test_a_lone_bracket_is_part_of_what_it_closes() -> None:
    lines = ["class A {", *body(10), "}"]
    assert titles(lines, Definition(2, 11, "f", "f()", "function")) == [("a.x f()", 1, 12)]


def test_a_part_of_a_long_line_is_not_joined_with_the_line() -> None:
    lines = ["x", "y" * 6_000, "z"]
    pieces = cut_definitions("a.x", "X", lines, [Definition(1, 3, "f", "f()", "function")])
    assert sum(len(piece.text) for piece in pieces) <= 6_002
    assert max(len(piece.text) for piece in pieces) <= 2_400


def test_a_source_without_definitions_is_cut_at_empty_lines() -> None:
    lines = [*body(30), "", *body(30)]
    assert titles(lines) == [("a.x (1 of 2)", 1, 30), ("a.x (2 of 2)", 32, 61)]

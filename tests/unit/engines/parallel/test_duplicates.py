"""Duplicates: every seeded one is found, nothing else is, whatever the order of the files."""

import random
import re
from collections.abc import Sequence

import pytest

from revo_edge.engines.parallel import duplicates
from revo_edge.engines.parallel.duplicates import DuplicateGroup, Duplicates, find_duplicates
from revo_edge.engines.parallel.lexer import lines_of_kinds
from revo_edge.engines.parallel.prints import make_prints

Random = random.Random


def expression(rng: Random, depth: int = 0) -> str:
    if depth > 2 or rng.random() < 0.3:
        return rng.choice(["alpha", "beta[0]", "gamma.delta", "17", "'text'", "None", "True"])
    left, right = expression(rng, depth + 1), expression(rng, depth + 1)
    return rng.choice(
        [
            f"{left} {rng.choice(['+', '-', '*', '//', 'and', 'or', '==', 'in', '<='])} {right}",
            f"call({left}, key={right})",
            f"[{left}, {right}]",
            f"({left} if {right} else 0)",
            f"{{{left}: {right}}}",
            f"not {left}",
        ]
    )


def statement(rng: Random, indent: str = "    ") -> str:
    value = expression(rng)
    simple = [f"name = {value}", f"other += {value}", f"return {value}", f"do({value})"]
    simple += [f"assert {value}", f"del alpha[{value}]", f"first, second = {value}, 1"]
    heads = [f"if {value}:", f"while {value}:", f"for item in {value}:", f"with {value} as it:"]
    if indent == "    " and rng.random() < 0.4:
        return f"{indent}{rng.choice(heads)}\n{statement(rng, indent * 2)}"
    return indent + rng.choice(simple)


def function(rng: Random, statements: int) -> str:
    body = "\n".join(statement(rng) for _ in range(statements))
    return f"def function(alpha, beta):\n{body}\n"


def renamed(source: str) -> str:
    source = re.sub(r"\b(alpha|beta|name|item|call|key)\b", r"\1_2", source)
    return source.replace("17", "0x4F").replace("'text'", '"""other"""')


def reformatted(source: str) -> str:
    return "# a comment\n" + source.replace("\n", "  # why\n\n").replace(" = ", "=")


def find(sources: dict[str, str], language: str = "Python") -> Duplicates:
    return find_duplicates(
        [make_prints(path, lines_of_kinds(text, language)) for path, text in sources.items()]
    )


def spots(groups: Sequence[DuplicateGroup]) -> list[list[tuple[str, int, int]]]:
    return sorted([(p.path, p.first_line, p.last_line) for p in group.places] for group in groups)


def seeded_tree(rng: Random) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """Write 40 files of their own code; in 20 pairs of them stands the same function."""
    files = {f"{n:02}.py": [function(rng, 12) for _ in range(10)] for n in range(40)}
    names = sorted(files)
    pairs = set()
    for n in range(20):
        one, two = names[n], names[39 - n]
        copy = function(rng, 14).replace("function", "copied")
        files[one].insert(rng.randrange(10), copy)
        copy = renamed(copy) if n % 2 else copy
        copy = reformatted(copy) if n % 4 > 1 else copy
        files[two].insert(rng.randrange(10), copy)
        pairs.add((one, two))
    return {name: "\n".join(parts) for name, parts in files.items()}, pairs


@pytest.mark.parametrize("seed", range(3))
def test_20_of_20_seeded_duplicates_are_found_and_nothing_else(seed: int) -> None:
    sources, pairs = seeded_tree(Random(seed))
    found = find(sources)
    assert {tuple(place.path for place in group.places) for group in found.groups} == pairs
    assert found.groups_found == 20
    for group in found.groups:
        first = group.places[0]
        text = sources[first.path].splitlines()[first.first_line - 1 : first.last_line]
        begin = text.index("def copied(alpha, beta):")  # what is before it may be equal too
        assert len(text) - begin >= 15
        assert group.lines == sum(map(bool, text))
    assert found == find(dict(reversed(sources.items())))
    assert found.complete


LINES = [
    *("def f(a, b):", "    if a > b[0]:", "        return {a: b}", "    for c in a.d(b):"),
    *("        while c != 1 and not b:", "            c += [a, b][c]", "    with b as e:"),
    *("        e = lambda x: x * 2 - a", "        raise A(b) from c", "    return (a, *b)"),
]
CODE = "\n".join(LINES) + "\n"


def test_a_group_names_its_places_and_how_much_is_equal() -> None:
    found = find({"b.py": f"x = 1\n\n{CODE}y = 2\n", "a.py": f"{CODE}\n\n# end\nz[0] = 3\n"})
    (group,) = found.groups
    assert spots([group]) == [[("a.py", 1, 10), ("b.py", 3, 12)]]
    assert group.lines == 10
    assert group.tokens == len("".join(lines_of_kinds(CODE, "Python")))
    assert (found.compared_files, found.compared_lines, found.duplicated_lines) == (2, 23, 20)
    assert found.ratio == 20 / 23


def test_a_longer_and_a_shorter_duplicate_of_one_piece_are_both_named() -> None:
    more = "    try:\n        a @= b\n    finally:\n        global q\n"
    found = find({"a.py": CODE + more, "b.py": CODE + more, "c.py": f"{CODE}    pass\n"})
    assert spots(found.groups) == [
        [("a.py", 1, 10), ("b.py", 1, 10), ("c.py", 1, 10)],
        [("a.py", 1, 14), ("b.py", 1, 14)],
    ]
    assert found.duplicated_lines == 14 + 14 + 10


def test_copies_in_one_file_are_places_that_do_not_overlap() -> None:
    found = find({"a.py": CODE * 5})
    places = [(p.first_line, p.last_line) for group in found.groups for p in group.places]
    for group in found.groups:
        ends = [0, *(place.last_line for place in group.places)]
        assert all(p.first_line > end for p, end in zip(group.places, ends, strict=False))
    assert min(first for first, _ in places) == 1
    assert max(last for _, last in places) == 50
    assert found.duplicated_lines == 50


def test_what_is_short_or_monotonous_is_no_duplicate() -> None:
    short = "\n".join(LINES[:4]) + "\n"
    table = "\n".join(f"    ({n}, 'name', {n}, 0)," for n in range(100)) + "\n"
    licence = "# Licensed to nobody.\n" * 40
    imports = "".join(f"from a.b{n} import c{n}\n" for n in range(40))
    for text in (short, table, licence, imports, "x = 1\n" * 60):
        assert find({"a.py": text, "b.py": text}).groups == []


def test_nothing_compared_has_no_ratio() -> None:
    assert find({}) == Duplicates()


def test_a_file_that_repeats_itself_ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "MOST_STEPS", 100_000)
    found = find({"a.py": CODE * 3_000, "b.py": CODE * 3_000})
    assert found.complete
    assert found.groups


def test_a_search_over_its_bounds_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "MOST_STEPS", 2)
    assert not find({"a.py": CODE, "b.py": CODE}).complete
    monkeypatch.undo()
    monkeypatch.setattr(duplicates, "MOST_REPEATED", 1)
    assert not find({"a.py": CODE, "b.py": CODE}).complete


def test_files_are_opened_anew_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{n}.py": CODE for n in range(9)}
    expected = find(files)
    monkeypatch.setattr(duplicates, "_MOST_OPEN", 2)
    assert find(files) == expected


def test_other_languages_are_compared_too() -> None:
    code = "function f(a, b) {\n" + "  if (a > b[0] && c) { d += f(a, 'x'); }\n" * 6 + "}\n"
    assert len(find({"a.js": code, "b.js": f"let z;\n{code}"}, "JavaScript").groups) == 1

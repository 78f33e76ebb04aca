"""Kept results: used only for the same file, and never worse than measuring anew."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from revo_edge.engines.files.tree import Tree, walk
from revo_edge.engines.parallel import survey_cache
from revo_edge.engines.parallel.line_ages import LineAges
from revo_edge.engines.parallel.lint import Lint, Linted
from revo_edge.engines.parallel.measure import Measured, measure_files
from revo_edge.engines.parallel.survey_cache import CacheReader, cache_file, keep

LATER_NS = 2**62
SOURCE = "def f(a: int) -> None:\n    # TODO\n    return a\n" * 20


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a.py").write_text(SOURCE)
    (root / "b.c").write_text("int f(int a) { return a; }\n")
    (root / "c.bin").write_bytes(b"\0")
    (root / "d.py").write_text("def (\n")
    return root


@pytest.fixture
def file(tmp_path: Path, root: Path) -> Path:
    return cache_file(tmp_path / "home", str(root))


def listed(root: Path) -> Tree:
    return walk(str(root), settled_ns=LATER_NS)


def measure(root: Path, file: Path | None, tree: Tree | None = None) -> Measured:
    tree = tree or listed(root)
    reader = CacheReader(str(file or ""))
    paths = [path for path, _ in tree.files]
    found = measure_files(str(root), paths, tree.stamps, reader.get)
    reader.close()
    return found


def survey(root: Path, file: Path) -> Measured:
    """Measure and keep; return what was found."""
    tree = listed(root)
    found = measure(root, file, tree)
    keep(file, tree, [found])
    return found


def same(one: Measured, two: Measured) -> bool:
    return (one.files, one.skipped, one.prints) == (two.files, two.skipped, two.prints)


def test_a_second_survey_measures_nothing_and_finds_the_same(root: Path, file: Path) -> None:
    first = survey(root, file)
    assert sorted(first.digests) == ["a.py", "b.c", "c.bin", "d.py"]
    second = survey(root, file)
    assert second.digests == {}
    assert same(first, second)
    assert same(second, measure(root, None))


def test_a_file_with_the_same_stamp_is_not_read(root: Path, file: Path) -> None:
    first = survey(root, file)
    tree = listed(root)
    for path, _ in tree.files:
        (root / path).unlink()
    assert same(measure(root, file, tree), first)


def test_what_changed_is_measured_and_what_was_only_touched_is_read(root: Path, file: Path) -> None:
    survey(root, file)
    (root / "a.py").write_text(SOURCE.replace("a: int", "b: int"))
    os.utime(root / "b.c", ns=(1, 1))
    second = survey(root, file)
    assert sorted(second.digests) == ["a.py", "b.c"]
    assert same(second, measure(root, None))
    assert survey(root, file).digests == {}, "the new stamps are kept"


def test_a_file_too_new_for_a_stamp_is_read_again(root: Path, file: Path) -> None:
    tree = walk(str(root), settled_ns=1)
    assert tree.stamps == [None] * 4
    keep(file, tree, [measure(root, file, tree)])
    (root / "a.py").write_text(SOURCE.replace("TODO", "HACK"))
    found = measure(root, file, tree)
    assert found.files[0].markers[0].tag == "HACK"
    assert same(found, measure(root, None))


def test_a_file_that_is_gone_is_forgotten_and_comes_back(root: Path, file: Path) -> None:
    survey(root, file)
    (root / "a.py").unlink()
    survey(root, file)
    reader = CacheReader(str(file))
    assert (reader.get("a.py"), reader.get("b.c") is not None) == (None, True)
    reader.close()


def test_what_lizard_cannot_read_is_tried_again(root: Path, file: Path) -> None:
    (root / "big.js").write_text("x = 1;\n" * 100_000)
    survey(root, file)
    assert "big.js" not in survey(root, file).digests
    assert [f.error is not None for f in survey(root, file).files if f.path == "big.js"] == [True]


@pytest.mark.parametrize(
    "damage", [b"", b"no database " * 100, b"SQLite format 3\0" + b"\7" * 5000]
)
def test_a_damaged_file_is_thrown_away(root: Path, file: Path, damage: bytes) -> None:
    first = survey(root, file)
    file.write_bytes(damage)
    assert same(measure(root, file), first)
    assert len(survey(root, file).digests) == 4
    assert survey(root, file).digests == {}


def test_a_damaged_row_is_not_used(root: Path, file: Path) -> None:
    first = survey(root, file)
    with sqlite3.connect(file) as db:
        db.execute("UPDATE files SET kept = zeroblob(50) WHERE path = 'a.py'")
        db.execute("UPDATE files SET kept = 'text', check_sum = NULL WHERE path = 'b.c'")
    db.close()
    second = survey(root, file)
    assert sorted(second.digests) == ["a.py", "b.c"]
    assert same(first, second)


def test_another_version_of_the_measuring_code_has_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cache_file(tmp_path, "/tree")
    assert before == cache_file(tmp_path, "/tree") != cache_file(tmp_path, "/other")
    monkeypatch.setattr(survey_cache, "MEASURES", 0)
    assert cache_file(tmp_path, "/tree") != before


def test_old_trees_are_removed_when_all_take_too_much(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [cache_file(tmp_path / "home", f"/tree{n}") for n in range(3)]
    for age, file in enumerate(files):
        survey(root, file)
        os.utime(file, (1_000_000 - age, 1_000_000 - age))
    monkeypatch.setattr(survey_cache, "LIMIT_BYTES", files[0].stat().st_size * 2)
    survey(root, files[1])
    assert [file.exists() for file in files] == [True, True, False]
    assert sorted(p.name for p in files[0].parent.iterdir()) == sorted(f.name for f in files[:2])


def test_a_folder_that_cannot_be_written_is_said(root: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(OSError, match="home"):
        survey(root, cache_file(tmp_path / "home", str(root)))


def test_a_fact_is_kept_beside_the_files(root: Path, file: Path) -> None:
    fact = Linted(Lint(version="1", files=2), b"key")
    keep(file, listed(root), [], {"lint": fact})
    reader = CacheReader(str(file))
    assert reader.fact("lint", Linted) == fact
    assert reader.fact("ages", LineAges) is None
    reader.close()
    keep(file, listed(root), [measure(root, file)])
    with closing(CacheReader(str(file))) as later:
        assert later.fact("lint", Linted) == fact
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE facts SET kept = x'00'")
        db.commit()
    with closing(CacheReader(str(file))) as damaged:
        assert damaged.fact("lint", Linted) is None
    assert CacheReader("").fact("lint", Linted) is None

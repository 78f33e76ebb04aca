"""Hotspots: hard and often changed, with the reason; without a history none."""

import msgspec

from revo_edge.engines.parallel.git_history import FileHistory, History
from revo_edge.engines.parallel.hotspots import MOST_HOTSPOTS, find_hotspots
from revo_edge.engines.parallel.measure import FileReport
from revo_edge.engines.parallel.python_metrics import Module, measure_source


def file(path: str, decisions: int) -> FileReport:
    found = measure_source("def parse():\n" + " if a: pass\n" * decisions + " pass\n")
    assert isinstance(found, Module)
    return FileReport(path, "Python", 1, 1, complexity=decisions + 1, functions=found.functions)


def past(path: str, commits: int, authors: int = 5) -> FileHistory:
    return FileHistory(path, commits, 30, 12, authors, 1, "Ann", 0.5, 2)


def test_hard_and_busy_comes_first_and_says_why() -> None:
    files = [file("hard.py", 30), file("both.py", 30), file("busy.py", 0), file("calm.py", 0)]
    changes = [past("hard.py", 2), past("both.py", 42), past("busy.py", 42, 1)]
    found = find_hotspots(files, History(files=changes)).files
    assert [(spot.path, spot.score) for spot in found] == [
        ("both.py", 0.5625),  # 3/4 of the files by complexity x 3/4 by commits
        ("hard.py", 0.2812),
        ("busy.py", 0.1875),
    ]
    assert found[0].reason == (
        "changed 42 times in 12 months by 5 people; parse() has complexity 31"
    )
    assert "by 1 person;" in found[2].reason
    assert (found[0].churn, found[0].functions[0].name) == (42, "parse")


def test_complexity_is_ranked_among_files_counted_alike() -> None:
    script = msgspec.structs.replace(file("a.js", 30), language="JavaScript")
    files = [file("a.py", 3), file("b.py", 1), script]
    found = find_hotspots(files, History(files=[past(f.path, 2) for f in files])).files
    assert {spot.path: spot.score for spot in found} == {"a.py": 0.375, "b.py": 0.125, "a.js": 0.25}


def test_a_file_changed_once_is_new_and_not_busy() -> None:
    found = find_hotspots([file("a.py", 9)], History(files=[past("a.py", 1)]))
    assert found.files == []
    assert "changed more than once" in found.unavailable


def test_without_a_history_the_list_says_why_it_is_empty() -> None:
    found = find_hotspots([file("a.py", 9)], History("No git here."))
    assert (found.files, found.unavailable) == ([], "There is no history to rank by. No git here.")


def test_the_list_is_bounded() -> None:
    names = [f"{n:02}.py" for n in range(MOST_HOTSPOTS + 9)]
    history = History(files=[past(name, 3) for name in names])
    assert len(find_hotspots([file(name, 3) for name in names], history).files) == MOST_HOTSPOTS

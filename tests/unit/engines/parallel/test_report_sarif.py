"""SARIF: what a code host needs of each finding."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import msgspec

from revo_edge.engines.parallel.gates import check_gates
from revo_edge.engines.parallel.report import Report
from revo_edge.engines.parallel.report_sarif import render_sarif
from tests.unit.engines.parallel.sample_report import NASTY, nasty_report, survey


def run_of(report: Report) -> dict[str, Any]:
    document = msgspec.json.decode(render_sarif(report))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} <= rules
    found: dict[str, Any] = run
    return found


def places(run: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (
            result["ruleId"],
            result["level"],
            unquote(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]),
        )
        for result in run["results"]
    ]


def test_without_gates_hard_and_broken_code_are_warnings(tmp_path: Path) -> None:
    run = run_of(nasty_report(tmp_path))
    assert places(run) == [
        ("unparsed", "warning", f"broken{NASTY}"),
        ("complexity", "warning", NASTY),
        ("ruff/F821", "error", NASTY),
        ("ruff/I001", "note", NASTY),
    ]
    base = urlparse(run["originalUriBaseIds"]["ROOT"]["uri"])
    assert (base.scheme, unquote(base.path)) == ("file", f"{tmp_path}/")


def test_a_broken_gate_is_an_error_and_said_once(tmp_path: Path) -> None:
    report = nasty_report(tmp_path)
    gates = check_gates(["complexity>10", "unparsed>0", "lines>99"], report)
    run = run_of(msgspec.structs.replace(report, gates=gates))
    assert places(run) == [
        ("complexity", "error", NASTY),
        ("unparsed", "error", f"broken{NASTY}"),
        ("ruff/F821", "error", NASTY),
        ("ruff/I001", "note", NASTY),
    ]
    first = run["results"][0]
    assert first["message"]["text"] == "hard() has complexity 15. The gate is complexity>10."
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_a_name_that_is_not_utf8_keeps_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "n\udce9.py").write_text("def f(:")
    report = nasty_report(tmp_path / "tree")
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in run_of(report)["results"]
    ]
    assert "n%E9.py" in uris


def test_a_cycle_is_shown_with_each_of_its_imports(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import b")
    (tmp_path / "b.py").write_text("\nimport a")
    (tmp_path / "c.py").write_text("import d")
    (tmp_path / "d.py").write_text("def f(): import c")
    report = survey(tmp_path)
    run = run_of(report)
    assert places(run) == [("import_time_cycles", "warning", "a.py"), ("cycles", "note", "c.py")]
    first = run["results"][0]
    assert first["message"]["text"] == "Modules import each other at import time: a -> b -> a."
    lines = [p["physicalLocation"]["region"]["startLine"] for p in first["relatedLocations"]]
    assert lines == [1, 2]
    gates = check_gates(["cycles>0"], report)
    broken = run_of(msgspec.structs.replace(report, gates=gates))
    assert places(broken) == [("cycles", "error", "a.py"), ("cycles", "error", "c.py")]
    assert broken["results"][0]["message"]["text"] == (
        "Modules import each other: a -> b -> a. The gate is cycles>0."
    )


def test_findings_of_ruff_are_said_once_and_old_comments_by_their_gate(tmp_path: Path) -> None:
    report = nasty_report(tmp_path)
    gates = check_gates(["lint>0", "todo_age_days>9", "complexity>99"], report)
    run = run_of(msgspec.structs.replace(report, gates=gates))
    assert [place for place in places(run) if place[1] == "error"] == [
        ("lint", "error", NASTY),
        ("lint", "error", NASTY),
        ("todo_age_days", "error", "easy.py"),
    ]
    texts = [result["message"]["text"] for result in run["results"]]
    assert texts[0] == "ruff finds F821 here. The gate is lint>0."
    assert texts[2] == "The TODO is 1095 days old. The gate is todo_age_days>9."
    assert not [place for place in places(run) if place[0].startswith("ruff/")]

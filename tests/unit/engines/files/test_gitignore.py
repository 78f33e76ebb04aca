"""What the rules mean is what git says: each test asks both."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revo_edge.engines.files.gitignore import IgnoreRules
from revo_edge.engines.files.tree import walk

IGNORES = {
    ".gitignore": "*.log\n!keep.log\n/build\n/*.tmp\ndocs/*\n!docs/api\nnode_modules/\n\\#odd\n",
    "a/.gitignore": "!a.log\nsecret\r\n*.txt\n!/b/inner.txt\n# a comment\n",
    "a/b/.gitignore": "/*\n!/kept\n!.gitignore\n",
    "c/.gitignore": "!\n[z-a]\n\\\nx/**/y\n*.c \ntrail\\ \n",
}
NAMES = [
    *("x.log", "keep.log", "build/out", "sub/build/in", "t.tmp", "sub/t.tmp", "docs/a.md"),
    *("docs/api/b.md", "node_modules/m.js", "sub/node_modules", "#odd", "a/a.log", "a/x.log"),
    *("a/secret", "a/c/secret/z", "a/n.txt", "a/b/inner.txt", "a/b/kept/n.txt", "a/b/kept/k"),
    *("a/b/gone", "c/x/y", "c/x/1/2/y", "c/f.c", "c/trail ", "c/z-a", "c/\\"),
]


def listed(root: Path) -> list[str]:
    return [path for path, _ in walk(str(root)).files]


def listed_by_git(root: Path) -> list[str]:
    git = ["git", "-C", str(root), "-c", "core.excludesFile=/dev/null"]
    subprocess.run([*git, "init", "-q"], check=True)
    listing = subprocess.run(
        [*git, "ls-files", "-z", "--others", "--exclude-standard"], check=True, capture_output=True
    )
    return sorted(filter(None, listing.stdout.decode().split("\0")))


def test_nested_and_negated_rules_mean_what_git_says(tmp_path: Path) -> None:
    for name in [*NAMES, *IGNORES]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(IGNORES.get(name, ""))
    assert listed(tmp_path) == listed_by_git(tmp_path)


PART = st.sampled_from(["a", "b", "*", "**", "a*", "?", "[ab]", "[!a]", "\\a", "a**b", "***"])
RULE = st.builds(
    lambda no, front, parts, end: no + front + "/".join(parts) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/"]),
    st.lists(PART, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
)


@settings(max_examples=60, deadline=None)
@given(
    outer=st.lists(RULE, max_size=4),
    inner=st.lists(RULE, max_size=3),
    names=st.sets(
        st.lists(st.sampled_from(["a", "b", "ab"]), min_size=2, max_size=4).map("/".join),
        min_size=1,
        max_size=5,
    ),
)
def test_any_rules_mean_what_git_says(
    tmp_path_factory: pytest.TempPathFactory, outer: list[str], inner: list[str], names: set[str]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name / "leaf").parent.mkdir(exist_ok=True)
        (root / name / "leaf").write_text("")
    (root / ".gitignore").write_text("\n".join(outer))
    (root / "a").mkdir(exist_ok=True)
    (root / "a/.gitignore").write_text("\n".join(inner))
    assert listed(root) == listed_by_git(root)
    shutil.rmtree(root)


@pytest.mark.parametrize(
    ("rules", "path", "verdict"),
    [
        (b"", "a", None),
        (b"[[:digit:]]", "7", True),
        (b"[[:alpha:]_]*", "_x", True),
        (b"[!a-c]", "b", None),
        (b"[[:nonsense:]]", "a", None),
        (b"a[", "a[", None),
        (b"[]x]", "]", True),
        (b"a\\", "a\\", None),
        (b"\xef\xbb\xbfa", "a", True),
        (b"a/[b/]c", "a//c", None),
        (b"\\!a", "!a", True),
        (b"\xff*", "\udcffx", True),
        (b"*\n!a\n", "a", False),
    ],
)
def test_single_rules(rules: bytes, path: str, *, verdict: bool | None) -> None:
    assert IgnoreRules(rules).verdict(path, is_folder=False) is verdict


def test_a_rule_for_folders_spares_files() -> None:
    rules = IgnoreRules(b"out/")
    assert rules.verdict("out", is_folder=False) is None
    assert rules.verdict("out", is_folder=True) is True

from pathlib import Path

from revo_edge.engines.files.ignored import Ignored


def test_a_path_is_left_out_by_any_rule_on_its_way(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / ".gitignore").write_text("*.log\nbuild/\n")
    (tmp_path / "a/.gitignore").write_text("!kept.log\nown/\n")
    ignored = Ignored(str(tmp_path))
    assert "x.log" in ignored
    assert "a/kept.log" not in ignored
    assert "build/deep/file.txt" in ignored
    assert "a/own/file" in ignored
    assert "own/file" not in ignored
    assert "build/" in ignored
    assert "build" not in ignored
    assert ".git/index" in ignored
    assert "b/.git/HEAD" in ignored
    assert "a/node_modules/x/index.js" in ignored
    assert "gone/long/ago.txt" not in ignored


def test_a_changed_gitignore_holds_at_once(tmp_path: Path) -> None:
    ignored = Ignored(str(tmp_path))
    assert "x.log" not in ignored
    (tmp_path / ".gitignore").write_text("*.log\n")
    assert "x.log" in ignored
    (tmp_path / ".gitignore").unlink()
    assert "x.log" not in ignored

from pathlib import Path

import pytest

from revo_edge.cli.main import cli


@pytest.mark.parametrize("args", [["--repeat", "0"], ["--no-such"], ["gone"], ["--timeout", "0"]])
def test_wrong_usage_has_the_code_of_pytest(
    args: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        cli.main(["test", *args])
    assert ended.value.code == 4

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from revo_edge.paths import Paths
from tests.unit.cli.runner import revo

ASK = """
source {script}
COMP_WORDS=({words} '')
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_revo
echo "${{COMPREPLY[@]}}"
"""


def answers(script: Path, words: str) -> list[str]:
    done = subprocess.run(
        ["bash", "-c", ASK.format(script=script, words=words)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_bash_completes_commands_subcommands_and_options(tmp_path: Path) -> None:
    script = tmp_path / "revo.bash"
    script.write_text(revo("completion", "bash").stdout)
    assert {"survey", "map", "task", "doctor"} <= set(answers(script, "revo"))
    assert {"ls", "show", "cancel"} <= set(answers(script, "revo task"))
    assert {"--state", "--json", "-q"} <= set(answers(script, "revo task ls"))
    assert {"--state"} <= set(answers(script, "revo task ls --json"))


def test_bash_asks_for_templates_keys_and_presets(
    home: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.templates.mkdir(parents=True)
    mine = 'name = "mine"\nkind = "parallel.test"\ntitle = "Mine"\n[presets.quick]\nrepeat = 2\n'
    (home.templates / "mine.toml").write_text(mine)
    (tmp_path / "revo").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m revo_edge "$@"\n')
    (tmp_path / "revo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    script = tmp_path / "revo.bash"
    script.write_text(revo("completion", "bash").stdout)
    assert {"mine", "survey", "--preset"} <= set(answers(script, "revo run"))
    assert {"path=", "repeat="} <= set(answers(script, "revo run mine"))
    assert "quick" in answers(script, "revo run mine --preset")
    assert "mine" in answers(script, "revo template show")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_accept_their_script(shell: str, tmp_path: Path) -> None:
    text = revo("completion", shell).stdout
    assert "doctor" in text
    if shutil.which(shell) is None:
        return
    script = tmp_path / "script"
    script.write_text(text)
    subprocess.run([shell, "-n", str(script)], check=True)

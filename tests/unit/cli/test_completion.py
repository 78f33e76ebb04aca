import shutil
import subprocess
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_accept_their_script(shell: str, tmp_path: Path) -> None:
    text = revo("completion", shell).stdout
    assert "doctor" in text
    if shutil.which(shell) is None:
        return
    script = tmp_path / "script"
    script.write_text(text)
    subprocess.run([shell, "-n", str(script)], check=True)

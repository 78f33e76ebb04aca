"""Which model a setting means is known without loading it."""

from pathlib import Path

import pytest

from revo_edge.embed import builtin, choose
from revo_edge.errors import RevoError

pytest.importorskip("onnxruntime")


def test_the_built_in_model_is_known_by_its_hash_and_loads_as_that() -> None:
    chosen = choose.identify("")
    assert chosen == choose.Chosen(f"{builtin.NAME}-{builtin.MODEL_SHA256[:12]}")
    assert choose.load("").id == chosen.id


def test_a_folder_is_known_by_its_name_and_hash(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "model.onnx").symlink_to(builtin.find_model())
    (folder / "tokenizer.json").symlink_to(builtin.TOKENIZER)
    chosen = choose.identify(str(folder))
    assert chosen.id == f"mine-{builtin.MODEL_SHA256[:12]}"
    assert choose.load(str(folder)).id == chosen.id


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("none", "switched off"),
        ("/nowhere/at/all", "cannot be read"),
        ("https://models.example/v1", "#MODEL"),
    ],
)
def test_no_model_has_a_reason(setting: str, says: str) -> None:
    chosen = choose.identify(setting)
    assert chosen.id == ""
    assert says in chosen.why


def test_loading_what_is_no_model_says_what_one_is(tmp_path: Path) -> None:
    with pytest.raises(RevoError, match=r"model\.onnx"):
        choose.load(str(tmp_path))

from pathlib import Path

import pytest

from revo_edge.embed import builtin, folder
from revo_edge.errors import SettingsError


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with a model, as a user would have it."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.onnx").symlink_to(builtin.find_model())
    (tmp_path / "mine" / "tokenizer.json").symlink_to(builtin.TOKENIZER)
    return tmp_path / "mine"


def test_a_folder_is_a_model_with_an_id_of_its_own(own: Path) -> None:
    model = folder.load(own)
    assert model.id == "mine-8199be6f699a"
    assert model.embed(["text"]).shape == (1, 384)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_missing_file_is_named(own: Path, name: str) -> None:
    (own / name).unlink()
    with pytest.raises(SettingsError, match=f"{name} does not exist"):
        folder.load(own)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_of_another_kind_is_refused(own: Path, name: str) -> None:
    (own / name).unlink()
    (own / name).write_text("not a model")
    with pytest.raises(SettingsError, match=name):
        folder.load(own)

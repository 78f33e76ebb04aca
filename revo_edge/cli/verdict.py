"""What a check of `revo doctor` finds: one Struct, and one word for it."""

from collections.abc import Callable, Iterator
from enum import Enum

import msgspec

from revo_edge.errors import RevoError


class Verdict(Enum):
    """How a check ended; only an error makes `revo doctor` fail."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNCHECKED = "not checked"


class Check(msgspec.Struct, frozen=True):
    """One thing looked at: what was found, and when it is not well what to type.

    `ok` is False only for an error. Without a verdict `ok` decides between ok and error.
    """

    name: str
    ok: bool
    detail: str
    mend: str = ""
    verdict: Verdict | None = None

    def __post_init__(self) -> None:
        """Give every check a verdict."""
        if self.verdict is None:
            plain = Verdict.OK if self.ok else Verdict.ERROR
            msgspec.structs.force_setattr(self, "verdict", plain)


def warned(name: str, good: bool, detail: str, mend: str) -> Check:  # noqa: FBT001 - as in Check
    """Return a check that is ok, or at most a warning."""
    return Check(name, True, detail, mend, Verdict.OK if good else Verdict.WARNING)


def unchecked(name: str, why: str, mend: str = "") -> Check:
    """Return a check that could not be made, with the reason."""
    return Check(name, True, why, mend, Verdict.UNCHECKED)


def guarded(name: str, look: Callable[[], Check]) -> Iterator[Check]:
    """Yield the check, or say why it could not be made: a doctor must not die of the illness."""
    try:
        yield look()
    except RevoError as error:
        yield unchecked(name, error.msg)
    except OSError as error:
        yield unchecked(name, f"{error.strerror or error}: {error.filename or 'no file'}")

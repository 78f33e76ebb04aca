"""Every error a user can meet.

    RevoError
    |-- BadRequest          BAD_REQUEST      a request, parameter or setting is wrong
    |   `-- SettingsError                    the settings file, a REVO_* variable or a flag is wrong
    |-- UnknownMethod       UNKNOWN_METHOD   the daemon has no such method
    |-- Unauthenticated     UNAUTHENTICATED  the peer did not say who it is
    |-- Forbidden           FORBIDDEN        the peer may not do this
    |-- NotFound            NOT_FOUND        no task, worker, kind, template or file by that name
    |-- Conflict            CONFLICT         the key or the state contradicts the request
    |-- QueueFull           QUEUE_FULL       a bounded queue is full; try again later
    |-- DeadlineExceeded    DEADLINE         the answer did not come in time
    |-- TooLarge            TOO_LARGE        a frame or a file is over its limit
    |-- Unavailable         UNAVAILABLE      an engine or a lane is not there (now)
    |   `-- DaemonUnreachable                no daemon answers, and none could be started
    |-- VersionMismatch     VERSION          client and daemon share no protocol version
    |-- InternalError       INTERNAL         a bug or a broken disk; the log has the traceback
    `-- TaskFailed          the task's own   a task ended as failed or cancelled

`code` is stable and goes on the wire; `retryable` says whether the same request may succeed later;
`exit_code` is what the command line ends with. A message says what to do next.
"""

import difflib
from collections.abc import Iterable
from typing import Any, ClassVar

__all__ = [
    "BadRequest",
    "Conflict",
    "DaemonUnreachable",
    "DeadlineExceeded",
    "Forbidden",
    "InternalError",
    "InvalidTransition",
    "NotFound",
    "QueueFull",
    "RevoError",
    "SettingsError",
    "TaskFailed",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
    "UnknownMethod",
    "VersionMismatch",
    "by_code",
    "did_you_mean",
]


class RevoError(Exception):
    """Base of all errors; `detail` holds facts for programs, `after_ms` when to try again."""

    code: ClassVar[str] = "INTERNAL"
    retryable: ClassVar[bool] = False
    exit_code: int = 10

    def __init__(
        self, msg: str, *, after_ms: int | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        super().__init__(msg)
        self.msg = msg
        self.after_ms = after_ms
        self.detail = detail


class BadRequest(RevoError):
    """Raised when a request does not fit its schema; the text names the field."""

    code = "BAD_REQUEST"
    exit_code = 2


class SettingsError(BadRequest):
    """Raised when a setting is unknown or has a wrong value; the text names where it stands."""


class UnknownMethod(RevoError):
    """Raised when the daemon has no method by that name."""

    code = "UNKNOWN_METHOD"
    exit_code = 2


class Unauthenticated(RevoError):
    """Raised when a peer must say who it is and did not."""

    code = "UNAUTHENTICATED"
    exit_code = 5


class Forbidden(RevoError):
    """Raised when the peer's role is too low for the method."""

    code = "FORBIDDEN"
    exit_code = 5


class NotFound(RevoError):
    """Raised when nothing has the given id or name."""

    code = "NOT_FOUND"
    exit_code = 3


class Conflict(RevoError):
    """Raised when a key was used with other parameters, or a state forbids the change."""

    code = "CONFLICT"
    exit_code = 6


class QueueFull(RevoError):
    """Raised before anything is written when a bounded queue has no room."""

    code = "QUEUE_FULL"
    retryable = True
    exit_code = 7


class DeadlineExceeded(RevoError):
    """Raised when an answer did not come within the request's deadline."""

    code = "DEADLINE"
    retryable = True
    exit_code = 8


class TooLarge(RevoError):
    """Raised when a frame, a parameter or a file is over its limit."""

    code = "TOO_LARGE"
    exit_code = 2


class Unavailable(RevoError):
    """Raised when an engine, a lane or the disk cannot serve now."""

    code = "UNAVAILABLE"
    retryable = True
    exit_code = 4


class DaemonUnreachable(Unavailable):
    """Raised by a client when no daemon answers and none could be started."""


class VersionMismatch(RevoError):
    """Raised when client and daemon have no protocol version in common."""

    code = "VERSION"
    exit_code = 9


class InternalError(RevoError):
    """Raised for a bug or a broken disk; the daemon's log has the traceback."""


class TaskFailed(RevoError):
    """Raised by a waiting client when the task failed or was cancelled; carries its own code."""

    exit_code = 1


class InvalidTransition(InternalError):
    """Raised when a state machine is asked for a move it does not know; carries the story."""


_BY_CODE: dict[str, type[RevoError]] = {
    cls.code: cls
    for cls in (
        BadRequest,
        UnknownMethod,
        Unauthenticated,
        Forbidden,
        NotFound,
        Conflict,
        QueueFull,
        DeadlineExceeded,
        TooLarge,
        Unavailable,
        VersionMismatch,
        InternalError,
    )
}


def by_code(code: str) -> type[RevoError]:
    """Return the class for a wire code; a code of a newer daemon is an InternalError."""
    return _BY_CODE.get(code, InternalError)


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return ` Did you mean "x"?` for the nearest option, or an empty string."""
    near = difflib.get_close_matches(word, list(options), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""

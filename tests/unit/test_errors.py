"""The tree of errors: drawn truly, each with a stable code and an exit code."""

import pytest

from revo_edge import errors
from revo_edge.errors import RevoError, by_code, did_you_mean

CLASSES: list[type[RevoError]] = [
    getattr(errors, name)
    for name in errors.__all__
    if name[0].isupper() and name != RevoError.__name__
]
EXIT_CODES = {
    "BAD_REQUEST": 2,
    "UNKNOWN_METHOD": 2,
    "UNAUTHENTICATED": 5,
    "FORBIDDEN": 5,
    "NOT_FOUND": 3,
    "CONFLICT": 6,
    "QUEUE_FULL": 7,
    "DEADLINE": 8,
    "TOO_LARGE": 2,
    "UNAVAILABLE": 4,
    "VERSION": 9,
    "INTERNAL": 10,
}


@pytest.mark.parametrize(("code", "exit_code"), EXIT_CODES.items())
def test_a_wire_code_has_its_class_and_exit_code(code: str, exit_code: int) -> None:
    found = by_code(code)
    assert (found.code, found.exit_code) == (code, exit_code)


def test_a_code_of_a_newer_daemon_is_an_internal_error() -> None:
    assert by_code("OF_TOMORROW") is errors.InternalError


@pytest.mark.parametrize("cls", CLASSES)
def test_a_class_says_when_it_is_raised_and_stands_in_the_tree(cls: type[RevoError]) -> None:
    assert (cls.__doc__ or "").startswith("Raised ")
    assert cls.__name__ in (errors.__doc__ or "") or issubclass(cls, errors.InternalError)
    assert cls.code in EXIT_CODES


def test_only_what_may_pass_by_itself_is_retryable() -> None:
    retryable = {cls.code for cls in CLASSES if cls.retryable}
    assert retryable == {"QUEUE_FULL", "DEADLINE", "UNAVAILABLE"}


def test_an_error_carries_facts_for_programs() -> None:
    error = errors.QueueFull("full", after_ms=500, detail={"limit": 3})
    assert (str(error), error.msg, error.after_ms, error.detail) == (
        "full",
        "full",
        500,
        {"limit": 3},
    )


def test_the_nearest_name_is_suggested_and_nothing_far() -> None:
    assert did_you_mean("prioritty", ["priority", "queue"]) == ' Did you mean "priority"?'
    assert did_you_mean("xyz", ["priority", "queue"]) == ""

"""Actions are plain facts: frozen, comparable, each with a sentence that says what is asked."""

import dataclasses
from typing import get_args

import pytest

from revo_edge.core.actions import Action, StopWorker


def test_every_action_says_what_it_asks_for() -> None:
    for action in get_args(Action):
        assert dataclasses.is_dataclass(action)
        assert action.__doc__, action
        assert not action.__doc__.startswith(f"{action}(")


def test_actions_are_facts_that_cannot_be_changed() -> None:
    action = StopWorker("w1")
    assert action == StopWorker("w1")
    with pytest.raises(dataclasses.FrozenInstanceError):
        action.worker_id = "w2"  # type: ignore[misc] # that it is refused is the test

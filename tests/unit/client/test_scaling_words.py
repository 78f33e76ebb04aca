"""What a change of the number of workers brought, in words."""

from revo_edge.client.scaling_words import effect_words
from revo_edge.contract.events import Pace, ScalingEffect


def test_a_measured_effect_names_both_paces_their_windows_and_waits() -> None:
    old, new = Pace(4.75, 95, 20.0, 95, 0.8), Pace(4.5, 63, 14.0, 0, None)
    effect = ScalingEffect(9.0, 2.0, 4, 6, old, new)
    assert effect_words(effect) == "20/s (over 4.8 s) -> 14/s (over 4.5 s); mean wait 800 ms -> -"


def test_one_that_was_not_measured_says_why() -> None:
    effect = ScalingEffect(9.0, 2.0, 4, 6, reason="nothing waited any more 0.8 s later")
    assert effect_words(effect) == "not measured (nothing waited any more 0.8 s later)"

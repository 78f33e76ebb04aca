"""What a change of the number of workers brought, in words."""

from revo_edge.client.units import duration, rate
from revo_edge.contract.events import Pace, ScalingEffect


def effect_words(effect: ScalingEffect) -> str:
    """Return what was counted on both sides, or that and why nothing was measured."""
    old, new = effect.pace_before, effect.pace_after
    if old is None or new is None:
        return f"not measured ({effect.reason})"
    return (
        f"{_pace(old)} -> {_pace(new)};"
        f" mean wait {duration(old.mean_wait_s)} -> {duration(new.mean_wait_s)}"
    )


def _pace(pace: Pace) -> str:
    return f"{rate(pace.ended_per_s)} (over {duration(pace.window_s)})"

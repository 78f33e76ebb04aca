"""A real daemon grows under a load, and says afterwards what that brought."""

import pytest

from revo_edge import Client
from revo_edge.contract.events import SCALING, SCALING_EFFECT, Scaling, ScalingEffect
from revo_edge.contract.record import decode_body
from revo_edge.contract.tasks import TaskSpec
from tests.harness import WaitFor

ITEM_S = 0.1
LOAD = TaskSpec("probe.fan", {"count": 4000, "kind": "probe.sleep", "seconds": ITEM_S})


def test_a_growth_under_load_is_followed_by_what_it_brought(
    client: Client, wait_for: WaitFor
) -> None:
    boot, s = client.hello().boot, client.s
    task = client.submit(LOAD).id
    wait_for(lambda: any(e.pace_after for e in client.workers().effects), 20.0)
    client.cancel(task, 0.0)
    found = client.workers()
    told = [effect for effect in found.effects if effect.pace_after]
    for effect in told:
        check(effect)
    said = client.events_since(boot, s, ("worker.scaling.",)).events
    bodies = [decode_body(line.topic, line.event) for line in said]
    assert {line.event.k for line in said} == {SCALING, SCALING_EFFECT}
    changes = [body for body in bodies if isinstance(body, Scaling)]
    assert set(told) <= {body for body in bodies if isinstance(body, ScalingEffect)}
    for effect in told:
        (change,) = [change for change in changes if change.at == effect.scaling_at]
        assert (change.before, change.after) == (effect.before, effect.after)
        assert bodies.index(effect) > bodies.index(change)


def check(effect: ScalingEffect) -> None:
    """Items that sleep: so many a second as there are workers, or less on a busy machine."""
    for pace, workers in ((effect.pace_before, effect.before), (effect.pace_after, effect.after)):
        assert pace is not None
        assert pace.ended_per_s == pytest.approx(pace.ended / pace.window_s, rel=0.01)
        assert 0.2 * workers / ITEM_S < pace.ended_per_s < 1.3 * workers / ITEM_S
        assert pace.window_s <= 6.0


def test_a_growth_without_much_to_do_says_why_it_was_not_measured(
    client: Client, wait_for: WaitFor
) -> None:
    spec = TaskSpec("probe.sleep", {"seconds": 1.5})
    client.submit_batch([spec] * 9)
    (effect, *_) = wait_for(lambda: client.workers().effects, 20.0)
    assert effect.reason
    assert effect.pace_before is effect.pace_after is None

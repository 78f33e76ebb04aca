"""Tasks through a real daemon: order, waiting, time, retries, cancel, pause, loss and drivers."""

import itertools
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
import pytest

from revo_edge import Client
from revo_edge.clock import utc_now
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.kinds import OnLost
from revo_edge.contract.task_requests import Spot
from revo_edge.contract.tasks import TaskInfo, TaskSpec, TaskState, Why
from revo_edge.errors import BadRequest, Conflict, NotFound, QueueFull, TaskFailed
from tests.harness import REPOSITORY, DaemonProcess, StartDaemon, WaitFor

SLOT_BACK_S = 1.5
"""Design: 1 s; the rest is for a machine that runs other things too."""


def echo(value: object = 1, **spec: object) -> TaskSpec:
    return TaskSpec("probe.echo", {"value": value}, **spec)  # type: ignore[arg-type]  # the test's own words


def sleep(seconds: float, **spec: object) -> TaskSpec:
    return TaskSpec("probe.sleep", {"seconds": seconds}, **spec)  # type: ignore[arg-type]  # as above


def notes(client: Client, task_id: str) -> list[str]:
    return [line.note for line in client.task(task_id).story]


def states(client: Client, task_id: str) -> list[str]:
    return [line.state.value for line in client.task(task_id).story]


def ended(client: Client, ids: Iterable[str], timeout_s: float = 9.0) -> list[TaskInfo]:
    limit = time.monotonic() + timeout_s
    return [client.wait(task_id, max(0.1, limit - time.monotonic())) for task_id in ids]


def running(client: Client, task_id: str, wait_for: WaitFor) -> TaskInfo:
    """Wait until the task runs in a process, and return its record."""

    def found() -> TaskInfo | None:
        info = client.task(task_id).task
        return info if info.state is TaskState.RUNNING and worker_pid(client, info) else None

    info = wait_for(found)
    assert info is not None
    return info


def worker_pid(client: Client, info: TaskInfo) -> int | None:
    return next((w.pid for w in client.workers().workers if w.id == info.worker), None)


# order and waiting


def test_a_higher_priority_goes_first_and_equals_in_order(client: Client) -> None:
    client.pause()
    ids = {p: [client.submit(echo(priority=p)).id for _ in range(2)] for p in (-5, 0, 7)}
    client.resume(concurrency=1)
    last = ended(client, ids[-5])
    order = sorted([*ended(client, ids[7]), *ended(client, ids[0]), *last], key=began)
    assert [info.id for info in order] == [*ids[7], *ids[0], *ids[-5]]


def began(info: TaskInfo) -> float:
    assert info.started_at is not None
    return info.started_at


def test_a_named_queue_runs_no_more_than_its_concurrency(start_daemon: StartDaemon) -> None:
    daemon = start_daemon({"REVO_QUEUES_CONCURRENCY": "narrow=1"})
    with Client(daemon.paths) as client:
        narrow = [client.submit(sleep(0.15, queue="narrow")).id for _ in range(4)]
        wide = ended(client, [client.submit(echo()).id])
        assert wide[0].state is TaskState.SUCCEEDED  # it did not wait behind them
        order = sorted(ended(client, narrow), key=began)
        for first, second in itertools.pairwise(order):
            assert first.ended_at is not None
            assert began(second) >= first.ended_at


def test_a_paused_queue_starts_nothing_and_says_why(client: Client, wait_for: WaitFor) -> None:
    client.pause("night")
    task = client.submit(echo(queue="night"))
    assert (task.state, task.why) == (TaskState.QUEUED, Why.PAUSED)
    assert ended(client, [client.submit(echo()).id])[0].state is TaskState.SUCCEEDED
    assert client.task(task.id).task.why is Why.PAUSED
    assert [(q.name, q.paused) for q in client.queues() if q.name == "night"] == [("night", True)]
    client.resume("night")
    assert client.wait(task.id, 8).state is TaskState.SUCCEEDED


def test_a_task_waits_for_others_and_fails_when_they_do(client: Client) -> None:
    first = client.submit(sleep(0.3))
    second = client.submit(echo(after=(first.id,)))
    assert second.why is Why.AFTER
    bad = client.submit(TaskSpec("probe.raise", {"value": "x"}))
    third = client.submit(echo(after=(first.id, bad.id)))
    one, two, _, three = ended(client, [first.id, second.id, bad.id, third.id])
    assert (one.state, two.state) == (TaskState.SUCCEEDED, TaskState.SUCCEEDED)
    assert one.ended_at is not None
    assert began(two) >= one.ended_at
    assert three.error is not None
    assert (three.state, three.error.code) == (TaskState.FAILED, "dependency_failed")
    assert bad.id in three.error.msg
    with pytest.raises(NotFound, match="after"):
        client.submit(echo(after=("01ARZ3NDEKTSV4RRFFQ69G5FAV",)))


def test_a_task_starts_at_its_time(client: Client) -> None:
    at = utc_now() + 0.6
    later = client.submit(echo(at=at))
    assert later.why is Why.AT
    past = client.submit(echo(at=1.0))
    far = client.submit(echo(at=utc_now() + 1e9))
    assert client.wait(past.id, 8).state is TaskState.SUCCEEDED
    assert began(client.wait(later.id, 8)) >= at - 0.001
    assert client.task(far.id).task.why is Why.AT
    assert client.cancel(far.id).state is TaskState.CANCELLED


# time and retries


def test_a_task_over_its_time_limit_fails_and_says_what_to_do(client: Client) -> None:
    for kind in ("probe.sleep", "probe.sleep_deaf", "probe.spin"):
        task = client.submit(TaskSpec(kind, {"seconds": 60}, timeout_s=0.3))
        info = client.wait(task.id, 8)
        assert info.error is not None
        assert (info.state, info.error.code) == (TaskState.FAILED, "timeout")
        assert "0.3 s" in info.error.msg
        with pytest.raises(TaskFailed, match="limit"):
            client.result(task.id)


def test_a_failed_attempt_is_tried_again_with_growing_pauses(client: Client) -> None:
    params = {"function": "json:loads", "value": "{"}
    task = client.submit(TaskSpec("probe.python", params, retries=2, backoff_s=0.2))
    info = client.wait(task.id, 9)
    assert (info.state, info.attempt) == (TaskState.FAILED, 3)
    story = client.task(task.id).story
    starts = [line.at for line in story if line.state is TaskState.RUNNING]
    assert len(starts) == 3
    assert starts[1] - starts[0] >= 0.2 * 0.5  # the jitter halves a pause at most
    assert starts[2] - starts[1] >= 0.4 * 0.5
    assert "the next in" in story[2].note


def test_a_time_limit_is_tried_again_too(client: Client) -> None:
    spec = TaskSpec("probe.spin", {"seconds": 60}, timeout_s=0.2, retries=1, backoff_s=0.1)
    info = client.wait(client.submit(spec).id, 9)
    assert info.error is not None
    assert (info.error.code, info.attempt, info.lost) == ("timeout", 2, 0)


# cancel


@pytest.mark.parametrize("kind", ["probe.sleep", "probe.spin", "probe.regex"])
def test_a_cancelled_task_gives_its_slot_back(client: Client, wait_for: WaitFor, kind: str) -> None:
    task = client.submit(TaskSpec(kind, {"seconds": 60}))
    pid = worker_pid(client, running(client, task.id, wait_for)) or 0
    if kind == "probe.sleep":
        wait_for(lambda: client.task(task.id).task.progress)
    else:
        idle_s = psutil.Process(pid).cpu_times().user
        wait_for(lambda: psutil.Process(pid).cpu_times().user > idle_s + 0.1)  # it has begun
    asked = time.monotonic()
    client.cancel(task.id, grace_s=0.2)
    info = client.wait(task.id, 8)
    assert time.monotonic() - asked < 0.2 + SLOT_BACK_S
    assert info.error is not None
    assert (info.state, info.error.code) == (TaskState.CANCELLED, "cancelled")
    killed = any("killed" in note for note in notes(client, task.id))
    assert killed is (kind != "probe.sleep")
    assert wait_for(lambda: psutil.pid_exists(pid) is not killed)
    assert client.wait(client.submit(echo()).id, 8).state is TaskState.SUCCEEDED


def test_a_task_that_waits_is_cancelled_at_once(client: Client) -> None:
    client.pause()
    task = client.submit(echo())
    dependent = client.submit(echo(after=(task.id,), queue="other"))
    assert client.cancel(task.id).state is TaskState.CANCELLED
    assert client.wait(dependent.id, 5).state is TaskState.FAILED
    assert client.cancel(task.id).state is TaskState.CANCELLED  # again: nothing changes
    with pytest.raises(NotFound, match="revo task ls"):
        client.cancel("01ARZ3NDEKTSV4RRFFQ69G5FAV")


def test_a_full_queue_refuses_before_anything_is_written(start_daemon: StartDaemon) -> None:
    daemon = start_daemon({"REVO_QUEUES_LIMIT": "5"})
    with Client(daemon.paths) as client:
        client.pause()
        ids = [client.submit(echo()).id for _ in range(5)]
        with pytest.raises(QueueFull, match=r"5 tasks wait.*queues\.limit"):
            client.submit(echo())
        client.cancel(ids[0])
        client.submit(echo())
        daemon.restart()
        assert len(list(client.tasks())) == 6  # nothing of the refused one
        client.resume()
        assert {info.state for info in ended(client, ids[1:])} == {TaskState.SUCCEEDED}


# loss


def test_a_task_whose_worker_was_killed_follows_its_rule(client: Client, wait_for: WaitFor) -> None:
    rules = {
        rule: client.submit(sleep(1.0, on_lost=rule)).id
        for rule in OnLost
        if rule.value != "unknown"
    }
    bystander = client.submit(sleep(1.0)).id
    for task_id in rules.values():
        psutil.Process(worker_pid(client, running(client, task_id, wait_for))).kill()
    failed = client.wait(rules[OnLost.FAIL], 8)
    assert failed.error is not None
    assert (failed.state, failed.error.code) == (TaskState.FAILED, "worker_lost")
    held = wait_for(lambda: client.task(rules[OnLost.HOLD]).task.state is TaskState.HELD)
    assert held
    assert "held until you retry or remove it" in notes(client, rules[OnLost.HOLD])[-1]
    again = client.wait(rules[OnLost.RETRY], 8)
    assert (again.state, again.attempt, again.lost) == (TaskState.SUCCEEDED, 2, 1)
    assert "it runs again" in " ".join(notes(client, again.id))
    assert client.wait(bystander, 8).attempt == 1
    client.retry(held and rules[OnLost.HOLD])
    assert client.wait(rules[OnLost.HOLD], 8).state is TaskState.SUCCEEDED
    with pytest.raises(Conflict, match="only held, failed and cancelled"):
        client.retry(rules[OnLost.HOLD])


def test_a_task_whose_daemon_was_killed_follows_its_rule(
    start_daemon: StartDaemon, wait_for: WaitFor
) -> None:
    daemon = start_daemon()
    with Client(daemon.paths) as client:
        rules = {r: client.submit(sleep(1.0, on_lost=r)).id for r in OnLost if r.value != "unknown"}
        client.pause("later")
        waiting = client.submit(echo("kept", queue="later")).id
        for task_id in rules.values():
            running(client, task_id, wait_for)
        daemon.kill()
        daemon.start()
        assert client.wait(rules[OnLost.RETRY], 9).state is TaskState.SUCCEEDED
        assert client.task(rules[OnLost.FAIL]).task.state is TaskState.FAILED
        assert client.task(rules[OnLost.HOLD]).task.state is TaskState.HELD
        assert "lost with its daemon" in notes(client, rules[OnLost.HOLD])[-1]
        assert client.task(waiting).task.why is Why.PAUSED  # the pause is remembered
        client.resume("later")
        client.retry(rules[OnLost.HOLD])
        client.wait(waiting, 8)
        assert client.result(waiting) == "kept"
        assert client.wait(rules[OnLost.HOLD], 9).state is TaskState.SUCCEEDED


def test_a_task_that_kills_its_worker_each_time_does_not_do_so_for_ever(client: Client) -> None:
    task = client.submit(TaskSpec("probe.segfault", {}))
    info = client.wait(task.id, 20)
    assert info.error is not None
    assert (info.state, info.error.code) == (TaskState.FAILED, "worker_lost")
    assert 1 < info.lost <= 6
    assert client.wait(client.submit(echo()).id, 8).state is TaskState.SUCCEEDED


# drivers


def fan(count: int, kind: str = "probe.echo", **params: object) -> TaskSpec:
    return TaskSpec("probe.fan", {"count": count, "kind": kind, **params})


def test_sixteen_drivers_at_once_on_four_workers_all_finish(start_daemon: StartDaemon) -> None:
    daemon = start_daemon({"REVO_WORKERS_MAX": "4"})
    with Client(daemon.paths) as client:
        ids = client.submit_batch([fan(20)] * 16)
        assert {info.state for info in ended(client, ids, 25)} == {TaskState.SUCCEEDED}
        for task_id in ids:
            assert sorted(client.result(task_id)) == [[n, n] for n in range(20)]


def test_sixteen_drivers_of_drivers_in_a_queue_of_one_all_finish(start_daemon: StartDaemon) -> None:
    daemon = start_daemon({"REVO_QUEUES_CONCURRENCY": "one=1", "REVO_WORKERS_MAX": "4"})
    nest = TaskSpec("probe.nest", {"count": 3, "kind": "probe.echo"}, queue="one")
    with Client(daemon.paths) as client:
        ids = client.submit_batch([nest] * 16)
        assert {info.state for info in ended(client, ids, 25)} == {TaskState.SUCCEEDED}
        assert sorted(client.result(ids[-1])) == [[0, None], [1, None], [2, None]]


def test_cancelling_a_parent_frees_its_slots(client: Client, wait_for: WaitFor) -> None:
    task = client.submit(fan(40, "probe.sleep", seconds=60))
    wait_for(lambda: sum(w.state.value == "busy" for w in client.workers().workers) >= 5)
    asked = time.monotonic()
    client.cancel(task.id, grace_s=0.2)
    assert client.wait(task.id, 8).state is TaskState.CANCELLED
    quick = ended(client, client.submit_batch([echo()] * 4))
    assert {info.state for info in quick} == {TaskState.SUCCEEDED}
    assert time.monotonic() - asked < 0.2 + SLOT_BACK_S
    assert client.task(task.id).task.items == 0


DIVE = """
import msgspec
from revo_edge.contract.kinds import Kind, Lane
class Deep(msgspec.Struct, forbid_unknown_fields=True):
    left: int = 0
def dive(params, ctx):
    if not params.left:
        return "bottom"
    (result,) = ctx.map("deep.dive", [Deep(params.left - 1)])
    return result.error.msg if result.error else ctx.value(result, str)
KINDS = ((Kind("deep.dive", "deep", "Dive", Deep, lane=Lane.DRIVER), "deep_engine:dive"),)
"""


def test_drivers_deeper_than_three_are_refused_clearly(
    start_daemon: StartDaemon, short_dir: Path
) -> None:
    (short_dir / "deep_engine.py").write_text(DIVE)
    path = f"{REPOSITORY}:{short_dir}"
    daemon = start_daemon({"REVO_ENGINES_MODULES": "deep_engine", "PYTHONPATH": path})
    with Client(daemon.paths) as client:
        three, four = (client.submit(TaskSpec("deep.dive", {"left": n})).id for n in (3, 9))
        ended(client, [three, four])
        assert client.result(three) == "bottom"
        assert "deep" in client.result(four)
        assert "3" in client.result(four)


def test_a_child_kind_that_does_not_exist_is_named(client: Client) -> None:
    task = client.submit(fan(2, "probe.ecko"))
    client.wait(task.id, 8)
    assert client.result(task.id) == [[0, "bad_params"], [1, "bad_params"]]
    error = client.items(task.id).items[0].error
    assert error is not None
    assert 'Did you mean "probe.echo"?' in error.msg
    with pytest.raises(BadRequest, match="made by other tasks"):
        client.submit(TaskSpec("parallel.item", {"value": 1}))


def test_a_killed_driver_goes_on_and_its_children_die_with_it(
    client: Client, wait_for: WaitFor
) -> None:
    task = client.submit(fan(12, "probe.sleep", seconds=0.3))
    info = wait_for(lambda: next((i for i in [client.task(task.id).task] if i.items >= 2), None))
    assert info is not None
    psutil.Process(worker_pid(client, info)).kill()
    done = client.wait(task.id, 9)
    assert (done.state, done.lost) == (TaskState.SUCCEEDED, 1)
    assert sorted(client.result(task.id)) == [[n, n] for n in range(12)]
    indexes = [item.index for item in client.items(task.id).items]
    assert sorted(indexes) == list(range(12))


def test_a_queue_tells_how_many_of_its_tasks_wait_and_run(
    client: Client, wait_for: WaitFor
) -> None:
    def counts() -> list[tuple[int, int]]:
        return [(queue.queued, queue.running) for queue in client.queues()]

    client.pause()
    client.submit_batch([TaskSpec("probe.echo", {"value": 1})] * 3)
    wait_for(lambda: counts() == [(3, 0)], 5)
    client.resume()
    wait_for(lambda: counts() == [(0, 0)], 5)


def test_the_daemon_foresees_tasks_also_after_a_restart(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor
) -> None:
    ended(client, [client.submit(sleep(1.0)).id for _ in range(5)])
    daemon.restart()
    client.scale(1, 1)
    first, second = client.submit_batch([sleep(20, title="runs"), sleep(20)])
    wait_for(lambda: client.task(first).task.state is TaskState.RUNNING, 5)
    runs, waits = client.outlook()
    assert (runs.id, runs.position, waits.id, waits.position) == (first, None, second, 1)
    assert runs.end_p50_at == pytest.approx(began(client.task(first).task) + 1.1, abs=0.5)
    assert waits.start_p50_at == pytest.approx(runs.end_p50_at, abs=0.5)
    later = client.submit(echo(after=(second,))).id
    (unknown,) = client.outlook([later, "nobody"])
    assert (unknown.id, unknown.position, unknown.end_p50_at) == (later, None, None)
    client.cancel(second)
    assert client.outlook([client.wait(second, 9).id]) == ()


def test_what_was_edited_survives_a_killed_daemon(daemon: DaemonProcess, client: Client) -> None:
    client.pause()
    a, b, c, d = (client.submit(echo(title=title)).id for title in "abcd")
    client.move(d, Spot.FIRST)
    client.move(a, Spot.AFTER, c)
    client.set_priority(b, 7)
    held = client.submit(echo()).id
    assert client.hold(held).state is TaskState.HELD
    daemon.kill()
    daemon.start()
    assert client.task(held).task.state is TaskState.HELD
    assert client.task(b).task.priority == 7
    client.resume(concurrency=1)
    order = sorted(ended(client, [a, b, c, d]), key=began)
    assert [info.id for info in order] == [b, d, c, a]
    client.release(held)
    (info,) = ended(client, [held])
    assert (info.state, info.attempt) == (TaskState.SUCCEEDED, 1)


def test_the_same_edit_under_the_same_key_happens_once(client: Client) -> None:
    client.pause()
    ids = [client.submit(echo()).id for _ in range(3)]
    key = new_ulid()
    asked = {"id": ids[2], "to": "first"}
    first = client.call("task.move", asked, key)
    client.move(ids[2], Spot.LAST)
    assert client.call("task.move", asked, key) == first
    with pytest.raises(Conflict, match="key"):
        client.call("task.move", asked | {"to": "last"}, key)
    last = client.task(ids[2]).task.place
    assert last is not None
    assert last > (client.task(ids[1]).task.place or 0.0)
    with pytest.raises(BadRequest, match="first"):
        client.call("task.move", asked | {"to": "middle"})

"""The typed methods: what they send, and what they make of the answers."""

import hashlib
from collections.abc import Iterator

import msgspec
import pytest
from zmq import ZMQError

from revo_edge.client.client import Client
from revo_edge.contract import requests, task_requests
from revo_edge.contract.codec import BLOB_CHUNK_BYTES, encode
from revo_edge.contract.events import QueueInfo
from revo_edge.contract.ids import is_ulid
from revo_edge.contract.params import Params
from revo_edge.contract.requests import METHODS, Request
from revo_edge.contract.tasks import ErrorInfo, TaskInfo, TaskSpec, TaskState
from revo_edge.errors import (
    BadRequest,
    Conflict,
    DeadlineExceeded,
    InternalError,
    NotFound,
    TaskFailed,
    TooLarge,
)
from revo_edge.paths import Paths
from tests.unit.client.small_daemon import SmallDaemon


@pytest.fixture
def daemon(home: Paths) -> Iterator[SmallDaemon]:
    with SmallDaemon(home) as daemon:
        yield daemon


@pytest.fixture
def client(home: Paths, daemon: SmallDaemon) -> Iterator[Client]:
    with Client(home) as client:
        yield client


def _info(id_: str, state: TaskState = TaskState.SUCCEEDED) -> TaskInfo:
    error = ErrorInfo("user_error", "It broke.") if state is TaskState.FAILED else None
    return TaskInfo(id_, "k", state, error=error)


def _accept(daemon: SmallDaemon) -> list[TaskSpec]:
    """Answer submissions and blobs as the daemon does; return the specs that come."""
    specs: list[TaskSpec] = []
    blobs: dict[str, bytes] = {}

    def submit(request: Request, params: Params) -> msgspec.Struct:
        assert isinstance(params, task_requests.TaskSubmit)
        specs.append(params.spec)
        return task_requests.SubmitReply(_info(request.key or "", TaskState.QUEUED))

    def batch(request: Request, params: Params) -> msgspec.Struct:
        assert isinstance(params, task_requests.TaskBatch)
        specs.extend(params.specs)
        return task_requests.BatchReply(tuple(f"{request.key}-{n + 1}" for n in range(len(specs))))

    def put(_request: Request, params: Params) -> msgspec.Struct:
        assert isinstance(params, task_requests.BlobPut)
        data = blobs[params.digest] = blobs.get(params.digest, b"")[: params.offset] + params.data
        whole = hashlib.sha256(data).hexdigest() == params.digest
        return task_requests.BlobReply(len(data), whole)

    daemon.answers.update({"task.submit": submit, "task.batch": batch, "blob.put": put})
    return specs


def test_every_method_has_a_typed_call(client: Client, daemon: SmallDaemon) -> None:
    """Whatever the daemon answers, each call sends its own method, and a key if it mutates."""
    spec = TaskSpec("k")
    calls = (
        client.hello, client.health, client.config, client.log, client.stop, client.state,
        client.engines, client.metrics, client.metric_history,
        client.alerts, client.templates, client.workers, client.pause,
        client.resume, client.restart_workers, lambda: client.scale(1, 2),
        lambda: client.template("t"), lambda: client.task("a"), lambda: client.find("a"),
        lambda: client.wait("a"), lambda: client.items("a"), lambda: client.cancel("a"),
        lambda: client.retry("a"), lambda: client.remove("a"), lambda: client.submit(spec),
        lambda: client.submit_batch([spec]), lambda: client.put_blob(b"x"),
        lambda: client.events_since("b", 0), client.outlook,
        lambda: client.hold("a"), lambda: client.release("a"),
        client.groups.list, lambda: client.groups.cancel("g"),
        lambda: client.groups.hold("g"), lambda: client.groups.release("g"),
        lambda: client.set_priority("a", 1), lambda: client.move("a", task_requests.Spot.FIRST),
    )  # fmt: skip
    daemon.answers = dict.fromkeys(
        METHODS, lambda _request, _params: task_requests.BatchReply(("x",))
    )
    for call in calls:
        try:
            call()
        except InternalError:
            continue
    assert set(daemon.methods_asked()) == set(METHODS)
    for request in daemon.requests:
        assert (request.key is not None and is_ulid(request.key)) == METHODS[request.m].mutates


def test_a_submission_takes_its_key_as_id(client: Client, daemon: SmallDaemon) -> None:
    specs = _accept(daemon)
    key = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    assert client.submit(TaskSpec("k", {"x": 1}), key=key).id == key
    assert specs == [TaskSpec("k", {"x": 1})]
    assert client.submit_batch([TaskSpec("k")], key=key)[0] == f"{key}-1"


def test_large_params_go_as_a_blob(client: Client, daemon: SmallDaemon) -> None:
    specs = _accept(daemon)
    params = {"text": "x" * (2 * BLOB_CHUNK_BYTES)}
    client.submit(TaskSpec("k", params))
    assert specs[0].params == {}
    assert specs[0].params_blob == hashlib.sha256(encode(params)).hexdigest()
    assert daemon.methods_asked() == ["blob.put"] * 3 + ["task.submit"]


def test_a_blob_that_is_there_is_not_sent_again(client: Client, daemon: SmallDaemon) -> None:
    daemon.answers["blob.put"] = lambda _request, _params: task_requests.BlobReply(9, complete=True)
    client.put_blob(b"x" * (5 * BLOB_CHUNK_BYTES))
    assert len(daemon.requests) == 1


def test_a_batch_that_fits_no_request_is_too_large(client: Client, daemon: SmallDaemon) -> None:
    with pytest.raises(TooLarge):
        client.submit_batch([TaskSpec("k", {"x": "y" * 1000})] * 300)


def test_all_pages_of_a_cut_are_one_state(client: Client, daemon: SmallDaemon) -> None:
    for number in range(1500):
        daemon.publisher.task(_info(f"t{number}"), 0, 0)
    daemon.do(lambda p, now: p.queue(QueueInfo("q"), now, now))
    state = client.state()
    assert (len(state.tasks), state.queues, state.cursor) == (1500, (QueueInfo("q"),), None)
    assert state.s == daemon.publisher.s
    assert client.queues() == (QueueInfo("q"),)
    assert [task.id for task in client.state(tasks=["t7"]).tasks] == ["t7"]


def test_a_cut_that_is_gone_is_begun_anew(client: Client, daemon: SmallDaemon) -> None:
    def forgetful(_request: Request, params: Params) -> msgspec.Struct:
        assert isinstance(params, requests.StateGet)
        if params.cursor and len(daemon.requests) == 2:
            raise NotFound("The cut is no longer kept.")
        return requests.StateReply("b", 1, (_info("a"),), cursor=None if params.cursor else "1:1")

    daemon.answers["state.get"] = forgetful
    assert len(client.state().tasks) == 2
    assert len(daemon.requests) == 4


def test_task_pages_are_followed(client: Client, daemon: SmallDaemon) -> None:
    def page(_request: Request, params: Params) -> msgspec.Struct:
        assert isinstance(params, task_requests.TaskList)
        ids = ("c", "b") if params.cursor is None else ("a",)
        return task_requests.TaskListReply(tuple(map(_info, ids)), "b" if len(ids) == 2 else None)

    daemon.answers["task.list"] = page
    assert [info.id for info in client.tasks()] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("ids", "found"), [(["abc"], "abc"), (["ab", "abc"], "ab"), ([], None), (["abc", "abd"], None)]
)
def test_a_prefix_names_one_task(
    client: Client, daemon: SmallDaemon, ids: list[str], found: str | None
) -> None:
    reply = task_requests.TaskListReply(tuple(map(_info, ids)))
    daemon.answers["task.list"] = lambda _request, _params: reply
    if found:
        assert client.find("ab") == found
    else:
        with pytest.raises(Conflict if ids else NotFound, match="abd" if ids else "revo task ls"):
            client.find("ab")


def test_waiting_ends_with_the_task_or_the_time(client: Client, daemon: SmallDaemon) -> None:
    running = task_requests.TaskWaitReply(_info("a", TaskState.RUNNING), final=False)
    ended = task_requests.TaskWaitReply(_info("a"), final=True)
    daemon.answers["task.wait"] = lambda _r, _p: ended if len(daemon.requests) > 2 else running
    assert client.wait("a").state is TaskState.SUCCEEDED
    daemon.answers["task.wait"] = lambda _r, _p: running
    with pytest.raises(DeadlineExceeded, match=r"a is running after 0.01 s"):
        client.wait("a", 0.01)


def test_a_result_is_read_in_ranges(client: Client, daemon: SmallDaemon) -> None:
    whole = encode({"words": ["x"] * 1000})

    def ranges(_request: Request, params: Params) -> msgspec.Struct:
        assert isinstance(params, task_requests.TaskResult)
        return task_requests.ResultReply(len(whole), whole[params.offset : params.offset + 300])

    daemon.answers["task.result"] = ranges
    daemon.do(lambda p, now: p.task(_info("a"), now, now))
    assert client.result("a") == {"words": ["x"] * 1000}


def test_a_task_without_a_result_says_why(client: Client, daemon: SmallDaemon) -> None:
    daemon.do(lambda p, now: p.task(_info("a", TaskState.FAILED), now, now))
    with pytest.raises(TaskFailed, match=r"Task a failed: It broke\.") as failed:
        client.result("a")
    assert failed.value.detail == {"code": "user_error"}
    daemon.do(lambda p, now: p.task(_info("b", TaskState.CANCELLED), now, now))
    with pytest.raises(TaskFailed, match="cancelled"):
        client.result("b")
    daemon.do(lambda p, now: p.task(_info("c", TaskState.RUNNING), now, now))
    with pytest.raises(Conflict, match="revo task wait c"):
        client.result("c")


def test_a_raw_call_returns_plain_values(client: Client, daemon: SmallDaemon) -> None:
    _accept(daemon)
    assert client.call("hello", {})["boot"] == daemon.publisher.boot
    reply = client.call("task.submit", {"spec": {"kind": "k"}})
    assert is_ulid(reply["task"]["id"])
    with pytest.raises(BadRequest, match="kidn"):
        client.call("task.submit", {"spec": {"kidn": "k"}})


def test_a_closed_client_leaves_nothing(home: Paths, daemon: SmallDaemon, no_leaks: None) -> None:
    with Client(home) as client:
        client.hello()
        stream = client.subscribe(("task.",))
    with pytest.raises(ZMQError):
        stream.receive(0)

"""The control socket takes anything and answers in words; whoever else is there does not notice."""

import json
import math
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import msgpack
import psutil
import pytest
import zmq

from revo_edge import Client
from revo_edge.contract.codec import MESSAGE_LIMIT_BYTES, REQUEST_LIMIT_BYTES
from revo_edge.contract.ids import new_ulid
from revo_edge.contract.tasks import TaskSpec, TaskState
from tests.harness import DaemonProcess, StartDaemon, WaitFor
from tests.ipc.peer import Peer

SEED = 20_240_607


@pytest.fixture
def peer(daemon: DaemonProcess) -> Iterator[Peer]:
    with Peer(daemon.endpoint.control) as found:
        yield found


def hello() -> bytes:
    return bytes(msgpack.packb({"v": 1, "id": 7, "m": "hello", "p": {}}))


def submission(value: object, **fields: object) -> dict[str, object]:
    return {"spec": {"kind": "probe.echo", "params": {"value": value}} | fields}


NOT_REQUESTS = {
    "nothing": b"",
    "nil": b"\xc0",
    "text": b"\xa5hello",
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "half a map": hello()[:-3],
    "two maps": hello() + hello(),
    "a list": msgpack.packb([1, 2, 3]),
    "broken JSON": b'{"v":1,',
    "JSON of another shape": b'{"a":1}',
    "JSON that is not UTF-8": b'{"v":1,"id":"\xff","m":"hello"}',
    "text that is not UTF-8": b"\x83\xa1v\x01\xa2id\xa1\xff\xa1m\xa5hello",
    "a deep list": b"\x91" * 100_000,
    "deep JSON": b'{"p":' * 40_000,
    "a huge length": b"\xdd\xff\xff\xff\xff",
    "an id that is a list": msgpack.packb({"v": 1, "id": [], "m": "hello", "p": {}}),
    "a deadline in the past": msgpack.packb({"v": 1, "id": 1, "m": "hello", "dl": -5}),
}


def test_what_is_no_request_is_answered_in_words(client: Client, peer: Peer) -> None:
    for name, payload in NOT_REQUESTS.items():
        peer.send(payload)
        reply = peer.reply()
        assert reply["id"] is None, name
        assert reply["e"]["code"] == "BAD_REQUEST", (name, reply)
        assert "Send one msgpack (or JSON) map" in reply["e"]["msg"], name
    assert client.health().status == "ok"


def test_random_bytes_never_stop_it(client: Client, peer: Peer) -> None:
    print(f"seed {SEED}")
    chooser = random.Random(SEED)  # noqa: S311 - makes bytes, no secret
    good = hello()
    for _ in range(500):
        if chooser.random() < 0.5:
            payload = chooser.randbytes(chooser.randrange(200))
        else:
            changed = bytearray(good)
            changed[chooser.randrange(len(good))] = chooser.randrange(256)
            payload = bytes(changed)
        peer.send(payload)
        assert "ok" in peer.reply()
    assert client.health().status == "ok"


def test_every_frame_before_the_last_comes_back(peer: Peer) -> None:
    for before in ([], [b""], [b"a"], [b"one", b"", b"three", b"four"]):
        peer.send(*before, hello())
        *echoed, payload = peer.receive()
        assert echoed == before
        assert msgpack.unpackb(payload)["r"]["pid"] > 0


def test_req_dealer_and_relaxed_req_all_work(daemon: DaemonProcess) -> None:
    with Peer(daemon.endpoint.control, zmq.REQ) as strict:
        assert [strict.ask("hello")["ok"] for _ in range(3)] == [True] * 3
    with Peer(daemon.endpoint.control, zmq.REQ) as relaxed:
        relaxed.socket.setsockopt(zmq.REQ_RELAXED, 1)
        relaxed.socket.setsockopt(zmq.REQ_CORRELATE, 1)
        for _ in range(3):
            relaxed.post("health")  # asked again before the answer was read
        assert relaxed.ask("hello")["r"]["pid"] == daemon.pid


def test_json_is_answered_in_json(peer: Peer) -> None:
    reply = peer.ask_json("hello", id="mine")
    assert (reply["ok"], reply["id"], reply["v"]) == (True, "mine", 1)
    key = new_ulid()
    accepted = peer.ask_json("task.submit", submission("é"), key=key)
    assert accepted["r"]["task"]["id"] == key
    waited = peer.ask_json("task.wait", {"id": key, "wait_ms": 8000})
    assert waited["r"]["final"]
    assert peer.ask_json("task.result", {"id": key})["r"]["value"] == "é"


def test_an_unknown_name_is_answered_with_the_nearest(peer: Peer) -> None:
    assert peer.refused("task.sumbit") == (
        "UNKNOWN_METHOD",
        'There is no method "task.sumbit". Did you mean "task.submit"? `hello` lists them all.',
    )
    code, text = peer.refused("task.submit", submission(1, priorty=3), key=new_ulid())
    assert code == "BAD_REQUEST"
    assert "`$.spec`" in text
    assert 'Did you mean "priority"?' in text
    code, text = peer.refused("task.submit", {"spec": {"kind": "probe.ecko"}}, key=new_ulid())
    assert (code, "probe.echo" in text) == ("BAD_REQUEST", True)
    wrong = {"spec": {"kind": "parallel.map", "params": {"funktion": "a:b"}}}
    code, text = peer.refused("task.submit", wrong, key=new_ulid())
    assert code == "BAD_REQUEST"
    assert 'Did you mean "function"?' in text
    code, text = peer.refused("template.get", {"name": "maap"})
    assert code == "NOT_FOUND"


def test_a_request_of_another_protocol_version_is_told_so(peer: Peer) -> None:
    code, text = peer.refused("hello", v=2)
    assert code == "VERSION"
    assert "revo/1" in text
    assert "revo restart" in text


def test_a_call_of_an_engine_that_is_switched_off_names_it(start_daemon: StartDaemon) -> None:
    daemon = start_daemon({"REVO_RECALL_ENABLED": "false"})
    with Peer(daemon.endpoint.control) as peer:
        for method in ("recall.search", "recall.store"):
            code, text = peer.refused(method, {"anything": 1})
            assert code == "UNAVAILABLE"
            assert "engine recall, which is switched off" in text


def test_a_request_over_256_kib_is_refused_undecoded(peer: Peer) -> None:
    peer.send(msgpack.packb({"v": 1, "id": 9, "m": "hello", "p": {"x": "y" * 262_144}}))
    reply = peer.reply()
    assert (reply["id"], reply["e"]["code"]) == (None, "TOO_LARGE")
    assert str(REQUEST_LIMIT_BYTES) in reply["e"]["msg"]
    peer.send(b"{" + b" " * REQUEST_LIMIT_BYTES)
    assert peer.reply()["e"]["code"] == "TOO_LARGE"


def test_a_frame_of_100_mb_costs_its_sender_the_connection_and_nobody_else(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor
) -> None:
    before = psutil.Process(daemon.pid).memory_info().rss
    task = client.submit(TaskSpec("probe.sleep", {"seconds": 0.5, "value": 5}))
    with Peer(daemon.endpoint.control) as peer:
        monitor = peer.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        peer.send(b"x" * 100_000_000)
        assert monitor.poll(8_000), "the daemon took a frame over its limit"
        peer.socket.disable_monitor()
        monitor.close(0)
        peer.send(b"y" * (MESSAGE_LIMIT_BYTES - 100))
        assert peer.reply()["e"]["code"] == "TOO_LARGE"
    assert client.wait(task.id, 8).state is TaskState.SUCCEEDED
    wait_for(lambda: psutil.Process(daemon.pid).memory_info().rss < before + 50_000_000)


def test_a_peer_that_speaks_no_zmq_is_dropped(
    daemon: DaemonProcess, client: Client, wait_for: WaitFor
) -> None:
    wait_for(lambda: len(client.workers().workers) == 4)
    path = daemon.endpoint.control.removeprefix("ipc://")
    with ExitStack() as stack:
        silent = [connect(stack, path, greeting) for greeting in (b"", b"\xff" * 9) * 10]
        # libzmq takes text for a peer of ZMTP/1.0 that is slow: it may stay until it hangs up
        texts = [connect(stack, path, greeting) for greeting in (b"GET / HTTP/1.1\r\n\r\n",) * 10]
        assert client.hello().pid == daemon.pid
        for peer in silent:
            wait_for(partial(hung_up, peer), 9.0)
        for peer in texts:
            assert peer.send(b"Host: localhost\r\n\r\n" * 100) > 0
        assert client.hello().pid == daemon.pid
    assert client.health().status == "ok"


def connect(stack: ExitStack, path: str, greeting: bytes) -> socket.socket:
    peer = stack.enter_context(socket.socket(socket.AF_UNIX))
    peer.connect(path)
    peer.send(greeting)
    peer.setblocking(False)
    return peer


def hung_up(peer: socket.socket) -> bool:
    try:
        return peer.recv(4096) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_a_peer_that_never_reads_its_answers_slows_nobody(
    daemon: DaemonProcess, client: Client
) -> None:
    with Peer(daemon.endpoint.control) as deaf:
        deaf.socket.setsockopt(zmq.RCVHWM, 1)
        for _ in range(3_000):
            deaf.send(msgpack.packb({"v": 1, "id": 1, "m": "engine.list", "p": {}}))
        assert client.hello().pid == daemon.pid
        assert client.submit(TaskSpec("probe.echo", {"value": 1})).id


def test_a_flood_whose_senders_are_gone_costs_nobody_anything(
    daemon: DaemonProcess, client: Client
) -> None:
    request = msgpack.packb({"v": 1, "id": 1, "m": "engine.list", "p": {}})
    for _ in range(3):
        with ExitStack() as stack:
            peers = [stack.enter_context(Peer(daemon.endpoint.control)) for _ in range(6)]
            for peer in peers:
                peer.socket.setsockopt(zmq.SNDHWM, 0)
            for _ in range(1_500):
                for peer in peers:
                    peer.send(request)
            assert peers[0].reply()["ok"]
        assert client.hello().pid == daemon.pid
    task = client.submit(TaskSpec("probe.sleep", {"seconds": 1.2}))
    assert client.wait(task.id, 8).state is TaskState.SUCCEEDED  # past the next heartbeat


ODD_VALUES = {
    "a map with a key that is no text": {None: 1, 2.5: 2},
    "a map with bytes as key": {b"\xff": 1},
    "a map with a list as key": {(1, 2): 3},
    "an extension": msgpack.ExtType(5, b"five"),
    "a time": msgpack.Timestamp(1_700_000_000, 5),
    "no number": math.nan,
    "infinite": math.inf,
    "the greatest integer": 2**64 - 1,
    "bytes": b"\x00\xff",
    "a surrogate's neighbour": "\ufffd\U0010ffff",
}


def test_what_json_cannot_say_stops_no_json_client(client: Client, peer: Peer) -> None:
    for name, value in ODD_VALUES.items():
        key = new_ulid()
        accepted = peer.ask("task.submit", submission(value), key=key)
        if not accepted["ok"]:
            assert accepted["e"]["code"] == "BAD_REQUEST", name
            continue
        client.wait(key, 8)
        for method in ("task.get", "task.result"):
            reply = peer.ask_json(method, {"id": key})
            assert reply["ok"] or "msgpack" in reply["e"]["msg"], (name, reply)
    assert client.health().status == "ok"


def test_a_map_as_a_key_is_a_bad_request(client: Client, peer: Peer) -> None:
    peer.send(raw_submission(new_ulid(), b"\x81\x80\x01"))
    assert peer.reply()["e"]["code"] == "BAD_REQUEST"
    assert client.health().status == "ok"


@pytest.mark.parametrize("text", ["1" + "0" * 30, "-" + "9" * 40])
def test_a_json_integer_of_any_size_is_answered(client: Client, peer: Peer, text: str) -> None:
    peer.send(b'{"v":1,"id":%s,"m":"hello"}' % text.encode())
    assert peer.reply()["e"]["code"] == "BAD_REQUEST"
    spec = json.dumps(submission(0)).replace("0", text)
    key = new_ulid()
    peer.send(f'{{"v":1,"id":1,"m":"task.submit","key":"{key}","p":{spec}}}'.encode())
    assert peer.reply()["e"]["code"] == "BAD_REQUEST"
    assert client.health().status == "ok"


def test_a_time_that_is_no_number_breaks_no_clock(client: Client, peer: Peer) -> None:
    for field in ("at", "timeout_s", "backoff_s"):
        for number in (math.nan, math.inf, -math.inf):
            reply = peer.ask("task.submit", submission(1, **{field: number}), key=new_ulid())
            assert reply["ok"] or reply["e"]["code"] == "BAD_REQUEST"
    for _ in range(3):
        task = client.submit(TaskSpec("probe.sleep", {"seconds": 9}, timeout_s=0.2))
        ended = client.wait(task.id, 8)
        assert ended.error is not None
        assert ended.error.code == "timeout"


def raw_submission(key: str, value: bytes) -> bytes:
    """Return a submission of probe.echo whose value is these bytes of msgpack."""
    params = b"\x81\xa4spec\x82\xa4kind\xaaprobe.echo\xa6params\x81\xa5value" + value
    envelope = b"\x85\xa1v\x01\xa2id\x01\xa1m\xabtask.submit\xa3key\xda\x00\x1a"
    return envelope + key.encode() + b"\xa1p" + params


def test_deep_params_are_accepted_or_refused_in_words(client: Client, peer: Peer) -> None:
    for depth in (10, 200, 400, 800, 1_500, 20_000):
        key = new_ulid()
        peer.send(raw_submission(key, b"\x91" * depth + b"\x01"))
        reply = peer.reply()
        if not reply["ok"]:
            assert reply["e"]["code"] == "BAD_REQUEST", (depth, reply)
            continue
        assert client.wait(key, 8).state.final
        for method in ("task.get", "task.result"):
            assert "INTERNAL" not in str(peer.ask_json(method, {"id": key})), depth
    assert client.health().status == "ok"


def test_a_subscriber_that_sends_nonsense_is_ignored(daemon: DaemonProcess, client: Client) -> None:
    with Peer(daemon.endpoint.events, zmq.XSUB) as odd:
        for message in (
            b"",
            b"\x01",
            b"\x00",
            b"\x05hello.x",
            b"\x01hello.",
            b"\x01hello.\xff\xfe",
        ):
            odd.send(message)
        odd.send(b"\x01task.", b"more")
        odd.send(b"\x01hello.mine")
        while not odd.receive()[0].startswith(b"hello.mine"):
            pass
    assert client.health().status == "ok"


def test_a_blob_with_a_wrong_digest_or_place_is_refused(client: Client, peer: Peer) -> None:
    digest = "0" * 64
    chunk = {"digest": digest, "offset": 0, "total": 4, "data": b"four"}
    for wrong in (
        chunk,
        chunk | {"offset": 3},
        chunk | {"total": 2},
        chunk | {"digest": "../../x"},
    ):
        code, text = peer.refused("blob.put", wrong)
        assert code in ("BAD_REQUEST", "CONFLICT"), (wrong, code, text)
    code, _ = peer.refused("blob.put", chunk | {"total": 2**62, "data": b""})
    assert code in ("BAD_REQUEST", "TOO_LARGE")
    assert client.put_blob(b"well") == client.put_blob(b"well")

"""Vectors from a server, over a real one."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from revo_edge.embed import choose
from revo_edge.embed.endpoint import KEY_VARIABLE, EndpointEmbedder, read_address
from revo_edge.errors import SettingsError, Unavailable

np = pytest.importorskip("numpy")


class Server(ThreadingHTTPServer):
    """Counts letters; `broken` changes what it answers."""

    broken: str = ""
    asked: list[tuple[str, dict[str, Any], str | None]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body, self.headers["Authorization"]))
        if self.server.broken == "status":
            self.send_error(404, "no such model")
            return
        rows = [
            {"index": index, "embedding": [text.count(c) + 0.5 for c in "abc"]}
            for index, text in enumerate(body["input"])
        ]
        if self.server.broken == "length":
            rows = [{**row, "embedding": [1.0]} for row in rows]
        if self.server.broken == "count":
            rows = rows[1:]
        answer = b"{" if self.server.broken == "json" else json.dumps({"data": rows[::-1]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def setting(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/v1#letters"


def test_texts_become_unit_vectors_in_their_order(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "k3y")
    model = choose.load(setting(server))
    assert model.id == choose.identify(setting(server)).id
    assert model.dim == 3
    found = model.embed([*("a" * n for n in range(70)), "ccc", ""])
    assert found.shape == (72, 3)
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0)
    assert found[69].argmax() == 0
    assert found[70].argmax() == 2
    path, body, key = server.asked[-1]
    assert (path, body["model"], key) == ("/v1/embeddings", "letters", "Bearer k3y")


@pytest.mark.parametrize("broken", ["status", "length", "count", "json"])
def test_a_server_that_answers_wrongly_is_named(server: Server, broken: str) -> None:
    model = EndpointEmbedder(read_address(setting(server)))
    server.broken = broken
    with pytest.raises(Unavailable, match="letters"):
        model.embed(["a", "b"])


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="Check that the server runs"):
        choose.load("http://127.0.0.1:9/v1#m")


@pytest.mark.parametrize("text", ["http://h/v1", "ftp://h/v1#m", "http://h/v1#"])
def test_a_setting_without_a_model_says_how_one_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match="#MODEL"):
        read_address(text)

"""A task as something to paste: a shell command, or a script that needs only zmq and msgpack."""

import json
import shlex
from pathlib import Path
from string import Template
from typing import Any

import msgspec

from revo_edge.contract.codec import REQUEST_LIMIT_BYTES
from revo_edge.contract.tasks import TaskSpec

_ENVELOPE_BYTES = 4096
_ARGUMENT_BYTES = 100_000
"""A longer argument goes through stdin: Linux takes at most 128 KiB in one."""
_MAP_OPTIONS = (
    ("concurrency", "-j"),
    ("item_timeout_s", "--timeout"),
    ("item_retries", "--retries"),
    ("memory_mb", "--memory"),
)

_SCRIPT = Template("""\
import json, secrets, time, msgpack, zmq
control = zmq.Context.instance().socket(zmq.REQ)
control.connect(json.load(open($endpoint))["control"])
number = time.time_ns() // 10**6 << 80 | secrets.randbits(80)  # a ULID: milliseconds, then chance
key = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> bit & 31] for bit in range(125, -1, -5))
spec = $spec
for method, params in (("submit", {"spec": spec}), ("wait", {"id": key}), ("result", {"id": key})):
    control.send(msgpack.packb({"v": 1, "id": 1, "m": "task." + method, "p": params, "key": key}))
    reply = msgpack.unpackb(control.recv())
    print(reply["r"] if reply["ok"] else reply["e"]["msg"])
""")


def too_large(spec: TaskSpec) -> bool:
    """Tell whether the spec does not fit one request, so that there is nothing to paste."""
    return len(_as_json(spec)) > REQUEST_LIMIT_BYTES - _ENVELOPE_BYTES


def zeromq_script(spec: TaskSpec, endpoint: Path) -> str:
    """Return ten lines of Python that submit the task, wait up to 30 s and print its result."""
    return _SCRIPT.substitute(endpoint=repr(str(endpoint)), spec=repr(_plain(spec)))


def cli_command(spec: TaskSpec, home: Path | None = None) -> str:
    """Return the shell command that submits the task.

    A survey or a map is written as people write it where that says the same, everything else as
    `revo api`. `home` is put in front when it is not where revo looks by itself.
    """
    words = _survey(spec) or _map(spec)
    place = f"REVO_HOME={shlex.quote(str(home))} " if home else ""
    at = f"cd {shlex.quote(spec.cwd)} && " if spec.kind == "parallel.map" else ""
    command = f"{at}{place}revo {shlex.join(words)}"
    if words and command.isprintable():
        return command
    text = _as_json(spec)
    if len(text.encode()) > _ARGUMENT_BYTES:
        return f"{place}revo api task.submit - <<'END'\n{text}\nEND"
    return f"{place}revo api task.submit {shlex.quote(text)}"


def _survey(spec: TaskSpec) -> list[str]:
    params = dict(spec.params)
    path, out = params.pop("path", None), params.pop("out", "")
    bare = TaskSpec(spec.kind, spec.params, cwd=spec.cwd, group=spec.group)
    texts = isinstance(path, str) and path and isinstance(out, str)
    if spec.kind != "parallel.analyze" or spec != bare or params or not texts:
        return []
    return ["survey", *(["--out", out] if out else []), *_group(spec), "--", path]


def _map(spec: TaskSpec) -> list[str]:
    params = dict(spec.params)
    function, command = params.pop("function", ""), params.pop("command", "")
    inputs = params.pop("inputs", [])
    options = [(flag, params.pop(name)) for name, flag in _MAP_OPTIONS if name in params]
    said = TaskSpec(spec.kind, spec.params, queue=spec.queue, priority=spec.priority)
    said = msgspec.structs.replace(said, cwd=spec.cwd, python=spec.python, group=spec.group)
    one = bool(function) != bool(command) and isinstance(function or command, str)
    if spec.kind != "parallel.map" or spec != said or params or not (one and _few_texts(inputs)):
        return []
    return [
        "map",
        *([f"--cmd={command}"] if command else []),
        *(word for flag, value in options if value is not None for word in (flag, str(value))),
        *(["--python", spec.python] if spec.python else []),
        *(["--queue", spec.queue] if spec.queue != "default" else []),
        *(["--priority", str(spec.priority)] if spec.priority else []),
        *_group(spec),
        "--",
        *([function] if function else []),
        *inputs,
    ]


def _group(spec: TaskSpec) -> list[str]:
    return ["--group", spec.group] if spec.group else []


def _few_texts(values: Any) -> bool:
    """Tell whether these can be words of one command line."""
    texts = isinstance(values, list) and all(isinstance(value, str) for value in values)
    return texts and 0 < len(" ".join(values).encode()) < _ARGUMENT_BYTES


def _plain(spec: TaskSpec) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(spec, str_keys=True, enc_hook=str)
    return found


def _as_json(spec: TaskSpec) -> str:
    """Return the request's JSON, with characters that a terminal would obey as escapes."""
    text = json.dumps({"spec": _plain(spec)}, ensure_ascii=False)
    return text if text.isprintable() else json.dumps({"spec": _plain(spec)})

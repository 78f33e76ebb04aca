"""What ruff finds in a tree: its findings by rule and by file.

One `ruff check` with the configuration that the tree has; without one ruff's own default rules.
Nothing is fixed and nothing is written into the tree. A ruff of the tree's own environment is never
run: a survey executes nothing that it surveys.
"""

import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from revo_edge.engines.base import CommandResult, ItemFailed
from revo_edge.engines.files.tree import Tree, from_text, to_text
from revo_edge.engines.parallel.git_history import Run

LINT_S = 120.0
"""How long ruff may take: about 100,000 files."""
ASK_S = 10.0
MOST_FINDINGS = 5_000
"""How many findings are named; all are counted. Code hosts show no more of one run."""
INSTALL = "python3 -m pip install ruff"

_SUFFIXES = (".py", ".pyi", ".pyw")
_CONFIGS = (".ruff.toml", "ruff.toml", "pyproject.toml")  # in ruff's own order
_FLAGS = ("--no-fix", "--no-cache", "--exit-zero", "--output-format", "json-lines")
_STOPS = re.compile(r"E9|F63|F7|F82|PLE|invalid-syntax")  # what cannot run, as flake8's users say
_BUGS = re.compile(r"F\d|B\d|S\d|PLW|ASYNC|BLE|DTZ|W6")


class LintFinding(msgspec.Struct, frozen=True):
    """One finding; `column` counts characters from 1."""

    path: str
    line: int
    column: int
    rule: str
    message: str


class LintRule(msgspec.Struct, frozen=True):
    """How often a rule was broken, in how many files, and the first place."""

    rule: str
    findings: int
    files: int
    path: str
    line: int
    message: str


class LintedFile(msgspec.Struct, frozen=True):
    """How many findings a file has."""

    path: str
    findings: int


class Lint(msgspec.Struct, frozen=True):
    """What ruff found in the `files` that it looked at; `unavailable` says why it found nothing out.

    `config` names the configuration, relative to the root; empty: ruff's own default rules. Rules
    and files with the most findings come first; `findings` are the first `MOST_FINDINGS` of `count`.
    """

    unavailable: str = ""
    version: str = ""
    config: str = ""
    files: int = 0
    count: int = 0
    rules: list[LintRule] = []
    worst_files: list[LintedFile] = []
    findings: list[LintFinding] = []


class Linted(msgspec.Struct, frozen=True):
    """A lint and the key of all that it depends on; with an empty key it may not be kept."""

    lint: Lint
    key: bytes = b""


class _Location(msgspec.Struct):
    row: int = 1
    column: int = 1


class _Line(msgspec.Struct):
    """The part of ruff's json-lines that we read; old versions give no code for a syntax error."""

    filename: str
    message: str
    code: str | None = None
    location: _Location | None = None


_LINES = msgspec.json.Decoder(_Line)


def find_ruff() -> str:
    """Return the ruff of our bundle or beside our interpreter, else on PATH, else an empty text."""
    folders = [getattr(sys, "_MEIPASS", ""), Path(sys.executable).parent]
    for beside in (Path(folder, "ruff") for folder in folders if folder):
        if os.access(beside, os.X_OK) and beside.is_file():
            return str(beside)
    return shutil.which("ruff") or ""


def read_lint(
    root: str,
    tree: Tree,
    run: Run,
    *,
    ruff: str,
    recall: Callable[[bytes], Linted | None] = lambda _key: None,
) -> Linted:
    """Ask ruff about the Python files of the tree; never raises for what ruff says.

    `recall` returns what is kept for a key: then ruff is not run over the files.
    """
    listed = {path for path, _ in tree.files if path.endswith(_SUFFIXES)}
    if not listed:
        return Linted(Lint())
    if not ruff:
        return Linted(Lint(f"ruff is not installed. Type: {INSTALL}"))
    try:
        with tempfile.TemporaryDirectory(prefix="revo-ruff-") as folder:
            return _ask(_Ruff(root, ruff, run, folder), tree, listed, recall)
    except ItemFailed as failed:
        return Linted(Lint(failed.error.msg))
    except _Refused as refused:
        return Linted(Lint(str(refused)))


def level(rule: str) -> str:
    """Return the SARIF level of a rule: what cannot run is an error, what is odd a warning."""
    if _STOPS.match(rule):
        return "error"
    return "warning" if _BUGS.match(rule) else "note"


def verdict(found: Lint) -> str:
    """Say in a sentence what ruff found, or why nothing; empty when there was nothing to look at."""
    if found.unavailable:
        return f"Not measured. {found.unavailable}"
    if not found.version:
        return ""
    rules = f"the rules of {found.config}" if found.config else "its own default rules"
    files = "1 Python file" if found.files == 1 else f"{found.files:,} Python files"
    what = f"{found.count:,} finding{'' if found.count == 1 else 's'}" if found.count else "nothing"
    return f"ruff {found.version} with {rules}: {what} in {files}."


def find_configs(root: str, tree: Tree) -> list[str]:
    """Return the configurations of ruff that govern the tree, as absolute paths, the root's first.

    Those inside of the tree, and the nearest one above it within the same repository.
    """
    names = [from_text(path) for path, _ in tree.files if path.rpartition("/")[2] in _CONFIGS]
    inside = [str(Path(root, name)) for name in sorted(names, key=lambda n: (n.count("/"), n))]
    inside = [path for path in inside if _is_config(path)]
    if any(str(Path(path).parent) == root for path in inside):
        return inside
    return [*_config_above(Path(root)), *inside]


def parse_lint(root: str, lines: Iterable[bytes], listed: set[str]) -> list[LintFinding]:
    """Read ruff's json-lines; findings in files that are not listed are left out."""
    found = []
    names: dict[str, str] = {}
    for line in lines:
        with contextlib.suppress(msgspec.MsgspecError):
            one = _LINES.decode(line)
            if one.filename not in names:
                names[one.filename] = to_text(os.path.relpath(one.filename, root))
            if names[one.filename] in listed:
                place = one.location or _Location()
                rule = one.code or "invalid-syntax"
                path = names[one.filename]
                found.append(LintFinding(path, place.row, place.column, rule, one.message))
    return sorted(found, key=lambda f: (f.path, f.line, f.column, f.rule))


def sum_up(found: Sequence[LintFinding], lint: Lint) -> Lint:
    """Add the findings to a lint that has none."""
    first: dict[str, LintFinding] = {}
    for one in found:
        first.setdefault(one.rule, one)
    counts = Counter(one.rule for one in found)
    places = Counter(rule for rule, _ in {(one.rule, one.path) for one in found})
    rules = [
        LintRule(rule, counts[rule], places[rule], one.path, one.line, one.message)
        for rule, one in first.items()
    ]
    by_file = Counter(one.path for one in found)
    return msgspec.structs.replace(
        lint,
        count=len(found),
        rules=sorted(rules, key=lambda rule: (-rule.findings, rule.rule)),
        worst_files=[
            LintedFile(path, by_file[path])
            for path in sorted(by_file, key=lambda path: (-by_file[path], path))
        ],
        findings=list(found[:MOST_FINDINGS]),
    )


class _Refused(Exception):
    """Why ruff gave no answer, as a sentence."""


class _Ruff:
    """One ruff, asked about one tree; it writes into `folder` only."""

    def __init__(self, root: str, ruff: str, run: Run, folder: str) -> None:
        self.root = root
        self._ruff = ruff
        self._run = run
        self._folder = folder

    def version(self) -> str:
        """Return ruff's version."""
        ended = self._run([self._ruff, "--version"], timeout_s=ASK_S)
        name, _, version = ended.stdout.strip().partition(" ")
        if ended.code or name != "ruff" or not version:
            raise _Refused(f"{self._ruff} does not run. Type: {INSTALL} --force-reinstall")
        return version

    def check(self, *flags: str) -> Path:
        """Run `ruff check` over the tree; return the file with what it wrote."""
        output = Path(self._folder, "output")
        output.write_bytes(b"")  # ruff makes none when it has nothing to say
        # Without a folder of its own ruff falls back to the user's settings: not the tree's.
        around = ("env", "-C", self.root, f"XDG_CONFIG_HOME={self._folder}", "NO_COLOR=1")
        command = (self._ruff, "check", *flags, "--output-file", str(output), "--", ".")
        ended = self._run([*around, *command], timeout_s=LINT_S)
        if ended.code:
            raise _Refused(explain(ended))
        return output


def explain(ended: CommandResult) -> str:
    """Say why ruff has no answer, and what to do."""
    text = ended.stderr.strip()
    if "unexpected argument" in text or "invalid value" in text:
        return f"This ruff is too old. Type: {INSTALL} --upgrade"
    causes = re.findall(r"Cause: (.+)", text)
    if causes:
        why = ": ".join(cause.rstrip(".:") for cause in causes)[:400]
        return f"ruff refuses its configuration: {why}. Correct it and survey again."
    last = (text.splitlines() or ["without a word"])[-1][:200]
    return f"ruff ended with {ended.code}: {last}. Type: {INSTALL} --upgrade"


def _ask(
    ruff: _Ruff, tree: Tree, listed: set[str], recall: Callable[[bytes], Linted | None]
) -> Linted:
    version = ruff.version()
    configs = find_configs(ruff.root, tree)
    rules = () if configs else ("--isolated",)
    shown = _shown(ruff.root, ruff.check("--show-files", *rules), listed)
    lint = Lint(version=version, config=_tell_configs(ruff.root, configs), files=len(shown))
    key = _key(lint, configs, shown, tree)
    kept = recall(key) if key else None
    if kept is not None and kept.key == key:
        return kept
    with ruff.check(*_FLAGS, *rules).open("rb") as lines:
        return Linted(sum_up(parse_lint(ruff.root, lines, listed), lint), key)


def _shown(root: str, file: Path, listed: set[str]) -> list[str]:
    """Return the listed files that ruff says it looks at: not those that its settings exclude."""
    names = (os.path.relpath(line, root) for line in os.fsdecode(file.read_bytes()).splitlines())
    return sorted(listed.intersection(map(to_text, names)))


def _key(lint: Lint, configs: Sequence[str], shown: Sequence[str], tree: Tree) -> bytes:
    """Digest all that the findings depend on; empty: they depend on more, or files are too new."""
    stamps = dict(zip((path for path, _ in tree.files), tree.stamps, strict=False))
    used = [*shown, *(path for path in stamps if path.rpartition("/")[2] in _CONFIGS)]
    beside = [str(Path(path).with_name("pyproject.toml")) for path in configs]
    texts = [_read_config(path) for path in [*configs, *beside]]  # it may name the least Python
    if any(stamps.get(path) is None for path in used) or any("extend" in text for text in texts):
        return b""
    parts = [lint.version, *configs, *texts, [(path, stamps[path]) for path in used]]
    return hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=16).digest()


def _is_config(path: str) -> bool:
    """Tell a configuration of ruff; a pyproject.toml may be one of others only."""
    if not path.endswith("pyproject.toml"):
        return Path(path).is_file()
    text = _read_config(path)
    try:
        return "ruff" in tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError:
        return "tool.ruff" in text  # ruff shall say what is wrong with it


def _read_config(path: str) -> str:
    try:
        if not Path(path).is_file():
            return ""  # a pipe would be waited for
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _config_above(root: Path) -> Iterator[str]:
    """Yield the nearest configuration between the root and the top of its repository."""
    found = ""
    folder = root
    while not (folder / ".git").exists():
        if (folder / "pyvenv.cfg").exists() or folder == folder.parent:
            return  # what others installed, or no repository: its settings are not known
        folder = folder.parent
        named = (str(folder / name) for name in _CONFIGS)
        found = found or next((path for path in named if _is_config(path)), "")
    if found:
        yield found


def _tell_configs(root: str, configs: Sequence[str]) -> str:
    if not configs:
        return ""
    more = f" and {len(configs) - 1:,} more" if len(configs) > 1 else ""
    return to_text(os.path.relpath(configs[0], root)) + more

"""`recall.ingest`: list a folder, cut what has changed on all workers, forget what has vanished.

What there is to do is itself a recorded child: a driver that is lost and restarted goes on with the
list it had. Each child hands its items to the store by itself, file by file: a file is replaced as
a whole or not at all.
"""

import hashlib
import itertools
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from revo_edge.clock import utc_now
from revo_edge.contract.recall import DEFAULT_NAMESPACE, NewItem, Source
from revo_edge.contract.recall_writes import FileItems, RecallReplaceFiles, ReplaceReply
from revo_edge.engines.base import Context, MapPlan
from revo_edge.engines.files.reading import read_file
from revo_edge.engines.files.root import check_path, refuse
from revo_edge.engines.files.tree import from_text, open_below, to_text
from revo_edge.engines.recall import ranking
from revo_edge.engines.recall.chunker import Cut, Part, cut_file
from revo_edge.engines.recall.formats import Format, Reason, limit_of
from revo_edge.engines.recall.params import ChunkParams, IngestParams, ScannedFile, ScanParams
from revo_edge.engines.recall.pieces import Piece, clean
from revo_edge.engines.recall.reading import known_files, known_roots
from revo_edge.engines.recall.scan import PART, Scan, is_settled, place, scan

CUT_VERSION = b"1"
"""To be changed when files are cut in another way, so that a fresh ingest cuts them anew."""
PIECE_BYTES = 512 * 1024
"""Work of one child: about 0.1 s of Python source, 500 items."""
PIECE_FILES = 80
PIECE_LIMIT_S = 300.0
"""A child that takes longer hangs on some file."""
SEND_CHARACTERS = 768 * 1024
"""Items are handed over when they are so long together, so that a write is short."""
SEND_ITEMS = 800
SLICE_PIECES = 1_500
"""More pieces of one file are handed over in several writes (6 MB, as a piece is 4,000 characters)."""
VANISHED_AT_ONCE = 500
FILES_NAMED = 200
"""So many files are named in the result of each reason; all are counted."""


class Chunked(msgspec.Struct, frozen=True):
    """What a child did. `skipped` are (path, reason, detail)."""

    files: int = 0
    stored: int = 0
    kept: int = 0
    removed: int = 0
    skipped: list[tuple[str, str, str]] = []
    repaired: list[str] = []
    left_out: int = 0
    generation: int = 0


class Ingested(msgspec.Struct, frozen=True):
    """The result: files are `read` or `unchanged`, `vanished` or skipped; items new, kept or gone.

    `skipped` counts files by reason, `skipped_files` names up to 200 of each as (path, detail).
    `repaired` files were not valid text. `commands_left_out` seem to hold a secret.
    """

    namespace: str
    root: str
    read: int
    unchanged: int
    vanished: int
    stored: int
    kept: int
    removed: int
    ignored: int
    skipped: dict[str, int]
    skipped_files: dict[str, list[tuple[str, str]]]
    repaired: list[str]
    commands_left_out: int
    duration_s: float
    generation: int


def run(params: IngestParams, ctx: Context) -> Ingested:
    """Ingest a folder or file; raise ItemFailed when there is none."""
    began = time.monotonic()
    asked = _asked(params)
    ctx.progress(0, 0, note="listing files")
    (result,) = ctx.map("recall.scan", [asked])
    found = ctx.value(result, Scan)
    asked = msgspec.structs.replace(asked, root=found.root)
    parts = list(_chunk(asked, found, ctx))
    ctx.check_cancelled()
    parts += _forget(asked, found.vanished, ctx)
    for root in found.inner:
        files = sorted(known_files(ctx.home, asked.namespace, root))
        parts += _forget(msgspec.structs.replace(asked, root=root), files, ctx)
    duration_s = time.monotonic() - began
    return _result(asked, found, parts, duration_s)


def run_scan(params: ScanParams, ctx: Context) -> Scan:
    """Compare the tree with what is known of it."""
    ctx.check_cancelled()
    try:
        asked, inner = place(params, known_roots(ctx.home, params.namespace))
        found = scan(asked, known_files(ctx.home, asked.namespace, asked.root), ctx.home)
        return msgspec.structs.replace(found, inner=inner)
    except OSError as error:
        raise refuse(f"Cannot list {params.root}: {error.strerror}.") from None


def run_chunk(params: ChunkParams, ctx: Context) -> Chunked:
    """Cut some files and hand over their items."""
    done = Chunked()
    basket = _Basket(params, ctx)
    for path, name, known_hash in params.files:
        ctx.check_cancelled()
        files, gone, note = _read(params, path, Format(name), known_hash)
        done = _add(done, note)
        for file in files:
            done = _add(done, basket.put(file))
        basket.vanished += gone
    return _add(done, basket.send())


class _Basket:
    """Files on their way to the store, as many at once as make a short write."""

    def __init__(self, params: ChunkParams, ctx: Context) -> None:
        self.vanished: list[str] = []
        self._params = params
        self._ctx = ctx
        self._files: list[FileItems] = []
        self._characters = 0
        self._items = 0

    def put(self, file: FileItems) -> Chunked:
        """Take a file; hand over what is there when it is enough."""
        self._files.append(file)
        self._characters += sum(len(item.text) for item in file.items)
        self._items += len(file.items)
        full = self._characters > SEND_CHARACTERS or self._items > SEND_ITEMS
        return self.send() if full else Chunked()

    def send(self) -> Chunked:
        """Hand over what is there."""
        files, vanished = tuple(self._files), tuple(self.vanished)
        self._files, self.vanished, self._characters, self._items = [], [], 0, 0
        if not files and not vanished:
            return Chunked()
        params = self._params
        return _ask(RecallReplaceFiles(params.namespace, params.root, files, vanished), self._ctx)


def default_namespace(folder: str) -> str:
    """Return the namespace of a folder when none is named: its own name."""
    return clean(to_text(folder.rstrip("/").rpartition("/")[2]))[:200] or DEFAULT_NAMESPACE


def _asked(params: IngestParams) -> ScanParams:
    path = check_path(params.path)
    only = "" if path.is_dir() else to_text(path.name)
    folder = os.fspath(path.parent if only else path)
    if len(params.namespace) > 0 and not params.namespace.strip():
        raise refuse("A namespace needs a name. Leave it out to take that of the folder.")
    return ScanParams(
        root=to_text(folder),
        namespace=params.namespace or default_namespace(folder),
        only=only,
        include=params.include,
        exclude=params.exclude,
        shell_history=params.shell_history or bool(only),
        fresh=params.fresh,
    )


def _chunk(asked: ScanParams, found: Scan, ctx: Context) -> Iterator[Chunked]:
    """Yield what became of the files, as the children end."""
    lists = deal(found.files)
    known: dict[str, list[tuple[str, str]]] = {}
    for path, name in found.parts:
        file = path.partition(PART)[0]
        known.setdefault(file, []).append((file, name))
    params = (
        ChunkParams(
            asked.root,
            asked.namespace,
            [(each.path, each.format, each.hash) for each in files],
            [part for each in files for part in known.get(each.path, ())],
        )
        for files in lists
    )
    total = len(found.files)
    done = items = 0
    ctx.progress(0, total, note="reading files")
    plan = MapPlan(concurrency=_at_once(), timeout_s=PIECE_LIMIT_S, retries=1)
    for result in ctx.map("recall.chunk", params, plan):
        files = lists[result.index - 1]  # index 0 is the scan
        done += len(files)
        failed = result.error and _failed(files, result.error.msg)
        chunked = failed or ctx.value(result, Chunked)
        items += chunked.stored
        yield chunked
        ctx.progress(done, total, note=f"{items:,} items stored")


def _at_once() -> int:
    """Return how many pieces are cut at once: all hand over to one writer, so more only wait for it."""
    return (os.cpu_count() or 1) + 2


def deal(files: Sequence[ScannedFile]) -> list[list[ScannedFile]]:
    """Put files together to pieces of about equal work, neighbours in one."""
    lists: list[list[ScannedFile]] = []
    size = 0
    for file in files:
        if not lists or size + file.size_bytes > PIECE_BYTES or len(lists[-1]) >= PIECE_FILES:
            lists.append([])
            size = 0
        lists[-1].append(file)
        size += file.size_bytes
    lists.sort(key=lambda files: -sum(file.size_bytes for file in files))
    return lists


def _failed(files: Sequence[ScannedFile], why: str) -> Chunked:
    return Chunked(skipped=[(file.path, str(Reason.FAILED), why[:200]) for file in files])


def _forget(asked: ScanParams, vanished: Sequence[str], ctx: Context) -> Iterator[Chunked]:
    for first in range(0, len(vanished), VANISHED_AT_ONCE):
        some = tuple(vanished[first : first + VANISHED_AT_ONCE])
        done = first + len(some)
        ctx.progress(done, len(vanished), note="forgetting what has vanished")
        yield _ask(RecallReplaceFiles(asked.namespace, asked.root, vanished=some), ctx)


def _result(asked: ScanParams, found: Scan, parts: list[Chunked], duration_s: float) -> Ingested:
    skipped = [(path, reason, "") for path, reason in found.skipped]
    skipped += itertools.chain.from_iterable(part.skipped for part in parts)
    named: dict[str, list[tuple[str, str]]] = {}
    for path, reason, detail in sorted(skipped):
        files = named.setdefault(reason, [])
        if len(files) < FILES_NAMED:
            files.append((path, detail))
    return Ingested(
        namespace=asked.namespace,
        root=asked.root,
        read=sum(part.files for part in parts),
        unchanged=found.unchanged,
        vanished=len({path.partition(PART)[0] for path in found.vanished}),
        stored=sum(part.stored for part in parts),
        kept=sum(part.kept for part in parts),
        removed=sum(part.removed for part in parts),
        ignored=found.ignored,
        skipped=dict(Counter(reason for _, reason, _ in skipped)),
        skipped_files=named,
        repaired=sorted(itertools.chain.from_iterable(part.repaired for part in parts)),
        commands_left_out=sum(part.left_out for part in parts),
        duration_s=duration_s,
        generation=max((part.generation for part in parts), default=0),
    )


# one file


def _read(
    params: ChunkParams, path: str, format_: Format, known_hash: str
) -> tuple[list[FileItems], list[str], Chunked]:
    """Return what the store is to have of a file, what has vanished of it, and what became of it."""
    known = {path + PART + part for file, part in params.known if file == path}
    before = _stat(params.root, path)
    content = read_file(from_text(params.root), from_text(path), limit_of(format_))
    if not isinstance(content, bytes) or before is None:
        reason = str(Reason.FAILED if isinstance(content, bytes) else content)
        return [], [], Chunked(skipped=[(path, reason, "")])
    size, mtime_ns = before
    mtime_ns = mtime_ns if size == len(content) and is_settled(mtime_ns, utc_now()) else 0
    digest = hashlib.blake2b(content, digest_size=16, salt=CUT_VERSION).hexdigest()
    if digest == known_hash:
        rows = sorted(known or {path})
        return [FileItems(row, size, mtime_ns, digest) for row in rows], [], Chunked(files=1)
    cut = cut_file(path, format_, content)
    files: list[FileItems] = []
    for part in itertools.chain.from_iterable(map(_slices, cut.parts or [Part([])])):
        items = _items(params, path, part)
        words = tuple(ranking.columns_of(item) for item in items)
        files.append(FileItems(_row(path, part), size, mtime_ns, digest, items, words))
    gone = (known | ({path} if known else set())) - {file.path for file in files}
    return files, sorted(gone), _told(path, cut)


def _slices(part: Part) -> Iterator[Part]:
    """Divide what is too much for one message: a file is replaced as a whole if it is not huge."""
    for number, first in enumerate(range(0, len(part.pieces) or 1, SLICE_PIECES)):
        pieces = part.pieces[first : first + SLICE_PIECES]
        yield Part(pieces, f"{part.id}{PART}{number}" if number else part.id)


def _told(path: str, cut: Cut) -> Chunked:
    return Chunked(
        files=1 if cut.reason is None else 0,
        skipped=[(path, str(cut.reason), cut.detail)] if cut.reason else [],
        repaired=[path] if cut.repaired else [],
        left_out=cut.left_out,
    )


def _stat(root: str, path: str) -> tuple[int, int] | None:
    """Return size and time of change, before the file is read: what comes later is seen next time."""
    try:
        descriptor = open_below(from_text(root), from_text(path), os.O_RDONLY)
    except OSError:
        return None
    try:
        record = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    return record.st_size, record.st_mtime_ns


def _row(path: str, part: Part) -> str:
    return path + PART + part.id if part.id else path


def _items(params: ChunkParams, path: str, part: Part) -> tuple[NewItem, ...]:
    where = f"{params.root.rstrip('/')}/{path}"
    return tuple(_item(params.namespace, where, piece) for piece in part.pieces)


def _item(namespace: str, path: str, piece: Piece) -> NewItem:
    return NewItem(
        text=piece.text,
        namespace=namespace,
        kind=piece.kind,
        title=piece.title,
        tags=piece.tags,
        metadata=piece.metadata,
        source=Source(
            path=path,
            first_line=piece.first_line,
            last_line=piece.last_line,
            session=piece.session,
            turn=piece.turn,
            speaker=piece.speaker,
        ),
        at=piece.at,
    )


def _ask(replace: RecallReplaceFiles, ctx: Context) -> Chunked:
    answer = msgspec.convert(ctx.call("recall.replace_files", replace), ReplaceReply)
    return Chunked(
        stored=answer.stored,
        kept=answer.kept,
        removed=answer.removed,
        generation=answer.generation,
    )


def _add(one: Chunked, other: Chunked) -> Chunked:
    return Chunked(
        files=one.files + other.files,
        stored=one.stored + other.stored,
        kept=one.kept + other.kept,
        removed=one.removed + other.removed,
        skipped=one.skipped + other.skipped,
        repaired=one.repaired + other.repaired,
        left_out=one.left_out + other.left_out,
        generation=max(one.generation, other.generation),
    )

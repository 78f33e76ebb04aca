"""Building the file of vectors: whole or not at all."""

import os
from pathlib import Path

import pytest

from revo_edge.engines.recall.vector_build import build
from tests.unit.engines.recall.vector_data import about, made, rows, some


class Enough(Exception):
    """Raised to stop a build."""


@pytest.mark.parametrize("stage", ["progress", "check_cancelled"])
def test_a_build_that_is_stopped_leaves_the_old_file(tmp_path: Path, stage: str) -> None:
    path = made(tmp_path / "a.vectors", rows(some(3), [1] * 3)).path
    before = path.read_bytes()

    def stop(*told: int) -> None:
        if not told or told[0] >= 1_000:
            raise Enough

    stopping = about(2)._replace(**{stage: stop})  # type: ignore[arg-type]  # by its name
    with pytest.raises(Enough):
        build(path, rows(some(1_000), [1] * 1_000), stopping)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.vectors"]  # noqa: PTH208  # names are what is compared


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    telling = about()._replace(progress=lambda done, total: told.append((done, total)))
    build(tmp_path / "a.vectors", rows(some(9_000), [seq % 2 for seq in range(9_000)]), telling)
    assert told == sorted(told)
    assert told[-1] == (9_000, 9_000)


def test_a_file_is_private_and_the_same_rows_make_the_same_file(tmp_path: Path) -> None:
    given_rows = rows(some(2_000), [1] * 2_000)
    first = made(tmp_path / "a.vectors", given_rows).path
    second = made(tmp_path / "b.vectors", given_rows).path
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_a_vector_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="version 7 has 2 bytes where 32 belong"):
        build(tmp_path / "a.vectors", [(7, 1, b"ab")], about())
    with pytest.raises(ValueError, match="twice"):
        build(tmp_path / "a.vectors", rows(some(2), [1, 1])[:1] * 2, about())
    assert not list(tmp_path.iterdir())

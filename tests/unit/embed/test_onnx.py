import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revo_edge.embed import builtin
from revo_edge.embed.onnx import BATCH_TOKENS, MAX_TOKENS, OnnxEmbedder, _batches


@pytest.fixture(scope="module")
def model() -> OnnxEmbedder:
    return builtin.load()


def test_like_sentences_are_closer_than_unlike_ones(model: OnnxEmbedder) -> None:
    cat, kitten, shares = model.embed(["a cat sits", "the kitten is sitting", "stock prices fell"])
    assert cat @ kitten > 0.6
    assert cat @ shares < 0.3


def test_vectors_are_float32_of_length_one(model: OnnxEmbedder) -> None:
    vectors = model.embed(["", "word", "many words " * 500])
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, model.dim) == (3, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_query_started_aside_has_the_vector_of_its_text() -> None:
    model = builtin.load(aside=True)
    for text in ("how to sort a list", "", "\ud800"):
        waits, other = model.start(text), model.start("something else")
        assert np.allclose(waits(), model.embed([text])[0], atol=1e-3)
        assert len(other()) == model.dim


def test_a_model_leaves_no_trace_outside_and_reports_to_nobody(tmp_path: Path) -> None:
    code = "from revo_edge.embed import builtin; builtin.load().embed(['a query'])"
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    own = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR"), str(tmp_path))
    subprocess.run([sys.executable, "-c", code], env=kept | own, check=True)
    assert list(tmp_path.rglob("*")) == []


def test_no_texts_give_no_vectors(model: OnnxEmbedder) -> None:
    assert model.embed([]).shape == (0, 384)


def test_the_order_is_kept_through_batches_by_length(model: OnnxEmbedder) -> None:
    texts = [f"{'long ' * (n % 7 * 30)}number {n}" for n in range(40)]
    together = model.embed(texts)
    for text, vector in list(zip(texts, together, strict=True))[::9]:
        assert model.embed([text])[0] @ vector > 0.99


def test_only_the_first_tokens_are_read(model: OnnxEmbedder) -> None:
    start = "word " * MAX_TOKENS
    one, other = model.embed([start + "cats", start + "dogs and shares"])
    assert one @ other > 0.9999


@pytest.mark.parametrize(
    "text", ["\ud800 alone", "\x00\x01", "\u202eright to left", "日本語のテキスト", "x" * 1_000_000]
)
def test_any_text_has_a_vector(model: OnnxEmbedder, text: str) -> None:
    assert np.isfinite(model.embed([text])).all()


def test_the_id_names_model_and_weights(model: OnnxEmbedder) -> None:
    assert model.id == "all-MiniLM-L6-v2-int8-8199be6f699a"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, MAX_TOKENS), max_size=200))
def test_batches_hold_each_row_once_and_keep_to_the_limit(lengths: list[int]) -> None:
    batches = list(_batches(lengths))
    assert sorted(row for rows in batches for row in rows) == list(range(len(lengths)))
    for rows in batches:
        assert len(rows) == 1 or len(rows) * max(lengths[row] for row in rows) <= BATCH_TOKENS

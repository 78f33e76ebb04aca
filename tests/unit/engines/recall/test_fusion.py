import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.recall import fusion
from revo_edge.engines.recall.fusion import Asked, Candidate, rank, rank_by_vectors

KINDS = sorted(fusion.WEIGHTS)


def seqs(candidates: list[Candidate], asked: Asked | None = None) -> list[int]:
    return [hit.seq for hit in rank(candidates, asked or Asked())]


def test_without_vectors_words_decide() -> None:
    found = [Candidate(1, "note", bm25=2.0), Candidate(2, "note", bm25=5.0)]
    hits = rank(found, Asked(vectors=False))
    assert [hit.seq for hit in hits] == [2, 1]
    assert (hits[0].lexical, hits[0].vector) == (1.0, 0.0)


def test_an_item_without_a_vector_is_not_ranked_below_all_that_have_one() -> None:
    found = [
        Candidate(1, "code", bm25=5.0),
        Candidate(2, "code", bm25=4.0, cosine=0.5),
        Candidate(3, "code", bm25=1.0, cosine=0.5),
    ]
    assert seqs(found) == [1, 2, 3]


def test_code_goes_by_meaning_and_conversation_by_words() -> None:
    def order(kind: str) -> list[int]:
        return seqs([Candidate(1, kind, 5.0, 0.3), Candidate(2, kind, 2.0, 0.6)])

    assert order("code") == [2, 1]
    assert order("conversation") == [1, 2]


def test_a_question_for_a_time_prefers_what_tells_one() -> None:
    found = [Candidate(1, "conversation", 5.0), Candidate(2, "conversation", 4.5, tells_when=True)]
    assert seqs(found, Asked(asks_when=True)) == [2, 1]
    assert seqs(found) == [1, 2]


def test_a_question_gives_way_to_an_answer() -> None:
    found = [Candidate(2, "conversation", 5.0, asks=True), Candidate(1, "conversation", 4.9)]
    assert seqs(found) == [1, 2]


def test_a_session_with_more_good_turns_wins_a_close_race() -> None:
    found = [Candidate(1, "conversation", 5.0, session="a")]
    found += [Candidate(seq, "conversation", 4.9, session="b") for seq in (2, 3, 4)]
    assert seqs(found)[0] in (2, 3, 4)


def test_one_session_alone_changes_no_score() -> None:
    hits = rank([Candidate(1, "conversation", 5.0, session="a")], Asked())
    assert "session" not in hits[0].boosts


@pytest.mark.parametrize("better", [{"pinned": True}, {"importance": 1.0}, {"at": 1_000.0}])
def test_what_matters_more_is_first_among_equals(better: dict[str, float]) -> None:
    found = [Candidate(9, "note", 3.0, at=0.0), Candidate(1, "note", 3.0, **({"at": 0.0} | better))]  # type: ignore[arg-type]
    assert seqs(found, Asked(now=1_000.0))[0] == 1


def test_equal_scores_put_the_newer_first() -> None:
    assert seqs([Candidate(1, "note", 3.0), Candidate(2, "note", 3.0)]) == [2, 1]


@given(
    st.lists(
        st.builds(
            Candidate,
            seq=st.integers(1, 10**9),
            kind=st.sampled_from(KINDS),
            bm25=st.floats(0, 100),
            cosine=st.none() | st.floats(-1, 1),
            session=st.sampled_from(["", "a", "b"]),
            tells_when=st.booleans(),
            asks=st.booleans(),
            at=st.none() | st.floats(0, 2e9),
            importance=st.floats(-5, 5),
            pinned=st.booleans(),
        ),
        max_size=30,
    ),
    st.builds(Asked, asks_when=st.booleans(), vectors=st.booleans(), now=st.floats(0, 2e9)),
)
def test_boosts_are_bounded_and_nothing_is_dropped(found: list[Candidate], asked: Asked) -> None:
    hits = rank(found, asked)
    assert sorted(hit.seq for hit in hits) == sorted(one.seq for one in found)
    for hit in hits:
        plain = hit.lexical + hit.vector
        assert 0.5 * plain <= hit.score <= 1.8 * plain
        assert 0.0 <= plain <= 1.0 + 1e-9


def test_vectors_are_compared_where_there_are_any() -> None:
    vectors = np.zeros((3, 4), np.float32)
    vectors[0, 0] = vectors[1, 1] = 1.0
    query = np.array([0.0, 1.0, 0.0, 0.0], np.float32)
    found = [Candidate(seq, "code", bm25=1.0) for seq in (1, 2, 3)]
    hits = rank_by_vectors(found, Asked(), query, vectors)
    assert hits[0].seq == 2
    assert found[2].cosine is None


def test_documents_like_the_best_ones_rise() -> None:
    best = np.array([0.8, 0.6, 0.0], np.float32)
    like = np.array([0.4, 0.9165, 0.0], np.float32)
    other = np.array([0.4, 0.0, 0.9165], np.float32)
    query = np.array([1.0, 0.0, 0.0], np.float32)
    found = [Candidate(1, "document", 9.0)]
    found += [Candidate(seq, "document", 0.0) for seq in range(2, 9)]
    rest = [other, like, *[np.array([-1.0, 0.0, 0.0], np.float32)] * 5]
    hits = rank_by_vectors(found, Asked(), query, np.stack([best, *rest]))
    order = [hit.seq for hit in hits]
    assert order.index(3) < order.index(2)

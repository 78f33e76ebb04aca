import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.contract.recall import ItemKind
from revo_edge.engines.recall.chunk_chat import cut_export, cut_json_lines, epoch_s

AT = 1_700_000_000.0


def lines(*records: object) -> str:
    return "\n".join(json.dumps(record) for record in records)


def test_a_turn_a_line_has_its_speaker_time_place_and_number() -> None:
    pieces = cut_json_lines(
        "chat.jsonl",
        lines(
            {"speaker": "Ann", "text": "Hello", "time": "2023-11-14T22:13:20Z"},
            {"speaker": "Ben", "text": "Hi", "time": AT * 1000},
        ),
    )
    assert pieces is not None
    first, second = pieces
    assert (first.kind, first.title, first.text) == (ItemKind.CONVERSATION, "chat.jsonl", "Hello")
    assert (first.speaker, first.at, first.session, first.turn) == ("Ann", AT, "chat.jsonl", 0)
    assert (second.speaker, second.at, second.turn, second.first_line) == ("Ben", AT, 1, 2)


def test_sessions_are_numbered_apart_and_bad_lines_left_out() -> None:
    text = lines(
        {"session": "a", "role": "user", "content": "one"},
        {"session": "b", "role": "user", "content": [{"type": "text", "text": "two"}]},
        {"session": "a", "role": "assistant", "content": "three"},
    )
    pieces = cut_json_lines("c.jsonl", text + '\nnonsense\n{"session": "a"}\n')
    assert pieces is not None
    assert [(p.session, p.turn, p.text) for p in pieces] == [
        ("a", 0, "one"),
        ("b", 0, "two"),
        ("a", 1, "three"),
    ]


def test_the_log_of_an_agent_is_a_transcript() -> None:
    text = lines(
        {"type": "summary", "sessionId": "s"},
        {
            "type": "user",
            "sessionId": "s",
            "timestamp": "2023-11-14T22:13:20.000Z",
            "message": {"role": "user", "content": "Fix it"},
        },
        {
            "type": "assistant",
            "sessionId": "s",
            "message": {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "text": "no"},
                    {"type": "text", "text": "Done"},
                    {"type": "tool_use", "name": "x", "input": {}},
                ],
            },
        },
    )
    pieces = cut_json_lines("log.jsonl", text)
    assert pieces is not None
    assert [(p.speaker, p.text, p.at) for p in pieces] == [
        ("user", "Fix it", AT),
        ("assistant", "Done", None),
    ]


def test_each_line_of_whole_conversations_is_a_session() -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    pieces = cut_json_lines("set.jsonl", lines({"messages": turns}, {"messages": turns}))
    assert pieces is not None
    assert [(p.session, p.turn) for p in pieces] == [
        ("set.jsonl:1", 0),
        ("set.jsonl:1", 1),
        ("set.jsonl:2", 0),
        ("set.jsonl:2", 1),
    ]


@pytest.mark.parametrize("record", [{"a": 1}, [1], 3, {"text": "no speaker"}, {"role": "x"}])
def test_other_json_lines_are_no_transcript(record: object) -> None:
    assert cut_json_lines("data.jsonl", lines(record, record)) is None


def test_an_export_with_a_tree_of_messages_is_cut_by_conversation() -> None:
    def node(role: str, text: str, at: float | None) -> dict[str, object]:
        message = {
            "author": {"role": role},
            "content": {"content_type": "text", "parts": [text]},
            "create_time": at,
        }
        return {"message": message}

    mapping = {
        "root": {"message": None},
        "2": node("assistant", "Paris", AT + 5),
        "1": node("user", "Capital of France?", AT),
        "3": node("user", "", AT + 9),
    }
    export = [{"title": "Capitals", "conversation_id": "c1", "mapping": mapping}]
    found = cut_export("conversations.json", json.dumps(export))
    assert found is not None
    ((name, pieces),) = found
    assert name == "c1"
    assert [(p.speaker, p.text, p.at, p.turn) for p in pieces] == [
        ("user", "Capital of France?", AT, 0),
        ("assistant", "Paris", AT + 5, 1),
    ]
    assert pieces[0].title == "conversations.json > Capitals"


def test_an_export_with_lists_of_messages_is_cut_by_conversation() -> None:
    export = [
        {
            "uuid": "u1",
            "name": "Trip",
            "chat_messages": [
                {"sender": "human", "text": "Where to?", "created_at": "2023-11-14T22:13:20Z"},
                {"sender": "assistant", "content": [{"type": "text", "text": "North"}]},
            ],
        },
        {"uuid": "u2", "name": "", "chat_messages": []},
    ]
    found = cut_export("conversations.json", json.dumps(export))
    assert found is not None
    ((name, pieces),) = found
    assert (name, [p.text for p in pieces]) == ("u1", ["Where to?", "North"])
    assert pieces[0].at == AT


def test_a_list_of_turns_is_one_conversation_and_other_json_is_none() -> None:
    found = cut_export("a.json", json.dumps([{"role": "user", "content": "x"}] * 2))
    assert found is not None
    assert [(name, len(pieces)) for name, pieces in found] == [("", 2)]
    for other in ("", "[]", "{}", '{"name": "x"}', "[[[]]]", "3", "[" * 100_000):
        assert cut_export("a.json", other) is None


def test_a_lone_surrogate_is_repaired_and_a_long_turn_is_cut() -> None:
    long = "\n\n".join(["A paragraph of the answer. " * 20] * 20)
    pieces = cut_json_lines(
        "a.jsonl",
        '{"role": "user", "content": "a\\ud800b"}\n' + lines({"role": "bot", "content": long}),
    )
    assert pieces is not None
    assert pieces[0].text == "a\ufffdb"
    assert {piece.turn for piece in pieces[1:]} == {1}
    assert all(len(piece.text) <= 1_500 for piece in pieces[1:])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (AT, AT),
        (AT * 1000, AT),
        (str(AT), AT),
        ("2023-11-14T22:13:20", AT),
        ("2023-11-14T23:13:20+01:00", AT),
        ("yesterday", None),
        (None, None),
        (True, None),
        (-5, None),
        (float("nan"), None),
        (1e300, None),
        ("9999999999999999999999", None),
    ],
)
def test_times_are_read_as_seconds(value: object, seconds: float | None) -> None:
    assert epoch_s(value) == seconds


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["role", "content", "message", "mapping", "messages", "time", "x"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_the_json_is_it_is_cut_or_none(value: object) -> None:
    text = json.dumps(value)
    for pieces in (cut_json_lines("a", text) or [], *(p for _, p in cut_export("a", text) or [])):
        assert all(piece.text and piece.session for piece in pieces)

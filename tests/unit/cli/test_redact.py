import pytest

from revo_edge.cli.redact import GONE, SET, Redactor, harmless, is_secret

KNOWN = Redactor(
    {"/home/anna": "~", "/home/anna/.local/share/revo": "$REVO_HOME"},
    {"anna": "[user]", "box": "[host]"},
    ["hunter2hunter2"],
)


@pytest.mark.parametrize(
    "text",
    [
        "password=S3cretS3cret",
        'password: "S3cretS3cret"',
        "{'api_key': 'S3cretS3cret', 'n': 1}",
        'api_key = "two words S3cretS3cret"',
        "REVO_ACCESS_TOKEN=S3cretS3cret",
        "git clone https://anna:S3cretS3cret@example.org/x.git",
        "https://S3cretS3cret@example.org/x.git",
        "Authorization: Bearer S3cretS3cret",
        "curl --token S3cretS3cret",
        "eyJhbGciOiJI.S3cretS3cret.abc",
        "sk-S3cretS3cret",
        "ghp_S3cretS3cret",
        "-----BEGIN RSA PRIVATE KEY-----\nS3cretS3cret\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nS3cretS3cret",
        "cannot open /srv/S3cretS3cret/file.py",
        "cannot open '/srv/with space S3cretS3cret/file.py'",
        "cannot open '~/S3cretS3cret/file.py'",
    ],
)
def test_a_secret_is_taken_out_of_text(text: str) -> None:
    found = KNOWN.text(text)
    assert "S3cret" not in found
    assert found != text


def test_a_known_secret_is_taken_out_wherever_it_stands() -> None:
    assert KNOWN.text("odd hunter2hunter2 place") == f"odd {GONE} place"


def test_names_and_folders_get_a_word_instead() -> None:
    assert KNOWN.text("/home/anna/.local/share/revo/lock") == "$REVO_HOME/lock"
    assert KNOWN.text("/home/anna of anna@box, annabel") == "~ of [user]@[host], annabel"


def test_what_helps_to_find_a_fault_stays() -> None:
    for text in (
        "/usr/bin/git",
        "2026-01-02 10:11:12,345 INFO    revo_edge.daemon.app: worker w1 3/4 ended",
        "p99 2.1 ms of 25 looks",
    ):
        assert KNOWN.text(text) == text
    traced = KNOWN.text('File "/srv/x/revo_edge/daemon/app.py", line 3')
    assert traced == 'File ".../revo_edge/daemon/app.py", line 3'


def test_values_are_searched_to_the_bottom() -> None:
    value = {"a": [{"token": "abc", "n": 1}], "/home/anna": None, "s": ("password=x",)}
    assert KNOWN.value(value) == {
        "a": [{"token": GONE, "n": 1}],
        "~": None,
        "s": [f"password={GONE}"],
    }


def test_names_that_hold_secrets() -> None:
    for name in ("REVO_TOKEN", "api_key", "db.password", "GITHUB_TOKENS", "private-key", "apikey"):
        assert is_secret(name), name
    for name in ("workers.max", "keep_days", "monkey_bars", "keyboard"):
        assert not is_secret(name), name


def test_only_what_cannot_be_private_is_harmless() -> None:
    assert [harmless(v) for v in (3, True, 0.5, None, "12", "debug")] == [
        3,
        True,
        0.5,
        None,
        "12",
        "debug",
    ]
    assert [harmless(v) for v in ("hunter2", ("a", "b"), {"a": 1})] == [
        SET,
        f"{SET}: 2",
        f"{SET}: 1",
    ]

"""Settings: four layers in order, and errors that name the place and the nearest name."""

from functools import reduce
from pathlib import Path

import pytest

from revo_edge.errors import SettingsError
from revo_edge.settings import Settings, load_settings, setting_names
from tests.harness import REPOSITORY


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_without_anything_the_defaults_hold(file: Path) -> None:
    loaded = load_settings(file, env={})
    assert loaded.settings == Settings()
    assert loaded.sources == {}


def test_a_flag_beats_the_environment_beats_the_file(file: Path) -> None:
    file.write_text("[workers]\nmin = 2\nmax = 3\nidle_s = 1\n")
    env = {"REVO_WORKERS_MAX": "5", "REVO_WORKERS_IDLE_S": "7"}
    loaded = load_settings(file, env=env, flags={"workers.idle_s": 9.0})
    workers = loaded.settings.workers
    assert (workers.min, workers.max, workers.idle_s) == (2, 5, 9.0)
    assert loaded.sources == {
        "workers.min": str(file),
        "workers.max": "environment",
        "workers.idle_s": "flag",
    }


def test_a_rule_of_the_alerts_is_changed_by_file_and_environment(file: Path) -> None:
    file.write_text("[alerts.queue]\nraise_at = 9\nclear_at = 3\n[alerts]\nerror_tasks = 2\n")
    env = {"REVO_ALERTS_DISK_ENABLED": "false", "REVO_ALERTS_QUEUE_CLEAR_AT": "4"}
    loaded = load_settings(file, env=env)
    alerts = loaded.settings.alerts
    assert (alerts.queue.raise_at, alerts.queue.clear_at, alerts.queue.severity) == (
        9,
        4,
        "warning",
    )
    assert (alerts.disk.enabled, alerts.loop_lag, alerts.error_tasks) == (
        False,
        Settings().alerts.loop_lag,
        2,
    )
    assert loaded.sources["alerts.queue.clear_at"] == "environment"


def test_lists_and_maps_come_from_the_environment_too(file: Path) -> None:
    env = {"REVO_ENGINES_MODULES": "a.b,c", "REVO_QUEUES_CONCURRENCY": "nightly=1,ci=4"}
    settings = load_settings(file, env=env).settings
    assert settings.engines.modules == ("a.b", "c")
    assert settings.queues.concurrency == {"nightly": 1, "ci": 4}


@pytest.mark.parametrize("text", ["true", "1", "True"])
def test_a_switch_is_set_from_the_environment(file: Path, text: str) -> None:
    assert load_settings(file, env={"REVO_DAEMON_LOG_JSON": text}).settings.daemon.log_json


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[workers]\nmaxx = 3", r'there is no setting workers\.maxx\. Did you mean "workers\.max"'),
        ("[worker]\nmax = 3", r'worker\.max\. Did you mean "workers\.max"'),
        ("workers = 3", r"workers must stand in a \[section\]"),
        ("[workers]\nmax = 0", r"settings\.toml: Expected `int` >= 1 - at `\$\.workers\.max`"),
        ("[workers]\nmin = 9\nmax = 3", r"workers\.min is greater than workers\.max"),
        ("[workers\nmax", "not valid TOML"),
        ("[alerts.queue]\nraise = 5", r'no setting alerts\.queue\.raise\. Did you mean "alerts\.q'),
        ("[alerts.que]\nraise_at = 5", r"there is no setting alerts\.que\.raise_at\."),
        ("[alerts]\nqueue = 5", r"there is no setting alerts\.queue\."),
        ("[alerts.queue]\nraise_at = -1", r"settings\.toml: .*>= 0.*\$\.alerts\.queue\.raise_at"),
        ("[alerts.disk]\nseverity = 'bad'", r"settings\.toml: .*\$\.alerts\.disk\.severity"),
        (
            "[alerts.queue]\nraise_at = 5",
            r"settings\.toml: alerts\.queue\.clear_at 40 is on the wro",
        ),
        (
            "[alerts.utilisation]\nraise_at = 90",
            r"utilisation\.raise_at 90 is over 1: it is a share",
        ),
        ("[alerts.disk]\nraise_at = 900", r"clear_at 750 is on the .* Give it the same or more\."),
    ],
)
def test_a_wrong_file_says_where_and_what(file: Path, toml: str, says: str) -> None:
    file.write_text(toml)
    with pytest.raises(SettingsError, match=says):
        load_settings(file, env={})


def test_a_file_that_is_no_text_or_a_folder_says_so(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not valid TOML"):
        load_settings(file, env={})
    with pytest.raises(SettingsError, match="Cannot read"):
        load_settings(file.parent, env={})


def test_a_wrong_variable_names_the_nearest(file: Path) -> None:
    with pytest.raises(SettingsError, match='Did you mean "REVO_WORKERS_MAX"'):
        load_settings(file, env={"REVO_WORKERS_MAXX": "3"})


def test_a_wrong_value_in_the_environment_names_the_environment(file: Path) -> None:
    with pytest.raises(SettingsError, match=r"^environment: .*workers\.max"):
        load_settings(file, env={"REVO_WORKERS_MAX": "many"})


def test_variables_that_are_no_settings_are_left_alone(file: Path) -> None:
    env = {"REVO_HOME": "/x", "REVO_AUTOSTART": "0", "PATH": "/bin"}
    assert load_settings(file, env=env).settings == Settings()


def in_words(default: object) -> str:
    match default:
        case bool():
            return str(default).lower()
        case float():
            return f"{default:g}"
        case () | {}:
            return "none"
    return str(default)


@pytest.mark.parametrize("name", setting_names())
def test_every_setting_is_in_the_manual_with_its_default(name: str) -> None:
    default = in_words(reduce(getattr, name.split("."), Settings()))
    assert f"| `{name}` | {default} |" in (REPOSITORY / "docs" / "settings.md").read_text()

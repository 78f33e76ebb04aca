"""Where everything is: REVO_HOME, the settings file and the socket folder."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from revo_edge.errors import SettingsError

SOCKET_PATH_LIMIT_BYTES = 100
"""A Unix socket path holds 107 bytes on Linux; a margin is left for other systems."""


@dataclass(frozen=True, slots=True)
class Paths:
    """All paths of one REVO_HOME."""

    home: Path
    config: Path
    """The settings folder."""
    sockets: Path
    """The folder of the sockets c (control), e (events) and p (pool)."""

    @property
    def settings_file(self) -> Path:
        """The TOML file of the settings."""
        return self.config / "settings.toml"

    @property
    def templates(self) -> Path:
        """The folder of the user's own templates."""
        return self.config / "templates"

    @property
    def lock(self) -> Path:
        """Held by the daemon for life."""
        return self.home / "lock"

    @property
    def endpoint(self) -> Path:
        """Says where the daemon listens."""
        return self.home / "endpoint.json"

    @property
    def journal(self) -> Path:
        """The database of tasks, keys and audit rows."""
        return self.home / "revo.db"

    @property
    def memory(self) -> Path:
        """The database of Perfect Recall."""
        return self.home / "memory.db"

    @property
    def metrics(self) -> Path:
        """The last 24 hours of metrics."""
        return self.home / "metrics.ring"

    @property
    def spool(self) -> Path:
        """Large payloads, one file each, named by digest."""
        return self.home / "spool"

    @property
    def logs(self) -> Path:
        """daemon.log and tasks/<id>.log."""
        return self.home / "logs"

    @property
    def daemon_log(self) -> Path:
        """The log of the daemon."""
        return self.logs / "daemon.log"

    @property
    def reports(self) -> Path:
        """Survey reports."""
        return self.home / "reports"

    def task_log(self, task_id: str) -> Path:
        """Return the log file of a task (captured output of user code)."""
        return self.logs / "tasks" / f"{task_id}.log"


def find_paths(home: str | os.PathLike[str] | None = None) -> Paths:
    """Work out all paths from REVO_HOME and the XDG variables; creates nothing."""
    env = os.environ
    chosen = home or env.get("REVO_HOME") or _xdg("XDG_DATA_HOME", ".local/share") / "revo"
    real = Path(os.path.realpath(chosen))
    runtime = env.get("XDG_RUNTIME_DIR")
    base = Path(runtime) / "revo" if runtime else Path(f"/tmp/revo-{os.getuid()}")  # noqa: S108 - private_dir checks owner and mode
    name = hashlib.sha256(os.fsencode(real)).hexdigest()[:8]
    sockets = base / name
    if len(os.fsencode(sockets)) + 2 > SOCKET_PATH_LIMIT_BYTES:
        sockets = Path(f"/tmp/revo-{os.getuid()}") / name  # noqa: S108 - private_dir checks owner and mode
    return Paths(real, _xdg("XDG_CONFIG_HOME", ".config") / "revo", sockets)


def private_dir(path: Path) -> Path:
    """Create the folder with mode 0700, or raise SettingsError if it is somebody else's."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = path.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid():
            raise SettingsError(
                f"{path} does not belong to you (uid {os.getuid()}). "
                "Remove it, or set REVO_HOME and XDG_RUNTIME_DIR to folders of your own."
            )
        if info.st_mode & 0o077:
            path.chmod(0o700)
    except OSError as error:
        raise SettingsError(
            f"Cannot use the folder {path}: {error.strerror}. "
            "Set REVO_HOME to a folder that you can write to."
        ) from None
    return path


def _xdg(variable: str, default: str) -> Path:
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path("~").expanduser() / default

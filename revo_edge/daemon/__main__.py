"""`python -m revo_edge.daemon`: the daemon as the fronts start it, without the command line."""

import sys

import revo_edge.lean  # noqa: F401 - works by being imported first
from revo_edge.daemon.app import run_daemon
from revo_edge.errors import RevoError
from revo_edge.paths import find_paths
from revo_edge.settings import load_settings


def main() -> int:
    """Serve until stopped; return the exit code of the error that ended it, or 0."""
    paths = find_paths()
    try:
        run_daemon(paths, load_settings(paths.settings_file))
    except RevoError as error:
        sys.stderr.write(f"error: {error.msg}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

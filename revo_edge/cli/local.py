"""What can be said of kinds and templates without a daemon: this process reads them itself."""

from typing import TYPE_CHECKING

from revo_edge.paths import find_paths

if TYPE_CHECKING:
    from revo_edge.daemon.templates import Templates
    from revo_edge.engines.registry import Registry


def local_registry() -> "Registry":
    """Return the kinds that a daemon started now would have."""
    from revo_edge.daemon.trial import failed_trials  # noqa: PLC0415 - not for --help
    from revo_edge.engines.declared import installed  # noqa: PLC0415
    from revo_edge.engines.registry import Registry  # noqa: PLC0415
    from revo_edge.settings import load_settings  # noqa: PLC0415

    settings = load_settings(find_paths().settings_file).settings
    offered = installed()
    unusable = failed_trials(source.module for source in offered)
    return Registry(settings.engines.modules, offered, unusable=unusable)


def local_templates() -> "Templates":
    """Return the templates that ship and those of the user's folder."""
    from revo_edge.daemon.templates import Templates  # noqa: PLC0415 - not for --help

    return Templates(local_registry(), find_paths().templates)

"""Checks of `revo doctor` that a running daemon answers: lag, drops, gaps, clock, versions."""

from collections.abc import Iterator

from revo_edge._version import __version__
from revo_edge.cli.leftovers import listener
from revo_edge.cli.verdict import Check, guarded, unchecked, warned
from revo_edge.client.client import Client
from revo_edge.client.mirror import Link, Mirror, MirrorCounters
from revo_edge.client.units import duration, milliseconds
from revo_edge.contract.codec import PROTOCOL_VERSION
from revo_edge.contract.endpoint import Endpoint
from revo_edge.contract.metrics import SelfSample
from revo_edge.contract.requests import HelloReply
from revo_edge.paths import Paths

LAG_LIMIT_MS = 50.0
JUMP_LIMIT_S = 2.0
"""Wall time and monotonic time of a healthy machine stay closer together."""
LISTEN_S = 5.0

MEASURED = ("gaps", "loop lag", "drops", "clock", "alerts")
"""Checks that need answers of the daemon."""


def check_sockets(paths: Paths, endpoint: Endpoint) -> Check:
    """The socket files must lead to the daemon that holds the lock; works with a hung one too."""
    files = [paths.sockets / name for name in "ce"]
    owners = [listener(path) for path in files]
    if set(owners) == {endpoint.pid}:
        infos = [path.lstat() for path in files]
        where = ", ".join(f"{p.name}: inode {i.st_ino}" for p, i in zip(files, infos, strict=True))
        detail = f"pid {endpoint.pid} listens ({where}, device {infos[0].st_dev})"
        return Check("socket files", ok=True, detail=detail)
    wrong = next(pair for pair in zip(files, owners, strict=True) if pair[1] != endpoint.pid)
    whose = f"leads to pid {wrong[1]}" if wrong[1] else "leads nowhere"
    detail = f"{wrong[0]} {whose}, the daemon is pid {endpoint.pid}"
    return Check(
        "socket files", False, detail, "revo restart   (it binds again within 5 s by itself)"
    )


def check_versions(hello: HelloReply) -> Check:
    """Daemon and client must be of one version; another one within the protocol still works."""
    low, high = hello.proto
    detail = (
        f"client {__version__} (protocol {PROTOCOL_VERSION}), "
        f"daemon {hello.version} (protocol {low}-{high}, minor {hello.minor})"
    )
    return Check("versions", hello.version == __version__, detail, "revo restart")


def check_measured(client: Client, paths: Paths) -> Iterator[Check]:
    """Yield what is measured: by this process now, and by the daemon over the last minutes."""
    yield from guarded("gaps", lambda: _gaps(paths))
    samples = client.metrics(sources=("self",)).self_
    if not samples:
        why = "the daemon has measured nothing yet; ask again in a second"
        yield from (unchecked(name, why) for name in MEASURED[1:])
        return
    yield _lag(samples[-1])
    yield _drops(samples[-1])
    yield _clock(samples)
    yield from guarded("alerts", lambda: _alerts(client))


def _gaps(paths: Paths) -> Check:
    """Follow everything until two heartbeats have passed: the numbers prove that nothing is lost."""
    with Mirror(paths) as mirror:
        first = mirror.wait(lambda state: state.link is Link.LIVE, LISTEN_S)
        mirror.wait(lambda state: state.s > first.s, LISTEN_S)
        second = mirror.state()
        mirror.wait(lambda state: state.s > second.s, LISTEN_S)
        return _lossless(mirror.counters)


def _lossless(seen: MirrorCounters) -> Check:
    detail = f"{seen.events} events of a short subscription, {seen.gaps} gaps"
    return warned("gaps", not seen.gaps, detail, "revo daemon logs")


def _lag(sample: SelfSample) -> Check:
    lag = sample.loop_lag
    if lag.p99_ms is None:
        return unchecked("loop lag", "the daemon has not measured it yet")
    detail = f"p99 {milliseconds(lag.p99_ms)} of {lag.count} looks in the last minute"
    mend = "revo status --watch   (who keeps the machine busy?)"
    return warned("loop lag", lag.p99_ms <= LAG_LIMIT_MS, detail, mend)


def _alerts(client: Client) -> Check:
    """An older daemon has none to tell of."""
    active = client.state(streams=("alert",)).alerts
    detail = "; ".join(alert.text for alert in active) or "none is active"
    return warned(
        "alerts", not active, detail, "revo alerts --rules   (which limit, and since when)"
    )


def _drops(sample: SelfSample) -> Check:
    detail = f"{sample.drops} messages given up since the start"
    return warned(
        "drops", not sample.drops, detail, "revo daemon logs   (a client reads too slowly)"
    )


def _clock(samples: tuple[SelfSample, ...]) -> Check:
    """Wall time less monotonic time is a constant, unless somebody set the clock."""
    starts = [sample.at - sample.uptime_s for sample in samples]
    jump_s = max(
        abs(late - early) for early, late in zip(starts, starts[1:] or starts, strict=False)
    )
    span = duration(samples[-1].uptime_s - samples[0].uptime_s)
    detail = f"largest jump {duration(jump_s)} in the last {span}"
    return warned("clock", jump_s <= JUMP_LIMIT_S, detail, "timedatectl status")

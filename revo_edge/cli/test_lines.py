"""What `revo test` prints: each failure as it comes, and the summary at the end."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from revo_edge.cli.output import clean, plain, say
from revo_edge.client.units import duration
from revo_edge.contract.tasks import TaskInfo
from revo_edge.engines.parallel.shards import Outcome, unstable, worst
from revo_edge.engines.parallel.suite_files import Tail

STYLES = {"failed": "red", "error": "red", "passed": "green", "skipped": "yellow"}
LONG_FAILURES = 10
"""So many failures are shown with their text; of the others, what each line says."""
TEXT_LINES = 40
MOST_SHARDS = 8
"""With more shards than these the shortest and the longest are told."""


class Live:
    """Prints the outcomes that are new at each change of the task's record, failures at once."""

    def __init__(self, file: Path, *, quiet: bool, verbose: bool) -> None:
        self._tail = Tail(file)
        self._shows = "none" if quiet else "all" if verbose else "bad"
        self.runs: dict[str, list[Outcome]] = {}

    def __call__(self, _info: TaskInfo, hide: Callable[[], None]) -> None:
        """Print what is new, the progress being hidden meanwhile."""
        new = self._tail.read()
        for outcome in new:
            self.runs.setdefault(outcome.id, []).append(outcome)
        shown = [found for found in new if self._shows == "all" or found.bad]
        if shown and self._shows != "none":
            hide()
            for outcome in shown:
                click.echo(line(plain(outcome)))

    def partial(self, slowest: int) -> dict[str, Any]:
        """Return the result of a run that was cancelled, as far as it came."""
        outcomes = [worst(ended) for ended in self.runs.values()]
        slow = sorted(outcomes, key=lambda outcome: -outcome.duration_s)[:slowest]
        return {
            "tests": len(outcomes),
            "totals": dict(sorted(Counter(outcome.outcome for outcome in outcomes).items())),
            "failures": [plain(outcome) for outcome in outcomes if outcome.bad],
            "slowest": [plain(outcome) for outcome in slow],
            "flaky": unstable(self.runs),
        }


def line(outcome: dict[str, Any]) -> str:
    """Return one line: how a test ended, which, where and why, seconds."""
    word = click.style(outcome["outcome"].upper(), fg=STYLES.get(outcome["outcome"]), bold=True)
    about = ": ".join(part for part in (outcome.get("where"), outcome.get("reason")) if part)
    shown = clean(f"{outcome['id']} - {about}" if about else outcome["id"])
    return f"{word} {shown} ({duration(outcome.get('duration_s', 0.0))})"


def show(result: dict[str, Any], slowest: int) -> None:
    """Print the summary: failures, flaky and slowest tests, how the cores were used, totals."""
    _show_failures(result["failures"], sum(result["totals"].get(k, 0) for k in ("failed", "error")))
    for name, kinds in result["flaky"].items():
        ends = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        click.echo(clean(f"FLAKY {name}: {ends}"))
    slow = [found for found in result["slowest"][:slowest] if found.get("duration_s", 0) >= LEAST_S]
    if slow:
        click.echo("\nSlowest")
        for found in slow:
            click.echo(clean(f"{duration(found['duration_s']):>9}  {found['id']}"))
        click.echo("")
    if not result["tests"] and not result.get("interrupted"):
        say("There are no tests here that fit. Check PATH, -k and -m.")
    if result.get("stopped"):
        say("Stopped after the most failures; the other tests did not run.")
    if used := usage(result):
        click.echo(used)
    if "reports" in result:
        click.echo(clean(f"JUnit: {result['reports']['junit']}"))
    click.echo(totals(result))


LEAST_S = 0.005
"""As with pytest, tests below are not listed as slow."""


def totals(result: dict[str, Any]) -> str:
    """Return the last line: what ended how, and how long it took."""
    found = ", ".join(f"{count:,} {kind}" for kind, count in result["totals"].items())
    took = f" in {duration(result['duration_s'])}" if "duration_s" in result else ""
    bad = any(kind in result["totals"] for kind in ("failed", "error"))
    colour = "red" if bad else "green" if found else "yellow"
    return click.style(f"{found or 'no tests'}{took}", fg=colour, bold=True)


def usage(result: dict[str, Any]) -> str:
    """Return how long the shards ran and how well they used the cores; empty if unknown."""
    shards = result.get("shards", ())
    if not shards or not result["duration_s"]:
        return ""
    lasted = sorted(shard["duration_s"] for shard in shards)
    if len(lasted) > MOST_SHARDS:
        times = f"{duration(lasted[0])} to {duration(lasted[-1])}"
    else:
        times = ", ".join(map(duration, lasted))
    busy = sum(shard["busy_s"] for shard in shards) / result["duration_s"]
    cpu = sum(shard["cpu_s"] for shard in shards) / result["duration_s"]
    starts = sum(shard["starts"] for shard in shards)
    killed = f", pytest was started {starts} times" if starts > len(shards) else ""
    at_least = "at least " if killed else ""
    return (
        f"{len(shards)} {'shard' if len(shards) == 1 else 'shards'} ran {times}{killed}; {busy:.1f} tests at once, "
        f"{at_least}{cpu:.1f} of {result['cores']} cores busy"
    )


def _show_failures(failures: Iterable[dict[str, Any]], count: int) -> None:
    shown = list(failures)
    for number, failure in enumerate(shown):
        if number < LONG_FAILURES:
            click.echo("")
        click.echo(line(failure))
        if number < LONG_FAILURES:
            for text in _cut(failure.get("text", "").splitlines()):
                click.echo(f"    {clean(text)}")
    if count > len(shown):
        click.echo(f"... and {count - len(shown):,} more, all in the JUnit file")
    if shown:
        click.echo("")


def _cut(lines: list[str]) -> list[str]:
    """Return the lines, of a long text its beginning and its end."""
    if len(lines) <= TEXT_LINES:
        return lines
    half = TEXT_LINES // 2
    return [*lines[:half], f"... {len(lines) - 2 * half} lines ...", *lines[-half:]]

"""Live progress of one task on stderr: a bar on a terminal, else a line every few seconds."""

import sys
import time
from typing import Protocol, Self

from revo_edge.cli.output import clean, console, say
from revo_edge.client.units import duration, rate
from revo_edge.contract.tasks import Progress, TaskInfo, Why

LINE_EVERY_S = 5.0


class Meter(Protocol):
    """Shows how far a task is."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *exc: object) -> None:
        """Leave the terminal as it was."""

    def show(self, info: TaskInfo) -> None:
        """Take the newest record of the task."""

    def hide(self) -> None:
        """Make room on the terminal for data, until the next `show`."""


def meter(unit: str, *, quiet: bool = False) -> Meter:
    """Return what fits stderr: nothing, a bar or lines; `unit` is what is counted."""
    if quiet:
        return Silent()
    return BarMeter(unit) if sys.stderr.isatty() else LineMeter(unit)


def remaining_s(progress: Progress) -> float | None:
    """Return the seconds that are left at the present rate, None when it cannot be known."""
    if progress.rate <= 0 or progress.total <= 0:
        return None
    return max(0.0, (progress.total - progress.done) / progress.rate)


def describe(info: TaskInfo, unit: str = "") -> str:
    """Return one line: how far, how fast, how long still; or what the task waits for."""
    progress = info.progress
    if progress is None or not (progress.done or progress.total):
        return waiting(info)
    total = f"/{progress.total:,}" if progress.total else ""
    parts = [f"{progress.done:,}{total} {unit}".rstrip()]
    if progress.rate:
        parts.append(rate(progress.rate))
    left = remaining_s(progress)
    if left is not None and not info.state.final:
        parts.append(f"{duration(left)} left")
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    if progress.note:
        parts.append(clean(progress.note))
    return ", ".join(parts)


_WAITS = {
    Why.SLOT: "waiting for a free worker",
    Why.AFTER: "waiting for another task",
    Why.AT: "waiting for its time",
    Why.PAUSED: "waiting: its queue is paused, see `revo queue ls`",
}


def waiting(info: TaskInfo) -> str:
    """Return the state, and for a waiting task what it waits for."""
    return _WAITS.get(info.why, info.state.value) if info.why else info.state.value


class Silent:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def show(self, info: TaskInfo) -> None:
        """Show nothing."""

    def hide(self) -> None:
        """Hide nothing."""


class LineMeter(Silent):
    """One line every few seconds, for logs and pipes."""

    def __init__(self, unit: str, every_s: float = LINE_EVERY_S) -> None:
        self.unit = unit
        self.every_s = every_s
        self.next_at = time.monotonic() + every_s

    def show(self, info: TaskInfo) -> None:
        """Print a line if it is time."""
        now = time.monotonic()
        if now >= self.next_at:
            self.next_at = now + self.every_s
            say(f"{info.id[:10]} {describe(info, self.unit)}")


class BarMeter:
    """A bar on a terminal."""

    def __init__(self, unit: str) -> None:
        from rich.progress import BarColumn, SpinnerColumn, TextColumn  # noqa: PLC0415 - terminal only
        from rich.progress import Progress as Bar  # noqa: PLC0415

        self.unit = unit
        self.bar: Bar = Bar(
            SpinnerColumn(),
            BarColumn(bar_width=30),
            TextColumn("{task.description}", markup=False),
            console=console(err=True),
            transient=True,
            redirect_stdout=False,  # else data would go to stderr, cut into lines
        )
        self.row = self.bar.add_task("starting", total=None)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.bar.stop()

    def show(self, info: TaskInfo) -> None:
        """Move the bar."""
        self.bar.start()
        progress = info.progress or Progress()
        self.bar.update(
            self.row,
            total=progress.total or None,
            completed=progress.done,
            description=describe(info, self.unit),
        )

    def hide(self) -> None:
        """Take the bar away when data goes to the same terminal."""
        if sys.stdout.isatty():
            self.bar.stop()

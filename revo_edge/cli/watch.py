"""Watching one task from the terminal: progress, and what Ctrl+C means."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from revo_edge.cli.group import INTERRUPTED
from revo_edge.cli.options import on_terminal
from revo_edge.cli.output import say
from revo_edge.cli.progress import meter
from revo_edge.contract.tasks import TaskInfo, TaskState

if TYPE_CHECKING:
    from revo_edge.client.client import Client

WAITS_FOR_A_PERSON = (TaskState.HELD, TaskState.PROPOSED)

OnChange = Callable[[TaskInfo, Callable[[], None]], None]
"""Called with the newest record, and with what to call before it prints data."""


class Watch:
    """Follows a task of the daemon; the task lives on when the watcher is killed.

    `unit` is what its progress counts, `again` the command that shows it once more.
    `interrupted` says after `run` that Ctrl+C cancelled the task.
    """

    def __init__(self, client: "Client", task_id: str, *, unit: str, again: str) -> None:
        self.client = client
        self.task_id = task_id
        self.unit = unit
        self.again = again
        self.interrupted = False

    def run(self, on_change: OnChange, *, quiet: bool = False) -> TaskInfo:
        """Return the task once it has ended or waits for a person; exit on detach."""
        try:
            return self._to_end(on_change, quiet=quiet)
        except KeyboardInterrupt:
            self.interrupted = True
        if not self._cancel_chosen():
            say(f"The task runs on. `{self.again}` shows it.")
            sys.exit(INTERRUPTED)
        self.client.cancel(self.task_id)
        say("Cancelling.")
        return self._to_end(on_change, quiet=quiet)

    def _to_end(self, on_change: OnChange, *, quiet: bool) -> TaskInfo:
        with meter(self.unit, quiet=quiet) as shown:
            for info in self.client.follow(self.task_id):
                on_change(info, shown.hide)
                shown.show(info)
                if info.state in WAITS_FOR_A_PERSON:
                    break
        return info

    def _cancel_chosen(self) -> bool:
        """Ask; cancel when nobody can be asked, and at a second Ctrl+C."""
        if not on_terminal():
            return True
        try:
            say("")
            answer = click.prompt(
                "c = cancel the task, d = detach (it runs on)",
                type=click.Choice(["c", "d"]),
                default="c",
                show_choices=False,
                err=True,
            )
        except click.Abort:
            return True
        return bool(answer == "c")


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep Ctrl+C waiting until the block has ended, so that nothing is printed twice."""
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed and before is not signal.SIG_IGN:
        raise KeyboardInterrupt

"""Taking up what the journal has: tasks that have not ended, and the newest that have."""

import time

from revo_edge.clock import utc_now
from revo_edge.core.records import Recorded, Saved
from revo_edge.core.scheduler import Scheduler
from revo_edge.daemon.shell import Shell
from revo_edge.store import journal_read
from revo_edge.store.journal_read import LiveTask, Loaded


def restore(shell: Shell, scheduler: Scheduler, loaded: Loaded) -> None:
    """Publish every task as the journal has it, then let the scheduler say what became of it."""
    now = time.monotonic()
    for queue in loaded.queues:
        shell.perform(scheduler.resume(queue.name, queue.concurrency, now))
        if queue.paused:
            shell.perform(scheduler.pause(queue.name, now))
    for info in loaded.finished:
        shell.publish(shell.publisher.task(info, now, utc_now()))
        shell.perform(scheduler.restore_ended(info, now))
    for live in loaded.live:
        shell.publish(shell.publisher.task(live.row.info, now, utc_now()))
        shell.perform(scheduler.restore(saved_of(live), now))


def saved_of(live: LiveTask) -> Saved:
    """Return a task of the journal as the scheduler takes it."""
    row = live.row
    own = {row.info.id: _recorded(live.children)}
    nested = {owner: _recorded(found) for owner, found in live.nested.items()}
    return Saved(row.info, row.spec, row.params or b"", row.story, {**own, **nested})


def _recorded(found: journal_read.Recorded) -> Recorded:
    return Recorded(found.done, found.done_failed, found.started)

"""What is told of a suite while it runs: its progress, and lines in the task's log."""

from collections import Counter
from collections.abc import Iterable

from revo_edge.engines.base import Context
from revo_edge.engines.parallel.shards import Outcome

LINES_AT_ONCE = 20
"""Of the tests that did not fail, so many are named at each look; the others are counted."""
NAMED_BYTES = 256 * 1024
"""The log has 1 MiB: so much of it may name tests that did not fail."""
FAILED_BYTES = 640 * 1024
"""And so much failures, of which the first ones have their text."""
TEXT_CHARACTERS = 2000


class Told:
    """Tells the stream of outcomes, whatever their number: failures always, others in part."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.total = 0
        self.done = 0
        self.failed = 0
        self._named_bytes = NAMED_BYTES
        self._failed_bytes = FAILED_BYTES

    def begin(self) -> None:
        """Tell that the tests are not known yet."""
        self._ctx.progress(0, 0, note="collecting")

    def take(self, outcomes: Iterable[Outcome]) -> None:
        """Tell of further outcomes."""
        new = list(outcomes)
        if not new:
            return
        self.done += len(new)
        self.failed += sum(outcome.bad for outcome in new)
        last = next((outcome for outcome in reversed(new) if outcome.bad), new[-1])
        self._ctx.progress(self.done, self.total, failed=self.failed, note=line(last, short=True))
        self._log(new)

    def _log(self, new: list[Outcome]) -> None:
        lines: list[str] = []
        named = 0
        counted: Counter[str] = Counter()
        for outcome in new:
            if outcome.bad and self._failed_bytes > 0:
                lines.append(self._failure(outcome))
            elif not outcome.bad and named < LINES_AT_ONCE and self._named_bytes > 0:
                named += 1
                lines.append(line(outcome))
                self._named_bytes -= len(lines[-1])
            else:
                counted[outcome.outcome] += 1
        if counted:
            words = ", ".join(f"{number:,} {kind}" for kind, number in sorted(counted.items()))
            lines.append(f"... and {words} ({self.done:,}/{self.total:,})")
        self._ctx.log("\n".join(lines))

    def _failure(self, outcome: Outcome) -> str:
        found = line(outcome)
        if self._failed_bytes > FAILED_BYTES / 2 and outcome.text:
            found += f"\n{outcome.text[-TEXT_CHARACTERS:]}"
        self._failed_bytes -= len(found)
        return found


def line(outcome: Outcome, *, short: bool = False) -> str:
    """Return one line: how the test ended, its name, seconds, and for a failure where and why."""
    found = f"{outcome.outcome.upper()} {outcome.id} {outcome.duration_s:.2f} s"
    if outcome.bad and not short and (outcome.where or outcome.reason):
        found += f" - {outcome.where}{': ' if outcome.where and outcome.reason else ''}"
        found += outcome.reason
    return found

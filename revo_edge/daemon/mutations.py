"""Mutating methods: run once for each key, audited, answered after their change is published."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec

from revo_edge.clock import utc_now
from revo_edge.contract.codec import encode
from revo_edge.contract.params import Params
from revo_edge.core.actions import Action
from revo_edge.daemon.asks import PEER_ROLE, Answer, Ask, RecentReplies
from revo_edge.daemon.background import Background
from revo_edge.daemon.shell import Shell
from revo_edge.errors import Conflict, RevoError
from revo_edge.store.journal_read import JournalReader, ReplyRow
from revo_edge.store.writes import PutAudit, PutReply, params_hash

SUBJECT = "owner"
USED = "This key was used for another request. Send a fresh ULID."


@dataclass(frozen=True, slots=True)
class Decision:
    """What a mutating method decided, and what it answers once that is in force."""

    actions: Sequence[Action]
    reply: msgspec.Struct
    then: Callable[[], None] | None = None
    rest: "Callable[[float], Decision] | None" = None
    """The next part, decided once this one is in force; then that one's reply is the answer."""


Decide = Callable[[Params, float], Decision]
"""(params, now) -> Decision; raises RevoError before anything changes."""


@dataclass(slots=True)
class Mutations:
    """Turns a decision into an answered request."""

    shell: Shell
    reader: Background
    journal: JournalReader
    recent: RecentReplies = field(default_factory=RecentReplies)
    _running: dict[str, list[Ask]] = field(default_factory=dict)

    def method(self, decide: Decide) -> Answer:
        """Return the method that carries `decide` out."""

        def answer(ask: Ask, params: Params) -> None:
            digest = params_hash(ask.request.m.encode(), bytes(ask.request.p))
            run = partial(self._run, ask, params, decide, digest)
            if ask.key is None:
                run()
            elif not self._answer_from(ask, digest, self.recent.get(ask.key)):
                self._look_up(ask, digest, run)

        return answer

    def _look_up(self, ask: Ask, digest: str, run: Callable[[], None]) -> None:
        """Ask the journal for the key: an earlier boot may have answered it."""
        key = ask.key or ""
        waiting = self._running.setdefault(key, [])
        first = waiting[0].request if waiting else ask.request
        if (first.m, first.p) != (ask.request.m, ask.request.p):
            ask.fail(Conflict(USED))
            return
        waiting.append(ask)
        if len(waiting) > 1:
            return  # the same request came again while it runs: it gets the same answer

        def found(row: ReplyRow | BaseException | None) -> None:
            if isinstance(row, BaseException):
                self._settle(key, lambda each: each.fail(row))
            elif row is None:
                run()
            else:
                answer = (row.method, row.params_hash, row.reply)
                self._settle(key, lambda each: self._answer_from(each, digest, answer))

        self.reader.run(partial(self.journal.reply, key), found, own=True)

    def _answer_from(self, ask: Ask, digest: str, answer: tuple[str, str, bytes] | None) -> bool:
        if answer is None:
            return False
        method, known, reply = answer
        if method != ask.request.m or known != digest:
            ask.fail(Conflict(USED))
        else:
            ask.ok(msgspec.Raw(reply))
        return True

    def _settle(self, key: str, answer: Callable[[Ask], object]) -> None:
        for ask in self._running.pop(key, []):
            answer(ask)

    def _run(self, ask: Ask, params: Params, decide: Decide, digest: str) -> None:
        try:
            decision = decide(params, time.monotonic())
        except RevoError as refused:
            why = refused
            self.shell.perform([], writes=[self._audit(ask, digest, why.code)])
            self._finish(ask, lambda each: each.fail(why))
            return
        self._carry_out(ask, decision, digest)

    def _carry_out(self, ask: Ask, decision: Decision, digest: str) -> None:
        rest = decision.rest
        if rest is not None:
            self.shell.perform(
                decision.actions,
                after=lambda _: self._carry_out(ask, rest(time.monotonic()), digest),
            )
            return
        reply = encode(decision.reply)
        rows: list[PutAudit | PutReply] = [self._audit(ask, digest, "ok")]
        if ask.key is not None:
            rows.append(PutReply(ask.key, ask.request.m, digest, reply, utc_now()))

        def after(_: RevoError | None) -> None:
            if ask.key is not None:
                self.recent.put(ask.key, ask.request.m, digest, reply)
            self._finish(ask, lambda each: each.ok(msgspec.Raw(reply)))
            if decision.then is not None:
                decision.then()

        self.shell.perform(decision.actions, writes=rows, after=after)

    def _finish(self, ask: Ask, answer: Callable[[Ask], object]) -> None:
        if ask.key is None:
            answer(ask)
        else:
            self._settle(ask.key, answer)

    def _audit(self, ask: Ask, digest: str, code: str) -> PutAudit:
        subject = f"{SUBJECT}:{PEER_ROLE.value}"
        return PutAudit(utc_now(), subject, ask.request.m, ask.key, digest, code)

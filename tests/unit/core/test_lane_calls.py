"""The resident lane: no call is lost or answered twice, whatever dies, hangs or waits."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from revo_edge.core.lane_calls import (
    HEDGE_S,
    QUEUE_LIMIT,
    SILENT_S,
    FailCall,
    KillProcess,
    LaneAction,
    LaneCall,
    LaneCalls,
    Part,
    SendCall,
    StartProcess,
)

WAITS = (0.5, 5.0, 60.0)


class World:
    """A lane with processes that do as they are told."""

    def __init__(self, readers: int = 2, *, up: bool = True) -> None:
        self.now = 100.0
        self.lane = LaneCalls("recall", readers)
        self.living: dict[str, Part] = {}
        self.at: dict[str, int] = {}
        self.answered: dict[int, str] = {}
        self.asked: set[int] = set()
        self.condemned: set[str] = set()
        self.do(self.lane.start(self.now))
        if up:
            for process in list(self.living):
                self.do(self.lane.ready(process, self.now))

    def do(self, actions: list[LaneAction]) -> list[LaneAction]:
        for action in actions:
            match action:
                case StartProcess(process, part):
                    self.living[process] = part
                case SendCall(process, call):
                    assert process not in self.at, "a process has one call at a time"
                    self.at[process] = call
                case FailCall(call, error):
                    self._answer(call, error.code)
                case KillProcess(process):
                    self.condemned.add(process)
        return actions

    def _answer(self, call: int, code: str) -> None:
        assert call not in self.answered, "a call has one answer"
        self.answered[call] = code

    def submit(self, part: Part = Part.READER, *, safe: bool = True, wait_s: float = 30.0) -> int:
        number = len(self.asked) + 1
        self.asked.add(number)
        self.do(self.lane.submit(LaneCall(number, part, safe, self.now + wait_s), self.now))
        return number

    def reply(self, process: str) -> bool:
        call = self.at.pop(process)
        wanted, actions = self.lane.replied(process, call, self.now)
        if wanted:
            self._answer(call, "ok")
        self.do(actions)
        return wanted

    def die(self, process: str) -> list[LaneAction]:
        del self.living[process]
        self.at.pop(process, None)
        self.condemned.discard(process)
        return self.do(self.lane.lost(process, "was killed by SIGKILL", self.now))

    def pass_s(self, seconds: float) -> list[LaneAction]:
        self.now += seconds
        return self.do(self.lane.tick(self.now))

    def of(self, part: Part) -> list[str]:
        return [process for process, its in self.living.items() if its is part]


def test_it_starts_one_writer_and_the_readers() -> None:
    w = World(readers=3, up=False)
    assert (len(w.of(Part.WRITER)), len(w.of(Part.READER))) == (1, 3)


def test_the_first_call_starts_what_was_not_started() -> None:
    lane = LaneCalls("recall", 2)
    assert lane.want(Part.WATCHER, 1, 1.0) == []
    actions = lane.submit(LaneCall(1, Part.READER, safe=True, deadline=9.0), 1.0)
    assert [type(action) for action in actions] == [StartProcess] * 4
    assert lane.submit(LaneCall(2, Part.WRITER, safe=True, deadline=9.0), 1.0) == []


def test_calls_wait_for_a_process_and_go_out_in_order() -> None:
    w = World(readers=1, up=False)
    first, second = w.submit(), w.submit()
    (reader,) = w.of(Part.READER)
    w.do(w.lane.ready(reader, w.now))
    assert w.at == {reader: first}
    w.reply(reader)
    assert w.at == {reader: second}


def test_reads_never_wait_for_a_write() -> None:
    w = World()
    w.submit(Part.WRITER)
    read = w.submit()
    assert read in w.at.values()


def test_a_read_whose_reader_died_goes_to_another() -> None:
    w = World(readers=2)
    call = w.submit()
    (first,) = (process for process, its in w.at.items() if its == call)
    w.die(first)
    (second,) = w.at
    assert (w.at[second], second == first) == (call, False)
    assert w.reply(second)


def test_a_call_that_kills_every_reader_is_answered() -> None:
    w = World(readers=2)
    call = w.submit()
    for _ in range(2):
        (process,) = w.at
        w.die(process)
    assert w.answered == {call: "INTERNAL"}


def test_a_write_without_a_key_is_not_sent_twice() -> None:
    w = World()
    call = w.submit(Part.WRITER, safe=False)
    w.die(*w.of(Part.WRITER))
    assert w.answered == {call: "UNAVAILABLE"}


def test_a_write_with_a_key_is_sent_again() -> None:
    w = World()
    call = w.submit(Part.WRITER)
    w.die(*w.of(Part.WRITER))
    (writer,) = w.of(Part.WRITER)
    w.do(w.lane.ready(writer, w.now))
    assert w.at == {writer: call}


def test_a_slow_read_is_asked_of_a_second_reader_and_answered_once() -> None:
    w = World(readers=2)
    call = w.submit()
    (slow,) = w.at
    assert w.lane.next_deadline() == w.now + HEDGE_S
    w.pass_s(HEDGE_S)
    (fast,) = set(w.at) - {slow}
    assert w.at[fast] == call
    assert w.reply(fast)
    assert not w.reply(slow)
    assert w.answered == {call: "ok"}


def test_a_silent_process_is_killed_once_and_replaced() -> None:
    w = World(readers=1)
    (reader,) = w.of(Part.READER)
    (writer,) = w.of(Part.WRITER)
    w.lane.heard(writer, w.now + 5)
    killed = [a for a in w.pass_s(SILENT_S) if isinstance(a, KillProcess)]
    assert [action.process for action in killed] == [reader]
    assert not w.pass_s(1.0)
    assert [type(action) for action in w.die(reader)] == [StartProcess]


def test_a_late_answer_is_the_deadlines() -> None:
    w = World()
    call = w.submit(wait_s=2.0)
    (process,) = w.at
    w.pass_s(2.0)
    assert w.answered == {call: "DEADLINE"}
    others = set(w.at) - {process}
    assert not w.reply(process)
    assert len(others) <= 1


def test_a_full_queue_refuses() -> None:
    w = World(readers=1)
    calls = [w.submit() for _ in range(QUEUE_LIMIT + 2)]
    assert w.answered == {calls[-1]: "QUEUE_FULL"}


def test_a_part_that_keeps_dying_is_started_at_longer_intervals_and_says_so() -> None:
    w = World()
    for _ in range(2):
        w.die(*w.of(Part.WRITER))
    w.die(*w.of(Part.WRITER))
    assert not w.of(Part.WRITER)
    assert "does not stay up" in w.lane.trouble
    call = w.submit(Part.WRITER)
    assert w.answered == {call: "UNAVAILABLE"}
    w.pass_s(1.0)
    (writer,) = w.of(Part.WRITER)
    w.do(w.lane.ready(writer, w.now))
    assert not w.lane.trouble
    w.submit(Part.WRITER)
    assert w.reply(writer)


def test_a_watcher_is_there_while_it_is_wanted() -> None:
    w = World()
    assert w.of(Part.WATCHER) == []
    w.do(w.lane.want(Part.WATCHER, 1, w.now))
    (watcher,) = w.of(Part.WATCHER)
    assert w.lane.want(Part.WATCHER, 1, w.now) == []
    w.die(watcher)
    (watcher,) = w.of(Part.WATCHER)
    w.do(w.lane.want(Part.WATCHER, 0, w.now))
    assert w.condemned == {watcher}
    assert w.die(watcher) == []
    assert w.of(Part.WATCHER) == []


class AnyLane(RuleBasedStateMachine):
    """Calls, deaths, silence and time in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.w = World(readers=2, up=False)

    @rule(
        part=st.sampled_from(Part), key=st.sampled_from(["", "key"]), wait_s=st.sampled_from(WAITS)
    )
    def submit(self, part: Part, key: str, wait_s: float) -> None:
        self.w.submit(part, safe=bool(key) or part is Part.READER, wait_s=wait_s)

    @precondition(lambda self: self.w.living)
    @rule(data=st.data())
    def come_up(self, data: st.DataObject) -> None:
        process = data.draw(st.sampled_from(sorted(self.w.living)))
        if process not in self.w.at:
            self.w.do(self.w.lane.ready(process, self.w.now))

    @precondition(lambda self: self.w.at)
    @rule(data=st.data())
    def reply(self, data: st.DataObject) -> None:
        self.w.reply(data.draw(st.sampled_from(sorted(self.w.at))))

    @precondition(lambda self: self.w.living)
    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        self.w.die(data.draw(st.sampled_from(sorted(self.w.living))))

    @rule(seconds=st.sampled_from([0.1, 1.0, 11.0, 31.0]))
    def wait(self, seconds: float) -> None:
        self.w.pass_s(seconds)

    @invariant()
    def the_dead_have_no_calls(self) -> None:
        assert set(self.w.at) <= set(self.w.living)

    @invariant()
    def nothing_waits_while_a_process_idles(self) -> None:
        for part in Part:
            idle = [
                process
                for process, ready, busy in self.w.lane.states()
                if ready and not busy and self.w.living[process] is part
            ]
            waiting = self.w.lane._waiting[part]
            assert not (idle and waiting)

    def teardown(self) -> None:
        """In the end every call has exactly one answer, and all parts are up again."""
        for _ in range(20):
            self.w.pass_s(5.0)
            for process in set(self.w.living) - set(self.w.at):
                self.w.lane.heard(process, self.w.now)
            for process in sorted(self.w.condemned):
                self.w.die(process)
            for process in sorted(self.w.living):
                if process not in self.w.at:
                    self.w.do(self.w.lane.ready(process, self.w.now))
            for process in sorted(self.w.at):
                self.w.reply(process)
        assert set(self.w.answered) == self.w.asked
        assert (len(self.w.of(Part.WRITER)), len(self.w.of(Part.READER))) == (1, 2)


TestAnyLane = AnyLane.TestCase
TestAnyLane.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("part", Part)
def test_an_unknown_process_is_ignored(part: Part) -> None:
    w = World()
    w.submit(part)
    assert w.lane.replied("recall-reader-99", 1, w.now) == (False, [])
    assert w.lane.lost("recall-reader-99", "", w.now) == []

from revo_edge.client.mirror import Link, MirrorState
from revo_edge.contract.alerts import Alert, Severity
from revo_gui.models.alert_words import (
    CARRIED_S,
    AlertNews,
    alert_words,
    count_words,
    level_of,
    worst_first,
)

AT = 1_800_000_000.0


def alert(rule: str, severity: Severity = Severity.WARNING, raised_at: float = AT) -> Alert:
    return Alert(rule, rule.title(), severity, f"{rule} is high", 9.0, 5.0, 4.0, raised_at)


def state(*alerts: Alert, boot: str = "b1") -> MirrorState:
    active = {found.rule: found for found in alerts}
    return MirrorState(Link.LIVE, True, boot, 1, {}, {}, {}, {}, {}, active)


def test_each_is_told_once_and_what_was_there_before_is_no_news() -> None:
    news = AlertNews()
    old, new = alert("disk"), alert("queue", Severity.ERROR)
    assert news.take(MirrorState(Link.JOINING, True, "", 0, {}, {}, {}, {}, {}), 0.0) == []
    assert news.take(state(old), 1.0) == []
    assert news.take(state(old, new), 2.0) == [("queue is high", "error")]
    assert news.take(state(old, new), 3.0) == []
    assert news.take(state(new), 4.0) == [("Disk: back to normal", "ok")]
    assert news.take(state(new), 5.0) == []


def test_a_note_is_over_as_a_note() -> None:
    news = AlertNews()
    news.take(state(), 0.0)
    assert news.take(state(alert("load", Severity.INFO)), 1.0) == [("load is high", "info")]
    assert news.take(state(), 2.0) == [("Load: back to normal", "info")]


def test_one_that_cleared_and_was_raised_again_between_two_looks_is_news() -> None:
    news = AlertNews()
    news.take(state(alert("queue")), 0.0)
    assert len(news.take(state(alert("queue", raised_at=AT + 60)), 1.0)) == 1


def test_a_restart_does_not_say_again_what_still_holds() -> None:
    news = AlertNews()
    news.take(state(alert("queue")), 0.0)
    assert news.take(state(boot="b2"), 1.0) == [], "with the daemon its alerts are over"
    again = alert("queue", raised_at=AT + 20)
    assert news.take(state(again, boot="b2"), 20.0) == []
    assert news.take(state(boot="b2"), 30.0) == [("Queue: back to normal", "ok")]
    later = alert("queue", raised_at=AT + 40)
    assert len(news.take(state(later, boot="b2"), 40.0)) == 1, "carried over once only"


def test_what_a_new_daemon_raises_much_later_is_news() -> None:
    news = AlertNews()
    news.take(state(alert("queue")), 0.0)
    news.take(state(boot="b2"), 1.0)
    later = state(alert("queue", raised_at=AT + 500), boot="b2")
    assert len(news.take(later, 2.0 + CARRIED_S)) == 1


def test_the_worst_come_first_then_the_oldest() -> None:
    found = worst_first(
        [
            alert("a", Severity.INFO),
            alert("b", Severity.ERROR, AT + 1),
            alert("c", Severity.ERROR),
            alert("d", Severity.UNKNOWN),
        ]
    )
    assert [one.rule for one in found] == ["c", "b", "d", "a"]
    assert [level_of(one) for one in found] == ["error", "error", "warning", "info"]


def test_the_words() -> None:
    assert (count_words(1), count_words(3)) == ("1 alert", "3 alerts")
    assert "\x1b" not in alert_words(Alert("x", "\x1b[1m", Severity.INFO, "\n", 1, 1, 1, AT))

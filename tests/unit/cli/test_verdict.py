from revo_edge.cli.verdict import Check, Verdict, guarded, unchecked, warned
from revo_edge.errors import SettingsError


def test_ok_decides_where_no_verdict_is_said() -> None:
    assert Check("a", ok=True, detail="").verdict is Verdict.OK
    assert Check("a", ok=False, detail="").verdict is Verdict.ERROR


def test_only_an_error_is_not_ok() -> None:
    assert warned("a", good=False, detail="", mend="").verdict is Verdict.WARNING
    assert warned("a", good=True, detail="", mend="").verdict is Verdict.OK
    assert warned("a", good=False, detail="", mend="").ok
    assert (unchecked("a", "why").verdict, unchecked("a", "why").ok) == (Verdict.UNCHECKED, True)


def test_a_check_that_cannot_be_made_says_why() -> None:
    def missing() -> Check:
        raise FileNotFoundError(2, "No such file or directory", "/nowhere")

    def wrong() -> Check:
        raise SettingsError("This is wrong.")

    assert [c.detail for c in guarded("a", missing)] == ["No such file or directory: /nowhere"]
    assert [c.detail for c in guarded("a", wrong)] == ["This is wrong."]
    assert [c.verdict for c in guarded("a", wrong)] == [Verdict.UNCHECKED]

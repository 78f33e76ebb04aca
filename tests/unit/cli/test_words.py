import pytest

from revo_edge.cli.words import words


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("typed", "some", "none"),
    [
        ("run", {"map", "survey", "test"}, {"path="}),
        ("run --priority", set(), {"map", "5"}),
        ("run --priority 5", {"map", "survey"}, set()),
        ("run survey", {"path=", "out=", "fail_on="}, {"map"}),
        ("run -d survey path=src", {"out="}, {"path="}),
        ("run map inputs=a", {"inputs=", "command="}, set()),
        ("run test --preset", {"flaky"}, {"path="}),
        ("run test failed_first =", {"true", "false"}, {"path="}),
        ("run test path =", set(), {"path="}),
        ("run no-such", set(), {"map"}),
        ("template show", {"map"}, set()),
        ("template new mine --from", {"test"}, {"parallel.map"}),
        ("template new mine --kind", {"parallel.map"}, {"parallel.item", "map"}),
        ("task ls", set(), {"map"}),
    ],
)
def test_what_may_follow(typed: str, some: set[str], none: set[str]) -> None:
    found = set(words(typed.split()))
    assert some <= found
    assert not none & found
    assert bool(found) is bool(some)

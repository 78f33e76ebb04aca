import pytest

from tests.unit.cli.runner import revo


@pytest.mark.parametrize(("text", "words"), [("{", "are not JSON"), ("[1]", "JSON object")])
def test_params_must_be_a_json_object(text: str, words: str) -> None:
    result = revo("api", "hello", text)
    assert result.exit_code == 2
    assert words in result.stderr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage

from revo_gui.models.engine_strokes import ceiling, strokes
from revo_gui.models.engines import Spark
from revo_gui.theme import Choice, Theme
from revo_gui.views.engine_sparkline import Sparkline


def _spark(values: list[float | None], **more: float) -> Spark:
    points = tuple((1000.0 + at, value) for at, value in enumerate(values))
    return Spark(points, points[-1][0], **more)  # type: ignore[arg-type]  # only figures are passed


def test_a_value_that_is_missing_breaks_the_line() -> None:
    found = strokes(_spark([1.0, 2.0, None, 3.0], seconds=3.0), 300, 100)
    assert [len(stroke) for stroke in found] == [2, 1]
    assert found[1][0][0] == 300


def test_a_pause_in_the_samples_breaks_the_line() -> None:
    spark = Spark(((10.0, 1.0), (11.0, 1.0), (40.0, 1.0)), 40.0, seconds=60)
    assert [len(stroke) for stroke in strokes(spark, 300, 100)] == [2, 1]


def test_the_target_stays_in_sight() -> None:
    assert ceiling(_spark([1.0], target=100.0)) > 100
    assert ceiling(_spark([500.0], target=100.0)) > 500
    assert ceiling(_spark([0.0])) > 0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.integers(2, 400))
def test_a_line_never_has_more_than_a_point_for_two_pixels(values: list[float], width: int) -> None:
    [line] = strokes(_spark([*values], seconds=200.0), width, 50)
    assert len(line) <= min(len(values), width / 2 + 2)
    assert all(x <= width and 0 <= y <= 50 for x, y in line)


@pytest.mark.parametrize("choice", [Choice.DARK, Choice.LIGHT])
def test_it_paints_in_the_colour_of_its_engine_and_nothing_when_unmeasured(
    theme: Theme, choice: Choice
) -> None:
    theme.choose(choice)
    line = Sparkline(theme, "creative")
    line.resize(300, 60)
    blank = _count(line, theme.tokens.engine("creative"))
    line.set(_spark([0.2, 0.9] * 100, target=0.6))
    assert blank == 0
    assert _count(line, theme.tokens.engine("creative")) > 5
    line.set(None)
    assert _count(line, theme.tokens.engine("creative")) == 0


def _count(line: Sparkline, colour: QColor) -> int:
    image = line.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return sum(
        image.pixelColor(x, y) == colour
        for x in range(image.width())
        for y in range(image.height())
    )

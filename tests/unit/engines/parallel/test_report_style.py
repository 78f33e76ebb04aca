import re

from revo_edge.engines.parallel.report_style import STYLE


def test_both_themes_have_every_colour_that_is_used() -> None:
    themes = re.findall(r":root\{([^}]*)\}", STYLE)
    used = set(re.findall(r"var\((--\w+)\)", STYLE))
    assert len(themes) == 2
    for theme in themes:
        assert used <= set(re.findall(r"(--\w+):", theme))

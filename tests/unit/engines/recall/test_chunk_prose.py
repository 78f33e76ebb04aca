from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revo_edge.engines.recall.chunk_prose import cut_markdown, cut_plain, cut_rst
from revo_edge.engines.recall.pieces import Piece

TEXT = "Some words that say something. " * 10
MARKDOWN = f"""---
title: x
---
# Top

## First

{TEXT}

```sh
# no heading
```

### Deep ###

{TEXT}

Second
------

{TEXT}

- item
---
"""
RST = f"""
=======
 Title
=======

{TEXT}

Part
====

{TEXT}

Sub
---

{TEXT}

Other
=====

{TEXT}
"""


def test_a_markdown_section_is_titled_by_the_headings_above_it() -> None:
    pieces = cut_markdown("a.md", MARKDOWN)
    assert [piece.title for piece in pieces] == [
        "a.md > Top > First",
        "a.md > Top > First > Deep",
        "a.md > Top > Second",
    ]
    assert "# no heading" in pieces[0].text
    assert pieces[2].text.startswith("Second\n---")


def test_an_rst_section_is_titled_by_the_headings_above_it() -> None:
    pieces = cut_rst("a.rst", RST)
    assert [piece.title for piece in pieces] == [
        "a.rst > Title",
        "a.rst > Title > Part",
        "a.rst > Title > Part > Sub",
        "a.rst > Title > Other",
    ]
    assert pieces[1].text.startswith("Part\n====")


def test_a_heading_without_words_below_it_is_part_of_what_follows() -> None:
    (piece,) = cut_markdown("a.md", "# A\n\n## B\n\nwords\n")
    assert (piece.title, piece.first_line) == ("a.md > A > B", 1)


def test_plain_text_is_cut_between_paragraphs() -> None:
    text = "\n\n".join(f"Paragraph {n}. {TEXT}" for n in range(9))
    pieces = cut_plain("a.txt", text)
    assert [piece.title for piece in pieces] == [
        "a.txt (1 of 3)",
        "a.txt (2 of 3)",
        "a.txt (3 of 3)",
    ]
    assert all(piece.text.startswith("Paragraph") for piece in pieces)


@pytest.mark.parametrize("cut", [cut_markdown, cut_rst, cut_plain])
@given(text=st.text(alphabet="a #=-~`\n*", max_size=300))
def test_no_line_is_lost_or_taken_twice(cut: Callable[[str, str], list[Piece]], text: str) -> None:
    pieces = cut("a", text)
    kept = "".join("".join(piece.text.split()) for piece in pieces)
    assert kept == "".join(text.split())

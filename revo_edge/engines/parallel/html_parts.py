"""Pieces of the report's page: tables, rows, bars, folded lists."""

from collections.abc import Iterable, Sequence
from html import escape


def percent(share: float) -> str:
    """Write a share; the smallest is not zero."""
    return "&lt;0.1%" if 0 < share < 0.0005 else f"{share:.1%}"


def bar(share: float, severity: str) -> str:
    """Draw a horizontal bar; the smallest that is not zero can still be seen."""
    width = max(share * 100, 0.7) if share else 0
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="{severity}" width="{width:.1f}" height="10"/></svg>'
    )


def table(title: str, note: str, head: Sequence[str], rows: Iterable[str]) -> str:
    """Write a section with a table, or nothing without rows; the second column is the rated one."""
    body = "\n".join(rows)
    if not body:
        return ""
    first, rated, *numbers = head
    titles = f'<th>{first}</th><th class="rated">{rated}</th>'
    titles += "".join(f'<th class="n">{number}</th>' for number in numbers)
    return (
        f"<section><h2>{title}</h2><p>{note}</p><table><thead><tr>{titles}</tr></thead>\n"
        f"<tbody>{body}</tbody></table></section>"
    )


def row(
    what: tuple[str, str],
    rated: tuple[str, int, int],
    others: Iterable[tuple[str, int | None]],
    severity: str,
) -> str:
    """Write a row: its name and the markup below that, the number it is rated by, other numbers."""
    name, below = escape(what[0]), what[1]
    label, rating, longest = rated
    cells = (
        f'<td class="n" data-key="{number or 0}" data-label="{title}">{_count(number)}</td>'
        for title, number in others
    )
    return (
        f'<tr><td class="what" data-key="{name}"><code class="name">{name}</code>{below}</td>'
        f'<td data-key="{rating}" data-label="{label}"><span class="rate"><b>{rating:,}</b>'
        f"{bar(rating / (longest or 1), severity)}</span></td>{''.join(cells)}</tr>"
    )


def below(tag: str, text: str) -> str:
    """Write a second line: a place as code, a sentence as a span."""
    return f'<{tag} class="at">{escape(text)}</{tag}>'


def _count(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


def fold(title: str, note: str, items: Iterable[str]) -> str:
    """Write a list that is folded away; the title and note are markup."""
    return (
        f"<details><summary>{title}<span>{note}</span></summary><ul>{''.join(items)}</ul></details>"
    )


def chart(title: str, note: str, rows: Sequence[tuple[str, int, str]]) -> str:
    """Write a section with a bar for each (label, count, severity)."""
    whole = sum(count for _, count, _ in rows) or 1
    longest = max(count for _, count, _ in rows) or 1
    bars = (
        f"<dt>{escape(label)}</dt><dd>{bar(count / longest, severity)}</dd>"
        f'<dd class="count">{count:,}<small>{percent(count / whole)}</small></dd>'
        for label, count, severity in rows
    )
    return f'<section><h2>{title}</h2><p>{note}</p><dl class="bars">{"".join(bars)}</dl></section>'

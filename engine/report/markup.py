"""A document as HTML: every text escaped, tables that scroll by themselves, drawings with their words."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from engine.report.document import Block, Grid, Items, Section, Text
from engine.report.escaping import breakable, escape

if TYPE_CHECKING:
    from engine.report.drawn import Drawn


def section(content: Section, extra: str = "", *, half: bool = False) -> str:
    """Give a section, with `extra` HTML behind its blocks; `half` leaves room for another beside it."""
    kind = ' class="half"' if half else ""
    inner = "\n".join(map(block, content.blocks))
    return (
        f'<section id="{escape(content.key)}"{kind} aria-labelledby="{escape(content.key)}-title">'
        f'<h2 id="{escape(content.key)}-title">{escape(content.title)}</h2>\n{inner}\n{extra}</section>'
    )


def block(content: Block) -> str:
    """Give a paragraph, a list or a table."""
    if isinstance(content, Text):
        return f"<p>{escape(content.text)}</p>"
    if isinstance(content, Items):
        return f"<ul>{''.join(map(_item, content.items))}</ul>"
    return grid(content)


def grid(content: Grid) -> str:
    """Give a table in a box of its own, so that a wide one scrolls and the page does not."""
    head = "".join(
        f'<th scope="col"{_kind(content, at)}>{escape(name)}</th>' for at, name in enumerate(content.head)
    )
    rows = "".join(f"<tr>{_cells(content, row)}</tr>\n" for row in content.rows)
    return (
        f'<p class="soft">{escape(content.said)}</p>'
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(content.said)}"><table>'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>"
    )


def plots(drawings: "Iterable[Drawn]") -> str:
    """Give drawings side by side where there is room."""
    return f'<div class="plots">{"".join(map(figure, drawings))}</div>'


def figure(drawn: "Drawn") -> str:
    """Give a drawing with its sentence, and its table behind a line to be opened."""
    table = f"<details><summary>As a table</summary>{grid(drawn.table)}</details>" if drawn.table else ""
    caption = f"<figcaption>{escape(drawn.said)}</figcaption>"
    return f"<figure><h3>{breakable(drawn.title)}</h3>{drawn.svg}{caption}{table}</figure>\n"


def tiles(items: Sequence[tuple[str, str, str]]) -> str:
    """Give the figures to be seen first: what it is, its value, and what stands below it."""
    made = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)} <small>{escape(below)}</small></dd></div>"
        for name, value, below in items
    )
    return f'<dl class="tiles">{made}</dl>'


def _item(item: tuple[str, str]) -> str:
    lead, text = item
    return f"<li><strong>{escape(lead)}.</strong> {escape(text)}</li>" if lead else f"<li>{escape(text)}</li>"


def _cells(content: Grid, row: Sequence[str]) -> str:
    return "".join(
        f"<td{_kind(content, at)}>{breakable(cell) if at < content.first else escape(cell)}</td>"
        for at, cell in enumerate(row)
    )


def _kind(content: Grid, at: int) -> str:
    if at >= content.first:
        return ""
    return ' class="word first"' if at == 0 else ' class="word"'

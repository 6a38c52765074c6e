"""The model card as Markdown, for a repository, a regulator and a loan officer alike."""

import re

from engine.report import card
from engine.report.document import Block, Grid, Items, Section, Text
from engine.report.wording import clean

# What would be markup, wherever it stands in a line; underscores inside a word are none.
_MARKUP = re.compile(
    r"[\\`*|~$]|<(?=[A-Za-z/!?])|^>|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w]+;)|\](?=[(\[:])|(?<=[hH][tT][tT][pP]):|(?<=[sS]):(?=//)|(?<=www)\."
)
_LONGEST = 20_000
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;", ":": "&#58;", ".": "&#46;"}


def render(model: card.Model) -> str:
    """Write the card of any model; what its figures do not hold is left out or said to be not measured."""
    parts = [f"# Model card: {escape(model.id)}", *map(_section, card.sections(model))]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Give a text so that Markdown shows it as it is."""
    return _MARKUP.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), clean(text, _LONGEST))


def _section(section: Section) -> str:
    return "\n\n".join([f"## {escape(section.title)}", *map(_block, section.blocks)])


def _block(block: Block) -> str:
    if isinstance(block, Text):
        return escape(block.text)
    if isinstance(block, Items):
        return "\n".join(
            f"- **{escape(lead)}.** {escape(text)}" if lead else f"- {escape(text)}"
            for lead, text in block.items
        )
    return _grid(block)


def _grid(grid: Grid) -> str:
    lines = [grid.head, [*["---"] * grid.first, *["---:"] * (len(grid.head) - grid.first)], *grid.rows]
    table = (
        "| " + " | ".join(cells) + " |"
        for cells in (lines[1] if at == 1 else map(escape, line) for at, line in enumerate(lines))
    )
    return "\n".join([escape(grid.said), "", *table])

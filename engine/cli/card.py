"""`card`: a model's card in words, as a page, or on paper."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import msgspec

import engine
from engine.cli import inputs, write
from engine.cli.command import Answer, Command
from engine.report import card, markdown, markup, paper
from engine.report.document import Items, Text
from engine.report.escaping import escape, page
from engine.report.style import CSS


def _options(parser: ArgumentParser) -> None:
    inputs.model_option(parser)
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write a page to FILE instead of printing Markdown"
    )
    parser.add_argument("--paper", action="store_true", help="the scorecard to be filled in with a pencil")
    inputs.country_option(parser)


def _run(chosen: Namespace) -> Answer:
    model = engine.load(chosen.model)
    pack = inputs.pack_of(chosen)
    data: dict[str, Any] = {"model_id": model.id, "model_hash": model.hash, "kind": model.kind}
    if chosen.html is None:
        said = paper.render(model, pack=pack) if chosen.paper else markdown.render(model)
        return Answer(
            {**data, "figures": msgspec.to_builtins(model.figures), "card": said}, [Text(said.rstrip("\n"))]
        )
    write.file_free(chosen.html)
    content = paper.render(model, "html", pack=pack) if chosen.paper else _page(model)
    write.file(chosen.html, write.text(content))
    return Answer({**data, "file": str(chosen.html)}, [Items((("written", str(chosen.html)),))])


def _page(model: inputs.Model) -> str:
    """Give the card as a page. The plots of the held-out loans are on the page that `train` writes."""
    sections = "\n".join(map(markup.section, card.sections(model)))
    title = f"Model card: {model.id}"
    body = f"<header><h1>{escape(title)}</h1></header>\n<main>\n{sections}\n</main>"
    return page(title, body, css=CSS)


COMMANDS = {
    "card": Command(
        "Print the card of a model: what it is, what it learnt from, how good it is, and where it ends.",
        (
            "python -m engine card",
            "python -m engine card --model loans-model/model.json --paper --html scorecard.html",
        ),
        _options,
        _run,
    )
}

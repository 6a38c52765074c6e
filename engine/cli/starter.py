"""`starter`: the model that ships, fitted and measured again on a folder of loan books."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import engine
from engine import starter
from engine.cli import write
from engine.cli.command import Answer, Command
from engine.report import markdown
from engine.report.document import Items


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("data", type=Path, help="the folder that holds the books")
    parser.add_argument(
        "--out",
        type=Path,
        default=engine.STARTER.parent,
        help="the folder to write to (default: where it ships)",
    )


def _run(chosen: Namespace) -> Answer:
    write.folder_free(chosen.out)
    model = starter.build(chosen.data)
    writers = {
        "starter.md": write.text(markdown.render(model)),
        "starter.json": lambda path: engine.save(model, path),
    }
    write.folder(chosen.out, writers)
    data = {
        "model_id": model.id,
        "model_hash": model.hash,
        "files": [str(chosen.out / name) for name in writers],
    }
    return Answer(data, [Items((("model", f"{model.id} {model.hash}"), ("written", str(chosen.out))))])


COMMANDS = {
    "starter": Command(
        "Fit and measure the model that ships on a folder of loan books. What it writes is what ships.",
        (
            "python -m engine starter ../shared/data",
            "python -m engine starter ../shared/data --out build/starter",
        ),
        _options,
        _run,
    )
}

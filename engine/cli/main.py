"""From words on a command line to an exit code: 0 done, 1 our fault, 2 the input's, 130 stopped by Ctrl-C."""

import argparse
import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Sequence

import msgspec

from engine.cli.command import Answer, Command, UsageError
from engine.cli.show import clean, show

# Every command, the module that holds it, and what it does; in the order in which an analyst needs them.
COMMANDS = {
    "train": ("train", "train a model on a loan book, and write its card"),
    "evaluate": ("evaluate", "measure a model on loans whose end is known"),
    "score": ("score", "score one person, or every row of a table"),
    "explain": ("score", "show what one person's score is made of"),
    "whatif": ("advise", "score one person again with some answers changed"),
    "plan": ("advise", "find the smallest change that reaches a score, or check a plan made before"),
    "card": ("card", "print the card of a model, or write its page"),
    "drift": ("drift", "tell whether applicants, scores or outcomes have moved since the model was fitted"),
    "rejects": ("drift", "suppose how refused applicants would have paid"),
    "fairness": ("fairness", "compare groups: approval, adverse impact, calibration, proxies"),
    "compare": ("compare", "set a challenger beside the champion, and promote it if every gate is open"),
    "import-check": ("check", "say what a file is, whether it is valid and safe, and what would be refused"),
    "scam": ("scam", "fit and measure the check of messages that may be scams"),
    "starter": ("starter", "fit and measure the model that ships"),
}
_ABOUT = "The engine: a loan book in, a scoring model out, and everything to be done with it afterwards."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code. Nothing but Ctrl-C stops it without a message, and nothing half-written."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Threads that wait in turning circles cost minutes on a machine that has something else to do.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(given)
    except SystemExit as stop:  # argparse has said what is wrong
        return stop.code if isinstance(stop.code, int) else 0
    except KeyboardInterrupt:
        return _failed(given, "stopped; nothing was written", 130)
    except BrokenPipeError:  # whoever read our answer has seen enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for the interpreter's last flush
        return 0
    except ValueError as error:
        return _failed(given, str(error), 2)
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        return _failed(given, f"{named}{(error.strerror or str(error)).lower()}", 2)
    except MemoryError:
        return _failed(given, "not enough memory for this book; give fewer rows, or a larger machine", 2)
    except Exception as error:  # noqa: BLE001 - a person gets a sentence, whatever went wrong
        return _failed(given, _fault(error), 1)


def _run(given: Sequence[str]) -> int:
    if not given or given[0] in ("-h", "--help", "help"):
        sys.stdout.write(_overview() + "\n")
        return 0 if given else 2
    name = given[0]
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"there is no command `{clean(name)}`; {hint}accepted: {', '.join(COMMANDS)}")
    command = found(name)
    chosen = parser(name, command).parse_args(given[1:])
    answer = command.run(chosen)
    _say(answer, as_json=chosen.json)
    return answer.code


def found(name: str) -> Command:
    """Give a command by its name, importing only its family."""
    command: Command = importlib.import_module(f"engine.cli.{COMMANDS[name][0]}").COMMANDS[name]
    return command


def parser(name: str, command: Command) -> argparse.ArgumentParser:
    """Make the parser of one command, with worked examples at the end of its help."""
    examples = "\n".join(f"  {example}" for example in command.examples)
    made = argparse.ArgumentParser(
        prog=f"python -m engine {name}",
        description=command.about,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.options(made)
    made.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    return made


def _say(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        encoded = msgspec.json.format(msgspec.json.encode(answer.data, enc_hook=str), indent=2)
        sys.stdout.write(encoded.decode() + "\n")
    else:
        show(answer.parts, sys.stdout)
    sys.stdout.flush()


def _failed(given: Sequence[str], message: str, code: int) -> int:
    sys.stderr.write(clean(message) + "\n")
    if "--json" in given:
        sys.stdout.write(msgspec.json.encode({"error": message, "code": code}).decode() + "\n")
    return code


def _fault(error: Exception) -> str:
    if os.environ.get("CANDOR_DEBUG") == "1":
        traceback.print_exc()
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    return (
        f"this is a fault of the engine, not of your input ({said}); nothing was written. Please report it where you "
        "got Candor, with the command; CANDOR_DEBUG=1 prints where it happened"
    )


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {about}" for name, (_, about) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: python -m engine COMMAND ...",
            "",
            _ABOUT,
            "",
            *lines,
            "",
            "python -m engine COMMAND --help explains each, with examples. The guide is docs/engine.md.",
        ]
    )

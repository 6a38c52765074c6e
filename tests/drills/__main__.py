"""Every drill, one after the other: `python -m tests.drills [--quick] [NAME ...]`, as `make drills` does.

A drill is a module beside this one with a `main`: a program that prints what it tried and what was lost in lines that
begin with the drill's number in the catalogue (`T9 | ...`), and exits 1 when a bar is missed. What each of them takes
further, its own `--help` tells.
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FIGURES = re.compile(r"T(\d+)[T\d, /–-]*\|")
LONGEST = 1200  # seconds, after which a drill is taken to hang


@dataclass
class Outcome:
    """How a drill ended, and the lines of its figures."""

    name: str
    code: int
    seconds: float
    figures: list[str]

    @property
    def word(self) -> str:
        return {0: "held", 1: "MISSED"}.get(self.code, f"FAILED ({self.code})")


def names() -> list[str]:
    """List the drills there are."""
    return sorted(path.stem for path in HERE.glob("[a-z]*.py") if "\ndef main(" in path.read_text("utf-8"))


def drill(name: str, *, quick: bool) -> Outcome:
    """Run one drill in a process of its own, and show what it says as it says it."""
    began, figures = time.monotonic(), []
    command = ["timeout", str(LONGEST), sys.executable, "-m", f"tests.drills.{name}", *["--quick"] * quick]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            print(f"    {line}", end="", flush=True)
            if FIGURES.match(line):
                figures.append(line.strip())
    return Outcome(name, child.returncode, time.monotonic() - began, figures)


def main(argv: Sequence[str] | None = None) -> int:
    there = names()
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of {', '.join(there)}")
    parser.add_argument("--quick", action="store_true", help="every drill in small")
    chosen = parser.parse_args(argv)
    if unknown := set(chosen.names) - set(there):
        parser.error(f"no drill {', '.join(sorted(unknown))}; there are {', '.join(there)}")
    outcomes = []
    wanted = chosen.names or there
    for number, name in enumerate(wanted, 1):
        print(f"[{number}/{len(wanted)}] {name}", flush=True)
        outcomes.append(drill(name, quick=chosen.quick))
    print()
    lines = [line for outcome in outcomes for line in outcome.figures]
    for line in sorted(lines, key=lambda line: int(FIGURES.findall(line)[0])):
        print(line)
    print()
    for outcome in outcomes:
        print(f"{outcome.name:<16}{outcome.seconds:6.0f} s   {outcome.word}")
    whole = sum(outcome.seconds for outcome in outcomes)
    missed = [outcome.name for outcome in outcomes if outcome.code]
    print(f"{'all':<16}{whole:6.0f} s   {len(outcomes) - len(missed)} of {len(outcomes)} held")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

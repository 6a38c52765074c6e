"""`make audit-deps`: asks whether anything we depend on has a known fault, and never says "no" without having looked.

pip-audit calls it a success when it could ask about nothing. Here every pinned package must have been answered for;
otherwise the answer is "could not look" and 3, neither green nor red.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from tests.static import pins
from tests.static.source import ROOT

CLEAN, FAULTY, BLIND = 0, 1, 3
SECONDS = 600
FILES = (pins.RUNTIME, pins.DEVELOPING)


@dataclass(frozen=True)
class Verdict:
    """The exit code and what to say."""

    code: int
    words: str


def main() -> int:
    """Ask, and say what came of it."""
    verdict = judge(wanted(), *ask())
    print(verdict.words, file=sys.stdout if verdict.code == CLEAN else sys.stderr)
    return verdict.code


def wanted() -> Mapping[str, str]:
    """Give every package that an answer is needed for."""
    return {name: version for file in FILES for name, version in pins.pinned(pins.read(file)).items()}


def ask() -> tuple[str, str]:
    """Run pip-audit over the requirements files; gives what it found, and what it complained of."""
    command = [sys.executable, "-m", "pip_audit", "--strict", "--format", "json", "--progress-spinner", "off",
               "--require-hashes", "--disable-pip"]  # fmt: skip
    for file in FILES:
        command += ["-r", file]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as trouble:
        return "", type(trouble).__name__
    return done.stdout, done.stderr


def judge(asked: Mapping[str, str], answer: str, complaint: str) -> Verdict:
    """Decide by the answer alone: an exit code of pip-audit says nothing about what it did not look at."""
    try:
        found = {one["name"]: one for one in json.loads(answer)["dependencies"]}
    except (ValueError, KeyError, TypeError):
        found = {}
    faulty = {name: one["vulns"] for name, one in found.items() if one.get("vulns")}
    if faulty:
        lines = [
            f"{name} {found[name].get('version')}: {fault.get('id')}, fixed in {fault.get('fix_versions')}"
            for name, faults in sorted(faulty.items())
            for fault in faults
        ]
        return Verdict(FAULTY, "\n".join([*lines, f"{len(faulty)} packages have known faults."]))
    unseen = sorted(name for name, version in asked.items() if not _seen(found.get(name), version))
    if unseen or not asked:
        why = complaint.strip().splitlines()[-1][:200] if complaint.strip() else "no answer"
        return Verdict(
            BLIND,
            f"could not look: {len(unseen)} of {len(asked)} packages were not looked up ({why}).\n"
            "This says nothing about known faults. Run it where an advisory service can be reached.",
        )
    return Verdict(CLEAN, f"Looked up all {len(asked)} packages: no known fault.")


def _seen(answer: Mapping[str, object] | None, version: str) -> bool:
    return (
        answer is not None
        and "skip_reason" not in answer
        and answer.get("version") == version
        and "vulns" in answer
    )


if __name__ == "__main__":
    sys.exit(main())

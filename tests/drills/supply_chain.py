"""T24, T25, T26: `python -m tests.drills.supply_chain`: what we depend on, what we ship, and our own rules, counted.

Whether anything has a known fault is asked too, and said when nobody could be asked; that alone does not fail here,
but does in `make audit-deps`.
"""

import argparse
import json
import subprocess
import sys

from tests.static import advisories, leaks, licences, pins
from tests.static.excuses import EXCUSED, excuse
from tests.static.pragmas import excused, switches
from tests.static.rules import RULES
from tests.static.source import ROOMS, ROOT, Source, sources, tracked
from tests.test_static import FAULTS


def main() -> int:
    """Count, print, and give 1 when anything is open."""
    chosen = argparse.ArgumentParser(prog="python -m tests.drills.supply_chain", description=__doc__)
    chosen.add_argument("--quick", action="store_true", help="leave out bandit and the advisories")
    quick = chosen.parse_args().quick
    open_ = [*_dependencies(), *_repository(), *_rules(), *([] if quick else _bandit())]
    print(
        "advisories: "
        + ("left out" if quick else advisories.judge(advisories.wanted(), *advisories.ask()).words)
    )
    for one in open_:
        print(f"open: {one}", file=sys.stderr)
    print(f"supply chain: {len(open_)} open")
    return 1 if open_ else 0


def _dependencies() -> list[str]:
    texts = {name: pins.read(name) for name in (pins.RUNTIME, pins.DEVELOPING)}
    loose = [f"{name}: {line} is not pinned" for name, text in texts.items() for line in pins.unpinned(text)]
    running = pins.pinned(texts[pins.RUNTIME])
    refused = [
        f"{name}: {licences.terms(name)!r}"
        for name in running
        if name not in licences.RECIPROCAL and not licences.permissive(licences.terms(name))
    ]
    print(f"pinned by hash: {len(running)} to run, {len(advisories.wanted())} in all, {len(loose)} loose")
    by_name = len(licences.RECIPROCAL)
    print(f"licences: {len(running) - len(refused)} accepted, {by_name} of them by name, {len(refused)} not")
    return loose + refused


def _repository() -> list[str]:
    found = []
    files = tracked()
    for name in files:
        text = (ROOT / name).read_bytes().decode("latin-1")
        found += [f"{name}: {leak}" for leak in leaks.secrets(text)]
    print(f"secrets: {len(files)} files, {len(leaks.SECRETS)} kinds of secret, {len(found)} found")
    return found


def _rules() -> list[str]:
    code = sources(*ROOMS)
    broken = [
        (name, source.place, line) for source in code for name, rule in RULES.items() for line in rule(source)
    ]
    wrong = [f"{name}: {place}:{line}" for name, place, line in broken if not excuse(name, place)]
    seen = sum(bool(list(RULES[name](Source(place, text)))) for name, place, text in FAULTS)
    comments = [
        (source.place, line, comment)
        for source in sources(*ROOMS, "tests", "bench")
        for line, comment in switches(source)
    ]
    silent = [f"{place}:{line} {comment}" for place, line, comment in comments if not excused(comment)]
    excuses = sum(map(len, EXCUSED.values()))
    print(f"own rules: {len(RULES)} over {len(code)} modules, {len(wrong)} broken, {excuses} excuses")
    print(f"seeded faults: {seen} of {len(FAULTS)} found")
    print(f"checks silenced: {len(comments)}, without a reason {len(silent)}")
    return wrong + silent + (["a seeded fault was not found"] if seen < len(FAULTS) else [])


def _bandit() -> list[str]:
    asked = [sys.executable, "-m", "bandit", "-q", "-f", "json", "-r", *ROOMS]
    told = json.loads(subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout)
    print(f"bandit: {told['metrics']['_totals']['loc']} lines, {len(told['results'])} open")
    return [f"{one['filename']}:{one['line_number']} {one['test_id']}" for one in told["results"]]


if __name__ == "__main__":
    sys.exit(main())

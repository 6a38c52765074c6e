"""`python -m tests.static.sbom FILE`: holds a bill of materials against the lock file it was made from."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.static import pins


def main(path: Path) -> int:
    """Say what the bill holds; 1 when it is not what is locked."""
    bill = json.loads(path.read_text(encoding="utf-8"))
    if wrong := differences(bill, pins.read(pins.RUNTIME)):
        print("\n".join(wrong), file=sys.stderr)
        return 1
    print(
        f"{path}: {bill['bomFormat']} {bill['specVersion']}, {len(bill['components'])} packages, each with hashes"
    )
    return 0


def differences(bill: dict[str, Any], locked: str) -> list[str]:
    """List what the bill leaves out, adds, gives another version or no hash."""
    wanted = dict(pins.pinned(locked))
    found = {part["name"]: part for part in bill["components"]}
    wrong = [f"not the same packages: {name}" for name in sorted(wanted.keys() ^ found.keys())]
    for name, part in sorted(found.items()):
        if part["version"] != wanted.get(name):
            wrong.append(f"{name}: {part['version']} is not what is locked")
        if not any(reference.get("hashes") for reference in part.get("externalReferences", [])):
            wrong.append(f"{name}: no hash")
    return wrong


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

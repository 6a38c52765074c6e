"""`python -m tests.static.licences` writes docs/licences.md: what running Candor brings along, and on which terms."""

import re
import sys
from importlib import metadata

from tests.static import pins
from tests.static.source import ROOT

PAGE = ROOT / "docs" / "licences.md"

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU",
    "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip
"""Terms that ask for a notice at most."""

RECIPROCAL = {
    "certifi": ("MPL-2.0", "a list of certificates, shipped unchanged"),
    "psycopg": ("LGPL-3.0-only", "imported as it is, and replaceable by installing another version"),
    "psycopg-binary": ("LGPL-3.0-only", "imported as it is, and replaceable by installing another version"),
    "python-stdnum": (
        "LGPL-2.1-or-later",
        "imported as it is, and replaceable by installing another version",
    ),
    "python-telegram-bot": (
        "LGPL-3.0-only",
        "imported as it is, and replaceable by installing another version",
    ),
}
"""Terms that ask for more, accepted for these packages only, and why they do not reach our code."""

CLASSIFIED = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    # its file COPYING says 2.1
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
}
SPELT = {"Apache 2.0": "Apache-2.0", "LGPL": ""}

HEAD = """# Licences

What `requirements.txt` installs, as each package states it. Candor itself is under the Apache License 2.0. This page is
written by `.venv/bin/python -m tests.static.licences`; a test fails when it is not what is pinned, or when a licence is
neither permissive nor accepted by name.

**Why the LGPL is fine here.** Candor imports these libraries unchanged, copies nothing of them, and installs them from
their own packages, so whoever runs it can put another version in their place, which is what the LGPL asks for. The
Apache licence of our own code stays as it is. Whoever ships an image with them inside passes their licence texts on.

**What wheels bring along.** numpy and scipy hold OpenBLAS (BSD) and libgfortran (GPL with the GCC runtime exception);
scikit-learn holds libgomp (the same); psycopg-binary holds libpq, OpenSSL, Kerberos, OpenLDAP and libkeyutils (LGPL);
cryptography holds OpenSSL (Apache-2.0); pillow holds image libraries. The table names each package's own terms only.

**What our own files hold of others.** `engine/scam/hant.txt` is from OpenCC (Apache-2.0); `engine/scam/words.npz` holds
word vectors of multilingual-e5-small (MIT), read only when the scam check is fitted.

| package | version | licence | remark |
|---|---|---|---|
"""


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name}: {len(pins.pinned(pins.read(pins.RUNTIME)))} packages")
    return 0


def page() -> str:
    """Give the page as it ought to be."""
    rows = [
        f"| {name} | {version} | {terms(name)} | {RECIPROCAL[name][1] if name in RECIPROCAL else ''} |"
        for name, version in pins.pinned(pins.read(pins.RUNTIME)).items()
    ]
    return HEAD + "\n".join(rows) + "\n"


def terms(package: str) -> str:
    """Give an installed package's licence as an SPDX expression, or what it states instead; "" for none."""
    return stated(metadata.metadata(package))


def stated(about: metadata.PackageMetadata) -> str:
    """Read the licence out of a package's metadata: the expression, a short name, or the classifiers."""
    if expression := _one(about, "License-Expression"):
        return expression
    short = _one(about, "License")
    short = SPELT.get(short, short)
    if re.fullmatch(r"[\w.+-]+", short):
        return short
    names = [
        str(line).rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or []
        if "License ::" in str(line)
    ]
    return " AND ".join(CLASSIFIED.get(name, name) for name in names)


def _one(about: metadata.PackageMetadata, field: str) -> str:
    return str(about[field]).strip() if field in about else ""


def permissive(expression: str) -> bool:
    """Whether every licence that applies is on the allow list; of alternatives one is enough."""
    parts = re.split(r"\s+AND\s+", expression.replace("(", "").replace(")", ""))
    return bool(expression) and all(set(re.split(r"\s+OR\s+", part)) & ALLOWED for part in parts)


if __name__ == "__main__":
    sys.exit(main())

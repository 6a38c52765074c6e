"""What we depend on is pinned, licensed and looked up; what we ship holds no secret and names no machine."""

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.static import advisories, leaks, licences, pins, sbom
from tests.static.pragmas import excused, switches
from tests.static.source import ROOT, Source, sources, tracked

REPOSITORY = tracked()
LOCKS = [pins.RUNTIME, pins.DEVELOPING]
HASH = "--hash=sha256:" + "0" * 64


def answer(skip: int = 0, faults: int = 0, leave_out: int = 0) -> str:
    """What pip-audit would answer about everything we pin."""
    found: list[dict[str, object]] = []
    for at, (name, version) in enumerate(advisories.wanted().items()):
        if at < leave_out:
            continue
        one: dict[str, object] = {"name": name, "version": version, "vulns": []}
        if at < leave_out + skip:
            one = {"name": name, "skip_reason": "it was not found"}
        elif at < leave_out + skip + faults:
            one["vulns"] = [
                {"id": "XYZ-2026-1", "fix_versions": ["9.9"], "aliases": [], "description": "bad"}
            ]
        found.append(one)
    return json.dumps({"dependencies": found, "fixes": []})


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_one_version_with_hashes(name: str) -> None:
    text = pins.read(name)
    assert pins.unpinned(text) == []
    assert len(pins.pinned(text)) == len(pins.entries(text)) > 50


@pytest.mark.parametrize(
    "line",
    ["aiohttp", "aiohttp>=3", "aiohttp==3.14.5", f"aiohttp==3.* {HASH}", "aiohttp==3.14.5 --hash=md5:00",
     f"-e . {HASH}", f"aiohttp>=3.14.5 {HASH}", f"aiohttp==3.14.5 {HASH[:-1]}",
     "aiohttp @ file:///tmp/a.whl", "git+https://example.org/a.git", "-r other.txt", "--pre"],
)  # fmt: skip
def test_what_is_not_pinned_is_seen(line: str) -> None:
    assert pins.unpinned(f"rich==15.0.0 \\\n    {HASH}\n    # via x\n{line}\n") == [line]


def test_what_runs_is_what_is_locked() -> None:
    locked = {name: version for lock in LOCKS for name, version in pins.pinned(pins.read(lock)).items()}
    assert {name: importlib.metadata.version(name) for name in locked} == locked


def test_one_lock_and_no_other() -> None:
    others = {"uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock", "pylock.toml"}
    assert [name for name in REPOSITORY if Path(name).name in others] == []
    assert "--require-hashes" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_page_of_licences_is_what_is_pinned() -> None:
    assert licences.PAGE.read_text(encoding="utf-8") == licences.page(), (
        "run: python -m tests.static.licences"
    )


@pytest.mark.parametrize("name", pins.pinned(pins.read(pins.RUNTIME)))
def test_every_licence_is_accepted(name: str) -> None:
    terms = licences.terms(name)
    accepted = licences.RECIPROCAL.get(name)
    assert licences.permissive(terms) if accepted is None else terms == accepted[0], f"{name}: {terms!r}"


@pytest.mark.parametrize(
    ("terms", "fine"),
    [("MIT", True), ("Apache-2.0 OR GPL-3.0-only", True), ("MIT AND PSF-2.0", True), ("(MIT OR GPL-2.0) AND ISC", True),
     ("", False), ("GPL-3.0-only", False), ("MIT AND GPL-3.0-only", False), ("AGPL-3.0-or-later", False),
     ("LGPL-3.0-only", False), ("Proprietary", False), ("SSPL-1.0", False)],
)  # fmt: skip
def test_a_licence_that_is_not_permissive_is_seen(terms: str, fine: bool) -> None:
    assert licences.permissive(terms) is fine


def test_bandit_has_nothing_open() -> None:
    asked = [sys.executable, "-m", "bandit", "-q", "-f", "json", "-r", "bot", "engine", "storage"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert [f"{one['filename']}:{one['line_number']} {one['test_id']}" for one in found["results"]] == []
    assert found["errors"] == []
    assert found["metrics"]["_totals"]["loc"] > 20_000


def test_bandit_sees(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "import subprocess\nsubprocess.run(x, shell=True)\nexec(x)\n", encoding="utf-8"
    )
    asked = [sys.executable, "-m", "bandit", "-q", "-f", "json", str(tmp_path / "a.py")]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert {one["test_id"] for one in json.loads(done.stdout)["results"]} >= {"B102", "B404", "B602"}


def test_whoever_switches_a_check_off_says_why() -> None:
    everything = sources("bot", "engine", "storage", "tests", "bench")
    found = [(source.place, line, comment) for source in everything for line, comment in switches(source)]
    assert len(found) > 100
    assert [f"{place}:{line} {comment}" for place, line, comment in found if not excused(comment)] == []


@pytest.mark.parametrize(
    ("code", "fine"),
    [
        ("import x  # noqa", False),
        ("import x  # noqa: F401", False),
        ("import x  # noqa: F401 - ", False),
        ("import x  # noqa - because of reasons", False),
        ("import x  # noqa: F401 because of reasons", False),
        ("import x  # noqa:F401,E501", False),
        ("import x  # nosec", False),
        ("import x  # nosec - it is harmless", False),
        ("import x  # nosec B404", False),
        ("x = y  # type: ignore", False),
        ("x = y  # type: ignore  # it has no types", False),
        ("x = y  # type: ignore[arg-type]", False),
        ("# ruff: noqa\nx = y", False),
        ("# mypy: ignore-errors\nx = y", False),
        ("import x  # noqa: F401 - what is not loaded cannot be limited", True),
        ("x = y  # noqa: S101, S102 - NaN", True),
        ("import x  # nosec B404  # a list of arguments, never a shell", True),
        ("assert x  # noqa: S101 - there are two  # nosec B101", True),
        ("x = y  # type: ignore[arg-type, misc]  # it has no types", True),
    ],
)
def test_a_silence_without_a_reason_is_seen(code: str, fine: bool) -> None:
    assert [excused(comment) for _, comment in switches(Source("a.py", code))] == [fine]


def test_an_audit_that_could_not_look_says_so() -> None:
    """The real program, told of a proxy where nobody listens: pip-audit itself would call some such runs clean."""
    nowhere = "http://127.0.0.1:9"
    alone = {**os.environ, "HTTPS_PROXY": nowhere, "https_proxy": nowhere, "NO_PROXY": "", "no_proxy": ""}
    asked = [sys.executable, "-m", "tests.static.advisories"]
    done = subprocess.run(asked, cwd=ROOT, env=alone, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (advisories.BLIND, "")
    assert done.stderr.startswith("could not look: ")
    assert "nothing about known faults" in done.stderr


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (answer(), 0, "Looked up all"),
        (answer(faults=2), 1, "2 packages have known faults"),
        (answer(faults=1, skip=5), 1, "XYZ-2026-1"),
        (
            answer(skip=10_000),
            3,
            "could not look",
        ),  # what pip-audit itself calls "no known vulnerabilities", exit 0
        (answer(skip=1), 3, "could not look: 1 of"),
        (answer(leave_out=1), 3, "could not look: 1 of"),
        ('{"dependencies": []}', 3, "could not look"),
        ("{}", 3, "could not look"),
        ("", 3, "could not look"),
        ("No known vulnerabilities found", 3, "could not look"),
    ],
)
def test_only_an_answer_about_everything_is_green(said: str, code: int, words: str) -> None:
    verdict = advisories.judge(advisories.wanted(), said, "ERROR: no such host\n")
    assert (verdict.code, words in verdict.words) == (code, True)


def test_another_version_than_ours_was_not_looked_at() -> None:
    said = answer().replace('"version": "', '"version": "0.', 1)
    assert advisories.judge(advisories.wanted(), said, "").code == advisories.BLIND


def test_nothing_to_ask_is_not_green() -> None:
    assert advisories.judge({}, '{"dependencies": []}', "").code == advisories.BLIND


def test_the_bill_of_materials_is_what_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "sbom.json"
    asked = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "cyclonedx_py",
        "requirements",
        "--pyproject",
        "pyproject.toml",
    ]
    asked += ["--output-reproducible", "-o", str(path), pins.RUNTIME]
    subprocess.run(asked, cwd=ROOT, capture_output=True, check=True)
    bill = json.loads(path.read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    assert sbom.differences(bill, pins.read(pins.RUNTIME)) == []
    bill["components"][0]["version"] = "0"
    bill["components"].pop()
    assert len(sbom.differences(bill, pins.read(pins.RUNTIME))) == 2


def content(name: str) -> str:
    return (ROOT / name).read_bytes().decode("latin-1")


def test_the_repository_holds_no_secret() -> None:
    assert len(REPOSITORY) > 400
    assert [f"{name}: {leak}" for name in REPOSITORY for leak in leaks.secrets(content(name))] == []
    odd = {".pem", ".key", ".p12", ".pfx", ".jks", ".db", ".sqlite", ".env"}
    assert [
        name for name in REPOSITORY if Path(name).suffix in odd or Path(name).name in {".env", "master.key"}
    ] == []


def test_the_repository_names_no_registry_and_no_machine() -> None:
    own = {"Makefile", "tests/static/leaks.py", "tests/test_supply_chain.py"}
    found = [
        f"{name}: {one}" for name in REPOSITORY if name not in own for one in leaks.addresses(content(name))
    ]
    assert found == []
    makefile = content("Makefile").replace("--no-emit-index-url", "").replace("--no-emit-find-links", "")
    assert list(leaks.addresses(makefile)) == []


SEEDED = [
    "token = '" + "12345678:" + "AA" + "x" * 33 + "'",
    "-----BEGIN " + "PRIVATE KEY-----",
    "-----BEGIN RSA " + "PRIVATE KEY-----",
    "AKIA" + "A" * 16,
    "ghp_" + "a" * 36,
    "github_" + "pat_" + "a" * 22,
    "xoxb-" + "1" * 12,
    "AIza" + "a" * 35,
    "sk_live_" + "a" * 24,
    "eyJ" + "a" * 20 + ".eyJ" + "b" * 20 + "." + "c" * 20,
    "1 " + "A" * 43 + "=",
    "postgresql://candor:" + "correct-horse@db/candor",
    "BOT_WEBHOOK_SECRET=" + "q" * 32,
]


@pytest.mark.parametrize("text", SEEDED, ids=range(len(SEEDED)))
def test_a_secret_is_seen_and_not_repeated(text: str) -> None:
    found = list(leaks.secrets(f"first line\n{text}\n"))
    assert found
    assert found[0].endswith("line 2")
    assert text[-12:] not in found[0]


def test_every_kind_of_secret_has_a_sample() -> None:
    assert {leak.rpartition(", line")[0] for text in SEEDED for leak in leaks.secrets(text)} == set(
        leaks.SECRETS
    )


@pytest.mark.parametrize(
    "text",
    [*(f"see https://files.{host}/simple" for host in leaks.REGISTRIES), *(f"cd {place}x" for place in leaks.PLACES),
     *(f"{option} x" for option in leaks.OPTIONS)],
)  # fmt: skip
def test_a_registry_or_a_machine_is_seen(text: str) -> None:
    assert list(leaks.addresses(text))


ALONE = """
import importlib, pkgutil, socket, sys
def refuse(*_): raise SystemExit("somebody reached for the network")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refuse
names = [found.name for room in ("bot", "engine", "storage") for found in pkgutil.walk_packages([room], room + ".")]
names = [name for name in names if not name.endswith("__main__") and ".migrations" not in name]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def test_no_import_reaches_for_the_network() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 150

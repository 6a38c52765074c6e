"""`python -m bench.scoring PEERS`: the engine beside the libraries a lender could pick instead, in one run.

PEERS is a folder with bench.py, data, splits and requirements.txt. It is copied to a folder of its own, with a virtual
environment in which the peers and what our engine needs are installed; ratios of one run are what counts.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SETS = ("german", "spanish", "superlender", "lc10k", "homecredit", "taiwan", "gmsc")
CARDS = ("optbinning", "toad")
OTHERS = ("sk_logreg", "lightgbm", "xgboost", "sk_hgb")
NEEDED = ("msgspec", "pyarrow")  # what our engine needs beside what the peers do

Row = dict[str, Any]


def prepare(peers: Path, work: Path) -> Path:
    """Copy the peers' bench and install it; give the interpreter."""
    if not work.exists():
        shutil.copytree(peers, work)
        for path in work.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
    python = work / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(work / "venv")], check=True)
        wanted = ["-r", str(work / "requirements.txt"), *NEEDED]
        subprocess.run([str(python), "-m", "pip", "install", "-q", *wanted], check=True)
    (work / "results").mkdir(exist_ok=True)
    return python


def measure(
    python: Path, work: Path, sets: Sequence[str], peers: Sequence[str], phases: str, configs: str
) -> list[Row]:
    """Run the peers' bench with our adapter; give its rows."""
    out = work / "results" / f"{'-'.join(peers)}-{phases}-{configs}.json".replace(",", "-")
    out.unlink(missing_ok=True)
    command = [str(python), "bench.py", *sets, "--peers", ",".join(peers), "--phases", phases]
    command += [
        "--configs",
        configs,
        "--adapter",
        f"{ROOT / 'bench' / 'adapter.py'}:Candor",
        "--json",
        str(out),
    ]
    subprocess.run([*command, "--timeout", "5400"], cwd=work, check=True, env={**os.environ})
    return [dict(row) for row in json.loads(out.read_text())]


def first_score() -> list[float]:
    """Give the seconds from a fresh process to its first score, five times."""
    code = "import time,sys;t=time.perf_counter();import engine;engine.load().score({'age': 40.0});"
    code += "print(time.perf_counter()-t);assert 'sklearn' not in sys.modules"
    done = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        for _ in range(5)
    ]
    return sorted(float(one.stdout) for one in done)


def table(rows: Sequence[Row]) -> None:
    """Print what was measured, set by set."""
    print("\n| book | library | AUC | KS | Brier | ECE | fit, s |\n|---|---|---:|---:|---:|---:|---:|")
    for row in rows:
        if row.get("phase") == "cv" and row.get("ok"):
            mean = row["mean"]
            figures = " | ".join(f"{mean[name]:.4f}" for name in ("auc", "ks", "brier", "ece"))
            print(
                f"| {row['dataset']} | {row['peer']} {row['config']} | {figures} | {row['fit_median_s']:.2f} |"
            )
    for row in rows:
        if row.get("phase") == "latency" and row.get("ok"):
            one = row.get("score_dict") or row["score"]
            print(
                f"one applicant, {row['dataset']}, {row['peer']} {row['config']}: {1000 * one['median_ms']:.1f} µs"
            )
        if row.get("phase") == "batch" and row.get("ok"):
            print(
                f"a million rows, {row['dataset']}, {row['peer']} {row['config']}: "
                f"{row['rows_per_s'] / 1e6:.2f} million rows/s, {row['delta_mb']:.0f} MB above the table"
            )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peers", type=Path, nargs="?", default=Path("../shared/peers"))
    parser.add_argument("--work", type=Path, default=ROOT / ".venv" / "peers")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument(
        "--chosen", action="store_true", help="all kinds against each other too: an hour or more"
    )
    parser.add_argument("--others", action="store_true", help="also the peers that make no scorecard")
    asked = parser.parse_args(arguments)
    if not asked.peers.exists():
        print(f"{asked.peers} is not there: nothing to measure beside", file=sys.stderr)
        return
    python = prepare(asked.peers, asked.work)
    sets = asked.sets.split(",")
    libraries = ["candor", *CARDS, *(OTHERS if asked.others else ())]
    rows = measure(python, asked.work, sets, libraries, "cv", "scorecard,default,tuned")
    if asked.chosen:
        rows += measure(python, asked.work, sets, ["candor"], "cv", "chosen")
    rows += measure(
        python, asked.work, ["german"], ["candor", *CARDS, "ebm"], "latency,batch", "scorecard,default"
    )
    table(rows)
    seconds = first_score()
    print(
        f"a fresh process to its first score: {1000 * seconds[2]:.0f} ms (median of 5), without scikit-learn"
    )


if __name__ == "__main__":
    main()

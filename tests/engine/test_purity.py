import subprocess
import sys
import timeit
from pathlib import Path

from engine import record
from tests.engine.borrowers import CN, MODEL, YOUNG_IN_DEBT

ROOT = Path(__file__).parents[2]
PROBE = """
import sys
import engine
from engine import countries
pack = countries.load("cn")
answers = {"loan_amount": 1000, "monthly_income": 4000, "loan_term_months": 12, "card_utilisation": 90}
engine.load().score(engine.record(answers, pack), pack)
engine.plan(engine.load(), answers, pack, 650)
heavy = {"numpy", "sklearn", "scipy", "pandas", "bot", "storage", "telegram", "sqlalchemy", "random"}
print(sorted(heavy & set(sys.modules)))
"""


def test_scoring_a_person_loads_nothing_heavy_and_no_other_room() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_score_takes_well_under_a_millisecond() -> None:
    person = record(YOUNG_IN_DEBT, CN)
    best = min(timeit.repeat(lambda: MODEL.score(person, CN), number=200, repeat=5)) / 200
    assert best < 0.0005  # it takes about 15 µs; the rest is for a busy machine

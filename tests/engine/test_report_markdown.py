import random
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds import Nonlinear, TreeBody
from engine.kinds.rules import rules
from engine.report import markdown
from engine.report.wording import Row
from tests.engine import made_models
from tests.engine.borrowers import MODEL
from tests.engine.made_reports import HOSTILE, own_card

WHOLE: dict[str, Row] = {
    "book": {
        "name": "loans.csv",
        "rows": 12345,
        "bads": 678,
        "bad_rate": 0.0549,
        "columns": 20,
        "kept": 15,
        "refused": 4,
        "target": "default",
        "bad_value": "1",
        "first_date": "2019-01-02",
        "last_date": "2021-11-30",
    },
    "split": {
        "rule": "the latest by month",
        "train_rows": 9876,
        "test_rows": 2469,
        "test_bads": 136,
        "seed": 7,
    },
    "choice": {"kind": "boosting", "rule": "the lowest log-loss", "why": "it is clearly the best"},
    "kind scorecard": {"auc": 0.7312, "auc_low": 0.7012, "auc_high": 0.7612},
    "kind boosting": {
        "auc": 0.7712,
        "auc_low": 0.7412,
        "auc_high": 0.8012,
        "ks": 0.41,
        "ks_low": 0.35,
        "ks_high": 0.47,
        "ece": 0.0042,
        "ece_low": 0.003,
        "ece_high": 0.006,
        "ece_floor": 0.0039,
        "cv_auc": 0.7663,
    },
    "fidelity": {"share": 0.98, "mean_error": 0.4, "bound": 1.0, "open": True},
    "fairness sex=f": {
        "rows": 1200,
        "approval": 0.9,
        "air": 1.0,
        "mean_pd": 0.05,
        "bad_rate": 0.051,
        "cutoff": 0.08,
    },
    "fairness sex=m": {
        "rows": 1269,
        "approval": 0.6,
        "air": 0.667,
        "air_low": 0.64,
        "air_high": 0.7,
        "mean_pd": 0.06,
    },
    "fairness sex=x": {"rows": 12, "approval": 0.1, "air": 0.111, "mean_pd": 0.06},
    "drift salary": {"psi": 0.31, "floor": 0.002, "verdict": "act"},
    "proxy sex": {"auc": 0.74, "verdict": "proxy risk", "carriers": "height, shoe_size"},
    "road": {"loans": 12345, "bads": 678, "says": "your loans decide"},
}


def card(figures: dict[str, Any], model: Any = MODEL) -> str:
    return markdown.render(msgspec.structs.replace(model, figures=figures))


def test_a_model_of_which_nothing_was_measured_says_so() -> None:
    text = card({})
    for what in ("performance", "truth of its reasons", "fairness", "drift", "proxies"):
        assert re.search(rf"Not measured\..*{what}", text, re.IGNORECASE)
    assert "How good it is" not in text


def test_everything_that_was_measured_is_told() -> None:
    text = card(WHOLE)
    assert "12,345, of which 678 went bad (5.5%)" in text
    assert "2019-01-02 to 2021-11-30" in text
    assert "Chosen: boosting. It is clearly the best. The rule: The lowest log-loss." in text
    assert (
        "| boosting (chosen) | 0.771 [0.741, 0.801] | 0.410 [0.350, 0.470] | 0.0042 [0.0030, 0.0060] | 0.766 |"
        in text
    )
    assert "in about 77, and is wrong in 23" in text
    assert "It orders about 23 of 100 pairs" in text  # the error rate of the kind that decides
    assert "about as true as can be told" in text
    assert (
        "Against the four-fifths rule: sex = m. Release needs a signed reason why." in text
    )  # x has too few
    assert "Approved is whose PD is 8.0% or less." in text
    assert "| sex | height, shoe_size | 0.740 | proxy risk |" in text
    assert "Not measured" not in text


def test_a_gate_that_is_shut_is_said_loudly() -> None:
    assert "The gate is SHUT" in card({"fidelity": {**WHOLE["fidelity"], "open": False}})


@given(st.dictionaries(st.sampled_from(list(WHOLE)), st.sets(st.integers(0, 12)), max_size=8))
def test_whatever_is_missing_nothing_is_invented(drawn: dict[str, set[int]]) -> None:
    figures: dict[str, Any] = {}
    for key, gone in drawn.items():
        figures[key] = {name: cell for at, (name, cell) in enumerate(WHOLE[key].items()) if at not in gone}
    text = card(figures)
    assert not re.search(r"\b(None|nan)\b", text)


@pytest.mark.parametrize("kind", ["tree", "network", "boosting", "blend"])
def test_every_kind_has_a_card_that_lays_it_open(kind: str) -> None:
    rng = made_models.chance(3)
    makers = {"tree": made_models.single, "network": made_models.network, "boosting": made_models.boosting}
    model = made_models.blend(rng) if kind == "blend" else made_models.model(makers[kind](rng))  # type: ignore[operator]  # each maker takes the chance alone
    text = markdown.render(model)
    assert "## How it reckons" in text
    assert "| salary | " in text
    if kind == "blend":
        assert "| boosting | made-1 | 0.300 |" in text
    if isinstance(model, Nonlinear) and isinstance(model.body, TreeBody):
        assert text.count("- **PD ") == len(rules(model))


def test_names_that_mean_harm_stay_names() -> None:
    figures = {
        **WHOLE,
        f"fairness {HOSTILE}={HOSTILE}": WHOLE["fairness sex=m"],
        f"drift {HOSTILE}": WHOLE["drift salary"],
    }
    text = card(figures, own_card(HOSTILE))
    assert "<script" not in text
    assert "&lt;script" in text
    assert "\x07" not in text
    assert "\u202e" not in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert tables
    for line in tables:
        assert line.endswith("|")
    for block in text.split("\n\n"):
        widths = {len(line.split(" | ")) for line in block.splitlines() if line.startswith("|")}
        assert len(widths) <= 1  # no name breaks a cell


def test_text_that_is_markup_is_escaped() -> None:
    assert markdown.escape("a_b _c_ *d* `e` [f](http://g) <h> & &lt; i|j") == (
        "a_b \\_c\\_ \\*d\\* \\`e\\` [f\\](http&#58;//g) &lt;h> & &amp;lt; i&#124;j"
    )
    rng = random.Random(0)  # noqa: S311 - a test is to be repeatable
    letters = "</>|`*_[]()!~$&;#\\ab \n"
    for _ in range(300):
        text = "".join(rng.choice(letters) for _ in range(12))
        assert not re.search(r"(?<!\\)[|`*~$]|<[a-z/!]|\n|^>", markdown.escape(text))

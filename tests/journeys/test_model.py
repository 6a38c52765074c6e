"""/model and /limits: what the model is and where it ends, in its own figures and the person's language."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

import engine
from bot import i18n
from bot.views import model as views
from engine import FACTORS, countries
from tests.chat import Candor, text_of

PLACES = (("en", "us"), ("zh-hans", "cn"), ("es", "mx"))
TELEGRAM = 4096

OWN: Mapping[str, Mapping[str, float | int | str | bool | None]] = {
    "book": {"name": "Ahorros <Sur>", "rows": 2345, "bad_rate": 0.123, "bads": 288,
             "first_date": "2019-03-01", "last_date": "2023-08-31"},
    "split": {"test_rows": 469, "test_bads": 58, "train_rows": 1876, "rule": "the latest", "seed": 0},
    "choice": {"kind": "scorecard", "rule": "", "why": ""},
    "kind scorecard": {"auc": 0.712, "auc_low": 0.643, "auc_high": 0.781,
                       "ece": 0.034, "ece_low": 0.021, "ece_high": 0.067},
    "kind tree": {"auc": 0.99},
    "fairness sex=woman": {"rows": 210, "judged": True, "approval": 0.9, "cutoff": 0.2},
    "fairness sex=man": {"rows": 240, "judged": True, "air": 0.76, "air_low": 0.71, "air_high": 0.82},
    "fairness age=70 and over": {"rows": 19, "judged": False, "air": 0.9},
}  # fmt: skip
"""Figures as `python -m engine train` leaves them in a lender's model."""


def card(figures: Mapping[str, Mapping[str, object]], country: str = "mx", language: str = "en") -> str:
    model = msgspec.structs.replace(engine.load(), figures=figures)
    pack = countries.load(country) if country else None
    return i18n.locale(language, country).html(views.card(model, pack))


@pytest.mark.parametrize(("language", "country"), PLACES)
async def test_the_answer_is_the_model_in_the_persons_language(
    candor: Candor, language: str, country: str
) -> None:
    somebody = await candor.person(language).enrols(country)
    model, pack = candor.context.model, countries.load(country)
    locale = i18n.locale(somebody.language, country)
    await somebody.says("/model")
    said = text_of(somebody.said_to_me[0])
    assert len(said) < TELEGRAM
    assert model.id in said
    assert model.hash[: views.HASH_SHOWN] in said
    assert locale.value(i18n.Percent(model.bad_rate, 1)) in said
    books = {key: row for key, row in model.figures.items() if key.startswith("book ")}
    assert len(books) == 7
    for key, row in books.items():
        title = locale.plain(i18n.t(f"model.of.{key.removeprefix('book ')}"))
        line = next(line for line in said.splitlines() if title in line and "100" in line)
        assert locale.value(row["loans"] or 0) in line
        for name in ("auc", "auc_low", "auc_high"):
            assert re.search(rf"\b{100 * float(row[name] or 0):.0f}\b", line), (key, name)
        for name in ("ece", "ece_low", "ece_high"):
            assert locale.value(i18n.Percent(float(row[name] or 0), 1)) in line, (key, name)
    forbidden = [name for name in FACTORS if not pack.permits(name)]
    assert forbidden
    names = i18n.Listed(tuple(i18n.t(f"factor.{name}") for name in forbidden))
    assert locale.value(names) in said
    assert somebody.heard("model.no_fairness")
    assert somebody.asked == "loan_amount", "the open question is put again"
    await somebody.says("/limits")
    assert text_of(somebody.said_to_me[0]) == said


async def test_somebody_who_has_told_nothing_yet_may_ask(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/limits")
    assert maria.heard("model.title")
    assert not maria.heard("model.forbidden"), "no country is known yet"


@pytest.mark.parametrize(("language", "country"), PLACES)
async def test_a_lenders_own_model_shows_its_own_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, country: str
) -> None:
    own = msgspec.structs.replace(engine.load(), id="sur-1", figures=OWN)
    monkeypatch.setattr(engine, "load", lambda: own)
    async with Candor(tmp_path) as candor:
        somebody = await candor.person(language).enrols(country)
        await somebody.says("/model")
        said = text_of(somebody.said_to_me[0])
        shown = ("sur-1", "Ahorros <Sur>", "2,345", "12.3%", "469", "71 [64 ", " 78]", "3.4% [2.1% ")
        assert [figure for figure in (*shown, "76% [71% ", "2019", "2023") if figure not in said] == []
        assert somebody.heard("model.group_few")
        starters = ("model.starter", "model.on_book", "model.no_fairness", "model.no_error")
        assert [key for key in starters if somebody.heard(key)] == []
        assert "99" not in said, "another kind's figures are not this one's"
        assert candor.refused_calls == []


def test_what_was_not_measured_is_said_to_be_so() -> None:
    said = card({})
    assert i18n.locale("en").html(i18n.t("model.no_error")) in said
    assert i18n.locale("en").html(i18n.t("model.no_fairness")) in said
    bare = card({"book": {"name": "sur", "rows": None}, "kind scorecard": {"auc": 0.7, "ece": float("nan")}})
    assert "right in 70 of 100, probability off by not measured" in bare
    assert i18n.locale("en").html(i18n.t("model.no_dates")) in bare
    assert i18n.locale("en").html(i18n.t("model.not_held")) in bare


def test_many_groups_do_not_burst_the_message() -> None:
    groups = {
        f"fairness place={n:02}{'x' * 90}": {"rows": 50, "judged": True, "air": n / 100} for n in range(60)
    }
    said = card({**OWN, **groups})
    assert len(said) < TELEGRAM
    assert "… and 52 more" in said
    assert ": 0% (50 loans)" in said, "the least favoured come first"


def test_what_the_model_looks_at_is_not_said_to_be_left_alone() -> None:
    starter, pack = engine.load(), countries.load("us")
    own = tuple(
        msgspec.structs.replace(entry, own=True, unit="") if entry.name == "age" else entry
        for entry in starter.factors
    )
    said = i18n.locale("en", "us").plain(views.card(msgspec.structs.replace(starter, factors=own), pack))
    assert "does not use them: education, marital status, sex" in said


@pytest.mark.parametrize("language", ["en", "zh_CN", "es"])
def test_a_books_title_has_the_years_of_the_figures(language: str) -> None:
    figures = engine.load().figures
    assert {f"book {name}" for name in views.BOOKS} == {key for key in figures if key.startswith("book ")}
    for name in views.BOOKS:
        title = str(figures[f"book {name}"]["title"]).partition(" (")[0]
        told = i18n.locale(language).plain(i18n.t(f"model.of.{name}"))
        assert re.findall(r"(?<!\d)\d{4}(?!\d)", told) == re.findall(r"(?<!\d)\d{4}(?!\d)", title), name

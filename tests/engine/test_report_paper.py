"""The printed scorecard, added up by somebody who knows nothing but what stands on the paper."""

import datetime as dt
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine.factors import FACTORS, Value
from engine.report import paper
from engine.scorecard import Scorecard
from tests.engine import made_models
from tests.engine.borrowers import MODEL, US, data, packs, records
from tests.engine.made_reports import HOSTILE, own_card

_BIN = re.compile(r"   \[ \] (.*?) +([+-]\d+)$")
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - days as the model counts them


class Sheet:
    """A printed page, read line by line."""

    def __init__(self, text: str) -> None:
        self.factors: dict[str, list[tuple[str, int]]] = {}
        self.scores: list[tuple[int, int, str, float, float]] = []
        name = ""
        for line in text.splitlines():
            if line.startswith("START WITH"):
                self.base = int(line.split()[-1])
            elif head := re.fullmatch(r"\d+\. (.*?) +_+", line):
                name = head[1]
                self.factors[name] = []
            elif found := _BIN.fullmatch(line):
                self.factors[name].append((found[1], int(found[2])))
            elif line.startswith("       ") and name:
                label, points = self.factors[name][-1]
                self.factors[name][-1] = f"{label} {line.strip()}", points
            elif row := re.fullmatch(r"(\d+) to (\d+) +(\w+) +([\d.]+)% to ([\d.]+)%", line):
                self.scores.append((int(row[1]), int(row[2]), row[3], float(row[4]), float(row[5])))
            elif ends := re.match(r"If it is below (\d+) .* above (\d+)", line):
                self.low, self.high = int(ends[1]), int(ends[2])

    def total(self, record: dict[str, Value]) -> int:
        """Add up one person with a pencil."""
        return self.base + sum(
            next(points for label, points in bins if _fits(label, record.get(name)))
            for name, bins in self.factors.items()
        )

    def row(self, score: int) -> tuple[int, int, str, float, float]:
        return next(row for row in self.scores if row[0] <= score <= row[1])


def _fits(label: str, value: Value | None) -> bool:
    if value is None or label == "not known":
        return value is None and label == "not known"
    if label in {"any other", "any value"}:
        return True
    if label in {"no", "yes"}:
        return value == float(label == "yes")
    if isinstance(value, str):
        return value in label.split("; ")
    if found := re.fullmatch(r"(.*) to (?:below|before) (.*)", label):
        return _number(found[1]) <= value < _number(found[2])
    if found := re.fullmatch(r"(?:below|before) (.*)", label):
        return value < _number(found[1])
    if found := re.fullmatch(r"(.*) and (?:up|later)", label):
        return _number(found[1]) <= value
    return label.startswith("exactly ") and value == _number(label.removeprefix("exactly "))


def _number(text: str) -> float:
    if re.match(r"\d{4}-\d\d-\d\d", text):
        return (dt.datetime.fromisoformat(text) - _EPOCH) / dt.timedelta(days=1)
    return float(text.replace(",", "").removesuffix("%"))


def _agrees(
    sheet: Sheet, model: Scorecard, record: dict[str, Value], pack: engine.Pack | None = None
) -> None:
    result = model.score(record, pack)
    total = sheet.total(record)
    score = min(max(total, sheet.low), sheet.high)
    assert score == result.score
    _, _, band, risky, safe = sheet.row(score)
    assert band == result.band
    if total == score:
        assert safe * 0.994 <= 100 * result.pd <= risky * 1.006  # three figures are printed


OWN = own_card()
own_records = st.fixed_dictionaries(
    {},
    optional={
        "salary": st.sampled_from((-1.0, 999999.0, 1000.5, 2500.0, 1234567.0, 1000.4999))
        | st.floats(-1e6, 1e7),
        "home": st.sampled_from(("own", "paid off", "rent", "with family", "3", "moon")),
        "opened": st.sampled_from((17000.0, 18000.25, 16999.999)) | st.floats(0, 30000),
        "phone": st.sampled_from((0.0, 1.0)),
        "late": st.sampled_from((0.1, 12.5)) | st.floats(0, 100),
        "term_months": st.floats(0, 120) | st.sampled_from((12.01, 24.01)),
    },
)


@settings(max_examples=300)
@given(records, packs)
def test_the_starter_on_paper_gives_the_score_of_the_model(
    record: dict[str, Value], pack: engine.Pack
) -> None:
    _agrees(Sheet(paper.render(MODEL, pack=pack)), MODEL, record, pack)


@settings(max_examples=300)
@given(own_records)
def test_a_lenders_own_scorecard_adds_up_too(record: dict[str, Value]) -> None:
    _agrees(Sheet(paper.render(OWN)), OWN, record)


def test_a_scorecard_fitted_to_a_real_book_adds_up() -> None:
    from engine import table  # noqa: PLC0415 - only this test needs it
    from engine.fitting import scorecard  # noqa: PLC0415 - only this test needs it

    book = table.read(data() / "taiwan_default" / "UCI_Credit_Card.csv").take(slice(0, 6000))
    target = "default.payment.next.month"
    model = scorecard.fit(book.drop([target, "ID", "SEX"]), book[target].values > 0.5)  # type: ignore[union-attr]  # these columns are numbers
    sheet = Sheet(paper.render(model))
    names = [factor.name for factor in model.factors]
    for row in range(0, 6000, 20):
        _agrees(sheet, model, {name: float(book[name].values[row]) for name in names})  # type: ignore[union-attr]  # these columns are numbers


def test_the_table_of_scores_covers_the_scale_without_a_gap() -> None:
    rows = Sheet(paper.render(OWN)).scores
    assert (rows[0][1], rows[-1][0]) == (OWN.scale.high, OWN.scale.low)
    assert all(lower[1] == upper[0] - 1 for upper, lower in pairwise(rows))


def test_what_a_pack_forbids_is_not_on_its_paper() -> None:
    assert set(FACTORS) - set(Sheet(paper.render(MODEL, pack=US)).factors) == {
        "age",
        "education",
        "marital_status",
        "sex",
        "social_circle_defaults",
    }


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_every_bin_is_on_the_other_papers_too(form: paper.Format) -> None:
    text = paper.render(OWN, form)
    for _, made in paper.sheet(OWN).factors:
        for one in made:
            assert one.label in text
            assert f"{one.points:+d}" in text


def test_names_that_mean_harm_stay_names() -> None:
    page = paper.render(own_card(HOSTILE), "html")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;script" in paper.render(own_card(HOSTILE), "markdown")
    assert "\x07" not in paper.render(own_card(HOSTILE))


def test_what_cannot_be_added_up_is_refused() -> None:
    tree = made_models.model(made_models.single(made_models.chance(1)))
    with pytest.raises(ValueError, match="a tree cannot be added up by hand; accepted: a scorecard"):
        paper.render(tree)
    with pytest.raises(ValueError, match="'pdf' is no format; accepted: text, html, markdown"):
        paper.render(OWN, "pdf")  # type: ignore[arg-type]  # wrong on purpose

from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.judge.intervals import Bools, Floats, Places
from engine.monitor.fairness import Fairness, bands, cross, fairness, gate
from engine.monitor.gates import Justification, at_least, fits, sign

SEX = ("female", "male")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
REASON = "The model of last year was worse by every figure here."


def _loans(gap: float = 0.0, rows: int = 4000) -> tuple[Places, Floats, Bools]:
    """Men's PDs are raised by `gap` beyond the truth."""
    random = np.random.default_rng(1)
    places = random.integers(0, 2, rows)
    truth = random.beta(2, 8, rows)
    return places, np.clip(truth + gap * places, 0, 1), random.random(rows) < truth


def _report(gap: float = 0.0) -> Fairness:
    places, pd, bad = _loans(gap)
    return fairness("sex", places, SEX, pd, bad, cutoff=0.25)


def test_a_fair_model_passes() -> None:
    report = _report()
    assert report.against == ()
    assert [row.level for row in report.groups] == ["true", "true"]
    found = gate([report])
    assert found.open
    assert found.figure == report.least
    assert found.justification is None


def test_a_model_that_burdens_a_group_is_found_out() -> None:
    report = _report(0.15)
    women, men = report.groups
    assert report.favoured == "female"
    assert report.against == ("male",)
    assert (women.level, men.level) == ("true", "too harsh")
    assert men.air is not None
    assert men.air.high < 0.8
    assert men.air.value == pytest.approx(men.approval.value / women.approval.value)
    assert men.opportunity is not None
    assert men.opportunity.high < 0
    assert women.air is not None
    assert women.air.value == 1.0
    closed = gate([_report(), report])
    assert not closed.open
    assert "sex: male" in closed.why


@pytest.mark.parametrize(("approved", "holds"), [(40, True), (39, False)])
def test_four_fifths_exactly_is_enough(approved: int, holds: bool) -> None:
    places = np.repeat([0, 1], 50)
    pd = np.where(np.arange(100) < 50 + approved, 0.2, 0.3)
    report = fairness("sex", places, SEX, pd, None, cutoff=0.2)  # a PD at the cut-off is approved
    assert [row.four_fifths for row in report.groups] == [True, holds]
    assert gate([report]).open is holds


def test_opportunity_by_hand() -> None:
    places = np.repeat([0, 1], 40)
    pd = np.where(np.arange(80) % 4 < np.repeat([3, 2], 40), 0.1, 0.9)
    bad = np.arange(80) % 4 == 3
    found = fairness("sex", places, SEX, pd, bad, cutoff=0.5).groups[1]
    assert found.opportunity is not None
    assert found.opportunity.value == pytest.approx(2 / 3 - 1)
    assert found.air is not None
    assert found.air.value == pytest.approx(2 / 3)


@given(
    st.lists(st.tuples(st.integers(-1, 3), st.floats(0, 1), st.booleans()), min_size=1, max_size=300),
    st.floats(0, 1),
)
def test_ratios_of_judged_groups_lie_within_nought_and_one(
    rows: list[tuple[int, float, bool]], cutoff: float
) -> None:
    places, pd, bad = (np.array([row[at] for row in rows]) for at in range(3))
    report = fairness("place", places, ("a", "b", "c", "d"), pd, bad, cutoff=cutoff)
    assert report.missing + sum(row.rows for row in report.groups) == len(rows)
    for row in report.groups:
        assert row.judged == (row.rows >= 30)
        if not row.judged:
            assert row.four_fifths is None
            assert row.group != report.favoured
        elif row.air:
            assert 0 <= row.air.low <= row.air.value <= 1
            assert (row.air.value == 0) == (row.approved == 0)


def test_a_small_group_is_shown_but_not_judged() -> None:
    places, pd, bad = _loans()
    places[:29] = 2
    pd[places == 2] = 0.9
    report = fairness("sex", places, (*SEX, "other"), pd, bad, cutoff=0.25)
    other = report.groups[2]
    assert (other.rows, other.judged, other.approved, other.level) == (29, False, 0, "unknown")
    assert gate([report]).open


def test_nothing_measured_is_not_fair() -> None:
    for reports in ([], [fairness("sex", np.zeros(99, dtype=int), SEX, np.full(99, 0.1), None, cutoff=0.2)]):
        closed = gate(reports)
        assert not closed.open
        assert closed.figure is None
    places, pd, _ = _loans()
    refused = fairness("sex", places, SEX, pd, None, cutoff=-0.1)
    assert refused.favoured is None
    assert not gate([refused]).open


def test_without_outcomes_the_rest_is_still_measured() -> None:
    places, pd, _ = _loans(0.15)
    report = fairness("sex", places, SEX, pd, None, cutoff=0.25)
    assert report.against == ("male",)
    row = report.groups[1]
    assert (row.bads, row.bad_rate, row.auc, row.opportunity, row.level) == (
        None,
        None,
        None,
        None,
        "unknown",
    )


def test_only_a_justification_for_these_very_figures_opens_a_closed_gate() -> None:
    report = _report(0.15)
    signed = sign([report], text=REASON, by="A. Officer", at=NOON)
    opened = gate([report], signed)
    assert opened.open
    assert opened.justification == signed
    assert "below four fifths" in opened.why
    other = gate([_report(0.2)], signed)
    assert not other.open
    assert other.justification is None
    assert "other figures" in other.why
    for changed in ({"text": REASON + " Truly so."}, {"signed_by": "B."}, {"signed_at": NOON.replace(day=5)}):
        forged = msgspec.structs.replace(signed, **changed)
        assert not gate([report], forged).open


def test_a_justification_survives_the_file_it_is_stored_in() -> None:
    report = _report(0.15)
    signed = sign([report], text=REASON, by="A. Officer", at=NOON)
    stored = msgspec.json.decode(msgspec.json.encode(signed), type=Justification)
    back = msgspec.json.decode(msgspec.json.encode(report), type=Fairness)
    assert fits(stored, [back])


@pytest.mark.parametrize(
    ("text", "by", "at"),
    [("it is fine", "A.", NOON), (REASON, "  ", NOON), (REASON, "A.", NOON.replace(tzinfo=None))],
)
def test_a_signature_needs_a_reason_a_name_and_a_time(text: str, by: str, at: datetime) -> None:
    with pytest.raises(ValueError, match=r"why|name|zone"):
        sign([_report()], text=text, by=by, at=at)


@pytest.mark.parametrize(
    ("figure", "opens"), [(0.9, True), (0.8, True), (0.79, False), (None, False), (np.nan, False)]
)
def test_a_bound_is_reached_or_the_gate_is_closed(figure: float | None, opens: bool) -> None:
    assert at_least("fidelity", figure, 0.8).open is opens


def test_ages_fall_into_stated_bands() -> None:
    places, labels = bands(np.array([18, 24.9, 25, 61, np.nan, 80]), (25, 40, 62))
    assert labels == ("below 25", "25 to below 40", "40 to below 62", "62 up")
    assert places.tolist() == [0, 0, 1, 2, -1, 3]
    with pytest.raises(ValueError, match="rise"):
        bands(np.array([18.0]), (40, 25))


def test_two_attributes_at_once() -> None:
    places, labels = cross(np.array([0, 1, -1, 1]), SEX, np.array([1, 0, 1, -1]), ("young", "old"))
    assert labels == ("female, young", "female, old", "male, young", "male, old")
    assert places.tolist() == [1, 2, -1, -1]


def test_columns_that_do_not_fit_are_refused() -> None:
    for places in ([0, 1], [2]):
        with pytest.raises(ValueError, match="groups for 1 loans"):
            fairness("sex", np.array(places), SEX, np.array([0.1]), None, cutoff=0.1)

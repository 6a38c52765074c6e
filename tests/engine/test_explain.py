from hypothesis import given

from engine import FACTORS, Pack, Record
from engine.explain import bin_codes
from tests.engine.borrowers import CN, MODEL, packs, records


@given(records, packs)
def test_reasons_are_the_worst_points_and_strengths_the_best(record: Record, pack: Pack) -> None:
    result = MODEL.score(record, pack)
    points = sorted(item.points for item in result.points)
    assert [reason.points for reason in result.reasons] == [p for p in points[:4] if p < 0]
    assert [reason.points for reason in result.strengths] == [p for p in points[::-1][:4] if p > 0]


@given(records, packs)
def test_a_reason_carries_the_persons_own_value_and_a_known_code(record: Record, pack: Pack) -> None:
    result = MODEL.score(record, pack)
    for reason in (*result.reasons, *result.strengths):
        assert record[reason.factor] == reason.value
        assert reason.code in MODEL.reason_codes
        assert reason.code.split(".")[0] == reason.factor


def test_a_factor_with_two_bad_ends_says_which_it_was() -> None:
    def code(accounts: float) -> str:
        return MODEL.score({"open_accounts": accounts}, CN).reasons[0].code

    assert (code(0.0), code(20.0)) == ("open_accounts.low", "open_accounts.high")


def test_every_factor_has_codes_that_fit_its_direction() -> None:
    sides = {"up": "high", "down": "low"}
    for name, factor in FACTORS.items():
        mine = {code.split(".")[1] for code in MODEL.reason_codes if code.startswith(f"{name}.")}
        assert "good" in mine
        if factor.direction in sides:
            assert mine <= {"good", sides[factor.direction]}
        if factor.kind == "class":
            assert mine == {"good", "class"}


def test_a_bin_of_no_points_has_no_code() -> None:
    assert bin_codes("f", (5, 0, -5), ordered=True) == ("f.good", "", "f.high")

import tomllib
from typing import Any

import pytest

from bot.settings import ROOT
from engine.watch import Rules, RulesError, read_rules, with_overrides
from engine.watch.rules import COMMON, told

SHIPPED = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))["watch"]
RAW: dict[str, Any] = {key: SHIPPED[key] for key in ("rules", *COMMON)}
LATE = {
    "name": "late",
    "kind": "late",
    "severity": "low",
    "cooldown_days": 30,
    "times": 1,
    "within_days": 365,
    "days": 5,
}


def read(*tables: dict[str, Any], **numbers: Any) -> Rules:
    return read_rules({**RAW, "rules": list(tables), **numbers})


def refusal(raw: Any) -> str:
    with pytest.raises(RulesError) as caught:
        read_rules(raw)
    return str(caught.value)


def test_the_rules_that_ship_tell_a_repeated_delay_from_a_first_one() -> None:
    rules = {rule.name: rule for rule in read_rules(RAW).rules}
    assert {rule.kind for rule in rules.values()} == {
        "points",
        "band",
        "late",
        "over_limit",
        "public_record",
        "income_fall",
        "pd",
        "default",
    }
    assert rules["late_first"].severity < rules["late_repeated"].severity


def test_a_rule_is_told_as_it_was_read() -> None:
    rules = read_rules(RAW)
    assert read_rules({**RAW, "rules": [told(rule) for rule in rules.rules]}) == rules


@pytest.mark.parametrize(
    ("changes", "place", "accepted"),
    [
        ({"times": 0}, "watch.rules[0].times", "a whole number from 1 to 99, such as 2"),
        ({"times": 1.5}, "watch.rules[0].times", "a whole number"),
        ({"times": True}, "watch.rules[0].times", "a whole number"),
        ({"times": None}, "watch.rules[0].times", "a whole number"),
        ({"severity": "worst"}, "watch.rules[0].severity", "low, medium, high"),
        ({"severity": ["low"]}, "watch.rules[0].severity", "low, medium, high"),
        ({"kind": "lateness"}, "watch.rules[0].kind", "points, band, late"),
        ({"name": "two words"}, "watch.rules[0].name", "letters, digits and _"),
        ({"name": 7}, "watch.rules[0].name", "letters, digits and _"),
        ({"cooldown_days": -1}, "watch.rules[0].cooldown_days", "from 0 to 366"),
        ({"tims": 2}, "watch.rules[0].tims", 'did you mean "times"?'),
        ({"points": 40}, "watch.rules[0].points", "there is no such key"),
    ],
)
def test_a_mistake_is_named_with_its_place(changes: dict[str, Any], place: str, accepted: str) -> None:
    said = refusal({**RAW, "rules": [{**LATE, **changes}]})
    assert said.startswith(place)
    assert accepted in said


def test_mistakes_outside_of_a_rule_are_named_too() -> None:
    assert "watch.escalate_minutes" in refusal({**RAW, "escalate_minutes": 0})
    assert 'did you mean "recent_days"?' in refusal({**RAW, "recent_dayz": 1})
    assert refusal({**RAW, "rules": "all"}).startswith("watch.rules: ")
    assert refusal({**RAW, "rules": [1]}).startswith("watch.rules[0]: ")
    twice = refusal({**RAW, "rules": [LATE, {**LATE, "times": 2}]})
    assert twice == (
        'watch.rules[1].name: "late" is the name of watch.rules[0] too; '
        'accepted: each name once, such as "late_2"'
    )
    fall = {"name": "f", "kind": "income_fall", "severity": "low", "cooldown_days": 0, "percent": 0}
    assert "watch.rules[0].percent: 0 is no fall" in refusal({**RAW, "rules": [fall]})


def test_a_lender_changes_a_rule_by_its_name_or_switches_it_off() -> None:
    rules = read(LATE, {**LATE, "name": "again", "times": 2})
    mine = with_overrides(
        rules,
        {"escalate_minutes": 15, "rules": {"late": {"off": True}, "again": {"severity": "high", "days": 9}}},
    )
    (rule,) = mine.rules
    assert (rule.name, rule.severity, rule.days, rule.times) == ("again", 3, 9, 2)
    assert (mine.escalate_minutes, mine.recent_days) == (15, rules.recent_days)
    assert with_overrides(rules, {}) == rules
    assert with_overrides(rules, {"rules": {"late": {"off": False}}}) == rules


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            {"rules": {"laet": {}}},
            'overrides.rules.laet: there is no such key; accepted: late; did you mean "late"?',
        ),
        ({"rules": {"late": {"kind": "band"}}}, "overrides.rules.late.kind: there is no such key"),
        ({"rules": {"late": {"days": "5"}}}, "overrides.rules.late.days: accepted is a whole number"),
        ({"rules": {"late": {"off": 1}}}, "overrides.rules.late.off: accepted are true and false"),
        ({"rules": {"late": {"off": True, "days": -1}}}, "overrides.rules.late.days"),
        ({"rules": {"late": 3}}, "overrides.rules.late: accepted is a table"),
        ({"rules": []}, "overrides.rules: accepted are tables"),
        ({"improve_points": 0}, "overrides.improve_points: accepted is a whole number from 1 to 550"),
        ({"x": 0}, "overrides.x: there is no such key"),
    ],
)
def test_a_mistake_of_a_lender_is_named_with_its_place(overrides: dict[str, Any], said: str) -> None:
    with pytest.raises(RulesError) as caught:
        with_overrides(read(LATE), overrides)
    assert said in str(caught.value)

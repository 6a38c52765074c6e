"""When to warn: rules that are data, checked when they are read, so that a mistake is told with its place.

In a file a rule is a table with a name, a kind and the numbers of its kind; a lender changes them by name.
"""

import difflib
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

import msgspec

RuleKind = Literal["points", "band", "late", "over_limit", "public_record", "income_fall", "pd", "default"]
KINDS: tuple[RuleKind, ...] = get_args(RuleKind)
SEVERITIES: Final = ("low", "medium", "high")
"""1, 2 and 3 in words."""

_LONGEST_NAME = 40


class RulesError(ValueError):
    """Rules that were refused; the message names the place, what is accepted there, and an example."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule; of the numbers, those of its kind decide, and the others are 0.

    points: the score fell by `points` since the last alert. band: by `bands` bands. late: an instalment is at least
    `days` days late, and it is the `times`-th within `within_days`. over_limit: an account went over its limit by
    more than `percent` of it. public_record: a new one. income_fall: by `percent`. pd: the chance of default (0..1)
    rose to `pd`. default: told by a lender, or so many `days` past due (0: told only).
    """

    name: str
    kind: RuleKind
    severity: int
    cooldown_days: int
    points: int = 0
    bands: int = 0
    times: int = 0
    within_days: int = 0
    days: int = 0
    percent: float = 0.0
    pd: float = 0.0


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """All rules that are on, and what holds for every one of them.

    An alert that nobody acknowledges for `escalate_minutes` goes to the next in line. `improve_points` up are worth
    telling of. What happened more than `recent_days` ago changes the score but is no news.
    """

    rules: tuple[Rule, ...]
    escalate_minutes: int
    improve_points: int
    recent_days: int


# field -> least, most, example; a whole number unless the example is none
_NUMBERS: dict[str, tuple[float, float, float]] = {
    "cooldown_days": (0, 366, 30),
    "points": (1, 550, 40),
    "bands": (1, 4, 1),
    "times": (1, 99, 2),
    "within_days": (1, 731, 365),
    "days": (0, 3650, 5),
    "percent": (0, 100, 20.0),
    "pd": (0.001, 1, 0.2),
    "escalate_minutes": (1, 10_080, 120),
    "improve_points": (1, 550, 30),
    "recent_days": (1, 366, 60),
}
_NEEDS: dict[RuleKind, tuple[str, ...]] = {
    "points": ("points",),
    "band": ("bands",),
    "late": ("times", "within_days", "days"),
    "over_limit": ("percent",),
    "public_record": (),
    "income_fall": ("percent",),
    "pd": ("pd",),
    "default": ("days",),
}
COMMON: Final = ("escalate_minutes", "improve_points", "recent_days")
"""The numbers that hold for all rules."""


def read_rules(raw: Mapping[str, Any]) -> Rules:
    """Read rules as they stand in a file: `rules`, a list of tables, and the numbers that hold for all.

    Raises RulesError.
    """
    _known(raw, ("rules", *COMMON), "watch")
    tables = raw.get("rules")
    if not isinstance(tables, list | tuple):
        raise RulesError("watch.rules: accepted is a list of tables, each beginning with [[watch.rules]]")
    numbers = {name: _number(raw, name, "watch") for name in COMMON}
    rules = [_rule(table, f"watch.rules[{at}]") for at, table in enumerate(tables)]
    names = [rule.name for rule in rules]
    for at, name in enumerate(names):
        if name in names[:at]:
            first = names.index(name)
            raise RulesError(
                f'watch.rules[{at}].name: "{name}" is the name of watch.rules[{first}] too; '
                f'accepted: each name once, such as "{name}_2"'
            )
    return _made(rules, numbers)


def with_overrides(rules: Rules, overrides: Mapping[str, Any]) -> Rules:
    """Give the rules as a lender has changed them.

    `overrides` may have the numbers that hold for all, and `rules`: by the name of a rule, a table of what is
    different, or `off = true`. Raises RulesError.
    """
    _known(overrides, ("rules", *COMMON), "overrides")
    tables = overrides.get("rules", {})
    if not isinstance(tables, Mapping):
        raise RulesError(
            'overrides.rules: accepted are tables by the names of rules, such as {"late": {"days": 5}}'
        )
    names = tuple(rule.name for rule in rules.rules)
    _known(tables, names, "overrides.rules")
    changed = [_changed(rule, tables.get(rule.name, {})) for rule in rules.rules]
    numbers = {
        name: _number(overrides, name, "overrides") if name in overrides else getattr(rules, name)
        for name in COMMON
    }
    return _made([rule for rule in changed if rule is not None], numbers)


def fields(kind: RuleKind) -> tuple[str, ...]:
    """Name the numbers that can be changed of a rule of a kind."""
    return ("cooldown_days", *_NEEDS[kind])


def bounds(field: str) -> tuple[float, float, float]:
    """Give the least and the most that a number may be, and an example; a whole number unless the example is none."""
    return _NUMBERS[field]


def told(rule: Rule) -> dict[str, Any]:
    """Give a rule as it stands in a file."""
    numbers = {name: getattr(rule, name) for name in fields(rule.kind)}
    return {"name": rule.name, "kind": rule.kind, "severity": SEVERITIES[rule.severity - 1], **numbers}


def _made(rules: list[Rule], numbers: Mapping[str, float]) -> Rules:
    return Rules(rules=tuple(rules), **{name: int(number) for name, number in numbers.items()})


def _changed(rule: Rule, table: Any) -> Rule | None:
    place = f"overrides.rules.{rule.name}"
    if not isinstance(table, Mapping):
        raise RulesError(f'{place}: accepted is a table, such as {{"severity": "high"}}')
    different = dict(table)
    off = different.pop("off", False)
    if not isinstance(off, bool):
        raise RulesError(f"{place}.off: accepted are true and false, such as true")
    _known(different, ("severity", "cooldown_days", *_NEEDS[rule.kind]), place, also=("off",))
    changed = _rule({**told(rule), **different}, place)
    return None if off else changed


def _rule(table: Any, place: str) -> Rule:
    if not isinstance(table, Mapping):
        raise RulesError(
            f"{place}: accepted is a table with name, kind, severity and the numbers of its kind"
        )
    name = table.get("name")
    if (
        not isinstance(name, str)
        or not name.isidentifier()
        or len(name) > _LONGEST_NAME
        or not name.isascii()
    ):
        raise RulesError(
            f"{place}.name: accepted are up to {_LONGEST_NAME} letters, digits and _, such as score_fall"
        )
    kind = _choice(table, "kind", KINDS, place)
    severity = _choice(table, "severity", SEVERITIES, place)
    needs = ("cooldown_days", *_NEEDS[kind])
    _known(table, ("name", "kind", "severity", *needs), place)
    numbers: dict[str, Any] = {field: _number(table, field, place) for field in needs}
    if kind == "income_fall" and numbers["percent"] == 0:
        raise RulesError(f"{place}.percent: 0 is no fall; accepted is a number above 0 to 100, such as 20")
    return Rule(name=name, kind=kind, severity=SEVERITIES.index(severity) + 1, **numbers)


def _choice(table: Mapping[str, Any], field: str, accepted: tuple[Any, ...], place: str) -> Any:
    found = table.get(field)
    if found not in accepted:
        raise RulesError(f"{place}.{field}: accepted are {', '.join(accepted)}; such as {accepted[0]}")
    return found


def _number(table: Mapping[str, Any], field: str, place: str) -> float:
    low, high, example = _NUMBERS[field]
    whole = isinstance(example, int)
    found = table.get(field)
    right = isinstance(found, int) or (isinstance(found, float) and not whole)
    if not right or isinstance(found, bool) or found is None or not low <= found <= high:
        what = "a whole number" if whole else "a number"
        raise RulesError(f"{place}.{field}: accepted is {what} from {low} to {high}, such as {example}")
    return found if whole else float(found)


def _known(
    table: Mapping[str, Any], accepted: tuple[str, ...], place: str, *, also: tuple[str, ...] = ()
) -> None:
    for key in table:
        if key not in accepted:
            close = difflib.get_close_matches(str(key), [*accepted, *also], n=1)
            meant = f'; did you mean "{close[0]}"?' if close else ""
            raise RulesError(
                f"{place}.{key}: there is no such key; accepted: {', '.join((*accepted, *also))}{meant}"
            )

"""Warning rules in words, each with what it says now and a button to change it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogs.reply import Button, Inline, Reply, Say
from bot.dialogs.ruling import COMMON
from bot.i18n import Joined, Percent, Span, T, Value, t
from bot.views.cases import MARKS
from bot.views.menus import action
from engine.watch import Rule, Rules


@dataclass(frozen=True, slots=True)
class Ruled:
    """A rule as a lender has it: whether it is on, and whether the lender has changed it."""

    rule: Rule
    on: bool
    changed: bool


def listed(lender_id: int, name: str, lines: Sequence[Ruled], rules: Rules) -> Reply:
    """Tell all rules of a lender."""
    text = t(
        "rules.list",
        lender=name,
        lines=Joined(tuple(_line(number, one) for number, one in enumerate(lines, 1)), "\n"),
        minutes=Span(rules.escalate_minutes, "minute"),
        points=rules.improve_points,
        days=Span(rules.recent_days, "day"),
    )
    names = [(t("rules.button", number=at), one.rule.name) for at, one in enumerate(lines, 1)]
    buttons = [Button(label, action("rules", f"{lender_id}.{rule}")) for label, rule in names]
    rows = [tuple(buttons[at : at + 5]) for at in range(0, len(buttons), 5)]
    rows.append((Button(t("rules.button.common"), action("rules", f"{lender_id}.{COMMON}")),))
    return Say(text, Inline(tuple(rows)))


def in_words(rule: Rule) -> T:
    """Say when a rule is met."""
    values: dict[str, Value] = {
        "points": rule.points,
        "bands": rule.bands,
        "times": rule.times,
        "within": Span(rule.within_days, "day"),
        "days": Span(rule.days, "day"),
        "percent": Percent(rule.percent / 100),
        "pd": Percent(rule.pd, 1),
    }
    kind = "default.told" if rule.kind == "default" and not rule.days else rule.kind
    return T(f"rules.kind.{kind}", values)


def _line(number: int, one: Ruled) -> T:
    return t(
        "rules.line" if one.on else "rules.line.off",
        number=number,
        mark=MARKS[one.rule.severity],
        what=in_words(one.rule),
        quiet=Span(one.rule.cooldown_days, "day"),
        changed=t("rules.yours") if one.changed else "",
    )

"""A lender's ledger as a message: what its alerts were worth, and which rules only make noise."""

from bot.dialogs.reply import Reply, Say
from bot.i18n import Joined, Percent, Span, T, Value, t
from bot.views.menus import buttons
from engine.watch.ledger import Ledger, Line


def shown(lender: str, ledger: Ledger) -> Reply:
    """Show all rules together and one by one, the noisy ones named, and the threshold that would be better."""
    if not ledger.together.alerts:
        return Say(t("ledger.nothing", lender=lender))
    noisy = [one.rule for one in ledger.rules if one.noisy]
    advice: list[Value] = [t("ledger.noisy", rules=", ".join(noisy))] if noisy else []
    if ledger.points is not None:
        advice.append(t("ledger.points", points=ledger.points))
    text = t(
        "ledger.text",
        lender=lender,
        together=_line(ledger.together, t("ledger.together")),
        lines=Joined(tuple(_line(one, one.rule) for one in ledger.rules)),
        advice=Joined(tuple(advice)) if advice else t("ledger.no_advice"),
    )
    return Say(text, buttons("rules", "cases"))


def _line(one: Line, name: Value) -> T:
    figures = one.figures
    return t(
        "ledger.line",
        name=name,
        alerts=one.alerts,
        undecided=one.undecided,
        right=_share(figures.precision.value, figures.precision.of),
        lead=Span(figures.lead, "day") if figures.lead is not None else "–",
        missed=one.missed,
        bad=figures.bad,
        false=round(figures.false.value, 1),
        contact=Span(round(one.contact_hours), "hour") if one.contact_hours is not None else "–",
        cured=_share(one.cured.value, one.cured.of),
    )


def _share(value: float, of: int) -> Value:
    return Percent(value) if of else "–"

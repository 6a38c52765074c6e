"""What was read out of a file, shown back; what is wrong with one; the files and sources on record."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from bot.dialogs.show import shown
from bot.i18n import Joined, Money, Percent, Span, T, Value, t
from engine import QUESTIONS, Pack
from engine.statements import Fault, Found

MIX_SHOWN = 4


def refused(fault: Fault) -> T:
    """Say what is wrong with a file, where, what is accepted, and an example; and that nothing of it was taken."""
    return t("file.refused", what=wrong(fault))


def wrong(fault: Fault) -> T:
    """Say what is wrong, and where, as far as it is in one place."""
    what = t(
        f"file.wrong.{fault.key}", found=fault.found or "–", example=fault.example or "–", most=fault.most
    )
    place: T | None = None
    if fault.line and fault.column:
        place = t("file.at.cell", line=fault.line, column=fault.column)
    elif fault.line:
        place = t("file.at.line", line=fault.line)
    elif fault.column:
        place = t("file.at.column", column=fault.column)
    return what if place is None else t("file.at", place=place, what=what)


def summary(found: Found, pack: Pack, *, left_out: bool) -> T:
    """Show what was read: what it is, its window, every figure. `left_out`: spending was not taken, nobody agreed."""
    lines = [t("file.line", line=line) for line in _figures(found, pack)]
    notes: list[Value] = [t(f"file.flag.{flag}") for flag in found.flags if flag != "over_limit"]
    if left_out:
        notes.append(t("file.left_out"))
    parts: list[Value] = [
        t(
            "file.read",
            layout=t(f"file.layout.{found.layout}"),
            n=found.rows,
            first=found.first,
            last=found.last,
        )
    ]
    if lines:
        parts.append(Joined(tuple(lines)))
    parts += notes
    parts.append(t("file.sure"))
    return t("file.text", parts=Joined(tuple(parts), "\n\n"))


def _figures(found: Found, pack: Pack) -> list[T]:
    match found.kind:
        case "report":
            return _report(found, pack)
        case "tax":
            return [_tax(found, pack)]
    lines = []
    answers, figures = found.answers, found.figures
    if "monthly_income" in answers:
        lines.append(
            t(
                "file.income",
                sum=_money(answers["monthly_income"], pack),
                least=_money(figures["income_least"], pack),
                most=_money(figures["income_most"], pack),
                n=int(figures["income_months"]),
                span=int(figures.get("income_span", found.months)),
            )
        )
    if "purchases_monthly" in figures:
        lines.append(
            t("file.purchases", sum=_money(figures["purchases_monthly"], pack), n=int(figures["orders"]))
        )
    if "monthly_spending" in answers:
        lines.append(t("file.spending", sum=_money(answers["monthly_spending"], pack)))
    if (share := burden(answers)) is not None:
        lines.append(t("file.burden", share=Percent(share)))
    if "spending_regularity" in answers:
        evenness = t(f"choice.spending_regularity.{answers['spending_regularity']}")
        lines.append(
            t("file.evenness", evenness=evenness, share=Percent(Decimal(figures["spending_variation"])))
        )
    if "essential_share" in figures:
        lines.append(t("file.essential", share=Percent(Decimal(figures["essential_share"]))))
    if found.mix:
        lines.append(t("file.mix", parts=Joined(tuple(_mix(found)), " · ")))
    if "monthly_repayments" in answers:
        lines.append(t("file.repayments", sum=_money(answers["monthly_repayments"], pack)))
    if "over_limit_days" in figures:
        lines.append(
            t(
                "file.over",
                n=int(figures["over_limit_count"]),
                span=Span(int(figures["over_limit_days"]), "day"),
            )
        )
    return lines


def burden(answers: Mapping[str, object]) -> Decimal | None:
    """Give what share of the income is spent; None where either is not known."""
    income, spending = answers.get("monthly_income"), answers.get("monthly_spending")
    if income is None or spending is None or not Decimal(str(income)):
        return None
    return Decimal(str(spending)) / Decimal(str(income))


def _mix(found: Found) -> list[T]:
    ranked = [(name, share) for name, share in found.mix.items() if share][:MIX_SHOWN]
    return [t("file.mix_part", name=t(f"file.group.{name}"), share=Percent(share)) for name, share in ranked]


def _report(found: Found, pack: Pack) -> list[T]:
    figures = found.figures
    lines = [
        t("file.report.accounts", n=int(figures["tradelines"]), open=int(figures["open"])),
        t("file.report.owed", sum=_money(figures["owed"], pack)),
    ]
    if figures["lates"]:
        lines.append(
            t("file.report.late", n=int(figures["lates"]), span=Span(int(figures["worst_days"]), "day"))
        )
    else:
        lines.append(t("file.report.never_late"))
    lines.append(t("file.report.enquiries", n=int(figures["enquiries"])))
    lines.append(t("file.report.records", n=int(figures["public_records"])))
    return lines


def _tax(found: Found, pack: Pack) -> T:
    return t(
        "file.tax",
        year=str(found.figures["tax_year"]),
        sum=_money(found.figures["tax_income"], pack),
        monthly=_money(found.figures["tax_monthly"], pack),
    )


def taken(found: Found, names: Collection[str], pack: Pack) -> T:
    """Say what counts from now on."""
    lines = tuple(
        t(
            "query.line",
            name=t(f"short.{name}"),
            value=shown(QUESTIONS[name], _kept(found.answers[name]), pack),
        )
        for name in names
        if name in found.answers and name in QUESTIONS
    )
    return t("file.taken", lines=Joined(lines)) if lines else t("file.taken_apart")


def sources(rows: Sequence[tuple[str, T, T, bool, bool]]) -> T:
    """List every value with its source: name, value, source, whether it is verified, whether it is the one used."""
    lines = [
        t(
            "sources.used" if used else "sources.line",
            name=t(f"short.{name}"),
            value=value,
            source=source,
            mark=t("sources.verified" if verified else "sources.told"),
        )
        for name, value, source, verified, used in rows
    ]
    return t("sources.text", lines=Joined(tuple(lines)))


def _kept(value: object) -> str | int:
    return value if isinstance(value, int) else str(value)


def _money(value: object, pack: Pack) -> Money:
    return Money(Decimal(str(value)), pack.currency)

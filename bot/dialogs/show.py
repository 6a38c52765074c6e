"""How an answer is shown back: in its unit, in the person's own format."""

from decimal import Decimal

from bot.dialogs.step import Answer
from bot.i18n import Money, Percent, Span, Value, t
from engine import Pack, Question


def shown(question: Question, answer: Answer, pack: Pack) -> Value:
    """Give the typed value to be formatted; a skipped answer says so."""
    if answer is None:
        return t("dialog.skipped")
    match question.kind:
        case "money":
            return Money(Decimal(str(answer)), pack.currency)
        case "percent":
            return Percent(Decimal(str(answer)) / 100, digits=1)  # lenders' balances come to tenths
        case "months":
            return span(int(str(answer)))
        case "class":
            return t(f"choice.{question.name}.{answer}")
        case _:
            return int(str(answer))


def span(months: int) -> Value:
    """Show months as years once they are whole years, and as both where they are not."""
    years, rest = divmod(months, 12)
    if months < 24:
        return Span(months)
    return Span(years, "year") if not rest else t("span.both", years=Span(years, "year"), months=Span(rest))

"""What is answered to a suspicious message: the verdict, the words that gave it away, and what to do now."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogs.reply import Button, Inline, Say
from bot.i18n import Joined, Listed, T, Value, t
from bot.quoting import quoted
from bot.views.menus import action

NO_SIGN = "no_sign"
ANOTHER = "new"
LONGEST = 120
"""Letters of one quotation."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of a message: `kind` and `also` are types, `cues` its own words, `secret`: one stood in it.

    `known` says that support has confirmed it; `channels` are where fraud is reported in the person's country.
    `offer`: they were never asked whether to be warned of new frauds.
    """

    verdict: str
    kind: str
    also: Sequence[str]
    cues: Sequence[str]
    channels: Listed | None
    known: bool = False
    secret: bool = False
    offer: bool = False


def answer(shown: Shown, to: int) -> Say:
    """Answer a message, as a reply to it: the buttons beneath bring it back, where it may be kept."""
    channels = shown.channels or "–"
    if shown.verdict == NO_SIGN:
        text = t("scam.answer.no_sign", channels=channels)
    else:
        text = T(
            f"scam.answer.{shown.verdict}",
            {
                "type": type_of(shown.kind),
                "cues": _cues(shown),
                "real": t(f"scam.real.{shown.kind}"),
                "do": t(f"scam.do.{shown.kind}"),
                "channels": channels,
            },
        )
    return Say(text, _buttons(shown), reply_to=to)


def type_of(kind: str) -> T:
    """Name a type of scam; "" is none."""
    return t(f"scam.type.{kind}") if kind else t("reports.no_type")


def _cues(shown: Shown) -> Joined:
    lines: list[Value] = [t("scam.known")] if shown.known else []
    lines += [t("scam.cue", words=quoted(one[:LONGEST], secret=shown.secret)) for one in shown.cues]
    if not lines:
        lines.append(t("scam.no_cues"))
    if shown.also:
        lines.append(t("scam.also", types=Listed(tuple(type_of(one) for one in shown.also))))
    return Joined(tuple(lines))


def _buttons(shown: Shown) -> Inline:
    another = Button(t("button.scam_again"), action("scam", ANOTHER))
    rows: list[tuple[Button, ...]] = [(another, Button(t("button.ask"), action("ask", "scam")))]
    if not shown.secret:  # what held a code is gone, and is not to be kept anywhere
        rows.insert(0, (Button(t("button.scam_report"), action("report"), "primary"),))
    if shown.kind:
        rows.append((Button(t("button.scam_paid"), action("topic", "paid_scammer")),))
    if shown.offer:
        rows.append((Button(t("warnings.turn.bulletin.on"), action("warnings", "bulletin.on")),))
    return Inline(tuple(rows))

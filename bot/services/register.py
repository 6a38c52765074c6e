"""The register of lenders: who a lender is, by which ways it writes, and what its borrowers think of it.

A name that is nearly one of the register is told apart from one that is: it is how impostors call themselves.
"""

import difflib
import unicodedata

from bot.dialogs.reply import Button, Inline, Say
from bot.i18n import Joined, T, Value, t
from bot.services.authority import Denied
from bot.services.context import Answering
from bot.views.menus import action, buttons
from storage import lenders, loans, ratings, staff
from storage.lenders import Lender
from storage.ratings import MOST

ENOUGH = 5
"""Ratings from which on their average is shown: fewer would show what one of them said."""
NEAREST = 3
LIKE = 0.6
LONGEST = 120
"""Letters of a name that are looked at: no lender is called longer."""


async def ask(a: Answering) -> None:
    """Show those who work for a lender what the register tells of it; tell others how to ask."""
    shown = 0
    for lender_id in {grant.lender_id for grant in await staff.grants(a.read, a.person) if grant.lender_id}:
        lender = await lenders.find(a.read, lender_id)
        if lender is not None and lender.open:
            shown += 1
            await _show(a, lender)
    if not shown:
        a.say(Say(t("lender.usage")))


async def look(a: Answering, argument: str) -> None:
    """Tell of a lender by its name, or by its number from a button."""
    number = argument.removeprefix("#")
    if argument.startswith("#") and number.isascii() and number.isdigit():
        lender = await lenders.find(a.read, int(number[:18]))
        if lender is None or not lender.open:
            raise Denied("lender", known=True)
        await _show(a, lender)
        return
    found = await _named(a, argument)
    if found is not None:
        await _show(a, found)
        return
    near = await _near(a, argument)
    where = t(f"lender.lookup.{a.person.country or 'other'}")
    rows = tuple((Button(t("lender.open", lender=one.name), action("lender", f"#{one.id}")),) for one in near)
    a.say(
        Say(
            t("lender.near" if near else "lender.unknown", where=where),
            Inline(rows) if rows else buttons("scam"),
        )
    )


async def ask_rating(a: Answering) -> None:
    """Offer the lenders somebody may rate."""
    rows = [_offer(one) for one in await _borrowed_from(a)]
    a.say(Say(t("stars.which"), Inline(tuple(rows))) if rows else Say(t("stars.nobody")))


async def rate(a: Answering, argument: str) -> None:
    """Ask for stars for a lender by its name, or store those of a button: `NUMBER.STARS`.

    Raises Denied for stars from somebody who has no loan there on record.
    """
    number, _, stars = argument.partition(".")
    if number.isascii() and number.isdigit() and (not stars or stars in _STARS):
        mine = {str(one.id): one for one in await _borrowed_from(a)}
        if number not in mine:
            raise Denied("stars", known=True)
        if not stars:
            _ask_stars(a, mine[number])
            return
        a.write(ratings.put, a.person, mine[number].id, int(stars), a.now)
        a.say(Say(t("stars.thanks", n=int(stars), lender=mine[number].name, least=ENOUGH)))
        return
    found = await _named(a, argument)
    if found is None or found.id not in {one.id for one in await _borrowed_from(a)}:
        a.say(Say(t("stars.not_yours")))
        return
    _ask_stars(a, found)


_STARS = tuple(str(one) for one in range(1, MOST + 1))


def _ask_stars(a: Answering, lender: Lender) -> None:
    row = tuple(
        Button(t("stars.button", n=n), action("stars", f"{lender.id}.{n}")) for n in range(1, MOST + 1)
    )
    a.say(Say(t("stars.ask", lender=lender.name), Inline((row[:3], row[3:]))))


def _offer(lender: Lender) -> tuple[Button, ...]:
    return (Button(t("lender.open", lender=lender.name), action("stars", str(lender.id))),)


async def _borrowed_from(a: Answering) -> list[Lender]:
    """List the open lenders where somebody has or had a loan, without those they work for."""
    works = {grant.lender_id for grant in await staff.grants(a.read, a.person)}
    numbers = {one.lender_id for one in await loans.of_person(a.read, a.person)} - works
    found = [await lenders.find(a.read, number) for number in sorted(numbers)]
    return [one for one in found if one is not None and one.open]


async def _show(a: Answering, lender: Lender) -> None:
    lines: list[Value] = [t(f"lender.channel.{one.kind}", value=one.value) for one in lender.channels]
    rated = await ratings.of_lender(a.read, lender.id)
    card = t(
        "lender.card",
        lender=lender.name,
        country=t(f"country.{lender.country}"),
        since=lender.created_at.date(),
        licence=lender.licence or t("lender.no_licence"),
        complaints=lender.complaints or t("lender.no_complaints"),
        channels=Joined(tuple(lines)) if lines else t("lender.no_channels"),
        rating=_rating(rated),
    )
    mine = lender.id in {one.id for one in await _borrowed_from(a)}
    rate_it = Button(t("button.rate"), action("stars", str(lender.id)))
    a.say(Say(card, Inline(((rate_it,),)) if mine else None))


def _rating(found: ratings.Summary) -> T:
    if found.count < ENOUGH:
        return t("lender.few_ratings", least=ENOUGH)
    return t("lender.rating", n=found.count, stars=found.average, most=MOST)


async def _named(a: Answering, name: str) -> Lender | None:
    """Find a lender by its name in whatever letters, blanks and accents; one of the reader's own country first."""
    wanted = _folded(name)
    found = [one for one in await lenders.listed(a.read) if _folded(one.name) == wanted]
    return min(found, key=lambda one: one.country != a.person.country, default=None)


async def _near(a: Answering, name: str) -> list[Lender]:
    """Find the lenders whose names are nearly this one, or hold it."""
    wanted, every = _folded(name), await lenders.listed(a.read)
    likeness = {one.id: _likeness(wanted, _folded(one.name)) for one in every}
    near = sorted(every, key=lambda one: (-likeness[one.id], one.country != a.person.country, one.name))
    return [one for one in near if likeness[one.id] >= LIKE][:NEAREST]


def _likeness(wanted: str, name: str) -> float:
    if len(wanted) > 1 and wanted in name:
        return 1.0
    return difflib.SequenceMatcher(None, wanted, name, autojunk=False).ratio()


def _folded(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name[:LONGEST]).casefold()
    return "".join(c for c in apart if c.isalnum())[:LONGEST]

"""The parts of /faq's answers that are about whoever asks: their sources, their consents, why their score fell."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

from bot.dialogs.consent import VERSION
from bot.i18n import Joined, Listed, T, t
from bot.services import checks, consenting, disputing, moving
from bot.services.context import Answering
from bot.services.moving import Scored
from bot.views import cards, moved
from bot.views.checks import counter
from storage import consents, facts, lenders, scores, tickets, watches

REASONS = 3


async def _sources(a: Answering) -> T:
    held = await facts.every(a.read, a.person)
    alive = await consenting.live(a) if a.person.country else {}
    if not held:
        return t("faq.data.none")
    by_source = Counter(fact.source for fact in held)
    lines = tuple(t("faq.data.line", source=t(f"source.{s}"), count=n) for s, n in sorted(by_source.items()))
    purposes = Listed(tuple(t(f"purpose.{p}") for p in alive)) if alive else t("faq.data.no_purpose")
    return t("faq.data.own", lines=Joined(lines), purposes=purposes)


async def _consents(a: Answering) -> T | None:
    if not a.person.country:
        return None
    alive = [purpose for purpose in await consenting.live(a) if purpose not in consenting.BY_NAME]
    if not alive:
        return t("faq.own.no_consents")
    return t("faq.own.consents", purposes=Listed(tuple(t(f"purpose.{one}") for one in alive)))


async def _shares(a: Answering) -> T | None:
    if not a.person.registered:
        return None
    made = await consents.with_lenders(a.read, a.person)
    now = [number for number, one in made.items() if one.live(a.now, VERSION)]
    return await _of_lenders(a, now, "faq.own.shares", "faq.own.no_shares")


async def _watches(a: Answering) -> T | None:
    if not a.person.registered:
        return None
    alive = [one.lender_id for one in await watches.live(a.read, a.person)]
    return await _of_lenders(a, alive, "faq.own.watches", "faq.own.no_watches")


async def _of_lenders(a: Answering, numbers: list[int], some: str, none: str) -> T:
    found = [await lenders.find(a.read, number) for number in dict.fromkeys(numbers)]
    names = tuple(sorted(one.name for one in found if one is not None))
    return T(some, {"lenders": Listed(names)}) if names else T(none)


async def _disputes(a: Answering) -> T | None:
    return await disputing.opened(a)


async def _score(a: Answering) -> T:
    found = await _newest(a)
    if found is None:
        return t("faq.own.no_score")
    return t("faq.own.score", score=found.result.score, band=found.result.band, at=found.at.date())


async def _reasons(a: Answering) -> T | None:
    found = await _newest(a)
    if found is None:
        return t("faq.own.no_score")
    reasons = found.result.reasons[:REASONS]
    return t("faq.own.reasons", lines=cards.reasons(reasons)) if reasons else None


async def _fell(a: Answering) -> T:
    stored = await scores.recent(a.read, a.person, most=2)
    if len(stored) < 2:
        return t("faq.own.one_score" if stored else "faq.own.no_score")
    then, now = stored
    found = await moving.between(a.read, a.context, a.person, Scored.of(then), Scored.of(now))
    return moved.words(moving.point(then), moving.point(now), found)


async def _checks(a: Answering) -> T:
    return counter(await checks.tally(a))


async def _tickets(a: Answering) -> T | None:
    found = await tickets.open_of(a.read, a.person)
    return t("faq.own.ticket", number=found.id, at=found.promised_at) if found else None


async def _newest(a: Answering) -> Scored | None:
    stored = await scores.recent(a.read, a.person, most=1)
    return Scored.of(stored[0]) if stored else None


OWN: Mapping[str, Callable[[Answering], Awaitable[T | None]]] = {
    "sources": _sources,
    "consents": _consents,
    "shares": _shares,
    "watches": _watches,
    "disputes": _disputes,
    "score": _score,
    "reasons": _reasons,
    "fell": _fell,
    "checks": _checks,
    "tickets": _tickets,
}
"""The parts by their names in `faq.toml`; None where there is nothing to say."""

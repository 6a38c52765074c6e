"""Looking somebody up: a lender's officer sees a score that was shared with the lender, support a masked profile.

Every look is written down where the person can read it (`/access`). Somebody who is not there, lives elsewhere or has
not agreed is answered for in the very same words.
"""

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from bot.dialogs.consent import VERSION, YES
from bot.dialogs.loan import REFERENCE
from bot.dialogs.reply import Button, Inline, Letter, Say
from bot.i18n import Joined, Listed, Percent, T, Value, t
from bot.services import alerting, consenting
from bot.services.authority import Role, Whose, authorize
from bot.services.context import Answering
from bot.services.enrol import mask
from bot.views.alerts import cause
from bot.views.menus import action, buttons
from engine import Result
from storage import (
    accesses,
    alerts,
    audit,
    consents,
    counters,
    dialogs,
    disputes,
    lenders,
    loans,
    people,
    scores,
    shares,
    staff,
)
from storage.accesses import Access
from storage.consents import SHARE, Decision
from storage.lenders import Lender
from storage.people import HANDLE_LENGTH, HANDLE_LETTERS, Person
from storage.scores import Stored
from storage.shares import Share

REASONS = ("application", "review", "hardship")
"""Why an officer may look."""
SUPPORT_REASONS = ("question", "dispute", "security")
"""Why support may look."""

REQUESTS_A_DAY = 20
"""Consents one officer may ask for; a lender asks the same person once a day."""
DAY = dt.timedelta(days=1)

CAUSES = 3
"""Of what a lender was told, how much an officer sees again beside a score."""

_LOAN = re.compile(rf"({REFERENCE.pattern})(?: +([A-Za-z]+))?", re.ASCII)
_WORDS = re.compile(rf"([{HANDLE_LETTERS}]{{{HANDLE_LENGTH}}})(?:[. ]+([A-Z]+))?")


@dataclass(frozen=True, slots=True)
class _Subject:
    """Somebody an officer asked for; `consent` is the one under which `lender` may look, None where there is none."""

    person: Person
    lender: Lender
    consent: Decision | None


async def look(a: Answering, argument: str) -> None:
    """Show an officer a score that was shared with the lender, and tell the person."""
    asked = _read(argument, REASONS) or await _by_loan(a, argument)
    if asked is None:
        named = _LOAN.fullmatch(argument.strip())
        a.say(Say(t("look.no_loan", reference=named[1]) if named else t("look.usage")))
        return
    handle, reason = asked
    if not reason:
        a.say(Say(t("look.why", handle=handle), _reasons("look", handle, REASONS)))
        return
    subject = await _subject(a, handle)
    if subject is None or subject.consent is None:
        a.audit("look", handle, reason, audit.DENIED)
        ask = Button(t("look.ask"), action("request", handle))
        a.say(Say(t("look.nothing", handle=handle), Inline(((ask,),))))
        return
    await authorize(a, "look", Whose(subject.person.id, subject.lender.id), handle)
    await _show(a, subject.person, subject.lender, subject.consent, reason)


async def _by_loan(a: Answering, argument: str) -> tuple[str, str] | None:
    """Read "REFERENCE" or "REFERENCE reason" of a loan whose borrower agreed to its lender's watch; None otherwise."""
    named = _LOAN.fullmatch(argument.strip())
    for grant in await staff.grants(a.read, a.person) if named else ():
        if named is None or grant.role != Role.OFFICER or grant.lender_id is None:
            continue
        found = await loans.watched(a.read, grant.lender_id, [named[1]], VERSION, a.now)
        borrower = await people.by_id(a.read, a.context.vault, found[named[1]].person_id) if found else None
        if borrower is not None:
            reason = (named[2] or "").lower()
            return borrower.handle, reason if reason in REASONS else ""
    return None


async def request(a: Answering, argument: str) -> None:
    """Ask somebody, in the lender's name, whether it may look. Nobody learns whether there is such a person."""
    asked = _read(argument, ())
    if asked is None:
        a.say(Say(t("look.usage")))
        return
    subject = await _subject(a, asked[0])
    many, again = await _count(a, subject)
    if many:
        a.say(Say(t("look.too_many", most=REQUESTS_A_DAY)))
        return
    if subject is not None and subject.consent is None and not again:
        lender = subject.lender
        give = Button(t("share.read_terms"), action(SHARE, f"{lender.id}.{YES}"))
        letter = Letter("request", lender.name, lender.id)
        asking = t("look.asked_you", lender=lender.name)
        a.tell(subject.person, Say(asking, Inline(((give,),)), letter=letter))
    a.audit("request", asked[0])
    a.say(Say(t("look.asked", handle=asked[0])))


async def profile(a: Answering, argument: str) -> None:
    """Show support who somebody is, masked, and where they are in the conversation: no income, no score."""
    asked = _read(argument, SUPPORT_REASONS)
    if asked is None:
        a.say(Say(t("lookup.usage")))
        return
    handle, reason = asked
    if not reason:
        a.say(Say(t("lookup.why", handle=handle), _reasons("lookup", handle, SUPPORT_REASONS)))
        return
    person = await people.by_handle(a.read, a.context.vault, handle)
    if person is None:
        a.audit("lookup", handle, reason, audit.DENIED)
        a.say(Say(t("lookup.absent", handle=handle)))
        return
    grant = await authorize(a, "lookup", Whose(person.id), handle)
    a.write(accesses.note, person, Access(a.person.handle, grant.role, "profile", reason, a.now))
    a.audit("lookup", handle, reason)
    a.say(Say(await _profile(a, person), protect=True))


async def _subject(a: Answering, handle: str) -> _Subject | None:
    """Find whom an officer may ask about at all: registered, somebody else, in the country of a lender of theirs."""
    found = await people.by_handle(a.read, a.context.vault, handle)
    person = found or a.person  # somebody who is not there takes as long as somebody who is
    made = await consents.history(a.read, person)
    decisions = {one.subject: one for one in made}
    allowed = decisions.get(("score", None))
    usable = allowed is not None and allowed.live(a.now, VERSION)
    best = None
    for grant in await staff.grants(a.read, a.person):
        lender = await lenders.find(a.read, grant.lender_id or 0) if grant.role == Role.OFFICER else None
        if lender is None or lender.country != person.country:
            continue
        one = decisions.get((SHARE, lender.id))
        if one is not None and usable and one.live(a.now, VERSION):
            best = _Subject(person, lender, one)
            break
        best = best or _Subject(person, lender, None)
    return best if found is not None and person.registered and person.id != a.person.id else None


async def _count(a: Answering, subject: _Subject | None) -> tuple[bool, bool]:
    """Count a request, first and for good; says whether the officer asked too often, or the lender this person."""
    async with a.context.database.write() as write:
        own = await counters.spend(write, a.person.id, "requests", REQUESTS_A_DAY, DAY, a.now)
        if subject is None or not own.allowed:
            return not own.allowed, False
        name = f"requests.{subject.lender.id}"
        theirs = await counters.spend(write, subject.person.id, name, 1, DAY, a.now)
    return False, not theirs.allowed


async def _show(a: Answering, person: Person, lender: Lender, consent: Decision, reason: str) -> None:
    stored = await scores.recent(a.read, person, most=1)
    seen = Access(a.person.handle, Role.OFFICER, "score", reason, a.now, consent.receipt)
    a.write(accesses.note, person, seen, lender.id)
    a.audit("look", person.handle, reason)
    if not stored:
        a.say(Say(t("look.no_score", handle=person.handle)))
        return
    card = _card(a, person, stored[0])
    told = [one for one in await alerts.about(a.read, person, lender.id) if not one.held][-CAUSES:]
    if told and await alerting.alive(a.read, person, lender.id, a.now):
        lines = Joined(tuple(cause(one.content, lender.name) for one in reversed(told)))
        card = t("look.with_causes", card=card, lines=lines)
    a.say(Say(card, protect=True))
    share = Share(lender.id, stored[0].id, consent.receipt, a.person.handle, reason, a.now)
    a.write(shares.add, person, share)
    why = t(f"look.reason.{reason}")
    seen_by = t("look.told", lender=lender.name, reason=why, at=a.now, handle=a.person.handle)
    a.tell(person, Say(seen_by, buttons("share", "access"), letter=Letter("notice")))
    asked = a.context.packs[person.country].consent(SHARE)
    if asked is not None and asked.per_query:
        before = await consents.history(a.read, person)
        used = consenting.decision(
            a.context, person, SHARE, given=False, method=consents.USED_UP, at=a.now,
            language=consent.language, lender=lender,
        )  # fmt: skip
        a.write(consents.record, person, [used])
        a.audit("consent.used", used.receipt, SHARE)
        a.tell(person, *consenting.receipt_of(a.context, person, [used], before, {lender.id: lender.name}))


def _card(a: Answering, person: Person, stored: Stored) -> T:
    result = msgspec.convert(stored.content["result"], Result)
    pack = a.context.packs[person.country]
    names = tuple(t(f"factor.{one.factor}") for one in result.reasons[: pack.decision.reasons_max])
    fresh = stored.at + dt.timedelta(days=a.context.settings.config.scoring.valid_days)
    card = t(
        "look.card",
        handle=person.handle,
        score=result.score,
        band=result.band,
        meaning=t(f"band.{result.band}"),
        reasons=Listed(names) if names else t("look.no_reasons"),
        at=stored.at,
        fresh=t("look.fresh" if a.now < fresh else "look.stale", until=fresh),
        limits=t("look.limits", model=result.model_id),
    )
    ground = stored.content.get("income")  # scores of an earlier version say nothing of it
    if not ground or not ground["source"]:
        return card
    key = "look.income.shown" if ground["shown"] else "look.income.told"
    lines: list[Value] = [t(key, source=t(f"source.{ground['source']}"))]
    if ground["mismatch"] is not None:
        lines.append(t("look.mismatch", share=Percent(Decimal(ground["mismatch"]))))
    return t("look.with_ground", card=card, lines=Joined(tuple(lines)))


async def _profile(a: Answering, person: Person) -> T:
    who = await people.profile(a.read, person)
    place = await dialogs.active(a.read, person)
    lines: tuple[Value, ...] = tuple(
        t(f"lookup.dispute.{one.state}", fact=t(f"short.{one.fact}"), at=one.opened_at.date())
        for one in await disputes.every(a.read, person)
    )
    return t(
        "lookup.profile",
        handle=person.handle,
        phone=mask(who.phone) if who else "–",
        national_id=mask(who.national_id) if who else "–",
        language=t(f"language.{person.language}"),
        country=t(f"country.{person.country}") if person.country else "–",
        place=place.dialog if place else "–",
        disputes=Joined(lines) if lines else "–",
    )


def _read(argument: str, reasons: tuple[str, ...]) -> tuple[str, str] | None:
    """Read "HANDLE", "HANDLE reason" or "HANDLE.reason"; a reason that is none of `reasons` counts as not given."""
    found = _WORDS.fullmatch(argument.strip().upper())
    if found is None:
        return None
    reason = (found[2] or "").lower()
    return found[1], reason if reason in reasons else ""


def _reasons(use: str, handle: str, reasons: tuple[str, ...]) -> Inline:
    return Inline(
        tuple((Button(t(f"look.reason.{one}"), action(use, f"{handle}.{one}")),) for one in reasons)
    )

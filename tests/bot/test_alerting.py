"""Who hears of an alert, and when: the line of those who can be reached, quiet hours, escalation, and the digest."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot import i18n
from bot.letters import Heading, sign
from bot.services import alerting, digesting, signing
from bot.services.context import Context
from bot.views import alerts as views
from bot.views.render import render
from engine import FACTORS
from engine.monitor.moved import Cause
from engine.watch import KINDS
from storage import cases, consents, lender_rules, notices, outbox, people, queries, rights, scores, watches
from storage.lenders import Lender
from storage.people import Person
from tests.chat import Candor, Somebody, buttons, text_of
from tests.journeys.staffed import known, scored, serves
from tests.journeys.watched import bank, borrows, happens, watched
from tests.storage.sample import watched as agreed

CAPTION = 1024


@pytest.fixture
async def candor(tmp_path: Path) -> AsyncIterator[Candor]:
    async with Candor(tmp_path) as running:
        yield running


def got(somebody: Somebody) -> list[str]:
    """The alerts in a chat."""
    return [text_of(m) for m in somebody.chat if any(".ack" in b["callback_data"] for b in buttons(m))]


def later(candor: Candor, **after: float) -> Context:
    """The same bot, some time later."""
    now = candor.context.clock() + dt.timedelta(**after)
    return replace(candor.context, clock=lambda: now)


def at(candor: Candor, moment: dt.datetime) -> Context:
    """The same bot at some moment."""
    return replace(candor.context, clock=lambda: moment)


async def change(candor: Candor, somebody: Somebody, **values: object) -> Person:
    person = await known(somebody)
    async with candor.context.database.write() as write:
        await people.change(write, person.id, **values)
    return await known(somebody)


async def ends(candor: Candor, borrower: Somebody, house: Lender) -> None:
    """Let a borrower take the consent to be watched back."""
    person, now = await known(borrower), candor.context.clock()
    async with candor.context.database.write() as write:
        decision = agreed(house.id, given=False, at=now, receipt="00000000-0000-4000-8000-000000000009")
        await consents.record(write, person, [decision])
        await watches.settle(write, person, 1, now)


async def blocks(candor: Candor, somebody: Somebody) -> None:
    """Let somebody block the bot without our having noticed yet."""
    await somebody.player.block()
    await candor.quiet()
    await change(candor, somebody, reachable=True)


async def test_who_is_known_to_be_out_of_reach_is_left_out(candor: Candor) -> None:
    house, ana, _ = await watched(candor)
    ben = await serves(candor.person(), "officer", house)
    await ana.player.block()
    await candor.quiet()
    await happens(candor, house, "instalment_late", days=12)
    assert len(got(ben)) == 1
    assert ben.sees("alert.why.alert")


async def test_the_line_goes_on_to_admins_and_ends_with_operators_who_learn_nothing(candor: Candor) -> None:
    house, ana, borrower = await watched(candor, officer=None)
    ben, adam = await serves(candor.person(), "officer", house), await serves(candor.person(), "admin", house)
    olga = await serves(candor.person(), "operator")
    await blocks(candor, ana)
    await happens(candor, house, "instalment_late", days=12)
    assert (len(got(ben)), len(got(adam))) == (1, 1), "all officers were told, so an admin is next"
    assert adam.sees("alert.why.next")
    for one in (ben, adam):
        await blocks(candor, one)
    await happens(candor, house, "public_record", ref="e-2", what="judgment")
    assert olga.sees("alert.stranded")
    assert len([m for m in olga.chat if "of First Bank reached nobody" in text_of(m)]) == 1
    handle = (await known(borrower)).handle
    assert not any(handle in text_of(m) or "L-1" in text_of(m) for m in olga.chat)
    async with candor.context.database.read() as read:
        assert await outbox.count(read, outbox.WAITING) == 0


async def test_operators_do_not_hear_of_what_a_colleague_has(candor: Candor) -> None:
    house, ana, _ = await watched(candor, officer=None)
    ben, olga = await serves(candor.person(), "officer", house), await serves(candor.person(), "operator")
    await blocks(candor, ana)
    await happens(candor, house, "instalment_late", days=12)
    assert len(got(ben)) == 1
    assert not olga.heard("alert.stranded")


async def test_who_looks_after_a_loan_hears_of_it_alone_and_a_colleague_when_they_cannot(
    candor: Candor,
) -> None:
    house, ana = await bank(candor)
    ben = await serves(candor.person(), "officer", house)
    borrower = await scored(candor)
    await borrows(borrower, house, officer=(await known(ana)).handle)
    await happens(candor, house, "instalment_late", days=12)
    assert (len(got(ana)), len(got(ben))) == (1, 0)
    await blocks(candor, ana)
    await happens(candor, house, "public_record", ref="e-2", what="judgment")
    assert len(got(ben)) == 1
    assert ben.sees("alert.why.next")
    number = next(line for line in got(ben)[0].splitlines() if "Alert" in line)
    assert number not in "".join(got(ana))


async def test_an_alert_waits_for_the_morning_unless_it_is_urgent(candor: Candor) -> None:
    house, ana, _ = await watched(candor)
    hour = candor.context.clock().astimezone(candor.context.scene(await known(ana)).locale.zone).hour
    await change(candor, ana, quiet_from=hour, quiet_to=(hour + 2) % 24)
    await happens(candor, house, "instalment_late", days=12)
    assert got(ana) == []
    async with candor.context.database.read() as read:
        assert await outbox.count(read, outbox.WAITING) >= 1
    await happens(candor, house, "public_record", ref="e-2", what="judgment")
    assert len(got(ana)) == 1


@pytest.mark.parametrize("how", ["consent", "erasure", "role"])
async def test_what_waits_for_the_morning_is_taken_back(candor: Candor, how: str) -> None:
    house, ana, borrower = await watched(candor)
    officer = await known(ana)
    hour = candor.context.clock().astimezone(candor.context.scene(officer).locale.zone).hour
    await change(candor, ana, quiet_from=hour, quiet_to=(hour + 2) % 24)
    await happens(candor, house, "instalment_late", days=12)
    person, now = await known(borrower), candor.context.clock()
    if how == "consent":
        await ends(candor, borrower, house)
    if how == "erasure":
        async with candor.context.database.write() as write:
            await rights.forget(write, person, now, now)
    if how == "role":
        adam = await serves(candor.person(), "admin", house)
        await adam.says("/staff")
        await adam.presses(officer.handle)
    async with candor.context.database.read() as read:
        rows = (await outbox.waiting(read, candor.context.vault)) or []
    assert [one for one in rows if one.chat_id == ana.id] == []


async def test_what_nobody_takes_up_goes_to_the_whole_team_once(candor: Candor) -> None:
    house, ana, borrower = await watched(candor)
    ben = await serves(candor.person(), "officer", house)
    async with candor.context.database.write() as write:
        await lender_rules.put(
            write, house.id, {"escalate_minutes": 30}, "ADMIN23456", candor.context.clock()
        )
    await change(candor, ben, reachable=False)
    await happens(candor, house, "instalment_late", days=12)
    await change(candor, ben, reachable=True)
    adam = await serves(candor.person(), "admin", house)
    assert (len(got(ana)), len(got(ben)), len(got(adam))) == (1, 0, 0)
    await alerting.escalate(later(candor, minutes=29))
    await candor.quiet()
    assert got(ben) == []
    for minutes in (31, 32):
        await alerting.escalate(later(candor, minutes=minutes))
        await candor.quiet()
    assert (len(got(ana)), len(got(ben)), len(got(adam))) == (1, 1, 1)
    assert ben.sees("alert.why.escalated")
    assert ben.last.get("photo")
    person = await known(borrower)
    async with candor.context.database.read() as read:
        thread = await cases.thread(read, person, 1)
    assert [one.kind for one in thread] == ["alert", "escalated"]


async def test_what_was_taken_up_is_not_escalated_and_a_lonely_officer_is_reminded(candor: Candor) -> None:
    house, ana, _ = await watched(candor)
    await happens(candor, house, "instalment_late", days=12)
    await alerting.escalate(later(candor, minutes=121))
    await candor.quiet()
    assert ana.sees("case.nobody_yet")
    await ana.presses("case|1.ack")
    await happens(candor, house, "public_record", ref="e-2", what="judgment")
    async with candor.context.database.read() as read:
        case = await cases.find(read, 1)
    assert case is not None
    assert (case.acknowledged_at, case.escalated_at) == (None, None), "it got worse"
    await ana.presses("case|1.ack")
    reminders = len(ana.chat)
    await alerting.escalate(later(candor, minutes=600))
    await candor.quiet()
    assert len(ana.chat) == reminders


async def test_operators_hear_of_what_nobody_is_left_to_take_up(candor: Candor) -> None:
    house, ana, _ = await watched(candor)
    olga = await serves(candor.person(), "operator")
    await happens(candor, house, "instalment_late", days=12)
    await change(candor, ana, reachable=False)
    assert not olga.heard("alert.stranded")
    await alerting.escalate(later(candor, minutes=121))
    await candor.quiet()
    assert olga.sees("alert.stranded")


async def test_nothing_is_escalated_once_the_watch_has_ended(candor: Candor) -> None:
    house, _, borrower = await watched(candor)
    ben = await serves(candor.person(), "admin", house)
    await happens(candor, house, "instalment_late", days=12)
    await ends(candor, borrower, house)
    await alerting.escalate(later(candor, minutes=121))
    await candor.quiet()
    assert got(ben) == []


async def test_the_digest_comes_once_in_the_morning_of_each_officer(candor: Candor) -> None:
    house, ana, borrower = await watched(candor)
    await happens(candor, house, "instalment_late", days=12)
    zone = candor.context.scene(await known(ana)).locale.zone
    morning = dt.datetime.combine((candor.context.clock() + dt.timedelta(days=1)).astimezone(zone).date(),
                                  dt.time(9, 30), zone)  # fmt: skip
    early = replace(candor.context, clock=lambda: morning - dt.timedelta(hours=1))
    await digesting.digest(early)
    await candor.quiet()
    assert not ana.sees("digest.text")
    for hours in (0, 1, 5):
        await digesting.digest(at(candor, morning + dt.timedelta(hours=hours)))
        await candor.quiet()
    found = [m for m in ana.chat if "The cases of First Bank" in text_of(m)]
    assert len(found) == 1
    assert not borrower.sees("digest.text")
    await digesting.digest(replace(candor.context, clock=lambda: morning + dt.timedelta(days=1)))
    await candor.quiet()
    assert len([m for m in ana.chat if "The cases of First Bank" in text_of(m)]) == 2


async def test_a_digest_tells_of_who_got_better_and_of_nothing_at_all_nothing(candor: Candor) -> None:
    _, ana, borrower = await watched(candor)
    noon = await noon_of(candor, ana)
    await digesting.digest(at(candor, noon))
    await candor.quiet()
    assert not ana.sees("digest.text")
    context = at(candor, noon + dt.timedelta(days=1))
    await gets_better(candor, borrower, context.clock())
    await digesting.digest(context)
    await candor.quiet()
    assert ana.sees("digest.better")
    assert (await known(borrower)).handle in text_of(ana.last)
    assert "+44" in text_of(ana.last)


async def noon_of(candor: Candor, officer: Somebody) -> dt.datetime:
    """Tomorrow's noon where an officer is."""
    zone = candor.context.scene(await known(officer)).locale.zone
    tomorrow = candor.context.clock().astimezone(zone).date() + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(12), zone)


async def gets_better(candor: Candor, borrower: Somebody, now: dt.datetime) -> None:
    """Score a borrower 44 points higher, five hours ago."""
    person = await known(borrower)
    async with candor.context.database.write() as write:
        (stored,) = await scores.recent(write, person)
        result = stored.content["result"]
        better = {**stored.content, "result": {**result, "score": result["score"] + 44}}
        query = await queries.watched(write, person, now)
        origin = replace(stored.origin, query_id=query, cause="time")
        await scores.add(write, person, origin, better, now - dt.timedelta(hours=5))


@pytest.mark.parametrize("stays", [True, False])
async def test_a_digest_of_quiet_hours_names_nobody_who_withdrew_meanwhile(
    candor: Candor, stays: bool
) -> None:
    house, ana, borrower = await watched(candor)
    noon = await noon_of(candor, ana) + dt.timedelta(days=1)
    await change(candor, ana, quiet_from=11, quiet_to=14)
    await gets_better(candor, borrower, noon)
    handle = (await known(borrower)).handle
    await digesting.digest(at(candor, noon))
    await candor.quiet()
    if not stays:
        await ends(candor, borrower, house)
    assert not ana.sees("digest.text")
    await digesting.digest(at(candor, noon + dt.timedelta(hours=2)))
    await candor.quiet()
    told = [text_of(m) for m in ana.chat if "The cases of First Bank" in text_of(m)]
    assert any(handle in words for words in told) == stays
    async with candor.context.database.read() as read:
        assert await outbox.count(read, outbox.WAITING) == 0, "nothing that names them waits either"


@pytest.mark.parametrize("language", ["en", "zh_CN", "es"])
@pytest.mark.parametrize("why", [notices.ALERT, notices.NEXT, notices.ESCALATED])
def test_the_longest_alert_fits_under_its_picture(language: str, why: str) -> None:
    locale = i18n.locale(language, "mx", "America/Mexico_City")
    named = sorted(FACTORS, key=lambda name: -len(locale.plain(i18n.t(f"factor.{name}"))))
    causes = sorted(
        {*get_args(Cause)} - {"clip"}, key=lambda one: -len(locale.plain(i18n.t(f"moved.by.{one}", name="")))
    )
    kinds = sorted(KINDS, key=lambda kind: -len(locale.plain(i18n.t(f"alert.cause.{kind}", at="", where=""))))
    content = {
        "then": {"score": 850, "band": "A", "pd": 0.01},
        "now": {"score": 300, "band": "E", "pd": 0.9},
        "grounds": [{"kind": kind, "measures": {"points": 550, "pd": 99, "times": 2}} for kind in
                    ("points", "band", "pd", "late", "over_limit", "public_record", "income_fall", "default")],
        "event": {"own": True, "kind": kinds[0], "on": "2026-12-31", "days": 3650},
        "moves": [{"factor": name, "cause": causes[0], "points": -550} for name in named[:12]],
    }  # fmt: skip
    shown = views.Shown("7K2MXPQ4", 3, 10**9, "7K2MXPQ4RT", "x" * 80, content, "L" * 40, views.STEPS)
    method, payload, *_ = render(views.officer(shown, why, b"png"), locale, 1)
    assert method == "sendPhoto"
    assert len(payload["caption"]) <= CAPTION, len(payload["caption"])


@pytest.mark.parametrize("language", ["en", "zh_CN", "es"])
def test_an_ordinary_alert_has_its_code_in_the_same_message(language: str) -> None:
    locale = i18n.locale(language, "mx", "America/Mexico_City")
    content = {
        "then": {"score": 702, "band": "B", "pd": 0.05},
        "now": {"score": 588, "band": "D", "pd": 0.27},
        "grounds": [
            {"kind": kind, "measures": {"points": 114, "pd": 27, "times": 2}}
            for kind in ("late", "pd", "band")
        ],
        "event": {"own": True, "kind": "instalment_late", "on": "2026-12-31", "days": 12},
        "moves": [{"factor": name, "cause": "data", "points": -40} for name in list(FACTORS)[:3]],
    }
    shown = views.Shown("7K2MXPQ4", 3, 1234, "7K2MXPQ4RT", "Caja Popular Ejemplo", content, "MX-2026-001234",
                        views.STEPS)  # fmt: skip
    _, payload, *_ = render(views.officer(shown, notices.ALERT, b"png"), locale, 1)
    heading = Heading("Candor demonstration", "7K2MXPQ4RT", dt.datetime(2026, 12, 31, 23, 59, tzinfo=dt.UTC))
    code = sign(Ed25519PrivateKey.generate(), 1, heading, payload["caption"])
    words = signing.read(f"{payload['caption']}\n{locale.html(signing.foot(heading, code))}")
    assert len(words.encode("utf-16-le")) // 2 <= CAPTION, len(words)

"""Checks run out, one more is bought, and its money comes back: in whole conversations."""

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from storage import payments, people, staff, tables
from storage.payments import Payment
from tests.chat import Candor, Somebody, buttons, says, text_of

START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
FREE, STARS = 2, 25
Make = Callable[..., Candor]


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def candor(tmp_path: Path, clock: Hands, database_url: str) -> AsyncIterator[Candor]:
    at = "" if database_url.startswith("sqlite") else database_url
    made = Candor(tmp_path, at, changed={"free": FREE, "stars": STARS})
    made.clock = clock
    async with made:
        yield made
        assert made.refused_calls == []


async def scored(candor: Candor, country: str = "us") -> Somebody:
    """Somebody with a score."""
    somebody = await candor.person().enrols(country)
    await somebody.answers()
    return await somebody.gets_score()


async def used_up(candor: Candor, country: str = "us") -> Somebody:
    """Somebody who has used their free checks."""
    somebody = await scored(candor, country)
    for _ in range(FREE - 1):
        await somebody.says("/score")
        await somebody.gets_score()
    return somebody


async def known(candor: Candor, somebody: Somebody) -> list[Payment]:
    async with candor.context.database.read() as read:
        person = await people.find(read, candor.context.vault, somebody.id)
        assert person is not None
        return await payments.every(read, person)


async def states(candor: Candor, somebody: Somebody) -> list[str]:
    return [one.state for one in await known(candor, somebody)]


def bill(somebody: Somebody) -> int:
    return int(next(m for m in reversed(somebody.chat) if "invoice" in m)["message_id"])


async def billed(somebody: Somebody) -> int:
    """Say yes to the price; gives the bill."""
    await somebody.says("/score")
    await somebody.presses("|pay|ask")
    await somebody.presses(f"|pay|yes.{STARS}")
    return bill(somebody)


async def pays(somebody: Somebody, message: int) -> dict[str, Any]:
    """Pay a bill; gives what the bot said to it."""
    somebody._remember()
    query = await somebody.player.pay(message)
    answer = await somebody.player.checkout(query)
    await somebody.candor.quiet()
    return answer


def charged(somebody: Somebody) -> int:
    return sum("successful_payment" in message for message in somebody.chat)


def given_back(somebody: Somebody) -> int:
    return sum("refunded_payment" in message for message in somebody.chat)


async def scores(somebody: Somebody) -> int:
    return len((await somebody.stored())["scores"])


async def test_the_counter_is_seen_and_the_last_check_is_announced_before_it_is_used(
    candor: Candor, clock: Hands
) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers()
    assert maria.heard("query.cover.free")
    await maria.gets_score()
    assert maria.heard("checks.left")
    await maria.says("/status")
    assert maria.heard("checks.left")
    await maria.says("/score")
    assert maria.heard("query.cover.last")
    await maria.gets_score()
    assert maria.heard("checks.none_left")
    await maria.says("/score")
    assert maria.heard("checks.over")
    assert maria.heard("checks.price")
    assert await scores(maria) == FREE
    clock.now += dt.timedelta(days=30, seconds=1)
    await maria.says("/score")
    assert maria.heard("query.cover.free"), "both have come back"


async def test_what_is_wrong_can_be_put_right_without_a_check(candor: Candor) -> None:
    maria = await used_up(candor)
    await maria.press_raw(maria.last["message_id"], "m|correct|monthly_income")
    assert maria.asked == "monthly_income"
    await maria.says("7000")
    assert maria.heard("query.cover.none")
    await maria.presses("=confirm")
    assert maria.heard("checks.kept")
    stored = await maria.stored()
    assert len(stored["scores"]) == FREE
    assert any(f["name"] == "monthly_income" and f["value"] == "7000" for f in stored["facts"])


async def test_what_nobody_asked_for_uses_no_check(candor: Candor) -> None:
    maria = await scored(candor)
    for word in ("/whatif", "/cancel", "/improve", "/history", "/why", "/moved", "/sources"):
        await maria.says(word)
    await maria.says("/status")
    assert "1 of 2" in text_of(maria.last)


async def test_own_checks_never_lower_the_score(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        maria = await scored(candor)
        for _ in range(12):
            await maria.says("/score")
            await maria.gets_score()
        stored = await maria.stored()
        results = [row["result"] for row in stored["scores"]]
        assert len({(row["score"], str(row["points"])) for row in results}) == 1
        assert stored["events"] == [], "nobody is told of it as an enquiry"
        assert not any(fact["name"] == "enquiries_6m" and fact["value"] != 1 for fact in stored["facts"])


async def test_a_check_is_bought_and_made(candor: Candor) -> None:
    maria = await used_up(candor)
    await maria.says("/score")
    assert charged(maria) == 0
    await maria.presses("|pay|ask")
    assert maria.heard("pay.question")
    assert not any("invoice" in message for message in maria.chat)
    await maria.presses(f"|pay|yes.{STARS}")
    sent = next(m for m in maria.chat if "invoice" in m)["invoice"]
    assert (sent["currency"], sent["total_amount"]) == ("XTR", STARS)
    assert (await pays(maria, bill(maria)))["ok"]
    assert maria.heard("pay.done")
    assert maria.heard("query.cover.paid"), "the check goes on by itself, and says what covers it"
    assert await states(candor, maria) == ["paid"]
    await maria.gets_score()
    assert await states(candor, maria) == ["used"]
    assert (await scores(maria), charged(maria)) == (FREE + 1, 1)
    await maria.says("/score")
    assert maria.heard("checks.over")


async def test_a_paid_check_does_not_count_among_the_free_ones(candor: Candor, clock: Hands) -> None:
    maria = await used_up(candor)
    clock.now += dt.timedelta(days=20)
    assert (await pays(maria, await billed(maria)))["ok"]
    await maria.gets_score()
    clock.now += dt.timedelta(days=10, seconds=1)
    await maria.says("/score")
    assert maria.heard("query.cover.free"), "both free ones are back, and the paid one took none of them"


async def test_nothing_is_sold_where_payment_is_off(tmp_path: Path) -> None:
    async with Candor(tmp_path, changed={"free": FREE}) as candor:
        maria = await used_up(candor)
        await maria.says("/score")
        assert maria.heard("checks.over")
        assert not maria.heard("checks.price")
        for forged in ("ask", "yes.0", "yes.25", "yes.1"):
            await maria.press_raw(maria.last["message_id"], f"m|pay|{forged}")
            assert maria.heard("pay.off")
        await maria.says("/paysupport")
        assert maria.heard("pay.off")
        assert await known(candor, maria) == []


@pytest.mark.parametrize("forged", ["yes.1", "yes.0", "yes.99999"])
async def test_another_price_than_the_one_asked_is_asked_for_anew(candor: Candor, forged: str) -> None:
    maria = await used_up(candor)
    await maria.press_raw(maria.last["message_id"], f"m|pay|{forged}")
    assert maria.heard("pay.changed")
    assert await known(candor, maria) == []


async def test_a_check_that_is_open_is_not_sold(candor: Candor) -> None:
    maria = await scored(candor)
    await maria.press_raw(maria.last["message_id"], f"m|pay|yes.{STARS}")
    assert maria.heard("pay.needless")
    assert await known(candor, maria) == []


async def restart(candor: Candor, tmp_path: Path, **changed: int) -> None:
    """Start again under other settings."""
    await candor.stop_bot()
    candor.settings = Candor(tmp_path, changed={"free": FREE, "stars": STARS} | changed).settings
    await candor.start_bot()


@pytest.mark.parametrize(
    ("changed", "trouble"),
    [({"stars": 0}, "off"), ({"stars": 30}, "price"), ({"free": 9}, "open")],
)
async def test_nobody_is_charged_for_what_has_changed_since(
    tmp_path: Path, changed: dict[str, int], trouble: str
) -> None:
    async with Candor(tmp_path, changed={"free": FREE, "stars": STARS}) as candor:
        maria = await used_up(candor)
        message = await billed(maria)
        await restart(candor, tmp_path, **changed)
        answer = await pays(maria, message)
        assert not answer["ok"]
        assert says(answer["problem"], f"pay.trouble.{trouble}", "en")
        assert charged(maria) == 0


async def test_an_old_bill_a_replaced_one_and_somebody_elses_are_not_paid(
    candor: Candor, clock: Hands
) -> None:
    maria, juan = await used_up(candor), await used_up(candor, "mx")
    first, second = await billed(maria), await billed(maria)
    assert not (await pays(maria, first))["ok"], "only the newest stands"
    clock.now += dt.timedelta(days=1)
    assert not (await pays(maria, second))["ok"]
    third = await billed(maria)
    world = candor.api._world
    token = next(m for m in world.chats.find(maria.id).messages.values() if m["message_id"] == third)  # type: ignore[union-attr]  # she is there
    asked = {"from": juan.player.person.user(), "currency": "XTR", "total_amount": STARS}
    query = world.checkouts.issue(juan.id)
    world.updates.add(
        "pre_checkout_query", asked | {"id": query, "invoice_payload": token["invoice_payload"]}
    )
    await candor.quiet()
    assert not (await juan.player.checkout(query))["ok"]
    for wrong in ({"total_amount": 1}, {"currency": "USD"}):
        query = world.checkouts.issue(maria.id)
        hers = {"from": maria.player.person.user(), "id": query, "invoice_payload": token["invoice_payload"]}
        world.updates.add("pre_checkout_query", asked | hers | wrong)
        await candor.quiet()
        assert "pay.trouble.sum" in [
            key for key in ("pay.trouble.sum", "pay.trouble.gone")
            if says((await maria.player.checkout(query))["problem"], key, "en")
        ]  # fmt: skip
    assert (charged(maria), charged(juan)) == (0, 0)


async def test_a_bill_paid_twice_at_once_is_taken_once_and_given_back_once(candor: Candor) -> None:
    maria = await used_up(candor)
    message = await billed(maria)
    queries = [await maria.player.pay(message) for _ in range(2)]
    await asyncio.gather(*(maria.player.checkout(query) for query in queries))
    await candor.quiet()
    assert charged(maria) in {1, 2}
    assert charged(maria) - given_back(maria) == 1
    assert sorted(await states(candor, maria)) in (["paid"], ["paid", "refunded"])


async def tells(candor: Candor, somebody: Somebody, fields: dict[str, Any]) -> None:
    """Let Telegram tell of money in a chat."""
    world = candor.api._world
    chat = world.chats.find(somebody.id)
    assert chat is not None
    world.tell_of_money(chat, fields)
    await candor.quiet()


async def test_a_payment_told_twice_counts_once(candor: Candor) -> None:
    maria = await used_up(candor)
    await pays(maria, await billed(maria))
    paid = next(m for m in maria.chat if "successful_payment" in m)["successful_payment"]
    await tells(candor, maria, {"successful_payment": paid})
    assert await states(candor, maria) == ["paid"]
    assert given_back(maria) == 0


async def test_money_for_nothing_goes_back(candor: Candor) -> None:
    maria = await used_up(candor)
    for number, (token, stars) in enumerate((("nonsense", 7), ("", 9))):
        paid = {
            "currency": "XTR", "total_amount": stars, "invoice_payload": token or "x",
            "telegram_payment_charge_id": f"c{number}", "provider_payment_charge_id": "p",
        }  # fmt: skip
        await tells(candor, maria, {"successful_payment": paid})
        assert maria.heard("pay.returned") or any(says(text_of(m), "pay.returned", "en") for m in maria.chat)
    assert await states(candor, maria) == ["refunded", "refunded"]
    assert given_back(maria) == 2
    await maria.says("/score")
    assert maria.heard("checks.over")


async def test_money_of_somebody_erased_goes_back(candor: Candor) -> None:
    maria = await used_up(candor)
    message = await billed(maria)
    query = await maria.player.pay(message)
    await maria.player.checkout(query)
    await candor.quiet()
    paid = next(m for m in maria.chat if "successful_payment" in m)["successful_payment"]
    await maria.says("/delete")
    await maria.says("482915")
    assert given_back(maria) == 1, "what was not used goes back with the erasure"
    await tells(candor, maria, {"successful_payment": paid | {"telegram_payment_charge_id": "late"}})
    assert await states(candor, maria) == ["refunded"], "and so does what comes later, to somebody unknown"
    assert given_back(maria) == 2


async def test_an_unused_check_comes_back_by_a_press_and_only_then(candor: Candor, clock: Hands) -> None:
    maria = await used_up(candor)
    await pays(maria, await billed(maria))
    await maria.says("/cancel")
    await maria.says("/paysupport")
    number = (await known(candor, maria))[0].id
    await maria.presses(f"payback|{number}")
    assert maria.heard("pay.returning")
    assert await states(candor, maria) == ["refunded"]
    assert given_back(maria) == 1
    await maria.press_raw(maria.last["message_id"], f"m|payback|{number}")
    assert maria.heard("dialog.already_answered")
    await maria.says("/score")
    assert maria.heard("checks.over")
    assert given_back(maria) == 1


async def test_others_payments_are_not_there(candor: Candor) -> None:
    maria, juan = await used_up(candor), await used_up(candor, "mx")
    await pays(maria, await billed(maria))
    number = (await known(candor, maria))[0].id
    foreign = await juan.press_raw(juan.last["message_id"], f"m|payback|{number}")
    absent = await juan.press_raw(juan.last["message_id"], "m|payback|999")
    assert foreign == absent
    assert await states(candor, maria) == ["paid"]


async def supporter(candor: Candor) -> Somebody:
    somebody = await candor.person(name="Support").says("/help")
    async with candor.context.database.write() as write:
        person = await people.find(write, candor.context.vault, somebody.id)
        assert person is not None
        await staff.give(write, person, "support", None, "shell", candor.clock())
    return somebody


@pytest.mark.parametrize("decision", ["yes", "no"])
async def test_a_person_decides_about_a_used_check(candor: Candor, decision: str) -> None:
    maria, ana = await used_up(candor), await supporter(candor)
    await pays(maria, await billed(maria))
    await maria.gets_score()
    await maria.says("/paysupport")
    number = (await known(candor, maria))[0].id
    ana._remember()
    await maria.presses(f"payback|{number}")
    assert maria.heard("pay.asked")
    assert ana.heard("pay.asked_of_you")
    await ana.says("/refunds")
    maria._remember()
    await ana.presses(f"refund|{number}.{decision}")
    assert maria.heard("pay.returning" if decision == "yes" else "pay.refused")
    assert await states(candor, maria) == ["refunded" if decision == "yes" else "refused"]
    assert given_back(maria) == (decision == "yes")
    await ana.says("/refunds")
    assert ana.heard("refunds.none")
    await maria.press_raw(maria.last["message_id"], f"m|refund|{number}.yes")
    assert given_back(maria) == (decision == "yes"), "a borrower decides nothing"


async def test_staff_do_not_decide_about_their_own(candor: Candor) -> None:
    maria = await used_up(candor)
    await pays(maria, await billed(maria))
    async with candor.context.database.write() as write:
        person = await people.find(write, candor.context.vault, maria.id)
        assert person is not None
        await staff.give(write, person, "operator", None, "shell", candor.clock())
    number = (await known(candor, maria))[0].id
    await maria.says(f"/refund {number}.yes")
    assert await states(candor, maria) == ["paid"]
    assert given_back(maria) == 0


async def test_money_reaches_who_has_blocked_us(candor: Candor) -> None:
    maria, ana = await used_up(candor), await supporter(candor)
    await pays(maria, await billed(maria))
    number = (await known(candor, maria))[0].id
    await maria.player.block()
    await candor.quiet()
    await ana.says(f"/refund {number}")
    await ana.presses(f"refund|{number}.yes")
    assert (await states(candor, maria), given_back(maria)) == (["refunded"], 1)


async def test_what_telegram_will_not_give_back_is_put_before_staff(candor: Candor) -> None:
    maria, ana = await used_up(candor), await supporter(candor)
    await pays(maria, await billed(maria))
    async with candor.context.database.write() as write:
        row = (await known(candor, maria))[0]
        await write.execute(
            sa.update(tables.payments).where(tables.payments.c.id == row.id).values(charge="gone")
        )
    await maria.says("/paysupport")
    ana._remember()
    await maria.presses(f"payback|{row.id}")
    assert await states(candor, maria) == ["asked"]
    await candor.quiet()
    assert ana.heard("pay.stuck")
    assert [call.split()[1] for call in candor.refused_calls] == ["refundStarPayment"]
    candor.api.log.clear()


async def test_what_somebody_erased_does_not_get_back_is_put_before_staff(candor: Candor) -> None:
    maria, ana = await used_up(candor), await supporter(candor)
    await pays(maria, await billed(maria))
    async with candor.context.database.write() as write:
        await write.execute(sa.update(tables.payments).values(charge="gone"))
    ana._remember()
    await maria.says("/delete")
    await maria.says("482915")
    await asyncio.sleep(0.7)  # what is told of it is found when the table is looked at
    await candor.quiet()
    assert ana.heard("pay.stuck_erased")
    assert "gone" in text_of(ana.last)
    candor.api.log.clear()


async def test_a_refund_told_by_telegram_alone_is_noted(candor: Candor) -> None:
    maria = await used_up(candor)
    await pays(maria, await billed(maria))
    paid = next(m for m in maria.chat if "successful_payment" in m)["successful_payment"]
    await tells(candor, maria, {"refunded_payment": paid})
    assert await states(candor, maria) == ["refunded"]


async def test_no_row_of_presses_charges_without_the_yes(candor: Candor) -> None:
    """Press whatever there is but that one yes, and say what comes to mind: there is no bill, and no charge."""
    chance = random.Random(6)  # noqa: S311 - the same walk every time
    maria = await used_up(candor)
    yes = f"m|pay|yes.{STARS}"
    pressed: list[str] = []
    words = ("/score", "/paysupport", "/status", "/cancel", "/start", "yes", "25", "/pay ask")
    for _ in range(120):
        found = [(m["message_id"], b["callback_data"]) for m in maria.chat[-6:] for b in buttons(m)]
        found = [
            one for one in found if one[1] not in {yes, "m|language|", "m|delete|"} and "set|" not in one[1]
        ]
        if found and chance.random() < 0.7:
            message, data = chance.choice(found)
            pressed.append(data)
            await maria.press_raw(message, data)
        else:
            await maria.says(chance.choice(words))
        assert not any("invoice" in message for message in maria.chat), pressed[-5:]
        assert await known(candor, maria) == []
    await maria.press_raw(maria.chat[-1]["message_id"], yes)
    assert sum("invoice" in message for message in maria.chat) == 1
    assert charged(maria) == 0, "a bill is no charge"
    assert (await pays(maria, bill(maria)))["ok"]
    assert charged(maria) == 1

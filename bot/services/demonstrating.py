"""The demonstration: a lender with made-up borrowers, and a button that lets a month pass. Only in the local chat.

Where it is stands in one mark, and moves on with the work that it leads to, so that a kill leaves nothing half done.
What happens in a month comes in by the same door as what real lenders tell (`ingest`), and nothing else is special.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.demo.clock import Clock
from bot.demo.crowd import Borrower, crowd
from bot.demo.months import happened, to_guest
from bot.dialogs.consent import VERSION
from bot.dialogs.event import Due
from bot.dialogs.reply import Button, EditSent, Inline, Say
from bot.i18n import t
from bot.services import closing, founding, ingest, lending
from bot.services.authority import Denied, Role
from bot.services.context import Answering, Context
from bot.services.ingest import Row
from bot.services.telling import tell
from bot.views.menus import action
from engine.watch.standing import later
from storage import erasures, lenders, loans, marks, scores, staff
from storage.dialogs import Stale
from storage.lenders import Lender
from storage.loans import Draft
from storage.outbox import Parcel

MARK = "demo"
NAME = "Demonstration Lender"
COUNT = 300
SEED = 1
AT_ONCE = 25
BUTTONS = ("month", "serve", "borrow", "clear")
"""What can be done while it is on, as far as it is of use to somebody."""
GUEST = "G"
"""How the reference of a loan begins that somebody real has."""

NOTHING, MAKING, READY, PASSING, CLEARING = "nothing", "making", "ready", "passing", "clearing"


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the demonstration is: begun on a day, its `month`, told `until` another, the month `before` until a third.

    The clock goes so many `days` ahead, for good.
    """

    stage: str = NOTHING
    days: int = 0
    lender: int = 0
    month: int = 0
    began: dt.date = dt.date.min
    before: dt.date = dt.date.min
    until: dt.date = dt.date.min


async def state_of(connection: AsyncConnection) -> State:
    """Read where the demonstration is."""
    return (await _read(connection))[0]


async def show(a: Answering) -> None:
    """Offer the demonstration, or say where it is, with what can be done next. Raises Denied beside the local chat."""
    _only_here(a)
    state = await state_of(a.read)
    if not a.person.country:
        a.say(Say(t("start.first")))
    elif state.stage == NOTHING:
        a.say(Say(t("demo.offer", lender=NAME, count=COUNT), _buttons("start")))
    elif state.stage != READY:
        a.say(Say(t("demo.busy")))
    else:
        lender = await _lender(a.read, state)
        text = t("demo.state", lender=lender.name, count=COUNT, today=a.scene.today)
        if not await _scored(a):
            text = t("dialog.with_note", note=text, question=t("demo.score_first"))
        a.say(Say(text, _buttons(*await _next(a, lender))))


async def turn(a: Answering, argument: str) -> None:
    """Do what a button of the demonstration says. Raises Denied beside the local chat, and for what is not offered."""
    _only_here(a)
    state, before = await _read(a.read)
    stage = {"start": MAKING, "month": PASSING, "yes": CLEARING}.get(argument)
    expected = NOTHING if argument == "start" else READY
    if state.stage != expected or not a.person.country:
        await show(a)
    elif stage is not None:
        a.write(_move, before, _begun(a, state, stage), a.now)
        a.say(Say(t(f"demo.{stage}", lender=NAME, count=COUNT)))
        a.work.append({"job": "demo", "subject": 0})
    elif argument == "clear":
        lender = await _lender(a.read, state)
        a.say(Say(t("demo.clear_ask", lender=lender.name), _buttons("yes")))
    elif argument == "serve":
        lender = await _lender(a.read, state)
        _serve(a, lender, Role.OFFICER)
        a.say(Say(t("demo.serving", lender=lender.name), _buttons(*await _next(a, lender, without="serve"))))
    elif argument == "borrow":
        await _borrow(a, await _lender(a.read, state))
    else:
        raise Denied("demo", known=True)


async def work(a: Answering, due: Due) -> None:
    """Do what was begun. A kill in between lets it go on from there."""
    clock = _only_here(a)
    state, before = await _read(a.read)
    if state.stage == MAKING:
        await _make(a, due, state, before)
    elif state.stage == PASSING:
        await _pass(a, due, clock, state, before)
    elif state.stage == CLEARING:
        await _clear(a, due, state, before)
    else:
        await show(a)  # all was done, and a kill came before the word of it


def _begun(a: Answering, state: State, stage: str) -> State:
    """Give the state that a button leads to. Letting a month pass puts the clock forward from the next start on."""
    today = a.scene.today
    if stage == MAKING:
        return State(stage=stage, days=state.days, began=today, before=today, until=today)
    if stage == PASSING:
        ahead = state.days + (later(today, 1) - today).days
        return msgspec.structs.replace(state, stage=stage, month=state.month + 1, days=ahead)
    return msgspec.structs.replace(state, stage=stage)


async def _make(a: Answering, due: Due, state: State, before: str) -> None:
    context, country = a.context, a.person.country
    if not state.lender:
        async with context.database.write() as write:
            lender = await founding.found(write, NAME, country, a.now)
            state = msgspec.structs.replace(state, lender=lender.id)
            before = await _move(write, before, state, a.now)
    lender = await _lender(a.read, state)
    everybody = list(_crowd(context, lender, state))
    for first in range(0, len(everybody), AT_ONCE):
        async with context.database.write() as write:
            for one in everybody[first : first + AT_ONCE]:
                await founding.enter(write, context, lender, one, a.person.language)
            done = min(first + AT_ONCE, len(everybody))
            words = EditSent(due.subject, t("demo.progress", done=done, count=COUNT))
            await tell(context, write, a.person, [words], a.now)
        context.bell.set()
    a.write(_move, before, msgspec.structs.replace(state, stage=READY), a.now)
    for role in (Role.OFFICER, Role.ADMIN):
        _serve(a, lender, role)
    a.audit("demo.start", f"lender:{lender.id}")
    text = t("demo.ready", lender=lender.name, count=COUNT, today=a.scene.today)
    a.say(Say(text, _buttons(*await _next(a, lender, without="serve"))))


async def _pass(a: Answering, due: Due, clock: Clock, state: State, before: str) -> None:
    """Put the clock forward, and let in what happened meanwhile."""
    clock.forward(state.days)
    a.now = clock()
    a.become()
    lender, until = await _lender(a.read, state), a.scene.today
    rows = []
    # whoever is real waits for theirs, so they come first
    for loan in await loans.listed(a.read, a.context.vault, lender.id, VERSION, a.now, GUEST, COUNT):
        told = to_guest(loan.loan.reference, loan.loan.opened_on, state.before, state.until, until)
        rows += [Row(loan.loan.reference, event) for event in told]
    for one in _crowd(a.context, lender, state):
        rows += [Row(one.reference, event) for event in happened(one, state.month, state.until, until)]
    async with a.context.database.write() as write:
        await _move(
            write, before, msgspec.structs.replace(state, stage=READY, before=state.until, until=until), a.now
        )
        await ingest.put(a.context, write, lender.id, rows)
    a.context.bell.set()
    a.audit("demo.month", f"lender:{lender.id}", f"{state.days} days ahead")
    counts = _counted(rows)
    a.say(
        EditSent(due.subject, t("demo.month_over", today=until)),
        Say(t("demo.passed", today=until, **counts), _buttons(*await _next(a, lender))),
    )


async def _clear(a: Answering, due: Due, state: State, before: str) -> None:
    context = a.context
    for first in range(1, COUNT + 1, AT_ONCE):
        async with context.database.write() as write:
            await founding.dissolve(write, context, range(first, min(first + AT_ONCE, COUNT + 1)))
    await erasures.settle(context.database, context.vault, a.now)
    lender = await lenders.find(a.read, state.lender)
    if lender is not None and lender.open:
        a.write(closing.close, context, lender)
    a.write(_move, before, State(days=state.days), a.now)
    a.audit("demo.clear", f"lender:{state.lender}")
    a.say(EditSent(due.subject, t("demo.cleared", today=a.scene.today)))


async def _borrow(a: Answering, lender: Lender) -> None:
    """Give somebody a loan of the demonstration's; the lender then asks them whether it may watch, as any does."""
    if "borrow" not in await _next(a, lender):
        raise Denied("demo", known=True)
    reference, pack, today = f"{GUEST}-{a.person.handle}", a.pack, a.scene.today
    amount = str(round(pack.median_monthly_income))
    draft = Draft(
        reference, pack.currency, today, later(today, 12), {"amount": amount, "instalments": 12},
        founding.MEASURES,
    )  # fmt: skip
    a.audit("demo.borrow", f"lender:{lender.id}")
    a.say(Say(t("demo.borrowed", lender=lender.name)))

    async def register(connection: AsyncConnection) -> list[Parcel]:
        return await lending.register(a.context, connection, lender, a.person.handle, draft, founding.BY)

    a.send(register)


def _serve(a: Answering, lender: Lender, role: Role) -> None:
    a.write(staff.give, a.person, role, lender.id, founding.BY, a.now)
    a.audit("staff.joined", f"person:{a.person.handle}", f"{role} of lender:{lender.id}")


async def _next(a: Answering, lender: Lender, without: str = "") -> list[str]:
    """Name the buttons that are of use to this person now."""
    offered = ["month"]
    if not any(grant.lender_id == lender.id for grant in await staff.grants(a.read, a.person)):
        offered.append("serve")
    owes = await loans.of_person(a.read, a.person, lender.id)
    if await _scored(a) and not owes and a.person.country == lender.country:
        offered.append("borrow")
    return [one for one in BUTTONS if one in (*offered, "clear") and one != without]


async def _scored(a: Answering) -> bool:
    return a.person.registered and bool(await scores.recent(a.read, a.person, most=1))


def _buttons(*names: str) -> Inline:
    return Inline(tuple((Button(t(f"demo.button.{name}"), action("demo", name)),) for name in names))


def _counted(rows: Iterable[Row]) -> dict[str, int]:
    kinds: Counter[str] = Counter(row.event.kind for row in rows)
    paid, late = kinds.pop("instalment_paid", 0), kinds.pop("instalment_late", 0)
    return {"paid": paid, "late": late, "other": kinds.total()}


def _crowd(context: Context, lender: Lender, state: State) -> Iterator[Borrower]:
    return crowd(SEED, COUNT, context.packs[lender.country], state.began)


def _only_here(a: Answering) -> Clock:
    """Give the clock that can be put forward; there is one in the local chat only. Raises Denied."""
    if not a.context.settings.local or not isinstance(a.context.clock, Clock):
        raise Denied("demo")
    return a.context.clock


async def _lender(connection: AsyncConnection, state: State) -> Lender:
    found = await lenders.find(connection, state.lender)
    if found is None:
        raise LookupError("the demonstration has lost its lender")
    return found


async def _read(connection: AsyncConnection) -> tuple[State, str]:
    mark = await marks.find(connection, MARK)
    return (State(), "") if mark is None else (msgspec.json.decode(mark.value, type=State), mark.value)


async def _move(connection: AsyncConnection, before: str, state: State, now: dt.datetime) -> str:
    """Note where the demonstration is; somebody else's word in between has the turn begin again."""
    value = msgspec.json.encode(state).decode()
    if not before:
        await marks.put(connection, MARK, value, now)
    elif not await marks.move(connection, MARK, before, value, now):
        raise Stale(MARK)
    return value

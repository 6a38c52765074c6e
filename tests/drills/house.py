"""A house to try doors in: two lenders, a borrower of each, and somebody in every role."""

from typing import Any

from bot.services import authority, consenting, staffing
from bot.services.authority import Whose
from storage import (
    alerts,
    apikeys,
    approvals,
    cases,
    consents,
    disputes,
    invites,
    lenders,
    payments,
    people,
    staff,
    tickets,
)
from storage.disputes import Words
from storage.lenders import Lender
from storage.people import Person
from storage.staff import Grant
from tests.chat import Candor, Somebody
from tests.storage.sample import lend, watched

NOBODY = "2222222222"
OBJECTS = ("own", "other", "absent")
CAST = ("borrower", "officer A", "officer B", "support", "marketer", "regulator", "admin A", "operator", "withdrawn",
        "unknown")  # fmt: skip


class House:
    """Two lenders, their people, a borrower each, and somebody in every role."""

    def __init__(self, candor: Candor) -> None:
        self.candor = candor
        self.context = candor.context
        self.actors: dict[str, Person] = {}
        self.chats: dict[str, Somebody] = {}
        self.grants: dict[str, list[Grant]] = {}
        self.codes: dict[str, str] = {}
        self.cases: dict[int, int] = {}
        self.tickets: dict[int, int] = {}
        self.payments: dict[int, int] = {}

    async def furnish(self) -> None:
        now = self.context.clock()
        self.maria, self.juana = await self._borrower("us"), await self._borrower("mx")
        async with self.context.database.write() as write:
            one = await lenders.add(write, "First Example Bank", "us", now)
            two = await lenders.add(write, "Second Example Bank", "mx", now)
            assert one is not None
            assert two is not None
            self.a, self.b = one, two
            for person, lender in ((self.maria, one), (self.juana, two)):
                given = consenting.decision(self.context, person, consents.SHARE, given=True, method="button", at=now,
                                            language="en", lender=lender)  # fmt: skip
                await consents.record(write, person, [given])
                await self._warned(write, person, lender)
                ticket = await tickets.open_one(write, person, "score", (), now, now)
                self.tickets[person.id] = ticket.id
            self.dispute = await disputes.start(
                write, self.maria, "monthly_income", "self", Words("it is more", "5000"), now, now
            )
            for person in (self.maria, self.juana):
                await self._paid(write, person)
        for name in CAST:
            await self._seat(name)
        self.guest = await self._met(self.candor.person())
        async with self.context.database.write() as write:
            self.others_code = await self._invite(write, self.guest)
            operator = self.actors["operator"].handle
            until = now + staffing.LASTS
            self.asked = await approvals.ask(write, "lender.close", "lender:9", "shell", now, until)
            self.asked_self = await approvals.ask(write, "lender.close", "lender:8", operator, now, until)
        async with self.context.database.write() as write:
            for lender in (self.a, self.b):
                await apikeys.make(write, lender.id, "program", ["loans:read"], "shell", self.context.clock())
        async with self.context.database.read() as read:
            listed = await apikeys.listed(read, None, self.context.clock())
            self.keys = {key.lender_id: key.id for key in listed}
            self.row = {
                m.grant.lender_id: m.grant.row for m in await staff.members(read) if m.grant.role == "officer"
            }

    async def _warned(self, write: Any, person: Person, lender: Lender) -> None:
        """Let a borrower be watched, and an alert be open about them."""
        now = self.context.clock()
        loan = await lend(write, person, lender.id, f"L-{lender.id}")
        case = await cases.open_one(write, person, lender.id, 2, now)
        receipt = watched(lender.id).receipt
        number = f"2345678{lender.id}"
        draft = alerts.Draft(lender.id, case.id, loan, number, "late_first", 2, "event:1", "", receipt)
        score = {"score": 600, "band": "C", "pd": 0.2}
        content: dict[str, Any] = {
            "then": score,
            "now": score,
            "grounds": [],
            "event": None,
            "moves": [],
            "trend": [],
        }
        await alerts.raise_one(write, person, draft, content, now)
        await cases.enter(write, person, case.id, cases.CLOCK, "alert", now, number)
        self.cases[lender.id] = case.id

    async def _borrower(self, country: str) -> Person:
        somebody = await self.candor.person().enrols(country)
        await somebody.answers()
        await somebody.gets_score()
        return await self._met(somebody)

    async def _met(self, somebody: Somebody) -> Person:
        if not somebody.chat:
            await somebody.says("/help")
        async with self.context.database.read() as read:
            found = await people.find(read, self.context.vault, somebody.id)
        assert found is not None
        return found

    async def _seat(self, name: str) -> None:
        somebody = self.candor.person()
        if name != "unknown":
            await somebody.says("/start")
            await somebody.presses("=en")
            await somebody.presses("=us")
        person = await self._met(somebody)
        role, _, place = name.partition(" ")
        role = "officer" if role == "withdrawn" else role
        lender = {"A": self.a, "B": self.b, "": self.a if name == "withdrawn" else None}[place]
        now = self.context.clock()
        async with self.context.database.write() as write:
            if role not in {"borrower", "unknown"}:
                await staff.give(write, person, role, lender.id if lender else None, "shell", now)
            held = await staff.grants(write, person)
            if name == "withdrawn":
                await staff.end(write, held[0].row, now)
                held = []
            self.codes[name] = await self._invite(write, person)
            await self._paid(write, person)
        self.actors[name], self.chats[name], self.grants[name] = person, somebody, held

    async def _paid(self, write: Any, person: Person) -> None:
        """Let somebody have paid for a check."""
        now, token = self.context.clock(), f"token-{person.id}"
        await payments.offer(write, person, token, 25, now)
        found = await payments.by_token(write, token)
        assert found is not None
        await payments.take(write, found.id, f"charge-{person.id}", now)
        self.payments[person.id] = found.id

    async def _invite(self, write: Any, person: Person) -> str:
        now, code = self.context.clock(), f"{person.handle}{person.handle}CODE237"
        await invites.make(write, person, code, "marketer", None, "shell", now, now + staffing.LASTS)
        return code

    def object(  # noqa: PLR0911 - one arm for each kind of object
        self, name: str, action: str, kind: str
    ) -> tuple[str, Whose | None]:
        """Name an action's object as somebody would, and whose it is; None where an action has no object."""
        me, n = self.actors[name].id, OBJECTS.index(kind)
        person = (self.maria, self.juana, None)[n]
        lender: Lender | None = (self.a, self.b, None)[n]
        handle = person.handle if person else NOBODY
        match action:
            case "look" | "request":
                return f"{handle} application", Whose(
                    person.id if person else None, lender.id if lender else None
                )
            case "lookup":
                return f"{handle} question", Whose(person.id if person else None)
            case "invite":
                words = f"officer {self.guest.handle} {lender.name}" if lender else f"officer {NOBODY}"
                return words, Whose(self.guest.id, lender.id) if lender else authority.ABSENT
            case "case" | "rules" | "withdraw" | "keys":
                return self._at_lender(action, person, lender)
            case "approve" | "refuse" | "join" | "accept":
                numbers = (str(self.asked), str(self.asked_self), "99999")
                codes = (self.codes[name], self.others_code, "2" * staffing.CODE_LENGTH)
                named = codes if action in {"join", "accept"} else numbers
                return named[n], Whose(me) if n == 0 else authority.ABSENT
            case "payback" | "refund":
                own = me if action == "payback" else self.maria.id
                of = (own, self.maria.id if action == "payback" else self.juana.id, 0)[n]
                words = str(self.payments.get(of, 99999)) + (".yes" if action == "refund" else "")
                return words, Whose(of) if of else authority.ABSENT
            case "ticket" | "mytickets":
                number = (self.tickets[self.maria.id], self.tickets[self.juana.id], 99999)[n]
                whose = Whose(person.id) if person and action == "ticket" else authority.ABSENT
                return f"{number}.{'look' if action == 'ticket' else 'solved'}", whose
        if action == "disputes":
            whose = Whose(self.maria.id) if n == 0 else authority.ABSENT
            return str((self.dispute, 88888, 99999)[n]), whose
        return ("" if n == 0 else handle), None

    def _at_lender(self, action: str, person: Person | None, lender: Lender | None) -> tuple[str, Whose]:
        """Name something that belongs to a lender, or that nobody has."""
        at = lender.id if lender else 0
        named = {
            "case": f"{self.cases.get(at, 99999)}.look",
            "rules": f"{at or 99999}.late_first",
            "withdraw": f"s{self.row.get(at, 99999)}",
            "keys": f"end.{self.keys.get(at, 99999)}",
        }
        whose = person.id if person and action == "case" else None
        return named[action], Whose(whose, at) if lender else authority.ABSENT

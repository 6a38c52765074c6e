"""An officer sends a file of events or loans, and hears what became of it."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage import loans, tables
from tests.chat import Candor, Somebody, text_of
from tests.journeys.staffed import known, lender, scored, serves
from tests.journeys.watched import bank, borrows

GOOD = "contract;event type;date;days late\nL-1;overdue;2026-01-31;12\nL-1;balance;2026-01-31;\n"


async def sends(somebody: Somebody, content: str, name: str = "march.csv") -> Somebody:
    somebody._remember()
    await somebody.player.send_document(name, content.encode(), "text/csv")
    await somebody.candor.quiet(30)
    return somebody


async def count(candor: Candor, table: str) -> int:
    async with candor.context.database.read() as read:
        chosen = sa.select(sa.func.count()).select_from(tables.metadata.tables[table])
        return int(await read.scalar(chosen) or 0)


def documents(somebody: Somebody) -> list[dict[str, Any]]:
    return [m for m in somebody.said_to_me if m.get("document")]


async def test_a_file_is_taken_and_what_follows_from_it_happens(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer = await bank(candor)
        await borrows(await scored(candor), house)
        await sends(officer, GOOD.replace("L-1;balance;2026-01-31;\n", ""))
        assert officer.heard("feed.taken.events")
        assert await count(candor, "events") == 1
        assert await count(candor, "scores") == 2, "the borrower was scored anew"
        await sends(officer, GOOD.replace("L-1;balance;2026-01-31;\n", ""), "again.csv")
        assert officer.heard("feed.before")
        assert candor.refused_calls == []


async def test_a_bad_row_keeps_all_out_and_many_come_as_a_table(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer = await bank(candor)
        await borrows(await scored(candor), house)
        await sends(officer, GOOD)
        assert officer.heard("feed.refused_rows")
        assert await count(candor, "events") == 0
        many = GOOD + "".join(f"L-1;nonsense;2026-01-{n:02d};1\n" for n in range(1, 20))
        await sends(officer, many)
        (table,) = documents(officer)
        assert table["document"]["file_name"] == "refused-rows.csv"
        assert await count(candor, "events") == 0
        assert candor.refused_calls == []


async def test_a_column_nobody_knows_is_asked_for_and_remembered(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer = await bank(candor)
        await borrows(await scored(candor), house)
        odd = "contract,Ereignis,date,dpd\nL-1,overdue,2026-01-31,12\n"
        await sends(officer, odd)
        assert officer.heard("feed.column")
        await officer.presses("=1")
        assert officer.heard("feed.remembered")
        await sends(officer, odd)
        assert officer.heard("feed.taken.events"), text_of(officer.last)
        assert await count(candor, "events") == 1
        await sends(officer, "contract,Art,date,dpd\nL-1,overdue,2026-01-30,12\n")
        await officer.presses("=none")
        assert officer.heard("feed.not_remembered")


async def test_loans_come_by_file_and_their_borrowers_are_asked(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, officer = await bank(candor)
        maria = await scored(candor)
        handle = (await known(maria)).handle
        await sends(
            officer,
            f"contract,borrower,start date,maturity,principal\nL-9,{handle},2026-01-01,2027-01-01,900\n",
            "loans.csv",
        )
        assert officer.heard("feed.taken.loans")
        async with candor.context.database.read() as read:
            assert await loans.owner(read, house.id, "L-9") is not None


async def test_nobody_else_sends_such_a_file(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, _ = await bank(candor)
        maria = await scored(candor)
        await borrows(maria, house)
        rival = await serves(candor.person(), "officer", await lender(candor, "Second Bank"))
        for other in (maria, await serves(candor.person(), "support"), candor.person()):
            await sends(other, GOOD)
            assert not any(
                other.heard(key) for key in ("feed.taken.events", "feed.refused_rows", "feed.before")
            )
        await sends(rival, GOOD)
        assert rival.heard("feed.no_loan")
        assert await count(candor, "events") == await count(candor, "imports") - 1 == 0

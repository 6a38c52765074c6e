"""Files in the chat: sent, read, shown back, confirmed, counted; and everything that may go wrong on the way."""

import datetime as dt
import gzip
import re
from pathlib import Path
from typing import Any

import pytest

from bot import i18n
from bot.services import retention
from storage import counters, people
from tests.chat import PNG, Candor, Somebody, says, text_of
from tests.journeys.staffed import known, lender, scored, serves
from tests.journeys.test_share import agrees

PAID = {"us": 4100, "mx": 9000, "cn": 8000}
PLACES = [("en", "us"), ("es", "mx"), ("zh-hans", "cn")]
WORDS = {
    "us": ("date,description,amount,balance", "ACME PAYROLL", "RENT 7", "Restaurant Pepe"),
    "mx": ("fecha,concepto,importe,saldo", "NOMINA ACME", "RENTA DEPTO", "RESTAURANTE PEPE"),
    "cn": ("日期,摘要,金额,余额", "代发工资", "房租", "美团外卖"),
}


def statement(country: str, months: int = 4, pay: int = 0) -> str:
    """A bank statement of the last whole months, with wages, rent and an evening out."""
    head, wages, rent, fun = WORDS[country]
    pay, balance, lines = pay or PAID[country], 10_000, [head]
    last = dt.datetime.now(dt.UTC).date().replace(day=1)
    for back in range(months, 0, -1):
        year, month = divmod(last.year * 12 + last.month - 1 - back, 12)
        for day, text, value in ((1, rent, -900), (3, wages, pay), (20, fun, -60), (26, "-", -1)):
            balance += value
            lines.append(f"{dt.date(year, month + 1, day)},{text},{value}.00,{balance}.00")
    return "\n".join(lines)


async def enrolled(candor: Candor, language: str = "en", country: str = "us", **consents: bool) -> Somebody:
    somebody = await candor.person(language).enrols(country, consents=consents)
    await somebody.says("/cancel")
    return somebody


async def facts(somebody: Somebody) -> dict[tuple[str, str], Any]:
    return {(one["name"], one["source"]): one for one in (await somebody.stored())["facts"]}


@pytest.mark.parametrize(("language", "country"), PLACES)
async def test_a_statement_is_shown_back_and_counts_once_confirmed(
    candor: Candor, language: str, country: str
) -> None:
    lee = await candor.person(language).enrols(country)
    await lee.answers(monthly_income="1500")
    await lee.gets_score()
    before = (await lee.stored())["scores"][-1]
    assert lee.sees("card.income.told")
    content = statement(country)
    await lee.sends_file(content.encode("gbk" if country == "cn" else "utf-8"))
    assert lee.heard("file.read")
    assert lee.heard("file.income")
    assert lee.heard("file.spending")
    assert lee.heard("file.sure")
    assert ("monthly_income", "statement") not in await facts(lee), "nothing counts before it is confirmed"
    await lee.presses("=yes")
    assert lee.heard("file.taken")
    held = (await facts(lee))["monthly_income", "statement"]
    assert (held["value"], held["verified"]) == (f"{PAID[country]}.00", True)
    assert (await facts(lee))["monthly_income", "self"]["value"] == "1500"
    await lee.presses("m|score|")
    await lee.gets_score()
    after = (await lee.stored())["scores"][-1]
    assert after["answers"]["monthly_income"] == f"{PAID[country]}.00"
    assert after["result"]["score"] > before["result"]["score"]
    assert lee.sees("card.income.shown")
    await lee.says("/sources")
    locale = i18n.locale(lee.language)
    shown = text_of(lee.last)
    assert lee.heard("sources.text")
    assert locale.plain(i18n.t("source.statement")) in shown
    assert locale.plain(i18n.t("source.self")) in shown
    assert shown.count(locale.plain(i18n.t("short.monthly_income"))) == 2
    assert not candor.refused_calls


@pytest.mark.parametrize("answer", ["not_mine", "no"])
async def test_what_is_not_confirmed_leaves_nothing(candor: Candor, answer: str) -> None:
    maria = await enrolled(candor)
    await maria.sends_file(statement("us"))
    assert (await maria.stored())["uploads"]
    await maria.presses(f"={answer}")
    assert maria.heard("file.dropped_not_mine" if answer == "not_mine" else "file.dropped")
    stored = await maria.stored()
    assert stored["uploads"] == []
    assert {fact["source"] for fact in stored["facts"]} == {"self"}


async def test_a_second_file_takes_the_place_of_one_not_answered(candor: Candor) -> None:
    maria = await enrolled(candor)
    await maria.sends_file(statement("us"))
    old = maria.last
    await maria.sends_file(statement("us", pay=6000))
    assert len((await maria.stored())["uploads"]) == 1
    await maria.presses("=yes")
    assert (await facts(maria))["monthly_income", "statement"]["value"] == "6000.00"
    toast = await maria.press_raw(old["message_id"], "d|upload|1|=yes")
    assert says(toast, "dialog.already_answered", "en")


async def test_a_question_waits_while_a_file_is_looked_at(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    question = maria.asked
    await maria.sends_file(statement("us"))
    assert maria.heard("file.sure")
    await maria.presses("=yes")
    assert maria.heard("file.taken")
    assert maria.asked == question


async def test_without_consent_to_spending_only_income_is_taken(candor: Candor) -> None:
    maria = await enrolled(candor, consumption=False)
    await maria.sends_file(statement("us"))
    assert maria.heard("file.left_out")
    assert not maria.heard("file.spending")
    rows = (await maria.stored())["uploads"][0]["rows"]
    assert {row["group"] for row in rows} == {"salary"}, "not even the rows of what was spent are kept"
    await maria.presses("=yes")
    names = {name for name, source in await facts(maria) if source == "statement"}
    assert names == {"monthly_income", "income_months", "statement_window"}
    await maria.sends_file("date,order,item,total\n2026-01-02,1,book,20\n")
    assert maria.heard("file.needs_consumption")


async def test_withdrawing_the_consent_erases_what_was_read_of_spending(candor: Candor) -> None:
    maria = await enrolled(candor)
    await maria.sends_file(statement("us"))
    await maria.presses("=yes")
    await maria.says("/consents")
    await maria.presses("consumption.no")
    stored = await maria.stored()
    names = {fact["name"] for fact in stored["facts"] if fact["source"] == "statement"}
    assert names == {"monthly_income", "income_months", "statement_window"}
    assert stored["uploads"][0]["rows"] is None


async def test_purchases_are_named_and_stand_apart(candor: Candor) -> None:
    maria = await enrolled(candor)
    await maria.sends_file(statement("us"))
    await maria.presses("=yes")
    before = await facts(maria)
    await maria.sends_file("date,order,item,total\n2026-01-02,1,book,20\n2026-02-28,2,rice supermarket,10\n")
    assert maria.heard("file.purchases")
    assert "list of online purchases" in text_of(maria.last)
    await maria.presses("=yes")
    assert maria.heard("file.taken_apart")
    assert await facts(maria) == before


async def test_without_the_consent_to_be_scored_no_file_is_kept(candor: Candor) -> None:
    maria = await enrolled(candor)
    await maria.sends_file(statement("us"))
    await maria.says("/consents")
    await maria.presses("score.no")
    assert (await maria.stored())["uploads"] == []
    await maria.sends_file(statement("us"))
    assert maria.heard("consent.score_refused")
    assert (await maria.stored())["uploads"] == []


REPORT = """record,account,lender,kind,opened,closed,balance,limit,instalment,due,days,paid,date,until
tradeline,A-1,Bank One,card,2021-03-01,,4500,5000,60,,,,,
tradeline,A-2,Shop,loan,2024-05-10,2025-05-10,,,,,,,,
late,A-1,,,,,,,,2026-05-01,45,2026-06-15,,
enquiry,,Bank Two,application,,,,,,,,,2026-09-12,
"""


async def test_a_report_becomes_events_and_lowers_the_score(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.answers(overdue_count_24m="0", worst_overdue_days="0", card_utilisation="5")
    await maria.gets_score()
    before = (await maria.stored())["scores"][-1]["result"]["score"]
    await maria.sends_file(REPORT, "report.csv")
    for key in ("file.report.accounts", "file.report.owed", "file.report.late", "file.report.enquiries"):
        assert maria.heard(key), key
    await maria.presses("=yes")
    stored = await maria.stored()
    assert [one["kind"] for one in stored["events"]].count("instalment_late") == 1
    assert {one["sender"] for one in stored["events"]} == {"self"}
    assert stored["scores"][-1]["cause"] == "event"
    assert stored["scores"][-1]["result"]["score"] < before
    answers = stored["scores"][-1]["answers"]
    assert (answers["overdue_count_24m"], answers["worst_overdue_days"]) == (1, 45)
    count = len(stored["events"])
    await maria.sends_file(REPORT, "report.csv")
    await maria.presses("=yes")
    assert len((await maria.stored())["events"]) == count, "the same file twice changes nothing"


async def test_pay_and_tax_that_differ_are_asked_about_kindly(candor: Candor) -> None:
    maria = await enrolled(candor)
    await maria.sends_file("month,net\n2026-01,5000\n2026-02,5000\n2026-03,5000\n")
    await maria.presses("=yes")
    assert not maria.heard("file.mismatch")
    await maria.sends_file("year,income\n2025,36000\n")
    assert maria.heard("file.tax")
    await maria.presses("=yes")
    assert maria.heard("file.mismatch")
    held = await facts(maria)
    assert held["income_mismatch", "statement"]["value"] == 40
    assert held["tax_income", "statement"]["value"] == "36000"
    await maria.sends_file("year,income\n2025,60000\n")
    await maria.presses("=yes")
    assert ("income_mismatch", "statement") not in await facts(maria)


async def test_an_officer_sees_whether_an_income_was_shown_and_whether_it_is_doubtful(candor: Candor) -> None:
    bank, maria = await lender(candor), await scored(candor)
    await agrees(maria, bank.id)
    officer = await serves(candor.person(name="Officer"), "officer", bank)
    handle = (await known(maria)).handle
    await officer.says(f"/query {handle} review")
    assert officer.heard("look.income.told")
    assert not officer.heard("look.mismatch")
    await maria.sends_file("month,net\n2026-01,5000\n2026-02,5000\n2026-03,5000\n")
    await maria.presses("=yes")
    await maria.sends_file("year,income\n2025,36000\n")
    await maria.presses("=yes")
    await officer.says(f"/query {handle} review")
    assert officer.heard("look.income.shown")
    assert officer.heard("look.mismatch")


async def test_fewer_months_lower_the_completeness_shown(candor: Candor) -> None:
    maria = await enrolled(candor)

    async def completeness(months: int) -> int:
        await maria.sends_file(statement("us", months))
        assert maria.heard("file.flag.few_months") == (months < 3)
        await maria.presses("=yes")
        await maria.presses("m|score|")
        await maria.answers()
        await maria.gets_score()
        words = next(text_of(m) for m in reversed(maria.chat) if says(text_of(m), "card.completeness", "en"))
        return _percent(words)

    assert await completeness(1) < await completeness(2) < await completeness(3)


def _percent(words: str) -> int:
    found = re.search(r"Completeness: (\d+)%", words)
    assert found is not None
    return int(found[1])


RICH = b"""date,description,amount
2026-01-01,payroll,99999999999
2026-01-31,payroll,99999999999
2026-02-01,x,-5
"""


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("statement.csv", gzip.compress(b"date,amount\n" * 1000, mtime=0), "file.wrong.packed"),
        ("statement.csv", b"PK\x03\x04\x14\x00", "file.wrong.spreadsheet"),
        ("statement.csv", PNG, "file.wrong.picture"),
        ("statement.pdf", b"%PDF-1.7", "file.wrong.document"),
        ("statement.csv", b"date,amount\n2026-01-32,5\n", "file.wrong.date"),
        ("statement.csv", b"date,amount\n2026-01-01,NaN\n", "file.wrong.amount"),
        ("statement.csv", b"date,amount,currency\n2026-01-01,5,MXN\n2026-01-02,-5,MXN\n", "file.wrong.currency"),
        ("report.json", b'{"report": "credit"', "file.wrong.json"),
        ("notes.txt", b"Dear bot, how are you?", "file.unknown"),
        ("huge.csv", b"date,amount\n" + b"2026-01-01,5\n" * 500_000, "file.too_large"),
        ("rich.csv", RICH, "file.implausible"),
    ],
)  # fmt: skip
async def test_a_hostile_file_is_refused_in_words(
    candor: Candor, name: str, content: bytes, key: str
) -> None:
    maria = await enrolled(candor)
    await maria.sends_file(content, name)
    assert maria.heard(key), text_of(maria.last)
    stored = await maria.stored()
    assert stored["uploads"] == []
    assert {fact["source"] for fact in stored["facts"]} == {"self"}


async def test_a_file_that_cannot_be_fetched_is_said_in_words(candor: Candor) -> None:
    maria = await enrolled(candor)
    maria.player._world.files.at = lambda _path: None  # type: ignore[assignment,method-assign]  # lost on the way
    await maria.sends_file(statement("us"))
    assert maria.heard("file.not_fetched")


async def test_rows_go_at_once_when_asked_and_after_their_time(candor: Candor) -> None:
    maria = await enrolled(candor)
    await maria.says("/uploads")
    assert maria.heard("uploads.none")
    await maria.sends_file(statement("us"))
    await maria.presses("=yes")
    await maria.says("/uploads")
    assert maria.heard("uploads.line")
    await maria.presses("m|uploads|rows")
    assert maria.heard("uploads.dropped")
    assert (await maria.stored())["uploads"][0]["rows"] is None
    await maria.says("/uploads")
    assert maria.heard("uploads.line_bare")
    now = candor.clock()
    candor.context = type(candor.context)(**{
        name: getattr(candor.context, name) for name in candor.context.__dataclass_fields__
    } | {"clock": lambda: now + dt.timedelta(days=31)})  # fmt: skip
    gone = await retention.sweep(candor.context)
    assert gone["uploads"] == 1
    assert (await maria.stored())["uploads"] == []
    assert ("monthly_income", "statement") in await facts(maria)


async def test_files_are_counted(tmp_path: Path) -> None:
    async with Candor(tmp_path, limited=True) as candor:
        maria = await candor.person().enrols("us")
        context = candor.context
        async with context.database.write() as write:
            person = await people.find(write, context.vault, maria.id)
            assert person is not None
            for _ in range(19):
                await counters.spend(write, person.id, "uploads", 20, dt.timedelta(days=1), context.clock())
        await maria.sends_file(b"date,amount\n2026-01-32,5\n")
        assert maria.heard("file.wrong.date")
        await maria.sends_file(statement("us"))
        assert maria.heard("limit.uploads")
        assert (await maria.stored())["uploads"] == []

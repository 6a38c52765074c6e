"""Why did it move? Any two scores differ by what is listed, to the point, whatever changed in between."""

import datetime as dt
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

import engine
from bot import i18n
from bot.i18n import Signed
from bot.services import moving, scoring, yardsticks
from bot.services.context import Context
from bot.services.moving import Scored
from bot.views import notices
from engine import QUESTIONS, Pack, Scorecard, modelfile
from engine.monitor.moved import Move
from storage import consents, events, queries, scores
from storage import yardsticks as kept
from storage.people import Person
from storage.scores import Stored
from tests.chat import Candor, buttons, text_of
from tests.journeys.staffed import LANGUAGES, known, scored
from tests.journeys.watched import happens, watched

PAIRS = 240


def other_model(model: Scorecard) -> Scorecard:
    """A model in which everything weighs half as much again."""
    factors = tuple(
        msgspec.structs.replace(one, points=tuple(round(1.5 * worth) for worth in one.points))
        for one in model.factors
    )
    return msgspec.structs.replace(model, id="next", factors=factors).with_bad_rate(0.11)


def other_law(pack: Pack) -> Pack:
    """The next version of a law, which forbids two things that were allowed."""
    rules = {
        name: "forbidden" if name in {"dependents", "housing"} else rule
        for name, rule in pack.factors.items()
    }
    return msgspec.structs.replace(pack, version=pack.version + 1, factors=rules)


def answers_of(chance: random.Random, pack: Pack) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, question in QUESTIONS.items():
        if chance.random() < 0.3:
            continue
        if question.kind == "class":
            found[name] = chance.choice(question.choices)
        else:
            low, high = engine.bounds(question, pack)
            share = Decimal(str(chance.random() ** 3))
            value = round(low + (high - low) * share, 0)
            found[name] = value if question.kind == "money" else int(value)
    return {
        name: value for name, value in found.items() if engine.problem(QUESTIONS[name], value, pack) is None
    }


async def puts(
    context: Context, person: Person, model: Scorecard, pack: Pack, given: dict[str, Any], at: dt.datetime
) -> None:
    """Store a score made by a model and a law."""
    result = model.score(engine.record(given, pack), pack)
    async with context.database.write() as write:
        receipt = (await consents.latest(write, person))["score"].receipt
        newest = await events.newest(write, person)
        origin = scoring.origin_of(result, given, 0, receipt, "time", newest)
        query = await queries.watched(write, person, at)
        whole = scores.Origin(
            **{name: getattr(origin, name) for name in scores.Origin.__slots__} | {"query_id": query}
        )
        await scores.add(write, person, whole, scoring.content_of(result, given), at)


async def all_moves(context: Context, person: Person, then: Stored, now: Stored) -> list[Move]:
    async with context.database.read() as read:
        return list(await moving.between(read, context, person, Scored.of(then), Scored.of(now)))


async def test_any_two_scores_on_record_differ_by_exactly_what_is_listed(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - a test is to be repeatable
    async with Candor(tmp_path) as candor:
        house, _, ana = await watched(candor)
        context, person = candor.context, await known(ana)
        now, pack = context.clock(), context.packs["us"]
        models = [context.model, other_model(context.model)]
        laws = [pack, other_law(pack)]
        async with context.database.write() as write:
            content = msgspec.json.encode(laws[1]).decode()
            await kept.keep(write, kept.PACK, yardsticks.named("us", laws[1].version), content, now)
            dump = modelfile.dump(models[1]).decode()
            await kept.keep(write, kept.MODEL, models[1].hash, dump, now)
        for number in range(32):
            if number % 4 == 3:
                on = now.date() - dt.timedelta(days=30 * number)
                days = chance.randrange(1, 90)
                await happens(candor, house, "instalment_late", ref=f"e-{number}", days=days, on=on)
            law = chance.choice(laws)
            given = answers_of(chance, law)
            await puts(
                context, person, chance.choice(models), law, given, now - dt.timedelta(days=900 - 28 * number)
            )
        async with context.database.read() as read:
            stored = await scores.recent(read, person, most=100)
        pairs = 0
        causes = set()
        for _ in range(PAIRS):
            then, after = sorted(chance.sample(stored, 2), key=lambda one: one.id)
            found = await all_moves(context, person, then, after)
            difference = after.content["result"]["score"] - then.content["result"]["score"]
            assert sum(move.points for move in found) == difference
            assert all(move.points for move in found)
            causes |= {move.cause for move in found}
            pairs += 1
        assert pairs == PAIRS
        assert {"time", "data", "rules", "model"} <= causes
        assert "mixed" not in causes


@pytest.mark.parametrize(
    ("model", "law", "first"),
    [(True, False, "rules"), (False, True, "model"), (False, False, "both")],
)
async def test_what_is_not_there_any_more_is_told_together_and_the_sum_is_exact(
    tmp_path: Path, model: bool, law: bool, first: str
) -> None:
    """A model or a law that decided once and was never kept."""
    chance = random.Random(3)  # noqa: S311 - a test is to be repeatable
    async with Candor(tmp_path) as candor:
        ana = await scored(candor)
        context, person = candor.context, await known(ana)
        pack, now = context.packs["us"], context.clock()
        old = context.model if model else other_model(context.model)
        was = pack if law else other_law(pack)
        causes: set[str] = set()
        for _ in range(8):
            await puts(context, person, old, was, answers_of(chance, was), now - dt.timedelta(days=400))
            await puts(context, person, context.model, pack, answers_of(chance, pack), now)
            async with context.database.read() as read:
                then, after = await scores.recent(read, person, most=2)
            found = await all_moves(context, person, then, after)
            causes |= {move.cause for move in found} - {"clip"}
            difference = after.content["result"]["score"] - then.content["result"]["score"]
            assert sum(move.points for move in found) == difference
        assert first in causes
        assert causes <= {first, "time", "data"}


async def test_what_only_time_did_is_called_time(tmp_path: Path) -> None:
    async with Candor(tmp_path) as candor:
        house, _, ana = await watched(candor)
        context, person = candor.context, await known(ana)
        long_ago = context.clock().date() - dt.timedelta(days=700)
        await happens(candor, house, "instalment_late", days=40, on=long_ago)
        later = context.clock() + dt.timedelta(days=400)
        async with context.database.read() as read:
            (then,) = await scores.recent(read, person, most=1)
            told = await events.every(read, person)
        before = Scored.of(then)
        aged = moving.aged_answers(context, person, before, later, told)
        assert before.answers["overdue_count_24m"] == 1
        assert aged["overdue_count_24m"] == 0, "what was told then is out of its window"
        law = context.packs["us"]
        result = context.model.score(engine.record(moving.typed(aged), law), law)
        async with context.database.read() as read:
            after = Scored(later, aged, result, before.event_id)
            found = await moving.between(read, context, person, before, after)
        assert {move.cause for move in found} <= {"time", "clip"}
        assert "overdue_count_24m" in {move.factor for move in found}


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_the_chat_tells_it_and_compares_any_two_days(tmp_path: Path, language: str) -> None:
    countries = {"en": "us", "zh_CN": "cn", "es": "mx"}
    incomes = {"en": ("2500", "9000"), "zh_CN": ("4000", "20000"), "es": ("9000", "40000")}
    async with Candor(tmp_path) as candor:
        ana = await scored(candor, language, countries[language])
        await ana.says("/moved")
        assert ana.heard("moved.one")
        for changed in incomes[language]:
            await ana.says("/score")
            await ana.presses("~monthly_income")
            await ana.says(changed)
            await ana.gets_score()
        await ana.says("/moved")
        assert ana.heard("moved.text")
        assert ana.heard("moved.because.data")
        stored = (await ana.stored())["scores"]
        points = [one["result"]["score"] for one in stored]
        shown = candor.context.scene(await known(ana)).locale
        assert shown.value(Signed(points[-1] - points[-2])) in text_of(ana.last)
        await ana.presses(shown.plain(i18n.t("moved.others")))
        assert ana.heard("moved.which")
        chosen = [b["callback_data"] for b in buttons(ana.last)]
        assert len(chosen) == 2
        await ana.press_raw(ana.last["message_id"], chosen[-1])
        assert f"{points[0]}" in text_of(ana.last)
        assert f"{points[-1]}" in text_of(ana.last)
        for forged in ("1.2", "999999", "x", "1.1", ""):
            await ana.press_raw(ana.last["message_id"], f"m|moved|{forged}")
        assert candor.refused_calls == []


@pytest.mark.parametrize(("language", "unit"), [("en", "points"), ("zh_CN", "分"), ("es", "puntos")])
def test_points_read_as_points_beside_a_factor_that_is_counted_in_days(language: str, unit: str) -> None:
    move = {"factor": "worst_overdue_days", "cause": "data", "points": -15}
    assert i18n.locale(language).value(notices.moves([move])).endswith(f"−15 {unit}")

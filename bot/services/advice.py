"""What if, and how to improve: every number is a fresh score of the changed record by the deciding model."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.dialogs.reply import Say
from bot.dialogs.show import shown
from bot.dialogs.step import Answer
from bot.i18n import t
from bot.services.context import Answering
from bot.services.conversation import finishes, start
from bot.services.scoring import last_answers, to_json
from bot.views import cards
from bot.views.menus import AFTER_SCORE, buttons
from engine import QUESTIONS
from engine.advice.advise import levers, what_if
from engine.advice.goal import plan

AGAIN = buttons("whatif", "improve")


async def ask_what_if(a: Answering) -> None:
    """Open the what-if conversation over the answers of the newest score."""
    found = await last_answers(a)
    if found is None:
        return
    answers, _ = found
    names = [lever.question for lever in levers(answers, a.pack)]
    if not names:
        a.say(Say(t("whatif.nothing"), AFTER_SCORE))
        return
    start(a, "whatif", {"levers": names, "current": to_json(answers)})


@finishes("whatif")
async def answer_what_if(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Score the changed record and show it beside the unchanged one."""
    found = await last_answers(a)
    if found is None:
        return
    current, _ = found
    question = QUESTIONS[str(answers["which"])]
    value = answers["value"]
    new = Decimal(str(value)) if question.kind == "money" else value
    imagined = what_if(a.context.model, current, {question.name: new}, a.pack)
    old = shown(question, to_json(current).get(question.name), a.pack)
    a.say(
        Say(
            cards.changed(imagined, question.name, old, shown(question, value, a.pack)),
            AGAIN,
            protect=True,
        )
    )


async def improve(a: Answering, band: str = "") -> None:
    """Show the smallest plan to a better band, or say honestly that none is within reach."""
    found = await last_answers(a)
    if found is None:
        return
    answers, _ = found
    model = a.context.model
    months = a.context.settings.config.scoring.improve_months
    current = what_if(model, answers, {}, a.pack).before
    better = [mark for mark in reversed(model.bands) if mark.floor > current.score]
    if not better:
        a.say(Say(t("improve.top", band=current.band), AFTER_SCORE))
        return
    goal = next((mark for mark in better if mark.name == band), better[0])
    found_plan = plan(model, answers, a.pack, goal.floor, max_months=months)
    text = cards.plan_text(found_plan, goal.name, a.pack, months)
    goals = cards.other_goals({mark.name: mark.floor for mark in better}, goal.name, current.score)
    a.say(Say(text, goals or AFTER_SCORE, protect=True))

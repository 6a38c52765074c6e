"""From "hello" to a registered person: what is still missing decides what is asked next."""

from collections.abc import Mapping
from typing import Any

from bot.dialogs.consent import NO
from bot.dialogs.reply import Say
from bot.dialogs.step import Answer
from bot.i18n import t
from bot.services import consenting, limits
from bot.services.context import Answering
from bot.services.conversation import finishes, start
from bot.services.scoring import begin_query
from bot.views.menus import HOME
from storage import facts, people, pins
from storage.people import Profile


async def proceed(a: Answering, *, insist: bool = False) -> None:
    """Open whatever comes next on the way to a score.

    `insist` asks for the score consent again although it was refused: the person has just asked for a score.
    """
    if not a.person.country:
        start(a, "welcome")
        return
    open_purposes = await consenting.undecided(a)
    alive = await consenting.live(a)
    if open_purposes:
        start(a, "consent", {"purposes": list(open_purposes)})
    elif "score" not in alive and insist:
        start(a, "consent", {"purposes": ["score"]})
    elif "score" not in alive:
        a.say(Say(t("consent.score_refused"), HOME))
    elif not a.person.registered:
        start(a, "registration")
    else:
        await begin_query(a)


@finishes("welcome")
async def welcomed(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Store language and country, and go on."""
    config = a.context.settings.config.bot
    changes = {
        "language": str(answers.get("language") or config.languages[0]),
        "country": str(answers.get("country") or config.countries[0]),
    }
    a.write(people.change, a.person.id, **changes)
    a.become(**changes)
    await proceed(a)


@finishes("consent")
async def consented(a: Answering, answers: Mapping[str, Answer], of: Mapping[str, Any]) -> None:
    """Store the decisions, give the receipt, and go on as far as they allow; one given alone leads nowhere else."""
    await consenting.decide(a, answers, "button")
    for purpose, answer in answers.items():
        if str(answer).startswith(NO):
            await consenting.withdraw(a, purpose)
    if not of.get("alone"):
        await proceed(a)


@finishes("registration")
async def registered(a: Answering, answers: Mapping[str, Answer], _of: Mapping[str, Any]) -> None:
    """Store who the person is; a national ID that somebody else registered with is refused."""
    limits.spend(a, limits.SIGNUPS)
    profile = Profile(str(answers["name"]), str(answers["phone"]), str(answers["national_id"]))
    if await people.taken(a.read, a.context.vault, a.person, profile):
        a.say(Say(t("register.taken")))
        return
    pin_hash = str(answers["pin"])
    a.write(people.register, a.context.vault, a.person, profile, a.now)
    a.write(pins.choose, a.person, pin_hash, a.now)
    a.write(facts.put, a.person, {"age": int(str(answers["age"]))}, "self", a.now)
    a.become(registered=True)
    masked = t(
        "register.done", name=profile.name, phone=mask(profile.phone), national_id=mask(profile.national_id)
    )
    a.say(Say(masked))
    await begin_query(a)


def mask(value: str) -> str:
    """Show only the last four characters."""
    return "•" * max(len(value) - 4, 4) + value[-4:]

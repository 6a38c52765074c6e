"""Looking back: why the score is what it is, how it went, how far a query is."""

import asyncio

from bot.dialogs.reply import Photo, Say
from bot.i18n import Signed, t
from bot.services import checks, disputing, moving
from bot.services.context import Answering
from bot.services.scoring import last, marks
from bot.views import cards, moved, pictures
from bot.views.checks import counter
from bot.views.menus import AFTER_SCORE, HOME
from storage import events, queries, scores

CAUSES = 8
"""Scores of which the history says what they came of."""


async def why(a: Answering) -> None:
    """Show every point of the newest score."""
    found = await last(a)
    if found is not None:
        scale = a.context.model.scale
        a.say(Say(cards.why(found[1], (scale.low, scale.high)), AFTER_SCORE, protect=True))


async def history(a: Answering) -> None:
    """Show all scores as a chart, with the change since the first."""
    stored = await scores.recent(a.read, a.person)
    if not stored:
        a.say(Say(t("score.none"), HOME))
        return
    model, locale = a.context.model, a.scene.locale
    points = [(locale.short_date(s.at), int(s.content["result"]["score"])) for s in stored]
    picture = await asyncio.to_thread(
        pictures.history,
        points=points,
        bands=marks(model, locale),
        low=model.scale.low,
        high=model.scale.high,
        title=locale.plain(t("picture.history")),
    )
    first, newest = points[0][1], points[-1][1]
    if len(points) == 1:
        caption = t("history.one", score=newest)
    else:
        change = Signed(newest - first)
        caption = t("history.caption", n=len(points), score=newest, change=change, first=stored[0].at.date())
    told = {one.id: one for one in await events.every(a.read, a.person)}
    causes = moved.causes([moving.point(one, told) for one in stored[-CAUSES:]])
    a.say(Photo(picture, t("dialog.with_note", note=caption, question=causes), AFTER_SCORE))


async def status(a: Answering) -> None:
    """Say how far the newest query is, with the time of each step, and how many checks are left."""
    contested = await disputing.opened(a)
    if contested is not None:
        a.say(Say(contested))
    query, left = await queries.latest(a.read, a.person), counter(await checks.tally(a))
    if query is None:
        a.say(Say(t("dialog.with_note", note=t("status.none"), question=left), HOME))
        return
    at = query.done_at or query.queued_at or query.opened_at
    text = t(f"status.{query.state}", opened=query.opened_at, at=at)
    a.say(Say(t("dialog.with_note", note=text, question=left)))

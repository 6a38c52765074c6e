"""Health, for an operator: is everything saved and proved, is the trail whole, does anything wait that should not."""

import datetime as dt
import shutil

from bot.dialogs.reply import Say
from bot.i18n import Joined, T, t
from bot.services.context import Answering
from storage import audit, backups, erasures, inbox, keyring, outbox
from storage.anchor import AnchorDamaged

MONTH = dt.timedelta(days=30)


async def show(a: Answering) -> None:
    """Tell the state of the installation; what needs a person is marked."""
    lines = (
        await _saved(a),
        await _trail(a),
        await _keys(a),
        await _waiting(a),
        await _damages(a),
        _space(a),
        await _topics(a),
    )
    a.audit("health.shown", "installation")
    a.say(Say(t("health.text", lines=Joined(lines))))


async def _saved(a: Answering) -> T:
    good = await backups.last_good(a.read)
    newest = await backups.newest(a.read)
    late = a.now - dt.timedelta(hours=2 * a.context.settings.config.backups.every_hours)
    if good is None or good.verified_at is None:
        return t("health.never_saved")
    if newest is not None and newest.error:
        return t("health.save_failed", at=newest.made_at, good=good.made_at)
    return t(
        "health.saved" if good.made_at > late else "health.saved_late",
        at=good.made_at,
        proved=good.verified_at,
    )


async def _trail(a: Answering) -> T:
    try:
        verdict = await audit.verify(a.context.database, a.context.vault.secret("audit"), a.context.anchor)
    except (AnchorDamaged, OSError):
        return t("health.trail_broken")
    return t("health.trail", rows=verdict.rows) if verdict.sound else t("health.trail_broken")


async def _keys(a: Answering) -> T:
    async with a.context.vault.keys.read() as read:
        counts = await keyring.count_by_master(read)
    newest = a.context.vault.masters.newest
    old = sum(count for version, count in counts.items() if version != newest)
    return t("health.keys_old", version=newest, old=old) if old else t("health.keys", version=newest)


async def _waiting(a: Answering) -> T:
    given_up = await inbox.count(a.read, inbox.FAILED) + await outbox.count(a.read, outbox.FAILED)
    pending = await erasures.pending(a.read)
    return t(
        "health.waiting",
        updates=await inbox.count(a.read, inbox.WAITING),
        messages=await outbox.count(a.read, outbox.WAITING),
        failed=given_up,
        erasures=len(pending),
    )


async def _damages(a: Answering) -> T:
    return t("health.damages", count=await audit.count(a.read, "damage.found", a.now - MONTH))


def _space(a: Answering) -> T:
    free = shutil.disk_usage(a.context.settings.data).free
    return t("health.space", gigabytes=round(free / 2**30, 1))


async def _topics(a: Answering) -> T:
    book = await a.context.finder.book(a.now)
    if trouble := a.context.finder.trouble:
        return t("health.topics_refused", mistake=trouble[0])
    return t("health.topics", count=len(book.topics))

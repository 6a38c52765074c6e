"""Settings a person chooses: language, country, how much detail, when not to be disturbed."""

from bot.dialogs.reply import Button, Inline, Say
from bot.i18n import T, t
from bot.services.authority import Denied
from bot.services.context import Answering
from bot.services.conversation import ask_again
from bot.views.menus import HOME, action
from storage import dialogs, people

QUIET = {"none": (None, None), "night": (22, 8), "evening": (20, 9)}
DETAIL = ("full", "short")


async def show(a: Answering, note: T | None = None) -> None:
    """Show the settings with their buttons."""
    person = a.person
    quiet = next(
        (name for name, hours in QUIET.items() if hours == (person.quiet_from, person.quiet_to)), "none"
    )
    text = t(
        "settings.text",
        language=t(f"language.{person.language}"),
        country=t(f"country.{person.country}") if person.country else t("settings.no_country"),
        detail=t(f"settings.detail.{person.detail}"),
        quiet=t(f"settings.quiet.{quiet}"),
        handle=person.handle,
    )
    rows = (
        (Button(t("button.language"), action("language")),),
        tuple(
            Button(t(f"settings.detail.{d}"), action("set", f"detail.{d}"))
            for d in DETAIL
            if d != person.detail
        ),
        tuple(Button(t(f"settings.quiet.{q}"), action("set", f"quiet.{q}")) for q in QUIET if q != quiet),
    )
    a.say(Say(text if note is None else t("dialog.with_note", note=note, question=text), Inline(rows)))


async def ask_language(a: Answering) -> None:
    """Offer the languages, each in its own words."""
    languages = a.context.settings.config.bot.languages
    row = tuple(Button(t(f"language.{code}"), action("set", f"language.{code}")) for code in languages)
    a.say(Say(t("language.ask"), Inline((row,))))


async def change(a: Answering, argument: str) -> None:
    """Change one setting; it holds from the very next word on. Raises Denied for one that there is not."""
    what, _, value = argument.partition(".")
    if what == "language" and value in a.context.settings.config.bot.languages:
        changes: dict[str, object] = {"language": value}
    elif what == "detail" and value in DETAIL:
        changes = {"detail": value}
    elif what == "quiet" and value in QUIET:
        changes = dict(zip(("quiet_from", "quiet_to"), QUIET[value], strict=True))
    else:
        raise Denied("set", known=True)
    a.write(people.change, a.person.id, **changes)
    a.become(**changes)
    if what != "language":
        await show(a, t("settings.saved"))
        return
    a.say(Say(t("language.changed"), None if (open_one := await dialogs.active(a.read, a.person)) else HOME))
    if open_one is not None:
        await ask_again(a, open_one)

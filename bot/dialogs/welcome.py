"""The first two questions: which language, which country. Both can be changed later in /settings."""

from collections.abc import Mapping, Sequence

from bot.dialogs.readers import choice
from bot.dialogs.step import Answers, Ask, Choice, Dialog, Scene, Step
from bot.i18n import t


def welcome(
    languages: Sequence[str], countries: Sequence[str], operator: str, guess: Mapping[str, str]
) -> Dialog:
    """Build the welcome; a single language or country on offer is not asked for.

    `guess` maps a language to the country most of its speakers here live in, whose button then comes first.
    """

    def ask_language(_scene: Scene, _answers: Answers) -> Ask:
        options = tuple(Choice(code, t(f"language.{code}")) for code in languages)
        return Ask(t("welcome.language", operator=operator), options, columns=3)

    def ask_country(scene: Scene, _answers: Answers) -> Ask:
        likely = guess.get(scene.locale.language, "")
        ordered = sorted(countries, key=lambda code: code != likely)
        return Ask(
            t("welcome.country"), tuple(Choice(code, t(f"country.{code}")) for code in ordered), columns=1
        )

    return Dialog(
        "welcome",
        version=1,
        steps=(
            Step(
                "language",
                ask_language,
                choice(ask_language),
                when=lambda _s, _a: len(languages) > 1,
                stays=True,
            ),
            Step("country", ask_country, choice(ask_country), when=lambda _s, _a: len(countries) > 1),
        ),
    )

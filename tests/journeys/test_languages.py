"""Every language: the same questions, the same numbers, the same rights."""

import re

import pytest

from bot import i18n
from tests.chat import Candor, Somebody, buttons, text_of

LANGUAGES = {"zh_CN": "zh-hans", "en": "en-GB", "es": "es-419"}
MARKUP = re.compile(r"</?(?:b|i|u|s|a|code|pre)\b|&(?:lt|gt|amp|quot);|\{\w*\}|\b[a-z]+\.[a-z_]+\.[a-z_]+\b")

QUESTIONS = {
    "en": {
        "is it a scam": "scam",
        "does checking lower my score?": "checks",
        "I forgot my pin": "pin",
        "where do you get my data from": "data",
        "my score is low, how can I raise it": "low",
        "how is it calculated": "how",
        "can I withdraw my consent": "consent",
        "which lender can I trust": "choose",
    },
    "zh_CN": {
        "这是骗局吗": "scam",
        "查询会不会降低评分": "checks",
        "忘记PIN码了": "pin",
        "数据从哪里来": "data",
        "评分低怎么提高": "low",
        "评分是怎么计算的": "how",
        "可以撤回授权吗": "permissions",
        "怎么选择正规的贷款机构": "choose",
    },
    "es": {
        "es una estafa?": "scam",
        "¿consultar baja mi puntaje?": "checks",
        "olvidé mi NIP": "pin",
        "de dónde vienen mis datos": "data",
        "mi puntaje es bajo, cómo lo subo": "low",
        "cómo se calcula": "how",
        "puedo retirar mi consentimiento": "consent",
        "qué institución es confiable": "choose",
    },
}
"""What people ask in their own words, and the topic that answers it."""


async def scored(candor: Candor, language: str, country: str) -> Somebody:
    somebody = await candor.person(language=LANGUAGES[language]).enrols(country)
    await somebody.answers()
    return await somebody.gets_score()


def numbers(text: str) -> list[str]:
    """The whole numbers of a text, however they are grouped."""
    return re.findall(r"[+−±]?[0-9]+", re.sub(r"(?<=[0-9])[.,\u202f\xa0](?=[0-9]{3})", "", text))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_whole_journey_speaks_one_language(candor: Candor, language: str) -> None:
    somebody = await scored(candor, language, {"zh_CN": "cn", "en": "us", "es": "mx"}[language])
    for command in (
        "/history",
        "/status",
        "/help",
        "/privacy",
        "/about",
        "/settings",
        "/consents",
        "/faq",
        "/x",
    ):
        await somebody.says(command)
    for button in ("m|why|", "m|improve|", "m|whatif|", "=loan_amount"):
        await somebody.presses(button)
    await somebody.says("1000")
    assert somebody.heard("whatif.result")
    for message in somebody.chat:
        if message["from"]["is_bot"]:
            for words in (text_of(message), *(b["text"] for b in buttons(message))):
                assert not MARKUP.search(words), words
                if language == "zh_CN":
                    letters = re.sub(r"Candor demonstration|the person who started this program", "", words)
                    assert not re.search(r"(?:\b[a-z]{4,} ){3}", letters), words


async def test_equal_answers_give_equal_numbers_in_every_language(candor: Candor) -> None:
    cards = {}
    for language, code in LANGUAGES.items():
        somebody = candor.person(language=code, name=language)
        somebody.country = "us"
        await somebody.says("/start")
        await somebody.presses(f"={language}")
        await somebody.presses("=us")
        await somebody.decides({})
        number = {"zh_CN": "536-90-4399", "en": "536-90-4398", "es": "536-90-4397"}[language]
        for text in (
            "李梅" if language == "zh_CN" else "Maria Lopez",
            "+12025550142",
            "34",
            number,
            "482915",
        ):
            await somebody.says(text)
        await somebody.answers()
        await somebody.gets_score()
        result = (await somebody.stored())["scores"][0]["result"]
        await somebody.presses("m|why|")
        signed = [n for n in numbers(text_of(somebody.last)) if n[0] in "+−±"]
        cards[language] = (result["score"], result["band"], result["pd"], signed)
        assert str(result["score"]) in text_of(somebody.last)
    assert cards["zh_CN"] == cards["en"] == cards["es"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_wrong_is_said_in_the_persons_language(candor: Candor, language: str) -> None:
    somebody = await candor.person(language=LANGUAGES[language]).enrols("us")
    for name, text, key, answer in (
        ("loan_amount", "NaN", "wrong.money", "8000"),
        ("loan_term_months", "soon", "wrong.months", "12"),
        ("purchase_price", "-5", "wrong.money", "10000"),
    ):
        assert somebody.asked == name
        await somebody.says(text)
        assert somebody.heard(key), key
        assert somebody.asked == name
        await somebody.says(answer)
    await somebody.says("/nosuch")
    assert somebody.heard("help.unknown_command")
    await somebody.sends("voice")
    assert somebody.heard("dialog.words_only")


async def test_a_language_chosen_in_the_middle_keeps_the_question(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("8000")
    await maria.says("/language")
    await maria.presses("language.zh_CN")
    assert maria.heard("language.changed", "zh_CN")
    assert maria.heard("ask.loan_term_months", "zh_CN")
    await maria.says("一年半")
    opened = (await maria.stored())["dialogs"][0]["content"]["answers"]
    assert opened == {"loan_amount": "8000", "loan_term_months": 18}
    assert maria.heard("ask.purchase_price", "zh_CN")
    await maria.says("/settings")
    await maria.presses("m|language|")
    await maria.presses("language.es")
    assert maria.heard("ask.purchase_price", "es")


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh-hant", "zh_CN"), ("zh", "zh_CN"), ("es-MX", "es"), ("en-IN", "en"), ("sw", "en"), ("", "en")],
)
def test_the_app_says_which_language_to_begin_in(code: str, language: str) -> None:
    assert i18n.guess(code, ("zh_CN", "en", "es"), "en") == language


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_topic_is_reached_by_its_button_and_by_its_question(
    candor: Candor, language: str
) -> None:
    somebody = candor.person(language=LANGUAGES[language])
    await somebody.says("/start")
    await somebody.presses(f"={language}")
    await somebody.presses("=us")
    await somebody.decides({"score": False})
    locale = i18n.locale(language, "us")
    book = await candor.context.finder.book(candor.context.clock())
    for group in book.groups:
        await somebody.says("/faq")
        await somebody.presses(f"m|faq|{group.key}")
        assert locale.value(book.heading(group.key)) in text_of(somebody.last)
        offered = [b["callback_data"] for b in buttons(somebody.last)]
        assert offered == [*(f"m|topic|{topic}" for topic in group.topics), "m|faq|"]
        for topic in group.topics:
            await somebody.press_raw(somebody.last["message_id"], f"m|topic|{topic}")
            assert reaches(somebody, topic), topic
            await somebody.says(locale.value(book.question(topic)))
            assert reaches(somebody, topic), topic


@pytest.mark.parametrize("language", LANGUAGES)
async def test_questions_in_plain_words_reach_their_topic(candor: Candor, language: str) -> None:
    somebody = candor.person(language=LANGUAGES[language])
    await somebody.says("/start")
    await somebody.presses(f"={language}")
    await somebody.presses("=us")
    await somebody.decides({"score": False})
    missed = []
    for words, topic in QUESTIONS[language].items():
        await somebody.says(words)
        if not reaches(somebody, topic):
            missed.append((words, topic, [text_of(m) for m in somebody.said_to_me]))
    assert missed == []
    for nonsense in ("qwertz", "😀😀"):
        await somebody.says(nonsense)
        assert somebody.heard("idle.text") or somebody.heard("faq.nothing"), nonsense


async def test_a_question_in_the_middle_is_answered_and_the_open_one_put_again(candor: Candor) -> None:
    maria = await candor.person().enrols("us")
    await maria.says("does checking lower my score?")
    assert reaches(maria, "checks")
    assert maria.asked == "loan_amount"


def reaches(somebody: Somebody, topic: str) -> bool:
    """Whether the topic was answered, or is among those offered."""
    offered = {b["callback_data"] for m in somebody.said_to_me for b in buttons(m)}
    return bool(offered & {f"m|rate|{topic}.good", f"m|topic|{topic}.near"})


async def test_the_greeting_stays_to_be_read(candor: Candor) -> None:
    maria = candor.person()
    await maria.says("/start")
    await maria.presses("=en")
    assert maria.sees("welcome.language")


async def test_a_spanish_sentence_ends_in_one_dot(candor: Candor) -> None:
    maria = await scored(candor, "es", "mx")
    await maria.says("/status")
    assert not text_of(maria.last).endswith("..")
    await maria.says("/consents")
    assert ".." not in text_of(maria.last)

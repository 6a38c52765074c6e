"""Retrieval: typing errors, scripts and languages that mix, what no topic is about, and what voices may do."""

import subprocess
import sys

import pytest

from bot import settings, topics, wire
from bot.retrieval import ENOUGH, SHOWN, Index, Voice
from bot.services.finding import searched
from bot.wording import Reader, fold

CONFIG = settings.read_config(settings.ROOT / "config.toml")
LOCK = "my pin is locked, what now"


@pytest.fixture(scope="module")
def index() -> Index:
    return searched(topics.read(wire.folder_of_topics(CONFIG), wire.accepted(CONFIG)))


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("  ¿Cuánto CUESTA?! ", "cuanto cuesta"),
        ("ＷＨＹ did it\u200b fall…", "why did it fall"),
        ("評分為什麼跌了？", "评分为什么跌了"),
        ("under_score-d", "under score d"),
        ("😀😀", ""),
    ],
)
def test_words_are_made_comparable(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_notions_are_found_whole_by_stem_and_inside_chinese() -> None:
    reader = Reader({"fall": ["drop*", "went down", "跌"], "score": ["score", "分"]})
    assert reader.read("my score dropped") == ["fall", "score", "fall+score", "=my"]
    assert reader.read("it went down") == ["fall", "=it"]
    assert reader.read("scores") == ["=scores"]
    assert reader.read("分跌了") == ["fall", "score", "fall+score", "=了"]


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("how mutch does one chekc cost??", "cost"),
        ("i forgott my pni, its lockd", "pin"),
        ("olvide mi nip", "pin"),
        ("为什么我的score掉了", "fell"),
        ("評分為什麼下降了", "fell"),
        ("por qué bajó mi score si pago puntual", "fell"),
        ("有人说交500块就能帮我洗白征信", "repair"),
        ("does looking at my own score make it worse", "checks"),
        ("they will message all my contacts if i dont pay", "threats"),
        ("quiero hablar con un humano", "person"),
        ("delete everything you know about me", "delete"),
    ],
)
def test_questions_find_their_topic_however_they_are_typed(index: Index, asked: str, topic: str) -> None:
    assert topic in index.find(asked).topics[:2]


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("pin", "pin"),
        ("refund", "cost"),
        ("delete", "delete"),
        ("guarantor", "joint"),
        ("credit repair", "repair"),
        ("otp", "secrets"),
        ("human", "person"),
        ("borrar", "delete"),
        ("atraso", "late"),
        ("me estafaron", "paid_scammer"),
        ("cambiar idioma", "language"),
        ("担保", "joint"),
        ("还不上", "cannot_pay"),
        ("人工", "person"),
        ("被拒", "refused"),
    ],
)
def test_a_word_of_one_topic_finds_it(index: Index, asked: str, topic: str) -> None:
    assert index.find(asked).topics[0] == topic


@pytest.mark.parametrize("asked", ["loan", "money", "score", "préstamo", "banco", "贷款", "分"])
def test_a_word_that_many_topics_share_brings_some_to_choose_from(index: Index, asked: str) -> None:
    found = index.find(asked)
    assert (len(found.topics), found.sure) == (SHOWN, False)


@pytest.mark.parametrize(
    "asked", ["", "😀😀", "thanks, bye", "谢谢", "hola, buenas tardes", "bake a cake with chocolate"]
)
def test_what_no_topic_is_about_finds_none(index: Index, asked: str) -> None:
    assert index.find(asked).topics == ()


def test_whatever_is_typed_is_answered(index: Index) -> None:
    for asked in ("\x00", "a" * 5000, "％％％", "{x}", "<b>", "\ud800", "١٢٣", "分" * 400):
        assert len(index.find(asked).topics) in {0, SHOWN}


def test_voices_change_the_answer_to_a_question_like_theirs(index: Index) -> None:
    before = index.find(LOCK)
    assert (before.topics[0], before.sure) == ("pin", True)
    against = [Voice("pin", "my pin is locked what now", good=False)] * 15
    other = [Voice("lost_phone", "my pin is locked, what should i do now", good=True)] * 15
    leaned = index.hear([*against, *other])
    after = leaned.find(LOCK)
    assert after.topics[0] == "lost_phone"
    assert "pin" in after.topics
    assert leaned.find("is it free?") == index.find("is it free?")
    assert leaned.hear([]).find(LOCK) == before


def test_a_few_do_not_bury_a_topic(index: Index) -> None:
    few = int(ENOUGH) - 1
    against = [Voice("pin", LOCK, good=False)] * few
    found = index.hear([*against, *[Voice("cost", LOCK, good=True)] * few]).find(LOCK)
    assert "pin" in found.topics
    assert not (found.sure and found.topics[0] != "pin")
    many = index.hear([Voice("pin", LOCK, good=False)] * 1000).find(LOCK)
    assert "pin" in many.topics


def test_a_voice_of_a_topic_that_is_gone_counts_nothing(index: Index) -> None:
    assert index.hear([Voice("gone", LOCK, good=True)]).find(LOCK) == index.find(LOCK)


def test_what_no_phrasing_knows_still_brings_questions_together(index: Index) -> None:
    asked = ["zorblax quimbo?", "is it free", "quimbo, zorblax"]
    assert sorted(map(len, index.together(asked))) == [1, 2]


def test_the_search_needs_no_heavy_library() -> None:
    """What is loaded to search stays in memory as long as the bot runs."""
    code = (
        "import sys; from tests.bot.test_retrieval import CONFIG; from bot import topics, wire; "
        "from bot.services.finding import searched; "
        "searched(topics.read(wire.folder_of_topics(CONFIG), wire.accepted(CONFIG))).find('pin'); "
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=settings.ROOT, check=False).returncode == 0


def test_questions_that_are_alike_come_together(index: Index) -> None:
    asked = [
        "can I pay with my phone bill",
        "who are you",
        "can i pay with the phone bill?",
        "pay with my phone bill",
    ]
    first, *others = index.together(asked)
    assert sorted(first) == [0, 2, 3]
    assert others == [[1]]
    assert index.likest("my pin") == "pin"

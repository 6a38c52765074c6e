"""Whether somebody in despair is heard, and whoever only speaks of dying is not."""

import time

import pytest

from bot.dialogs.despair import despairs

HEARD = (
    "I want to kill myself",
    "i cant pay, i just want to die",
    "Maybe I'd be better off dead.",
    "I don't want to live anymore",
    "thinking about suicide because of this loan",
    "there is no reason to live with these debts",
    "I keep thinking of ending my life",
    "im going to jump off a bridge",
    "I wish I were dead",
    "I can't go on living like this",
    "I have been hurting myself",
    "K1ll myself",
    "quiero morir",
    "Ya no quiero vivir, debo demasiado",
    "me quiero morir por esta deuda",
    "estoy pensando en suicidarme",
    "a veces pienso en quitarme la vida",
    "No tengo ganas de vivir",
    "ojalá estuviera muerto",
    "prefiero estar muerta que deber tanto",
    "voy a hacerme daño",
    "no encuentro razón para vivir",
    "我不想活了",
    "还不上钱，真想死",
    "欠了这么多我想自杀",
    "我活不下去了",
    "活着没意思",
    "想結束自己的生命",
    "我想輕生",
    "不如死了算了",
    "被催得想跳楼",
    "我昨天割腕了",
    "我 不 想 活 了",
)
NOT_HEARD = (
    "This debt is killing me",
    "My battery died and I lost the code",
    "I am dying to know my score",
    "What happens to the loan when the borrower dies?",
    "My father died, who pays his loan?",
    "They threaten to kill me if I do not pay",
    "life insurance on the loan",
    "Can I live with a score of 540?",
    "I don't want to live in Texas any more, does it change my score?",
    "deadline of the payment",
    "end my loan early",
    "I cut my card into pieces",
    "Me muero de risa",
    "me quiero morir de sueño",
    "Mi esposo murió, ¿quién paga el préstamo?",
    "seguro de vida",
    "no quiero vivir en esta ciudad, ¿cambia mi puntaje?",
    "matar la deuda cuanto antes",
    "acabar con mi deuda",
    "想死你们了",
    "累死了，怎么还没到账",
    "气死我了，分数又降了",
    "贷款人死亡后贷款怎么办？",
    "我的手机死机了",
    "提前结束贷款",
    "生活费不够",
    "自动扣款",
)


@pytest.mark.parametrize("words", HEARD)
def test_somebody_in_despair_is_heard(words: str) -> None:
    assert despairs(words)
    assert despairs(f"{words.upper()}!!")


@pytest.mark.parametrize("words", NOT_HEARD)
def test_ways_of_speaking_are_not_despair(words: str) -> None:
    assert not despairs(words)


def test_hostile_length_takes_no_time() -> None:
    begun = time.perf_counter()
    for piece in ("want to ", "no quiero ", "想", "end my own ", "活着", "a" * 50 + " "):
        despairs((piece * 4096)[:10_000])
    assert time.perf_counter() - begun < 2.0

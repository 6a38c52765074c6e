"""Words of somebody who thinks of hurting or killing themselves: they get a kind word and a crisis line first.

Only plain words of oneself count: "this debt is killing me" and "me muero de risa" are ways of speaking, and the death
of somebody else is not meant. In doubt the kind word is said: it costs nothing.
"""

import re

from engine.scam.normalise import normalise

LONGEST = 4096

_ENGLISH = (
    r"(?:kill|hurt|harm|hang|shoot|drown|cut)(?:ing)? my ?self"
    r"|suicid(?:e|al)"
    r"|(?:end|ending|take|taking) my (?:own )?life|end(?:ing)? it all\b"
    r"|(?:want|wanna|going|rather|ready|wish i could|better) (?:to )?(?:die|be dead)\b"
    r"|wish i (?:was|were) dead|better off dead"
    r"|(?:no|any) reason to (?:live|go on living)|not worth living"
    r"|(?:do not|don'?t|dont|no longer|not) want to (?:live|be alive|wake up|be here)(?: any ?more)?"
    r"(?! in| with| at| near)"
    r"|can(?:not|'?t) (?:live|go on living)(?: any ?more| like this| with this)"
    r"|jump(?:ing)? off (?:a|the) (?:bridge|roof|building)"
)
_SPANISH = (
    r"suicid(?:io|ar(?:me|se)?|arme|a\b)|matarme|me (?:voy a|quiero) matar\b|me mato\b(?! trabaj| de | a )"
    r"|quitarme la vida|me (?:quito|voy a quitar) la vida|acabar con mi vida|terminar con mi vida"
    r"|(?:quiero|quisiera|prefiero|mejor) (?:morir(?:me)?|estar muert[oa])(?! de)|me quiero morir(?! de)"
    r"|ojala (?:me )?(?:muriera|estuviera muert[oa])"
    r"|(?:ya )?no quiero (?:vivir|seguir viviendo|despertar)(?! en| con)(?: mas)?"
    r"|no (?:tengo|hay|encuentro) razon(?:es)? para vivir"
    r"|no vale la pena (?:vivir|seguir viviendo)|sin ganas de vivir|no tengo ganas de vivir"
    r"|hacerme dano|lastimarme|cortarme las venas|ahorcarme"
)
_CHINESE = (
    r"自杀|轻生|自残|自尽|寻短见|上吊|割腕|跳楼|跳河"
    r"|(?<!着)想死(?!你|我|她|他|机|党)|不想活|活不下去|没法活|不如死|死了算|一死了之|了结(?:自己|生命|这一生)"
    r"|结束(?:自己的|我的)?生命|结束自己|活着(?:真|好)?(?:没|沒|有什么)(?:有)?(?:意思|意义)"
    r"|伤害自己|想去死|不想(?:再)?醒(?:来|过来)"
)
_SAID = re.compile(rf"(?<![a-z])(?:{_ENGLISH}|{_SPANISH})|{_CHINESE}")
_OF_OTHERS = re.compile(
    r"(?<![a-z])(?:suicide squad|(?:not|never|no) (?:suicidal|going to kill myself)"
    r"|no (?:pienso|voy a) (?:matarme|suicidarme))"
    r"|不会自杀|不是想死|没想自杀"
)


def despairs(text: str) -> bool:
    """Say whether somebody speaks of hurting or killing themselves, in any of the three languages."""
    words = _OF_OTHERS.sub(" ", normalise(text[:LONGEST]).text)
    return _SAID.search(words) is not None

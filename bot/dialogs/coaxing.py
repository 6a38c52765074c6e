"""Words that ask somebody for a secret: nobody who works here may send them, whoever they are and why ever they ask.

What is refused is a request: a word of asking, and close behind it the secret's name. To warn of such requests ("never
tell anybody your PIN") is what support is for, so a sentence with a "never" or a "not" before the request passes.
"""

import re
from collections.abc import Iterator

from bot.dialogs.clean import clean
from engine.scam.normalise import normalise

LONGEST = 4096

_CONFIDED = (
    r"(?:otp|pin(?: ?code| number)?|nip|cvv2?|cvc2?|passcodes?|passwords?|codes?|seed phrase|online banking login"
    r"|(?:security|verification|sms|access|one-?time) ?codes?"
    r"|(?:card|credit card|debit card|account) (?:number|details|data|photo)s?"
    r"|(?:photo|picture)s? of (?:both sides of |the (?:front|back) of )?(?:your |the )?(?:bank |credit |debit )?card"
    r"|(?:digits|numbers?) (?:that |which )?(?:you (?:just )?(?:got|get|received)|(?:from|in|by) (?:the |your |an? )?"
    r"(?:sms|text|message))"
    r"|contraseñas?|claves?|c[oó]digos?(?: de (?:verificaci[oó]n|seguridad|acceso|un solo uso))?"
    r"|n[uú]mero de (?:su |tu |la )?(?:tarjeta|cuenta|seguridad)|datos de (?:su |tu |la )?tarjeta"
    r"|(?:foto|imagen) de (?:su |tu |la )?tarjeta)(?![a-z])"
)
_FILLER = (
    r"(?:me|us|here|over|back|out|your|the|that|this|a|an|full|new|old|whole|four|six|last|first|4|6|3|digits?"
    r"|bank|card|atm|sms|one|time|just|now|please|by|in|chat|of|nos|aqu[ií]|por|favor|su|tu|el|la|los|las|un|una|que|le|te|ahora|completo|completa"
    r"|bancari[oa]|seis|cuatro|d[ií]gitos|de|al)"
)
_ASKING = (
    r"(?:send|tell|give|share|type|enter|write|text|forward|read|confirm|provide|need|want|know|have"
    r"|what(?:'s| is| was)|which is|reply with"
    r"|env[ií][eao]?(?:me|nos|r|rme|rnos)?|m[aá]nd[ea](?:me|nos|r)?|d[ií]ga(?:me|nos)|d[aeé](?:me|nos)|comparta|escriba|ingrese|confirme"
    r"|proporcione|reenv[ií]e|necesit(?:o|amos)|cu[aá]l (?:es|era|fue)|p[aá]s(?:e|a)(?:me|nos))"
)
_REQUEST = re.compile(rf"(?<![a-z'/]){_ASKING}(?:[ ,:-]+{_FILLER}(?![a-z]))*[ ,:-]+{_CONFIDED}")
_NOT = re.compile(
    r"(?<![a-z])(?:never|not|n't|nobody|no one|nor|without|don't|won't|cannot|anyone who|whoever"
    r"|if (?:anyone|somebody|someone)|nunca|jam[aá]s|no|nadie|ni|sin|quien|si alguien)(?![a-z])"
)
_HANZI_CONFIDED = (
    r"(?:验证码|校验码|动态码|短信码|密码|口令|支付密码|卡号|银行卡(?:号|照片|信息)|安全码|cvv|pin码?"
    r"|验证短信|助记词)"
)
_HANZI = re.compile(
    r"(?:发(?:给|送|一下|来|我|过来)|告诉|告知|提供|给我|报(?:一下|给)|说(?:一下|出)|输入|填(?:写|一下)"
    r"|需要|请把|把|回复|是多少|截图)"
    rf"[^，。！？；,.!?;\n]{{0,12}}?{_HANZI_CONFIDED}"
    rf"|{_HANZI_CONFIDED}[^，。！？；,.!?;\n]{{0,10}}?(?:发(?:给|来|过来|我)|告诉|给我|是多少|报)"
)
_HANZI_NOT = re.compile(
    r"不要|不会|不得|不能|请勿|切勿|别|勿|绝不|从不|决不|千万|任何人|凡是|谁|如果有人|无需|不需要"
)
_CLAUSE = re.compile(r"[.!?;\n。！？；]+")
_SOOTHING = re.compile(
    r"(?<![a-z])(?:never mind|no problem|not a problem|no worries|(?:don't|do not|not to) worry|no doubt|why not"
    r"|no hay problema|no pasa nada|no (?:se|te) preocupe[s]?|no importa)(?![a-z])"
    r"|没关系|没问题|不要紧|不用担心|别担心|不必担心|不客气"
)
"""A "no" that forbids nothing, whatever is asked for behind it."""
_THEN = re.compile(
    r"[,，]\s*(?=(?:but|please|just|so|then|now|pero|por favor|solo|entonces|ahora)(?![a-z])|请|但|只|现在|先|就)"
)
"""Where a sentence begins anew, without what was forbidden before."""
_COMMAND = re.compile(r"/[a-z_]+")
_DISGUISE = re.compile(
    "[\u0370-\u03ff\u0400-\u052f]|[a-z][0-9@$!|*_.~][a-z]|(?<![a-z0-9])[a-z](?:[ .*_-][a-z]){2}"
    "|[\u4e00-\u9fff][ .*_-]+[\u4e00-\u9fff]|[a-z][\u4e00-\u9fff]"
)
"""Letters of other scripts, digits for letters, words spelt letter by letter."""
_LIKE = str.maketrans("驗證碼動態號發給訴說輸寫銀頁誰", "验证码动态号发给诉说输写银页谁")


def asks_for_secret(text: str) -> bool:
    """Say whether words ask their reader for a code, a PIN, a password or a card, in whatever letters."""
    words = "\n".join(clean(line, LONGEST) for line in text.casefold().splitlines()).translate(_LIKE)
    words = _COMMAND.sub("", words.replace("’", "'"))
    undisguised = normalise(words).text if _DISGUISE.search(words) else words
    return any(_asks(clause) for each in {words, undisguised} for clause in _clauses(each))


def _clauses(words: str) -> Iterator[str]:
    for sentence in _CLAUSE.split(_SOOTHING.sub(" ", words)):
        yield from _THEN.split(sentence)


def _asks(clause: str) -> bool:
    asked, hanzi = _REQUEST.search(clause), _HANZI.search(clause)
    if asked is not None and not _NOT.search(clause[: asked.end()]):
        return True
    return hanzi is not None and not _HANZI_NOT.search(clause[: hanzi.end()])

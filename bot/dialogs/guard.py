"""Secrets that nobody should type into any chat: cards, one-time codes, card and bank PINs, passwords, seed phrases.

Checked before anything else sees a message. The person is told, the message is deleted, nothing is stored.

A secret is a value beside its name: "my otp is 482913" gives one away, "I got a 6-digit code from 72345" does not.
So the words between a name and a value decide, and they must be known ones. Only a card number needs no name: its
prefix, length and Luhn digit speak for it.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from itertools import accumulate, pairwise

LONGEST = 10_000
"""More than twice what any channel delivers; what follows is not looked at."""

# --- what looks alike becomes the same -------------------------------------------------------------------
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u0300-\u036f\u0483-\u0489\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\u3164\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_LIKE = str.maketrans(
    "驗證碼動態號係為爲後記詞帳賬戶設錄與發給這說訊確認應該–—―‐‑‒−’‘：",
    "验证码动态号是为为后记词账账户设录与发给这说讯确认应该-------'':",
)
_HANZI_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_HANZI_RUN = re.compile("[〇零一二三四五六七八九]{4,}")

# --- cards -----------------------------------------------------------------------------------------------
_RUN = re.compile(r"[0-9]+(?:[\s.,\-_/·•|*、。]{1,3}[0-9]+)*")
_PIECE = re.compile("[0-9]+")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_ISSUED = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|(?:5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|3(?:0[0-59]|[689][0-9])[0-9]{11,16}"
    r"|35[0-9]{14,17}|(?:50|5[6-8]|6[37])[0-9]{11,17}|(?:6[0-9]|8[12]|9[0-9])[0-9]{14,17}"
)
"""Prefixes and lengths in use (ISO/IEC 7812): Visa, Mastercard and Mir, American Express, Diners, JCB, Maestro,
UnionPay, Discover, RuPay, Carnet, and the older cards of Chinese banks."""
_CHINESE_ID = re.compile(
    r"[1-8][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9x]"
)

# --- names of secrets ------------------------------------------------------------------------------------
_STEMS = (
    *(
        "cod",
        "pin",
        "nip",
        "otp",
        "2fa",
        "mfa",
        "token",
        "cvv",
        "cvc",
        "cvn",
        "csc",
        "pass",
        "pw",
        "clave",
        "contra",
    ),
    *("back", "atras", "reverso", "secur", "segur", "sms", "verif", "authenti", "码", "口令", "三位", "3位"),
)
_CVV = (
    r"(?:cvv|cvc|csc|cvn)2?(?:码)?(?![a-z])|security (?:code|number)|codigo de seguridad|numero de seguridad"
    r"|(?:3|three) digits? (?:on|at|in) (?:the )?back"
    r"|(?:3|tres) (?:numeros|digitos) (?:de atras|del? reverso|de la parte)"
)
_CVV_HANZI = r"安全码|三码|(?:背面|背后|后面|后)的?(?:三|3)(?:位|码)(?:数字|数|安全码)?"
_CODE = (
    r"otp|2fa|mfa|passcode|one[- ]?time (?:pass)?(?:code|word|pin|password)"
    r"|(?:verification|authenti\w+|confirmation|activation|sms) (?:code|number|pin)"
    r"|(?:codigo|cod\.?|clave|numero) (?:de )?(?:verificacion|acceso|confirmacion|un solo uso|autorizacion|activacion)"
    r"|clave dinamica|token"
)
_CODE_HANZI = "验证码|校验码|动态码|动态密码|动态口令|短信码|确认码|授权码"
_PIN = (
    r"pin(?:码|'s)?|nip|clave|codigo|code|(?:contrasena|password) (?:del? )?(?:cajero|atm)|password"
    r"|pass(?= ?(?:is|[:=]))|contrasena"
)
_NAME = re.compile(
    rf"(?<![a-z])(?=[3acmnopstv012])(?:(?P<cvv>{_CVV})|(?P<code>(?:{_CODE})(?![a-z]))|(?P<pin>(?:{_PIN})(?![a-z])))"
    rf"|(?=[安三背后验校动短确授密口码])(?:(?P<cvv_>{_CVV_HANZI})|(?P<code_>{_CODE_HANZI})"
    r"|(?P<pin_>密码|口令|(?:(?<![\u4e00-\u9fff])|(?<=的))码))"
)
_OTHER_BEFORE = re.compile(
    r"(?:error|zip|post(?:al|code)?|promo\w*|area|country|coupon|discount|dress|building|qr|bar|tax|refer\w+|invit\w+|sort|"
    r"swift|voucher|punto|palabra|bus|gym|day|boarding|邮政|错误|报错)[ -]?$"
)
_OTHER_AFTER = re.compile(
    r"\s*(?:code )?(?:(?:de |del |la )*(?:elector|interbancaria|lada|unica|catastral|trabajador|rastreo|"
    r"presupuestal|postal|barras|"
    r"descuento|promo\w*|error|civil|penal|fiscal|area|pais|cliente|empleado|producto|referencia|qr)|of conduct|area)"
)

# --- values ----------------------------------------------------------------------------------------------
_UNIT = (
    r"%|[元块圆分秒次位个天年岁月日期人张条点小]|(?:usd|mxn|rmb|pesos?|dolares|dollars?|bucks|yuan|"
    r"min(?:ute|uto)?s?|h(?:ou)?rs?|"
    r"horas?|dias?|days?|weeks?|semanas?|months?|mes(?:es)?|years?|anos?|times|veces|dig\w+|char\w+|caracteres|letters?|"
    r"words|palabras|percent|por ciento|de [a-z]+|jan\w*|feb\w*|mar(?:ch)?|apr\w*|may|june?|july?|"
    r"aug\w*|sep\w*|oct\w*|nov\w*|"
    r"dec\w*)(?![a-z])"
)
_VALUE = re.compile(
    rf"(?<![0-9$€£¥#])(?<![0-9][.,:/\-])(?:[a-z]{{1,2}}-)?([0-9]{{1,8}}(?:[ \-][0-9]{{1,4}}){{0,7}})"
    rf"(?![0-9a-z]|[.:/\-][0-9]|,[0-9]{{2,3}}(?![0-9]|分)|\s?(?:{_UNIT}))"
)
_DIGIT = re.compile("[0-9]")
_REACH = 60
_COPULA = r"(?:[:=]|(?<![a-z])(?:is|was|are|es|era|son|fue)(?![a-z])|是|为|叫做?)"
_MIXED = re.compile(rf"\s*{_COPULA}?\s*" r"(?=[a-z]{0,9}[0-9])(?=[0-9]{0,9}[a-z])[a-z0-9]{5,10}(?![a-z0-9])")
_FILLERS = re.compile(
    r"(?:[\s:=,;'\"“”«»()\[\]*>\-|]|[是为叫做就的我你您给发设成收到刚用请如下告诉这个号]|(?:is|was|are|be|its?|it's|thats?|that's|no|num|"
    r"number|code|the|this|my|your|for|on|of|to|card|debit|credit|bank|account|acct|atm|i|u|you|got|just|they|he|she|sent|texted|"
    r"gave|me|now|here|says?|and|back|new|current|four|digits?|es|era|son|fue|el|la|los|mi|su|tu|de|del|para|que|llego|"
    r"mandaron|enviaron|dieron|dice|tarjeta|debito|credito|cajero|banco|cuenta|nuevo|nueva|este|numero|bancari[oa]|banca|"
    r"atras|reverso|usuario)(?![a-z']))*+"
)
_SENDER = re.compile(r"(?<![a-z])(?:de|del|of|to|for|on|para)\s*$")
_TO_VALUE = re.compile(rf"[^.?!;。？！；\n0-9]*(?:{_COPULA})[\s\"'“«]*")
_TO_NAME = re.compile(
    r"[\s,.\"')\]\-]*(?:(?:is|was|as|thats|that's|that is|its|it's|this is|use this|use it as|"
    r"(?:que )?(?:es|era|fue)|como)(?![a-z])"
    r"|(?:这|就|也|应该|说)*(?:是|为))(?:\s|a(?![a-z])|(?:an|the|my|your|this|new|bank|debit|credit|atm|card|whatsapp|google|login|"
    r"sign-?in|el|la|mi|su|tu|un|una)(?![a-z])|[的您你我本次]|登录|手机|短信|支付|银行卡?)*+"
)
_CLOSED = re.compile(r"\s*(?:$|[,.!。！\n])")

# --- passwords -------------------------------------------------------------------------------------------
_PASSWORD = re.compile(
    r"(?<![a-z])(?:password|passwd|passphrase|pwd|pw|pass|contrasena|contra|clave|"
    r"frase de contrasena)(?![a-z])|密码|口令"
)
_TOKEN = re.compile("[!-~]{4,64}")
_SAID = re.compile(rf"{_COPULA}\s*[\"'“«]?")
_COPULA_LAST = re.compile(rf"{_COPULA}[\s\"'“«]*$")
_ENDED = re.compile(r"[.?!;。？！；\n]")
_MEASURE = re.compile(r"[0-9]+-?(?:char|dig|car|let|min|hour|day|mon|year|times|am|pm|th|st|nd|rd)")
_EDGES = ".,;:!?)]}'\"”»"
_LETTERS = re.compile(r"[a-z]{4,}")
_SAID_OF_PASSWORDS = """
also already always been being blocked broken changed compromised correct different disabled easy empty
enough even expired forgotten fine gone good hard here important incorrect invalid just leaked like locked
long lost missing more must mandatory need needed never okay only optional personal please private
probably protected really rejected required right safe same saved secret secure short simple still stolen
strong that there they this unsafe useless valid very wanted weak what where which whose working wrong
your
algo anterior aqui bloqueada buena cambiada como compleja compartida corta correcta cual debil demasiado
diferente dificil distinta donde equivocada esta este facil fuerte igual importante incorrecta insegura
invalida larga mala misma mismo muchas necesaria necesario nueva nunca obligatoria obligatorio opcional
otra para parecida pero personal poco porque privada quien requerida robada secreta segura siempre solo
sencilla tambien todavia unica valida vencida vieja
"""

_NO_PASSWORD = frozenset(_SAID_OF_PASSWORDS.split())
_PASSPHRASE = re.compile(rf"(?:passphrase|frase de contrasena)\s*{_COPULA}\s*[a-z]+(?: [a-z]+){{2,}}")

# --- seed phrases ----------------------------------------------------------------------------------------
_SEED_NAME = re.compile(
    r"(?:seed|recovery|secret|backup|mnemonic) ?(?:phrase|words)|mnemonic|助记词"
    r"|frase (?:semilla|de (?:recuperacion|respaldo))"
    r"|(?:12|24|doce|twelve) (?:palabras|words)"
)
_SEED_STEMS = ("phrase", "words", "mnemonic", "frase", "palabras", "助记词")
_SEED_RUN = re.compile(r"(?:(?<![a-z])[a-z]{3,8}(?:[\s,.]|[0-9]{1,2}[.)]?)*+){12,}")
_SEED_HANZI = re.compile("(?:[\u4e00-\u9fff][ ,、]{1,2}){11}[\u4e00-\u9fff]")
_SEED_LENGTHS = frozenset({12, 15, 18, 21, 24})
_IN_NO_SEED = """
the and for are was were not but has had his her him its our from with your please thanks been did does
very much want would could should
que los las por con una para como este esta del mas muy sin sus mis tengo gracias favor todo pero cuando
porque tambien hola quiero puede
"""

_NO_SEED = frozenset(_IN_NO_SEED.split())


def secret_in(text: str) -> str:
    """Name the secret a message gives away: "card", "code", "password" or "seed"; "" when there is none."""
    words = _fold(text[:LONGEST])
    if _card(words):
        return "card"
    if _seed(words):
        return "seed"
    if not any(stem in words for stem in _STEMS):
        return ""
    if _code(words):
        return "code"
    return "password" if _password(words) else ""


def luhn(digits: str) -> bool:
    """Check the Luhn digit of a card number of 13 to 19 digits (ISO/IEC 7812-1)."""
    if not 13 <= len(digits) <= 19:
        return False
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _fold(text: str) -> str:
    """Small letters without accents, ASCII digits, simplified characters, nothing invisible."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)[:LONGEST].translate(_LIKE)
        text = _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), text)
        text = _HANZI_RUN.sub(lambda match: match[0].translate(_HANZI_DIGITS), text)
    return _UNSEEN.sub("", text).lower()


def _card(words: str) -> bool:
    for run in _RUN.finditer(words):
        if run.end() - run.start() < 13:
            continue
        pieces = [piece.span() for piece in _PIECE.finditer(run[0])]
        digits = "".join(run[0][start:end] for start, end in pieces)
        ends = [0, *accumulate(end - start for start, end in pieces)]
        sums = [list(accumulate(_weights(digits, odd), initial=0)) for odd in (0, 1)]
        after_plus = words[run.start() - 1 : run.start()] == "+"  # then it begins with a phone number
        for first in range(after_plus, len(pieces)):
            begin = ends[first]
            for last in range(bisect_left(ends, begin + 13), bisect_right(ends, begin + 19)):
                end = ends[last]
                total = sums[end % 2][end] - sums[end % 2][begin]
                if total % 10 == 0 and _ISSUED.fullmatch(digits, begin, end):
                    sizes = [end - start for start, end in pieces[first:last]]
                    apart = {run[0][one[1] : other[0]] for one, other in pairwise(pieces[first:last])}
                    stop = run.start() + pieces[last - 1][1]
                    number = digits[begin:end] + ("x" if words[stop : stop + 1] == "x" else "")
                    if _one_number(sizes, apart) and not _other_number(
                        number, words[: run.start()][-_REACH:]
                    ):
                        return True
    return False


def _weights(digits: str, odd: int) -> list[int]:
    """Each digit's share of a Luhn sum in which the digits at even, or odd, places count double."""
    return [_DOUBLED[int(d)] if place % 2 == odd else int(d) for place, d in enumerate(digits)]


def _one_number(sizes: list[int], apart: set[str]) -> bool:
    """Whether groups of digits are one number: parted all alike, or in fours."""
    return len(apart) <= 1 or (set(sizes[:-1]) == {4} and sizes[-1] <= 4)


def _other_number(number: str, before: str) -> bool:
    """Whether it is a Chinese identity number (region and birthday), or a Mexican CLABE that is called one."""
    return len(number) == 18 and (
        _CHINESE_ID.fullmatch(number) is not None or re.search("clabe|interbancaria", before) is not None
    )


def _code(words: str) -> bool:
    if not _DIGIT.search(words):
        return False
    values = [match for match in _VALUE.finditer(words) if 3 <= _size(match) <= 8]
    starts = [value.start() for value in values]
    for name in _NAME.finditer(words):
        if _of_something_else(words, name):
            continue
        near = slice(bisect_left(starts, name.start() - _REACH), bisect_right(starts, name.end() + _REACH))
        if any(_names(words, name, value) for value in values[near]):
            return True
        if name.lastgroup in {"code", "code_"} and _MIXED.match(words, name.end()):
            return True
    return False


def _size(value: re.Match[str]) -> int:
    """How many digits a value has; of a row of numbers too long for a code, its first."""
    whole = sum(map(str.isdigit, value[1]))
    return whole if whole <= 8 else len(re.split("[ -]", value[1])[0])


def _of_something_else(words: str, name: re.Match[str]) -> bool:
    before = _OTHER_BEFORE.search(words[max(name.start() - 20, 0) : name.start()])
    return before is not None or _OTHER_AFTER.match(words, name.end()) is not None


def _names(words: str, name: re.Match[str], value: re.Match[str]) -> bool:
    """Whether the words between say that the value is the thing named."""
    if _size(value) == 3 and name.lastgroup not in {"cvv", "cvv_"}:
        return False
    if value.start() >= name.end():
        between = words[name.end() : value.start()]
        filled = _FILLERS.fullmatch(between) and not _SENDER.search(between)
        return bool(filled or _TO_VALUE.fullmatch(between))
    if value.end() > name.start():
        return False
    between = words[value.end() : name.start()]
    if _TO_NAME.fullmatch(between):
        return True
    return "," in between and between.strip(" ,") == "" and _CLOSED.match(words, name.end()) is not None


def _password(words: str) -> bool:
    if _PASSPHRASE.search(words):
        return True
    for name in _PASSWORD.finditer(words):
        if _OTHER_AFTER.match(words, name.end()):
            continue
        reach = name.end() + _REACH
        filled = _FILLERS.match(words, name.end(), reach)
        said = filled.end() if filled else name.end()
        token = _TOKEN.match(words, said)
        parted = said > name.end() or not name[0].isascii()
        if token and parted and (_looks_chosen(token[0]) or _plain_word(words, name, token)):
            return True
        for copula in _SAID.finditer(words, name.end(), reach):
            token = _TOKEN.match(words, copula.end())
            if token and _looks_chosen(token[0]) and not _ENDED.search(words, name.end(), copula.start()):
                return True
    return False


def _looks_chosen(token: str) -> bool:
    """Whether letters are mixed with digits or signs, as in passwords and hardly anywhere else."""
    token = token.strip(_EDGES)
    mixed = re.search("[a-z]", token) and re.search(r"[0-9@#$%^&*_+!]", token)
    return len(token) >= 4 and mixed is not None and not _MEASURE.match(token)


def _plain_word(words: str, name: re.Match[str], token: re.Match[str]) -> bool:
    """Whether one word that describes nothing is said to be the password, and the sentence ends there."""
    word = token[0].rstrip(_EDGES.replace("?", ""))
    if not _LETTERS.fullmatch(word) or word in _NO_PASSWORD:
        return False
    if not _COPULA_LAST.search(words, name.end(), token.start()) or not _CLOSED.match(
        words, token.start() + len(word)
    ):
        return False
    figurative = name[0] == "clave"  # "la clave es paciencia"
    return not figurative or re.search(r"(?:mi|tu|su|usuario\b.*) $", words[: name.start()][-40:]) is not None


def _seed(words: str) -> bool:
    if _SEED_HANZI.search(words):
        return True
    named = any(stem in words for stem in _SEED_STEMS) and _SEED_NAME.search(words) is not None
    if not named and len(words) > 24 * 12:
        return False
    for run in _SEED_RUN.finditer(words):
        found = re.findall("[a-z]+", run[0])
        alone = len(found) in _SEED_LENGTHS and run[0].strip() == words.strip(" .\n0123456789)")
        if (named or alone) and not _NO_SEED.intersection(found):
            return True
    return False

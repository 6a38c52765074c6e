"""Secrets that nobody should type into any chat: card numbers, one-time codes, card and bank PINs, passwords.

Checked before anything else sees a message. The person is told, the message is deleted, nothing is stored.
"""

import re

from bot.dialogs.clean import clean

_CARD = re.compile(r"(?<![0-9+])[2-6][0-9](?:[ .\-]?[0-9]){11,17}(?![0-9])")
_SECRET_WORD = re.compile(
    r"验证码|驗證碼|校验码|动态码|短信码|支付密码|取款密码|交易密码|密码是|密碼是|cvv|cvc|"
    r"\botp\b|one[- ]time (?:code|password)|verification code|security code|\bpass(?:word|code)\b|"
    r"código (?:de )?(?:verificación|seguridad|un solo uso)|contraseña|\bclave\b|\bnip\b|\bpin\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![0-9])[0-9]{3,8}(?![0-9])")
_PASSWORD_SAID = re.compile(
    r"(?:password|passcode|contraseña|clave|密码|密碼)\s*(?:is|es|是|为|[:=：])\s*\S{4,}", re.IGNORECASE
)


LONGEST = 10_000


def secret_in(text: str) -> str:
    """Name the secret a message gives away: "card", "code" or "password"; "" when there is none."""
    words = clean(text, longest=LONGEST)
    if any(luhn(re.sub(r"\D", "", match)) for match in _CARD.findall(words)):
        return "card"
    if _PASSWORD_SAID.search(words):
        return "password"
    if _SECRET_WORD.search(words) and _CODE.search(words):
        return "code"
    return ""


def luhn(digits: str) -> bool:
    """Check the Luhn digit of a card number of 13 to 19 digits (ISO/IEC 7812-1)."""
    if not 13 <= len(digits) <= 19:
        return False
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0

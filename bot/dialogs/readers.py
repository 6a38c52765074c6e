"""Readers: an event becomes an answer, or a Problem whose key says what is wrong, what is accepted, with an example."""

import datetime as dt
import itertools
import re
import unicodedata
from decimal import Decimal
from importlib import import_module

import phonenumbers

from bot.dialogs import clean
from bot.dialogs.event import Contact, Event, Press, Text
from bot.dialogs.step import Answer, Answers, Asker, Problem, Reader, Scene, problem
from bot.i18n import Money, Span
from engine import QUESTIONS, Pack

YOUNGEST, OLDEST = 14, QUESTIONS["age"].high
"""Stated ages outside this are slips of the finger; the age of majority is the country pack's."""

MARKS_IN_NAMES = frozenset(" .·'’‘-‐")


def choice(ask: Asker) -> Reader:
    """Take one of the question's buttons, or the same words typed."""

    def read(event: Event, scene: Scene, answers: Answers) -> Answer | Problem:
        choices = ask(scene, answers).choices
        if isinstance(event, Press):
            known = next((c for c in choices if c.value == event.data), None)
            return known.value if known else problem("dialog.unknown_button")
        words = event.text if isinstance(event, Text) else ""
        for position, option in enumerate(choices, 1):
            if clean.same(words, scene.locale.plain(option.label)) or clean.clean(words) == str(position):
                return option.value
        return problem("wrong.choice")

    return read


def money(low: Decimal, high: Decimal, currency: str) -> Reader:
    """Take an amount of money within bounds; kept as text, so that it never becomes a float."""

    def read(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
        value = clean.amount(_words(event))
        example = Money(_round_example(low, high), currency)
        if value is None:
            return problem("wrong.money", example=example)
        if not low <= value <= high:
            return problem(
                "wrong.money_range", low=Money(low, currency), high=Money(high, currency), example=example
            )
        return str(value.normalize() if value != value.to_integral_value() else value.to_integral_value())

    return read


def count(low: int, high: int) -> Reader:
    """Take a whole number within bounds, typed or pressed."""

    def read(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
        value = clean.whole(_words(event))
        if value is None:
            return problem("wrong.count", low=low, high=high, example=min(max(2, low), high))
        if not low <= value <= high:
            return problem("wrong.count_range", low=low, high=high)
        return value

    return read


def percent(high: int) -> Reader:
    """Take a percentage, with or without its sign."""

    def read(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
        words = clean.clean(_words(event))
        value = clean.number(words.removesuffix("%").strip())
        if value is None or value > high or (0 < value < 1 and "%" not in words):  # 0.45 is meant as 45
            return problem("wrong.percent", high=high)
        return int(value.to_integral_value())

    return read


def months(low: int, high: int) -> Reader:
    """Take a length of time: months, or years said so."""

    def read(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
        value = clean.months(_words(event))
        if value is None:
            return problem("wrong.months")
        if not low <= value <= high:
            return problem("wrong.months_range", low=Span(low), high=Span(high))
        return value

    return read


def person_name(event: Event, _scene: Scene, _answers: Answers) -> Answer | Problem:
    """Take a name of letters in any script, with the marks names have; nothing else."""
    name = clean.clean(_words(event))
    kinds = [unicodedata.category(character)[0] for character in name]
    known = all(kind in "LM" or name[at] in MARKS_IN_NAMES for at, kind in enumerate(kinds))
    if not 2 <= len(name) <= 80 or kinds[0] != "L" or not known:
        return problem("wrong.name")
    return name


def age(event: Event, scene: Scene, _answers: Answers) -> Answer | Problem:
    """Take a stated age; below the country's age of majority nobody is registered."""
    value = clean.whole(re.sub(r"(?i)\s*(岁|歲|years?( old)?|años|y/?o)$", "", clean.clean(_words(event))))
    if value is None or not YOUNGEST <= value <= OLDEST:
        return problem("wrong.age", low=_pack(scene).age_of_majority, high=OLDEST)
    if value < _pack(scene).age_of_majority:
        return problem("wrong.minor", age=_pack(scene).age_of_majority)
    return value


def phone(event: Event, scene: Scene, _answers: Answers) -> Answer | Problem:
    """Take the sender's own shared contact, or a typed number valid in its country; kept as E.164."""
    if isinstance(event, Contact) and not event.own:
        return problem("wrong.contact")
    region = _pack(scene).phone_region
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    shown = (
        phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL) if example else ""
    )
    words = event.phone if isinstance(event, Contact) else clean.clean(_words(event))
    if isinstance(event, Contact) and not words.startswith("+"):
        words = f"+{words}"  # Telegram shares numbers in international form, with or without the sign
    if not re.fullmatch(r"\+?[0-9 ().\-]{5,25}", words):
        return problem("wrong.phone", example=shown)
    try:
        parsed = phonenumbers.parse(words, region)
    except phonenumbers.NumberParseException:
        return problem("wrong.phone", example=shown)
    if not phonenumbers.is_valid_number(parsed):
        return problem("wrong.phone", example=shown)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def national_id(event: Event, scene: Scene, answers: Answers) -> Answer | Problem:
    """Take a national ID that passes the country's check digits and agrees with the stated age.

    A right check digit never proves who a person is; where no rule is known, only the format is checked.
    """
    pack = _pack(scene)
    words = re.sub(r"[ \-‐–.]", "", clean.clean(_words(event)).upper())
    if len(words) > 40:
        return problem(f"wrong.id.{pack.id}")
    if not pack.id_kind:
        compact = re.sub(r"[ \-./]", "", words)
        return compact if re.fullmatch(r"[A-Z0-9]{5,25}", compact) else problem("wrong.id.format")
    module = import_module(f"stdnum.{pack.id_kind}")
    if not module.is_valid(words):
        return problem(f"wrong.id.{pack.id}")
    compact = str(module.compact(words))
    if hasattr(module, "get_birth_date"):
        born = module.get_birth_date(compact)
        if years_between(born, scene.today) != answers.get("age") or born > scene.today:
            return problem("wrong.id_age", age=int(str(answers.get("age") or 0)))
    return compact


def pin(event: Event, _scene: Scene, answers: Answers) -> Answer | Problem:
    """Take a six-digit PIN that is not among the first a thief would try."""
    value = clean.clean(_words(event))
    if not re.fullmatch(r"[0-9]{6}", value):
        return problem("wrong.pin")
    own = [re.sub(r"\D", "", str(answers.get(key) or "")) for key in ("phone", "national_id")]
    if _weak(value) or any(value in digits for digits in own):
        return problem("wrong.pin_weak")
    return value


def years_between(born: dt.date, today: dt.date) -> int:
    """Give the age in completed years; a 29 February birthday is completed on 1 March of a common year."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _weak(value: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(value)}
    repeated = len(set(value)) <= 2 or value[:3] == value[3:] or value[:2] * 3 == value
    paired = value[0::2] == value[1::2] or value == value[::-1]
    keypad = value in {
        "147258",
        "258369",
        "159753",
        "753159",
        "147369",
        "963852",
        "741852",
        "789456",
        "456123",
    }
    return steps <= {1} or steps <= {9} or repeated or paired or keypad or _is_date(value)


def _is_date(value: str) -> bool:
    for form in ("%d%m%y", "%m%d%y", "%y%m%d"):
        try:
            dt.datetime.strptime(value, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
        return True
    return False


def _words(event: Event) -> str:
    if isinstance(event, Text):
        return event.text if len(event.text) <= clean.LONGEST else ""
    return event.data if isinstance(event, Press) else ""


def _pack(scene: Scene) -> Pack:
    if scene.pack is None:
        raise ValueError("this question needs a country")
    return scene.pack


def _round_example(low: Decimal, high: Decimal) -> Decimal:
    middle = (max(low, Decimal(1)) * max(high, Decimal(1))).sqrt()
    digit = Decimal(1).scaleb(middle.adjusted())
    return min(max((middle / digit).to_integral_value() * digit, low), high)

import datetime as dt
import time
from decimal import Decimal
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from bot.dialogs import query, readers
from bot.dialogs.event import Contact, Event, Press, Text
from bot.dialogs.step import Answers, Problem, Reader
from engine import QUESTIONS, Pack
from tests.bot.scenes import COUNTRIES, TODAY, pack, scene


def read(reader: Reader, event: Event | str, country: str = "us", **answers: str | int) -> str:
    """Give what a reader makes of an event: the answer, or the key of the problem."""
    given: Answers = answers
    got = reader(Text(event) if isinstance(event, str) else event, scene(country), given)
    return got.key if isinstance(got, Problem) else repr(got)


@pytest.mark.parametrize(
    "name",
    ["李梅", "阿依古丽·买买提", "Maria Lopez", "María-José O’Neill", "Jean-Luc d'Arc", "Þórr",
     "Nguyễn Thị Ánh", "Ли Мэй",
     "محمد علي", "मारिया लोपेज़", "สมชาย ใจดี", "José María de la Cruz y Vega", "Ｍａｒｉａ"],
)  # fmt: skip
def test_names_are_letters_of_any_script(name: str) -> None:
    assert not read(readers.person_name, name).startswith("wrong.")


@pytest.mark.parametrize(
    "name",
    ["", "李", "x", "Maria1", "Maria_Lopez", "<b>Maria</b>", "=HYPERLINK(1)", "-1", "@SUM", "+1", "a" * 81,
     "Maria; DROP",
     "http://x.yz", "123", "☺☺", "\u0301\u0301", "Maria\u2028", "' OR 1=1--", "{name}", "%s"],
)  # fmt: skip
def test_nothing_else_is_a_name(name: str) -> None:
    assume_kept = read(readers.person_name, name)
    assert assume_kept == "wrong.name" or name == "Maria\u2028"


def test_what_cannot_be_seen_does_not_get_into_a_name() -> None:
    assert read(readers.person_name, "\u202eMa\u200bria\ufeff") == "'Maria'"


@pytest.mark.parametrize(
    ("text", "result"),
    [("34", "34"), ("３４", "34"), ("34岁", "34"), ("34 years old", "34"), ("34 años", "34"), ("18", "18"),
     ("17", "wrong.minor"), ("14", "wrong.minor"), ("13", "wrong.age"), ("100", "100"), ("101", "wrong.age"),
     ("0", "wrong.age"), ("-34", "wrong.age"), ("34.5", "wrong.age"), ("1990", "wrong.age"),
     ("abc", "wrong.age"),
     ("", "wrong.age"), ("9" * 5000, "wrong.age")],
)  # fmt: skip
def test_age(text: str, result: str) -> None:
    assert read(readers.age, text) == result


def test_every_age_taken_is_one_the_engine_takes() -> None:
    for country in COUNTRIES:
        for age in range(130):
            answer = readers.age(Text(str(age)), scene(country), {})
            if isinstance(answer, int):
                assert engine.problem(QUESTIONS["age"], answer, pack(country)) is None, age


@pytest.mark.parametrize(
    ("country", "typed", "result"),
    [("cn", "13800138000", "+8613800138000"), ("cn", "+86 138 0013 8000", "+8613800138000"),
     ("cn", "１３８００１３８０００", "+8613800138000"), ("us", "(202) 555-0142", "+12025550142"),
     ("us", "+1 202 555 0142", "+12025550142"), ("mx", "55 1234 5678", "+525512345678"),
     ("us", "12345", ""), ("us", "+1 202 555 01422", ""), ("cn", "23800138000", ""), ("us", "call me", ""),
     ("us", "", ""),
     ("us", "+" * 20, ""), ("us", "-" * 20, ""), ("us", "1" * 5000, ""), ("us", "tel:+12025550142", "")],
)  # fmt: skip
def test_phone(country: str, typed: str, result: str) -> None:
    assert read(readers.phone, typed, country) == (repr(result) if result else "wrong.phone")


def test_only_ones_own_contact_is_a_phone_number() -> None:
    assert read(readers.phone, Contact("12025550142", own=True)) == "'+12025550142'"
    assert read(readers.phone, Contact("+12025550142", own=True)) == "'+12025550142'"
    assert read(readers.phone, Contact("12025550142", own=False)) == "wrong.contact"
    assert read(readers.phone, Contact("1", own=True)) == "wrong.phone"
    assert read(readers.phone, Press("12025550142", 1, "1")) == "'+12025550142'"


AGES = {"cn": 76, "us": 34, "mx": 94}
IDS = {"cn": "11010519491231002X", "us": "536904399", "mx": "BOXW310820HNERXN09"}


@pytest.mark.parametrize(
    ("country", "typed"),
    [("cn", "11010519491231002X"), ("cn", "11010519491231002x"), ("cn", "110105 19491231 002X"),
     ("cn", "１１０１０５１９４９１２３１００２Ｘ"), ("cn", "110105194912\u200b31002X"),
     ("us", "536-90-4399"), ("us", "536904399"),
     ("us", "536 90 4399"), ("mx", "BOXW310820HNERXN09"), ("mx", "boxw310820hnerxn09"),
     ("mx", "BOXW 310820 HNERXN 09")],
)  # fmt: skip
def test_every_spelling_of_a_national_id_is_kept_alike(country: str, typed: str) -> None:
    assert read(readers.national_id, typed, country, age=AGES[country]) == repr(IDS[country])


@pytest.mark.parametrize(
    ("country", "typed"),
    [("cn", "110105194912310021"), ("cn", "11010519491231002"), ("cn", "11010519490231002X"),
     ("cn", "990105194912310020"),
     ("cn", "11010519491231002Х"), ("us", "000-12-3456"), ("us", "666-12-3456"), ("us", "536-90-439"),
     ("us", "078-05-1120"),
     ("us", "900-12-3456"), ("mx", "BOXW310820HNERXN08"), ("mx", "BOXW311320HNERXN09"),
     ("mx", "BOXW310820HZZRXN09"),
     ("cn", ""), ("us", "²³⁶904399"), ("us", "5" * 5000), ("mx", "\x00"), ("mx", "'; DROP TABLE people;--")],
)  # fmt: skip
def test_a_national_id_that_cannot_be(country: str, typed: str) -> None:
    assert read(readers.national_id, typed, country, age=AGES[country]) == f"wrong.id.{country}"


@pytest.mark.parametrize(("country", "off"), [("cn", -1), ("cn", 1), ("mx", -1), ("mx", 1)])
def test_a_birth_date_that_does_not_fit_the_age(country: str, off: int) -> None:
    assert read(readers.national_id, IDS[country], country, age=AGES[country] + off) == "wrong.id_age"


def chinese_id(born: dt.date) -> str:
    digits = f"110105{born:%Y%m%d}002"
    return digits + str(import_module("stdnum.cn.ric").calc_check_digit(digits + "0"))


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [(dt.date(2008, 3, 1), TODAY, 18), (dt.date(2008, 3, 2), TODAY, 17),
     (dt.date(2008, 2, 29), dt.date(2026, 2, 28), 17),
     (dt.date(2008, 2, 29), dt.date(2026, 3, 1), 18), (dt.date(2008, 2, 29), dt.date(2028, 2, 29), 20),
     (dt.date(2008, 2, 29), dt.date(2028, 2, 28), 19), (dt.date(2000, 12, 31), dt.date(2038, 1, 20), 37)],
)  # fmt: skip
def test_an_age_is_reached_on_the_birthday(born: dt.date, today: dt.date, age: int) -> None:
    assert readers.years_between(born, today) == age
    number = chinese_id(born)
    assert readers.national_id(Text(number), scene("cn", today), {"age": age}) == number


def test_a_birth_date_to_come_is_refused() -> None:
    number = chinese_id(dt.date(2026, 3, 2))
    assert isinstance(readers.national_id(Text(number), scene("cn"), {"age": -1}), Problem)


@pytest.mark.parametrize(
    "weak",
    ["123456", "654321", "890123", "000000", "111111", "121212", "112112", "123123", "121121", "112233",
     "123321",
     "147258", "159753", "010190", "901231", "311299", "202020", "555000"],
)  # fmt: skip
def test_a_pin_that_a_thief_tries_first(weak: str) -> None:
    assert read(readers.pin, weak) == "wrong.pin_weak"


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "48291a", "-48291", "4829 15", "½48291", "48291²", "9" * 5000]
)
def test_a_pin_is_six_digits(typed: str) -> None:
    assert read(readers.pin, typed) == "wrong.pin"


def test_a_good_pin_is_kept_and_one_from_ones_own_numbers_is_not() -> None:
    assert read(readers.pin, "482915") == "'482915'"
    assert read(readers.pin, "４８２９１５") == "'482915'"
    assert read(readers.pin, "904399", national_id="536904399") == "wrong.pin_weak"
    assert read(readers.pin, "255501", phone="+12025550142") == "wrong.pin_weak"


def as_engine(name: str, answer: object) -> engine.Answer:
    return Decimal(str(answer)) if QUESTIONS[name].kind == "money" else answer  # type: ignore[return-value]  # a question of money reads as text only here


TYPED = st.one_of(
    st.text(max_size=40),
    st.integers(-5, 10**13).map(str),
    st.decimals(0, 10**13, places=3).map(str),
    st.sampled_from(["steady", "own", "2 years", "1.2万", "99.5%", "50%", "1", "0", "半年", "k", "0.4"]),
)


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("name", list(QUESTIONS))
@given(typed=TYPED, pressed=st.booleans())
@settings(max_examples=60, deadline=None)
def test_whatever_is_answered_the_engine_takes_it(country: str, name: str, typed: str, pressed: bool) -> None:
    place: Pack = pack(country)
    ask = query.asker(QUESTIONS[name], place, 1, 1)
    event = Press(typed, 1, "1") if pressed else Text(typed)
    answer = query.reader(QUESTIONS[name], place, ask)(event, scene(country), {})
    if not isinstance(answer, Problem):
        assert engine.problem(QUESTIONS[name], as_engine(name, answer), place) is None


@given(st.one_of(st.text(max_size=300), st.text(min_size=1, max_size=3).map(lambda part: part * 30_000)))
@settings(max_examples=150, deadline=None)
def test_no_reader_raises_or_takes_long(text: str) -> None:
    for country in COUNTRIES:
        for reader in (readers.person_name, readers.age, readers.phone, readers.national_id, readers.pin):
            for event in (Text(text), Press(text, 1, "1"), Contact(text, own=True), Contact(text, own=False)):
                start = time.process_time()
                answer = reader(event, scene(country), {"age": 34})
                assert time.process_time() - start < 0.2
                assert isinstance(answer, Problem | str | int)

"""Whatever somebody does, in whatever order, a conversation stays whole: played by chance, for each country."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogs import run
from bot.dialogs.checklist import CHECKLIST
from bot.dialogs.consent import Terms, consent
from bot.dialogs.event import Contact, Event, Media, Press, Text
from bot.dialogs.query import query
from bot.dialogs.registration import REGISTRATION
from bot.dialogs.run import State, Turn
from bot.dialogs.step import Answer, Dialog, Scene
from bot.dialogs.welcome import welcome
from bot.dialogs.whatif import whatif
from bot.services.consenting import purposes
from bot.views.render import render
from engine import QUESTIONS, ask
from tests.bot.scenes import COUNTRIES, pack, scene

TYPED: Mapping[str, Mapping[str, str]] = {
    "cn": {"name": "李梅", "age": "76", "phone": "13800138000", "national_id": "11010519491231002X"},
    "us": {"name": "Maria Lopez", "age": "34", "phone": "+12025550142", "national_id": "536904399"},
    "mx": {"name": "Ana", "age": "94", "phone": "5512345678", "national_id": "BOXW310820HNERXN09"},
}
BY_KIND = {"money": "5000", "count": "1", "months": "12", "percent": "30", "class": "1", "years": "34"}


def dialog(name: str, country: str) -> Dialog:
    place = pack(country)
    match name:
        case "welcome":
            return welcome(("zh_CN", "en", "es"), COUNTRIES, "Operator", {"zh_CN": "cn"})
        case "consent":
            return consent([Terms(purpose, "Operator", "nobody") for purpose in purposes(place)])
        case "registration":
            return REGISTRATION
        case "query":
            questions = ask(place, {"score", "consumption", "social"}, 25)
            return query(tuple(question.name for question in questions), place)
        case "whatif":
            levers = {key: QUESTIONS[key] for key in ("loan_amount", "housing", "card_utilisation")}
            return whatif(levers, {"loan_amount": "8000"}, place)
    return CHECKLIST


def typed(name: str, country: str, key: str) -> str:
    """Give a right answer to a step."""
    if name == "registration":
        return TYPED[country].get(key, "482915")
    if name == "query" and key in QUESTIONS:
        return BY_KIND[QUESTIONS[key].kind]
    return "5000" if key == "value" else "1"


def buttons_of(turn: Turn, where: Scene) -> list[str]:
    """Render every reply as it would be sent, within Telegram's limits; give the data of its buttons."""
    found = []
    for reply in turn.replies:
        _, payload, _, _ = render(reply, where.locale, 1)
        assert len(payload.get("text", "")) <= 4096
        markup: dict[str, Any] = payload.get("reply_markup", {})
        for row in markup.get("inline_keyboard", []):
            for button in row:
                assert 1 <= len(button["callback_data"].encode()) <= 64
                assert button["text"].strip()
                assert "<b>" not in button["text"]
                found.append(str(button["callback_data"]))
    return found


def check(made: Dialog, where: Scene, before: State, turn: Turn) -> None:
    after = turn.state
    assert after.revision in {before.revision, before.revision + 1}
    if (after.answers, after.aside) != (before.answers, before.aside):
        assert after.revision == before.revision + 1
    current = made.current(where, after.answers)
    applying = made.applying(where, after.answers)
    open_ones = [step for step in applying if not step.closes and step.key not in after.answers]
    if turn.finished:
        assert open_ones == []
        assert turn.answered is not None
    else:
        assert current is not None
        assert open_ones == [] or current is open_ones[0]
    if after.revision != before.revision and not turn.finished:
        assert turn.replies, "the conversation went on without a word"
    for step in made.steps:
        answer = after.answers.get(step.key)
        if step.secret and answer is not None:  # None: it was skipped
            assert not any(str(answer) in str(reply) for reply in turn.replies)


ACTIONS = st.lists(
    st.one_of(
        st.just(("right", 0, "")),
        st.just(("right", 0, "")),
        st.tuples(st.just("live"), st.integers(0, 40), st.just("")),
        st.tuples(st.just("old"), st.integers(0, 400), st.just("")),
        st.tuples(st.just("type"), st.just(0), st.text(max_size=30)),
        st.tuples(st.just("type"), st.just(0), st.sampled_from(["1", "0", "5000", "17", "yes", "12", "x" * 5000])),
        st.tuples(st.just("data"), st.just(0), st.text(alphabet="=<>^~!", max_size=1)),
        st.tuples(st.just("data"), st.just(0), st.sampled_from(["~name", "~pin", "~loan_amount", "=", "=1", "^", ">"])),
        st.tuples(st.just("contact"), st.integers(0, 1), st.sampled_from(["12025550142", "", "x"])),
        st.just(("media", 0, "")),
    ),
    max_size=40,
)  # fmt: skip


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("name", ["registration", "query", "consent", "whatif", "checklist", "welcome"])
@given(actions=ACTIONS)
@settings(max_examples=40, deadline=None)
def test_any_order_of_anything_leaves_a_conversation_whole(
    name: str, country: str, actions: list[tuple[str, int, str]]
) -> None:
    made, where = dialog(name, country), scene(country)
    turn = run.begin(made, where)
    state = turn.state
    live = buttons_of(turn, where)
    known = list(live)
    for kind, number, words in actions:
        current = made.current(where, state.answers)
        assert current is not None
        event: Event
        match kind:
            case "right":
                confirm = next((data for data in live if data.endswith("=confirm")), "")
                event = Press("=confirm", 7, "1") if confirm else Text(typed(name, country, current.key), 5)
            case "live" | "old":
                chosen = live if kind == "live" else known
                if not chosen:
                    continue
                data = chosen[number % len(chosen)]
                _, of, revision, action = data.split("|", 3)
                if of != state.dialog or int(revision) != state.revision:
                    continue  # the service answers these with "already answered", and changes nothing
                event = Press(action, 7, "1")
            case "type":
                event = Text(words, 5)
            case "data":
                event = Press(words, 7, "1")
            case "contact":
                event = Contact(words, own=bool(number), message_id=5)
            case _:
                event = Media(5)
        turn = run.advance(made, state, event, where)
        check(made, where, state, turn)
        state = turn.state
        if turn.finished:
            return
        if fresh := buttons_of(turn, where):
            assert {data.split("|")[2] for data in fresh} == {str(state.revision)}
            live = fresh
            known += fresh


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("name", ["registration", "query", "consent", "whatif", "checklist", "welcome"])
def test_right_answers_lead_to_the_end(name: str, country: str) -> None:
    made, where = dialog(name, country), scene(country)
    turn = run.begin(made, where)
    for _ in range(60):
        current = made.current(where, turn.state.answers)
        assert current is not None
        event: Event = Text(typed(name, country, current.key), 5)
        turn = run.advance(made, turn.state, Press("=confirm", 7, "1") if current.closes else event, where)
        if turn.finished:
            break
    assert turn.finished
    assert list(turn.state.answers) == [step.key for step in made.applying(where, turn.state.answers)]


@pytest.mark.parametrize("country", COUNTRIES)
def test_back_leads_to_the_first_question_and_loses_no_answer_but_a_secret(country: str) -> None:
    made, where = REGISTRATION, scene(country)
    turn = run.begin(made, where)
    for step in made.steps[:-1]:
        turn = run.advance(made, turn.state, Text(typed("registration", country, step.key), 5), where)
    given = dict(turn.state.answers)
    for step in reversed(made.steps[:-1]):
        assert any(data.endswith("|<") for data in buttons_of(turn, where)), step.key
        left = made.current(where, turn.state.answers)
        assert left is not None
        if left.secret:  # it is checked against the answers before it, so it is typed again
            given.pop(left.key, None)
        turn = run.advance(made, turn.state, Press("<", 7, "1"), where)
        current = made.current(where, turn.state.answers)
        assert current is not None
        assert current.key == step.key
        assert {**turn.state.answers, **turn.state.aside} == given
    assert not any(data.endswith("|<") for data in buttons_of(turn, where))


def test_a_secret_leaves_the_chat_even_when_it_is_wrong() -> None:
    answers: dict[str, Answer] = {"name": "Maria", "age": 34, "phone": "+12025550142"}
    state = State("registration", 1, answers=answers)
    for text in ("536904399", "123"):
        turn = run.advance(REGISTRATION, state, Text(text, 77), scene("us"))
        calls = [render(reply, scene("us").locale, 1) for reply in turn.replies]
        assert ("deleteMessage", {"chat_id": 1, "message_id": 77}, None, None) in calls


def test_what_no_longer_applies_is_neither_asked_nor_shown() -> None:
    made, where = dialog("query", "us"), scene("us")
    answers = {step.key: 1 for step in made.steps if not step.closes}
    assert "worst_overdue_days" in {step.key for step in made.applying(where, answers)}
    answers["overdue_count_24m"] = 0
    assert "worst_overdue_days" not in {step.key for step in made.applying(where, answers)}
    summary = made.current(where, {**answers, **{k: None for k in answers if k != "overdue_count_24m"}})
    assert summary is not None
    asked = summary.ask(where, {key: None if key != "overdue_count_24m" else 0 for key in answers})
    assert "~worst_overdue_days" not in {choice.value for choice in asked.choices}


def test_a_forged_button_cannot_keep_a_secret_in_the_open() -> None:
    forged = [("right", 0, "")] * 4 + [("live", 0, ""), ("data", 0, "^")]
    walk = test_any_order_of_anything_leaves_a_conversation_whole.hypothesis.inner_test
    walk(name="registration", country="us", actions=forged)

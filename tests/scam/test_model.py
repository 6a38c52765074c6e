from pathlib import Path

import pytest

from engine import strict
from engine.cli.main import main
from engine.scam import corpus, fit, lexicon, rules, templates
from engine.scam.kinds import GENUINE, TYPES
from engine.scam.model import Model, load, pack, unpack
from engine.scam.tables import ScamError


def test_rules_and_templates_know_every_type() -> None:
    assert rules.types() == TYPES
    made = list(templates.made(6, 1))
    for type_ in TYPES:
        assert sum(one.type == type_ for one in made) >= 200, type_
    assert sum(one.type == GENUINE for one in made) >= 2_000


def test_the_same_seed_makes_the_same_messages() -> None:
    assert list(templates.made(1, 1)) == list(templates.made(1, 1))
    assert list(templates.made(1, 1)) != list(templates.made(1, 2))


def test_our_messages_can_be_read_and_stand_once() -> None:
    messages = corpus.ours()
    assert {message.type for message in messages} == {GENUINE, *TYPES}
    assert len({message.text for message in messages}) > 0.99 * len(messages)
    assert sum(map(corpus.unread, messages)) / len(messages) > 0.25


def test_a_line_that_is_no_message_is_told_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"text": "a", "type": "genuine"}\n{"text": "b", "type": "nonsense"}\n')
    with pytest.raises(ScamError, match=r"line 2: .*nonsense.*accepted"):
        list(corpus.read(path))


def test_weights_come_back_as_they_were_packed() -> None:
    numbers = [*range(-14, 14)]
    assert list(unpack(pack(numbers))) == numbers


def test_a_damaged_model_is_refused() -> None:
    raw = fit.written(load())
    damaged = [
        raw[:-9],
        raw.replace(b'"advance_fee"', b'"advance_fees"'),
        raw.replace(b'"bias"', b'"biases"'),
    ]
    for data in damaged:
        with pytest.raises(ScamError):
            strict.decode(data, Model, ScamError, name="model.json")


def test_fitting_gives_the_same_bytes() -> None:
    few = corpus.ours()[::25]
    synthetic = fit.made(fit.SEED)[::20]
    first, second = (fit.written(fit.fitted(fit.examples(few), synthetic)) for _ in range(2))
    assert first == second


def test_the_notions_are_found_in_every_language() -> None:
    assert "before" in {hit.notion for hit in lexicon.find("pay before release")}
    assert "pay" in {hit.notion for hit in lexicon.find("deposite hoy y le llega el dinero")}
    assert {"pay", "release"} <= {hit.notion for hit in lexicon.find("放款前先交钱")}


def test_it_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "en.jsonl"
    path.write_text(
        '{"text": "Pay the insurance fee first, then we release your loan", "type": "advance_fee"}\n'
        '{"text": "482910 is your code. Never share it.", "type": "genuine", "kind": "otp"}\n'
    )
    assert main(["scam", "measure", str(path)]) == 0
    said = capsys.readouterr().out
    assert "advance_fee" in said
    assert "100.0%" in said
    assert "otp" in said
    assert main(["scam", "measure"]) == 2

"""What is quoted: the sender's own words, and enough of them to convince."""

import pytest

from engine.scam import check, corpus, runs
from engine.scam.kinds import GENUINE
from engine.scam.normalise import normalise

MESSAGES = [one for one in corpus.ours() if one.type != GENUINE]


@pytest.mark.parametrize("part", range(4))
def test_no_cue_is_made_of_words_that_say_nothing(part: int) -> None:
    silent = []
    for message in MESSAGES[part::12]:
        found = check(message.text)
        for cue in found.cues:
            assert message.text[cue.start : cue.end] == cue.words
            if not runs.tells(runs.words_of(normalise(cue.words).text)):
                silent.append(cue.words)
        starts = [cue.start for cue in found.cues]
        assert starts == sorted(starts)
        assert all(one.end <= two.start for one, two in zip(found.cues, found.cues[1:], strict=False))
    assert len(silent) <= 2, silent


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Congratulations dear. Pay the insurance fee first. Then we talk.", "Pay the insurance fee first"),
        ("您好，您的贷款额度已批。请先转三千保证金，十分钟到账", "请先转三千保证金"),
        ("Buenas tardes. Dicte el código que le llegó, es para su crédito", "Dicte el código que le llegó"),
        ("Verify at http://bank-safe.example/x before midnight", "http://bank-safe.example/x"),
    ],
)
def test_a_short_clause_is_quoted_whole(text: str, quoted: str) -> None:
    assert any(quoted in cue.words for cue in check(text).cues)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        *[
            ("me the", False),
            ("you", False),
            ("de la", False),
            ("的了", False),
            ("码", False),
            ("7 000", False),
        ],
        *[("the fee", True), ("验证码", True), ("la clave", True), ("wa.example", True)],
    ],
)
def test_function_words_say_nothing(words: str, said: bool) -> None:
    assert runs.tells(runs.words_of(words)) is said


def test_where_nothing_weighs_nothing_is_quoted() -> None:
    assert runs.best("pay the fee first", []) == []
    assert runs.best("", []) == []

"""Ready answers: the same ones in every language, fit to be sent, and read anew when a file is changed."""

import os
from pathlib import Path

import pytest

from bot import canned, settings
from bot.dialogs.coaxing import asks_for_secret
from bot.dialogs.guard import secret_in
from bot.services.passing import LONGEST

LANGUAGES = settings.read_config(settings.ROOT / "config.toml").bot.languages


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_ready_answers(language: str) -> None:
    assert list(canned.answers(language)) == list(canned.answers("en")) != []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_can_be_sent(language: str) -> None:
    for key, one in canned.answers(language).items():
        assert 1 <= len(one.title) <= 40, key
        assert 1 <= len(one.text) <= LONGEST, key
        assert len(f"m|ticket|{10**8}.canned.{key}.send".encode()) <= 64, key
        assert not asks_for_secret(one.text), key
        assert not secret_in(one.text), key
        assert "<" not in one.text, "they are plain words"


def test_a_change_counts_at_once_and_a_broken_file_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canned, "LOCALES", tmp_path)
    monkeypatch.setattr(canned, "_read", {})
    assert canned.answers("en") == {}, "there is none"
    file = tmp_path / "en" / canned.FILE
    file.parent.mkdir()
    file.write_text('[hello]\ntitle = "Hello"\ntext = "Good day."\n')
    assert canned.answers("en")["hello"].text == "Good day."
    file.write_text('[hello]\ntitle = "Hello"\ntext = "Good evening."\n')
    os.utime(file, ns=(1, 1))
    assert canned.answers("en")["hello"].text == "Good evening."
    file.write_text("[hello]\ntitle = 7\n")
    os.utime(file, ns=(2, 2))
    assert canned.answers("en")["hello"].text == "Good evening."


def test_what_is_wrong_with_a_file_is_said() -> None:
    with pytest.raises(canned.CannedError, match="colour"):
        canned.read('[hello]\ntitle = "a"\ntext = "b"\ncolour = "red"\n')

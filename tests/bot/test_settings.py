import re
from pathlib import Path
from typing import get_type_hints

import pytest

from bot import settings
from bot.sections import Config, Section
from bot.settings import SettingsError

SHIPPED = (settings.ROOT / "config.toml").read_text(encoding="utf-8")
TOKEN = "123456789:AAF-kDq0abcdefghijklmnopqrstuvwxyz"


def load(text: str = SHIPPED, folder: Path | None = None, **environ: str) -> settings.Settings:
    assert folder is not None
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return settings.load(path, {"CANDOR_DATA": str(folder), **environ})


def refusal(folder: Path, text: str = SHIPPED, **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(text, folder, **environ)
    assert str(folder) not in str(caught.value)
    return str(caught.value)


def changed(old: str, new: str) -> str:
    found, count = re.subn(old, new, SHIPPED, count=1, flags=re.MULTILINE)
    assert count == 1
    return found


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(part))


def test_what_is_shipped_is_accepted(tmp_path: Path) -> None:
    told = load(folder=tmp_path)
    assert told.local
    assert told.api_url == settings.TELEGRAM
    assert told.port == 8080
    assert told.database_url == f"sqlite+aiosqlite:///{tmp_path / 'candor.db'}"


def test_every_setting_stands_in_the_file_with_a_comment() -> None:
    sections: dict[str, type[Section]] = get_type_hints(Config)
    for name, section in sections.items():
        body = SHIPPED.partition(f"[{name}]\n")[2].partition("\n[")[0]
        lines = [line for line in body.splitlines() if line.strip() and not line.startswith("#")]
        keys = [line.partition(" ")[0] for line in lines]
        tables = [key for key in section.__struct_fields__ if f"[[{name}.{key}]]\n" in SHIPPED]
        assert keys + tables == list(section.__struct_fields__), name
        assert all(re.search(r"\s#\s\S+", line) for line in lines), name
    assert re.findall(r"^\[(\w+)\]$", SHIPPED, re.MULTILINE) == list(sections)


def test_every_variable_of_the_environment_is_named() -> None:
    for name in settings.ENVIRONMENT:
        assert name in SHIPPED, name


@pytest.mark.parametrize(
    ("old", "new", "place", "meant"),
    [
        (r"^pin_attempts", "pin_atempts", "[registration] pin_atempts", "pin_attempts"),
        (r"^\[delivery\]", "[delivry]", "[delivry]", "delivery"),
        (r"^level = ", "levle = ", "[logging] levle", "level"),
        (r"^licence", "license", "[operator] license", "licence"),
    ],
)
def test_a_misspelt_setting_is_refused_where_it_stands(
    tmp_path: Path, old: str, new: str, place: str, meant: str
) -> None:
    text = changed(old, new)
    said = refusal(tmp_path, text)
    assert f"config.toml, line {line_of(text, new)}: {place} is not a setting" in said
    assert f"Did you mean “{meant}”?" in said
    assert "Accepted here: " in said


def test_a_mistake_in_a_rule_is_named_with_its_place(tmp_path: Path) -> None:
    said = refusal(tmp_path, changed(r"^bands = 2$", "bands = 9"))
    assert "watch.rules[1].bands: accepted is a whole number from 1 to 4, such as 1" in said
    assert load(folder=tmp_path).config.watch.when.rules[1].name == "band_fall"


def test_a_setting_in_the_wrong_section_is_found_there(tmp_path: Path) -> None:
    text = changed(r"^\[logging\]$", "[logging]\npin_attempts = 3")
    line = line_of(text, "[logging]") + 1
    assert f"line {line}: [logging] pin_attempts" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (r"^pin_attempts = 5", 'pin_attempts = "5"', "registration.pin_attempts"),
        (r"^pin_attempts = 5", "pin_attempts = 5.0", "registration.pin_attempts"),
        (r"^pin_attempts = 5", "pin_attempts = true", "registration.pin_attempts"),
        (r"^pin_attempts = 5", "pin_attempts = 0", "registration.pin_attempts"),
        (r"^pin_attempts = 5", "pin_attempts = 21", "registration.pin_attempts"),
        (r"^expected_bad_rate = 0.08", "expected_bad_rate = 0", "scoring.expected_bad_rate"),
        (r"^expected_bad_rate = 0.08", "expected_bad_rate = 1.0", "scoring.expected_bad_rate"),
        (r"^expected_bad_rate = 0.08", "expected_bad_rate = nan", "scoring.expected_bad_rate"),
        (r"^expected_bad_rate = 0.08", "expected_bad_rate = inf", "scoring.expected_bad_rate"),
        (r"^typing_after_seconds = 3.0", "typing_after_seconds = -1.0", "conversation.typing_after_seconds"),
        (r"^level = \"INFO\"", 'level = "LOUD"', "logging.level"),
        (r"^languages = .*?\]", "languages = []", "bot.languages"),
        (r"^countries = .*?\]", 'countries = "cn"', "bot.countries"),
        (r"^name = \"[^\"]*\"", 'name = ""', "operator.name"),
        (r"A = 720", 'A = "720"', "scoring.bands"),
        (r"A = 720", "A = 900", "scoring.bands"),
        (r"A = 720", "F = 720", "scoring.bands"),
    ],
)
def test_a_wrong_value_is_refused_where_it_stands(tmp_path: Path, old: str, new: str, place: str) -> None:
    assert place in refusal(tmp_path, changed(old, new))


@pytest.mark.parametrize(
    "bands",
    ["A = 600, B = 660, C = 600, D = 540", "A = 720, B = 720, C = 600, D = 540",
     "A = 720, B = 660, C = 600", "A = 300"],
)  # fmt: skip
def test_bands_fall_from_the_best(tmp_path: Path, bands: str) -> None:
    said = refusal(tmp_path, changed(r"^bands = \{.*?\}", f"bands = {{ {bands} }}"))
    assert "scoring.bands: needs A > B > C > D" in said


def test_the_fallback_is_one_of_the_languages(tmp_path: Path) -> None:
    said = refusal(tmp_path, changed('^fallback_language = "en"', 'fallback_language = "fr"'))
    assert "bot.fallback_language" in said
    assert "zh_CN, en, es" in said


def test_a_language_without_sentences_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, changed(r'"zh_CN", ', '"zh_CN", "tlh", '))
    assert "bot.languages" in said
    assert "tlh" in said


def test_a_missing_setting_is_named(tmp_path: Path) -> None:
    assert "pin_attempts" in refusal(tmp_path, changed(r"^pin_attempts.*\n", ""))


@pytest.mark.parametrize("text", ["[operator\nx = 1", "x = = 1", "a = 1\na = 2\n", "\x00"])
def test_what_is_no_toml_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    assert re.search(r"config\.toml: .*at line [12]", refusal(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"config\.toml: there is no such file"):
        settings.read_config(tmp_path / "config.toml")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"config\.toml"):
        settings.read_config(tmp_path / "config.toml")


@pytest.mark.parametrize(
    "token",
    ["?", "123456789", ":AAF", "abc:AAF", "12 34:AAF", "123456789:AAF kDq0", "bot123:AAF", "١٢٣:AAF",
     "1:" + "A" * 101],
)  # fmt: skip
def test_a_token_that_is_none(tmp_path: Path, token: str) -> None:
    said = refusal(tmp_path, BOT_TOKEN=token)
    assert said.startswith("BOT_TOKEN: this is not a bot token")
    assert token not in said.partition("looks like")[0]


def test_a_token_turns_the_local_chat_off_and_is_never_shown(tmp_path: Path) -> None:
    told = load(folder=tmp_path, BOT_TOKEN=f" {TOKEN}\n", BOT_API_URL="http://127.0.0.1:8081/")
    assert (told.token, told.api_url, told.local) == (TOKEN, "http://127.0.0.1:8081", False)
    assert TOKEN not in repr(told)
    assert "secret" not in repr(
        load(folder=tmp_path, DATABASE_URL="postgresql://candor:secret@db/candor", BOT_TOKEN=TOKEN)
    )


def test_a_bot_api_needs_a_token(tmp_path: Path) -> None:
    said = refusal(tmp_path, BOT_API_URL="http://127.0.0.1:8081")
    assert "BOT_API_URL is set but BOT_TOKEN is not" in said


@pytest.mark.parametrize("url", ["127.0.0.1:8081", "ftp://host", "http://", "http:///x", "telegram"])
def test_a_bot_api_that_is_no_address(tmp_path: Path, url: str) -> None:
    assert refusal(tmp_path, BOT_TOKEN=TOKEN, BOT_API_URL=url).startswith("BOT_API_URL: accepted is")


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("", "sqlite+aiosqlite:////data/candor.db"),
        ("sqlite:///a.db", "sqlite+aiosqlite:///a.db"),
        ("sqlite:////srv/a.db\n", "sqlite+aiosqlite:////srv/a.db"),
        ("sqlite+aiosqlite:////srv/a.db", "sqlite+aiosqlite:////srv/a.db"),
        ("postgres://u:p@h/n", "postgresql+psycopg://u:p@h/n"),
        ("postgresql://u:p@h:5432/n?sslmode=require", "postgresql+psycopg://u:p@h:5432/n?sslmode=require"),
        ("postgresql+psycopg://u:p@h/n", "postgresql+psycopg://u:p@h/n"),
    ],
)
def test_an_address_of_a_database(given: str, taken: str) -> None:
    assert settings.database_url("DATABASE_URL", given, Path("/data/candor.db")) == taken


@pytest.mark.parametrize(
    "given",
    ["mysql://u:secret@h/n", "candor.db", "sqlite://", "sqlite:///", "sqlite:///:memory:",
     "sqlite:///file:a.db", "sqlite:////a.db?mode=memory", "postgresql",
     "postgresql+asyncpg://h/n"],
)  # fmt: skip
def test_an_address_of_no_database_of_ours(given: str) -> None:
    with pytest.raises(SettingsError, match=r"DATABASE_URL: accepted are") as caught:
        settings.database_url("DATABASE_URL", given, Path("/data/candor.db"))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("given", "port"), [("0", 0), ("8080", 8080), ("65535", 65535)])
def test_a_port(tmp_path: Path, given: str, port: int) -> None:
    assert load(folder=tmp_path, CANDOR_PORT=given).port == port


@pytest.mark.parametrize("given", ["65536", "-1", "http", "", "80.5", "٨٠", "8" * 5000])
def test_no_port(tmp_path: Path, given: str) -> None:
    assert refusal(tmp_path, CANDOR_PORT=given).startswith("CANDOR_PORT: accepted is")


def test_a_variable_that_means_nothing_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    load(folder=tmp_path, CANDOR_PROT="8081")
    assert "CANDOR_PROT is not a setting of Candor" in caplog.text
    assert "CANDOR_PORT" in caplog.text

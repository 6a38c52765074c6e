"""Settings: `config.toml` and the environment become one frozen value; a mistake is refused with its place.

Only what differs between machines, or is secret, comes from the environment; everything else is one documented
line of `config.toml`.
"""

import difflib
import logging
import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

import msgspec

from bot.office import Office
from bot.sections import Config, Section
from engine.watch import RulesError

ROOT = Path(__file__).resolve().parent.parent

ENVIRONMENT = {
    "BOT_TOKEN": "the bot's token from @BotFather; without it Candor opens its own chat page",  # nosec B105  # its meaning
    "BOT_API_URL": "root of the Bot API server, when it is not Telegram's own",
    "BOT_WEBHOOK_URL": "public https address that Telegram posts updates to; without it they are fetched",
    "BOT_WEBHOOK_SECRET": "what Telegram shows there: 32 to 256 of A-Z, a-z, 0-9, _ and -",  # nosec B105  # its meaning
    "BOT_WEBHOOK_PORT": "loopback port that the reverse proxy hands those posts to; default 8443",
    "DATABASE_URL": "sqlite:///path or postgresql://...; default: candor.db in CANDOR_DATA",
    "CANDOR_KEY_FILE": "the master key's file, 0600; default: keys/master.key in CANDOR_DATA",
    "CANDOR_KEYRING_URL": "database of the data keys, shared by all replicas; default: keys/keyring.db in CANDOR_DATA",
    "CANDOR_CONFIG": "a configuration file in the place of config.toml",
    "CANDOR_DATA": "folder for database, keys and files; default: data/ beside config.toml",
    "CANDOR_PORT": "port of the local chat page; default 8080",
    "CANDOR_API_PORT": "port of the HTTP interface for lenders' programs; without it there is none",
    "CANDOR_API_HOST": "address it listens on; default 127.0.0.1, behind a reverse proxy that speaks TLS",
    "CANDOR_INBOX": "folder watched for lenders' files, with one folder in it for each lender; without it none is",
    "CANDOR_PG_BIN": "folder of pg_dump and pg_restore, when they are not on PATH",
}
TELEGRAM = "https://api.telegram.org"
VARIED = 8
"""Different characters below which a secret was not drawn by chance."""


class SettingsError(Exception):
    """A setting is wrong; the message names its place, what is accepted and, where it helps, the likely meaning."""


class Settings(msgspec.Struct, frozen=True):
    """Everything the program was told, checked. `token` is empty when the local chat stands in for Telegram."""

    config: Config
    token: str
    api_url: str
    database_url: str
    keyring_url: str
    key_file: Path
    data: Path
    port: int
    webhook_url: str = ""
    webhook_secret: str = ""
    webhook_port: int = 8443
    api_port: int | None = None
    api_host: str = "127.0.0.1"
    inbox: Path | None = None

    def __repr__(self) -> str:
        """Name the folder only: a token and a database password do not belong into any log."""
        return f"Settings(data={self.data.name!r}, local={self.local})"

    @property
    def local(self) -> bool:
        """Whether the local chat plays Telegram's part."""
        return not self.token

    @property
    def webhook_path(self) -> str:
        """Name the path that Telegram's posts come to."""
        return urlsplit(self.webhook_url).path or "/"


def load(config: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check all settings.

    Raises SettingsError with the place of the first mistake and what is accepted there.
    """
    checked = read_config(config or Path(environ.get("CANDOR_CONFIG") or ROOT / "config.toml"))
    for name in environ:
        if name.startswith("CANDOR_") and name not in ENVIRONMENT:
            logging.getLogger(__name__).warning(
                "%s is not a setting of Candor; known: %s", name, ", ".join(ENVIRONMENT)
            )
    token = environ.get("BOT_TOKEN", "").strip()
    api_url = environ.get("BOT_API_URL", "").strip().rstrip("/")
    if token and not re.fullmatch(r"\d{1,20}:[\w-]{1,100}", token, re.ASCII):
        raise SettingsError(
            "BOT_TOKEN: this is not a bot token; one looks like 123456789:AAF-kDq0… (from @BotFather)"
        )
    if api_url and not token:
        raise SettingsError(
            "BOT_API_URL is set but BOT_TOKEN is not: give both, or neither for the local chat"
        )
    if api_url and not re.match(r"https?://[^/]", api_url):
        raise SettingsError("BOT_API_URL: accepted is an address such as http://127.0.0.1:8081")
    webhook_url, webhook_secret = _webhook(environ)
    if webhook_url and not token:
        raise SettingsError("BOT_WEBHOOK_URL is set but BOT_TOKEN is not: the local chat takes no webhook")
    data = Path(environ.get("CANDOR_DATA") or ROOT / "data").expanduser().resolve()
    return Settings(
        config=checked,
        token=token,
        api_url=api_url or TELEGRAM,
        database_url=database_url("DATABASE_URL", environ.get("DATABASE_URL", ""), data / "candor.db"),
        keyring_url=database_url(
            "CANDOR_KEYRING_URL", environ.get("CANDOR_KEYRING_URL", ""), data / "keys" / "keyring.db"
        ),
        key_file=Path(environ.get("CANDOR_KEY_FILE") or data / "keys" / "master.key").expanduser().absolute(),
        data=data,
        port=_port("CANDOR_PORT", environ.get("CANDOR_PORT", "8080")),
        webhook_url=webhook_url,
        webhook_secret=webhook_secret,
        webhook_port=_port("BOT_WEBHOOK_PORT", environ.get("BOT_WEBHOOK_PORT", "8443")),
        **_lenders(environ),
    )


def database_url(name: str, given: str, default: Path) -> str:
    """Turn an address given in the environment as `name` into SQLAlchemy's; empty means SQLite at `default`."""
    given = given.strip()
    if not given:
        return f"sqlite+aiosqlite:///{default}"
    for pattern, driver in (
        (
            r"sqlite(\+aiosqlite)?:///(?!file:)(?=[^:?][^?]*$)",
            "sqlite+aiosqlite:///",
        ),  # a file: memory forgets
        (r"postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://"),
    ):
        if re.match(pattern, given):
            return re.sub(pattern, driver, given, count=1)
    raise SettingsError(
        f"{name}: accepted are sqlite:///path/to/file.db and postgresql://user:password@host/name"
    )


def read_config(path: Path) -> Config:
    """Read and check config.toml alone; SettingsError names the line or the key."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path.name}: there is no such file; restore it from the repository") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as mistake:
        raise SettingsError(f"{path.name}: {mistake}") from None
    _refuse_unknown_keys(path, raw)
    try:
        config = msgspec.convert(raw, Config, strict=True)
    except msgspec.ValidationError as mistake:
        raise SettingsError(f"{path.name}: {_plain(str(mistake))}") from None
    _cross_check(path.name, config)
    return config


def _webhook(environ: Mapping[str, str]) -> tuple[str, str]:
    """Give the webhook's address and secret, both empty without an address; a secret that can be guessed is refused."""
    url = environ.get("BOT_WEBHOOK_URL", "").strip()
    if not url:
        return "", ""
    host, path = r"[A-Za-z0-9.-]+(:[0-9]{1,5})?", r"(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*/?"
    if not re.fullmatch(f"https://{host}{path}", url):
        raise SettingsError(
            "BOT_WEBHOOK_URL: accepted is a public https address such as https://bot.example.org/telegram"
        )
    secret = environ.get("BOT_WEBHOOK_SECRET", "")
    make = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
    if not secret:
        raise SettingsError(f"BOT_WEBHOOK_SECRET is missing, and BOT_WEBHOOK_URL needs it; {make}")
    if not re.fullmatch(r"[A-Za-z0-9_-]{32,256}", secret) or len(set(secret)) < VARIED:
        raise SettingsError(
            "BOT_WEBHOOK_SECRET is weak: accepted are 32 to 256 characters of A-Z, a-z, 0-9, _ and -, "
            f"drawn by chance; {make}"
        )
    return url, secret


def _lenders(environ: Mapping[str, str]) -> dict[str, Any]:
    """Give where lenders' programs and files come in, as far as that is wanted."""
    port, host, inbox = (environ.get(f"CANDOR_{name}", "") for name in ("API_PORT", "API_HOST", "INBOX"))
    found: dict[str, Any] = {"inbox": Path(inbox).expanduser().resolve()} if inbox else {}
    if host:
        try:
            found["api_host"] = str(ip_address(host))
        except ValueError:
            raise SettingsError(
                "CANDOR_API_HOST: accepted is an address such as 127.0.0.1 (this machine only) or 0.0.0.0 (everybody)"
            ) from None
    return found | ({"api_port": _port("CANDOR_API_PORT", port)} if port else {})


def _port(name: str, given: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", given) or not 0 <= int(given) <= 65535:
        raise SettingsError(
            f"{name}: accepted is a whole number from 0 (any free port) to 65535, such as 8080"
        )
    return int(given)


def _refuse_unknown_keys(path: Path, raw: Mapping[str, Any]) -> None:
    sections: dict[str, type[Section]] = get_type_hints(Config)
    for name, table in raw.items():
        if name not in sections:
            raise SettingsError(_unknown(path, name, sections, f"[{name}]"))
        for key in table if isinstance(table, dict) else ():
            if key not in sections[name].__struct_fields__:
                raise SettingsError(_unknown(path, key, sections[name].__struct_fields__, f"[{name}] {key}"))


def _unknown(path: Path, key: str, accepted: Any, place: str) -> str:
    section, found = "", None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        section = re.sub(r"^\s*\[([^]]*)\].*", r"[\1]", line) if line.lstrip().startswith("[") else section
        here = section == place if place == f"[{key}]" else place.startswith(section)
        if found is None and here and re.match(rf"\s*\[?{re.escape(key)}\b", line):
            found = number
    where = f"{path.name}, line {found}" if found else path.name
    close = difflib.get_close_matches(key, list(accepted), n=1)
    meant = f" Did you mean “{close[0]}”?" if close else ""
    return f"{where}: {place} is not a setting.{meant} Accepted here: {', '.join(accepted)}"


def _plain(mistake: str) -> str:
    what, _, place = mistake.partition(" - at `$.")
    return f"{place.rstrip('`')}: {what}" if place else what


def _cross_check(name: str, config: Config) -> None:
    bands = [
        config.scoring.bands[letter] for letter in ("A", "B", "C", "D") if letter in config.scoring.bands
    ]
    if len(bands) != 4 or sorted(bands, reverse=True) != bands or len(set(bands)) != 4:
        raise SettingsError(
            f"{name}: scoring.bands: needs A > B > C > D, for example {{ A = 720, B = 660, C = 600, D = 540 }}"
        )
    try:
        _ = config.watch.when
    except RulesError as mistake:
        raise SettingsError(f"{name}: {mistake}") from None
    try:
        Office.of(config.support)
    except ValueError as mistake:
        raise SettingsError(f"{name}: support.{mistake}") from None
    for language in config.bot.languages:
        if not (ROOT / "locales" / language / "LC_MESSAGES" / "bot.po").is_file():
            raise SettingsError(
                f"{name}: bot.languages: there are no sentences in “{language}” under locales/"
            )
    if config.bot.fallback_language not in config.bot.languages:
        raise SettingsError(
            f"{name}: bot.fallback_language: must be one of bot.languages ({', '.join(config.bot.languages)})"
        )

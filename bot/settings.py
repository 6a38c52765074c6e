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
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from engine.watch import Rules, RulesError, read_rules
from engine.watch.rules import COMMON

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


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of config.toml: strict about its keys and their types."""


Text = Annotated[str, Meta(min_length=1)]


class Operator(Section, frozen=True):
    """Who runs this bot."""

    name: Text
    contact: Text
    licence: str


class BotSection(Section, frozen=True):
    """Languages and countries on offer."""

    languages: Annotated[tuple[str, ...], Meta(min_length=1)]
    fallback_language: str
    countries: Annotated[tuple[str, ...], Meta(min_length=1)]


class Scoring(Section, frozen=True):
    """The number and the query that leads to it."""

    model: str
    expected_bad_rate: Annotated[float, Meta(gt=0, lt=1)]
    max_questions: Annotated[int, Meta(ge=5, le=25)]
    bands: dict[Literal["A", "B", "C", "D"], Annotated[int, Meta(ge=300, le=850)]]
    improve_months: Annotated[int, Meta(ge=1, le=60)]
    valid_days: Annotated[int, Meta(ge=1, le=730)]


class Registration(Section, frozen=True):
    """The PIN's lock."""

    pin_attempts: Annotated[int, Meta(ge=1, le=20)]
    pin_attempts_in_all: Annotated[int, Meta(ge=1, le=100)]
    pin_lock_minutes: Annotated[int, Meta(ge=1, le=1440)]


class Conversation(Section, frozen=True):
    """How long a conversation waits, and how many go on at once."""

    keep_days: Annotated[int, Meta(ge=1, le=3650)]
    typing_after_seconds: Annotated[float, Meta(gt=0, le=60)]
    people_at_once: Annotated[int, Meta(ge=1, le=1000)]


class Disputes(Section, frozen=True):
    """How long a dispute may take."""

    days: Annotated[int, Meta(ge=1, le=90)]
    remind_days: Annotated[int, Meta(ge=1, le=30)]


class Retention(Section, frozen=True):
    """How long is kept what no country's law speaks of."""

    accesses_months: Annotated[int, Meta(ge=1, le=600)]
    disputes_months: Annotated[int, Meta(ge=1, le=600)]
    feedback_months: Annotated[int, Meta(ge=1, le=600)]
    absent_months: Annotated[int, Meta(ge=1, le=600)]
    absent_notice_days: Annotated[int, Meta(ge=7, le=365)]


class Uploads(Section, frozen=True):
    """Files that people send."""

    most_mb: Annotated[int, Meta(ge=1, le=20)]
    seconds: Annotated[int, Meta(ge=5, le=120)]
    keep_days: Annotated[int, Meta(ge=1, le=3650)]


class Backups(Section, frozen=True):
    """How often everything is saved, and how long it is kept."""

    every_hours: Annotated[int, Meta(ge=1, le=168)]
    hours: Annotated[int, Meta(ge=1, le=720)]
    days: Annotated[int, Meta(ge=1, le=366)]
    weeks: Annotated[int, Meta(ge=0, le=520)]
    months: Annotated[int, Meta(ge=0, le=120)]


class Limits(Section, frozen=True):
    """How often one person may do what."""

    updates: Annotated[int, Meta(ge=10, le=1_000_000_000)]
    updates_minutes: Annotated[int, Meta(ge=1, le=60)]
    scores_a_day: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    signups_a_day: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    exports_a_day: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    uploads_a_day: Annotated[int, Meta(ge=1, le=1_000_000_000)]


class Api(Section, frozen=True):
    """What programs of lenders may ask of the HTTP interface."""

    requests_a_minute: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    most_kib: Annotated[int, Meta(ge=16, le=65_536)]
    most_events: Annotated[int, Meta(ge=1, le=100_000)]


class Watch(Section, frozen=True):
    """When a lender is warned of a borrower, and at what hours what is done."""

    sweep_hour: Annotated[int, Meta(ge=0, le=23)]
    digest_hour: Annotated[int, Meta(ge=0, le=23)]
    escalate_minutes: int
    answer_days: Annotated[int, Meta(ge=1, le=60)]
    improve_points: int
    recent_days: int
    demo: bool
    rules: tuple[dict[str, Any], ...]

    @property
    def when(self) -> Rules:
        """The rules as the engine takes them; a lender's own changes are laid over these."""
        return read_rules({name: getattr(self, name) for name in ("rules", *COMMON)})


class Delivery(Section, frozen=True):
    """How long delivery is tried, how long its rows are kept, and how fast new messages go."""

    give_up_hours: Annotated[int, Meta(ge=1, le=720)]
    keep_days: Annotated[int, Meta(ge=1, le=3650)]
    per_second: Annotated[float, Meta(gt=0, le=1_000_000_000)]
    per_chat_per_second: Annotated[float, Meta(gt=0, le=1_000_000_000)]
    burst: Annotated[int, Meta(ge=1, le=1000)]


class Replicas(Section, frozen=True):
    """After how long without a sign of life another process on the same database begins to work."""

    sqlite_seconds: Annotated[float, Meta(ge=0.5, le=60)]
    postgresql_seconds: Annotated[float, Meta(ge=0.5, le=60)]


class Logging(Section, frozen=True):
    """What is logged."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Config(Section, frozen=True):
    """The whole of config.toml."""

    operator: Operator
    bot: BotSection
    scoring: Scoring
    registration: Registration
    conversation: Conversation
    disputes: Disputes
    retention: Retention
    uploads: Uploads
    backups: Backups
    limits: Limits
    api: Api
    delivery: Delivery
    replicas: Replicas
    watch: Watch
    logging: Logging


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
    for language in config.bot.languages:
        if not (ROOT / "locales" / language / "LC_MESSAGES" / "bot.po").is_file():
            raise SettingsError(
                f"{name}: bot.languages: there are no sentences in “{language}” under locales/"
            )
    if config.bot.fallback_language not in config.bot.languages:
        raise SettingsError(
            f"{name}: bot.fallback_language: must be one of bot.languages ({', '.join(config.bot.languages)})"
        )

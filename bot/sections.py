"""The tables of `config.toml`, key by key: what each may hold. What a key means stands beside it in the file."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from engine.watch import Rules, read_rules
from engine.watch.rules import COMMON


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
    loans_months: Annotated[int, Meta(ge=1, le=600)]
    feedback_months: Annotated[int, Meta(ge=1, le=600)]
    questions_months: Annotated[int, Meta(ge=1, le=600)]
    tickets_months: Annotated[int, Meta(ge=1, le=600)]
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
    tickets_a_day: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    reports_a_day: Annotated[int, Meta(ge=1, le=1_000_000_000)]


class Checks(Section, frozen=True):
    """How many checks are free, and what one more costs."""

    free: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    days: Annotated[int, Meta(ge=1, le=365)]
    stars: Annotated[int, Meta(ge=0, le=10_000)]
    keep_months: Annotated[int, Meta(ge=1, le=600)]


class Api(Section, frozen=True):
    """What programs of lenders may ask of the HTTP interface."""

    requests_a_minute: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    most_kib: Annotated[int, Meta(ge=16, le=65_536)]
    most_events: Annotated[int, Meta(ge=1, le=100_000)]


class Letters(Section, frozen=True):
    """How long a signed message counts, and how long it is remembered that it was sent."""

    valid_days: Annotated[int, Meta(ge=1, le=3650)]
    keep_months: Annotated[int, Meta(ge=1, le=600)]


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Hours = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


class Support(Section, frozen=True):
    """The people who answer tickets: where, and when."""

    group: Annotated[int, Meta(le=0)]
    hours: Hours
    days: Annotated[tuple[Day, ...], Meta(min_length=1)]
    zone: Text
    answer_hours: Annotated[int, Meta(ge=1, le=240)]
    reopen_days: Annotated[int, Meta(ge=0, le=365)]
    faq: str
    cluster_people: Annotated[int, Meta(ge=2, le=1000)]
    report_days: Annotated[int, Meta(ge=7, le=3650)]
    known_months: Annotated[int, Meta(ge=1, le=600)]


class Watch(Section, frozen=True):
    """When a lender is warned of a borrower, and at what hours what is done."""

    sweep_hour: Annotated[int, Meta(ge=0, le=23)]
    digest_hour: Annotated[int, Meta(ge=0, le=23)]
    escalate_minutes: int
    answer_days: Annotated[int, Meta(ge=1, le=60)]
    improve_points: int
    recent_days: int
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
    per_group_per_minute: Annotated[int, Meta(ge=1, le=1_000_000_000)]


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
    checks: Checks
    api: Api
    letters: Letters
    delivery: Delivery
    replicas: Replicas
    support: Support
    watch: Watch
    logging: Logging

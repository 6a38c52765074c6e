"""The composition root: the only place that knows all the rooms."""

import asyncio
import datetime as dt
import logging
import os
import signal
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from pathlib import Path

import engine
from bot import i18n, jobs
from bot.channels.api import Api
from bot.channels.local import LocalBotApi
from bot.channels.telegram import Front
from bot.demo.clock import Clock
from bot.sections import Config
from bot.services import demonstrating, opening
from bot.services.authority import TABLE, Action, Role
from bot.services.context import Context
from bot.services.faqown import OWN
from bot.services.faqvalues import VALUES
from bot.services.finding import Finder
from bot.services.uses import USES
from bot.settings import ROOT, Settings, SettingsError
from bot.topics import Accepted, TopicsError
from engine import Band, ModelError, Scorecard, countries
from storage import keyring, migrate, reindexing
from storage.anchor import Anchor
from storage.database import Database
from storage.masterkey import MasterKeys, VaultError, refuse_open
from storage.vault import Vault

log = logging.getLogger(__name__)

WARM_AFTER = 60.0
"""Seconds after a start, when what was left over is done: it slows everything else down for a few."""

LOCAL_TOKEN = "1:LOCAL-CHAT-ON-THIS-MACHINE"  # noqa: S105 - opens nothing: the local chat is on loopback  # nosec B105


def now() -> dt.datetime:
    """Give the time, in UTC."""
    return dt.datetime.now(dt.UTC)


async def build(settings: Settings, clock: Callable[[], dt.datetime] = now) -> Context:
    """Put the rooms together: keys, database, model, countries."""
    scoring = settings.config.scoring
    bands = [Band(name, low) for name, low in sorted(scoring.bands.items())]
    model = model_of(scoring.model).with_bad_rate(scoring.expected_bad_rate)
    vault = await open_vault(settings, clock)
    context = Context(
        settings=settings,
        database=Database(settings.database_url),
        vault=vault,
        anchor=Anchor(anchor_of(settings), vault.secret("audit")),
        model=model.with_bands([*bands, Band("E", model.scale.low)]),
        packs={code: countries.load(code) for code in settings.config.bot.countries},
        clock=Clock(clock) if settings.local else clock,
        finder=finder(settings.config),
    )
    try:
        await _put_forward(context)
    except BaseException:
        await context.database.close()  # their threads would keep the program from ending
        await vault.close()
        raise
    return context


async def _put_forward(context: Context) -> None:
    """Put the clock where the demonstration left it. Raises SettingsError where that cannot be: with real people."""
    async with context.database.read() as read:
        days = (await demonstrating.state_of(read)).days
    if isinstance(context.clock, Clock):
        context.clock.forward(days)
    elif days:
        raise SettingsError(
            f"BOT_TOKEN is set, and the demonstration has put this database's clock {days} days forward: "
            "use it without BOT_TOKEN, or another CANDOR_DATA and DATABASE_URL"
        )


async def _warm(context: Context) -> None:
    """Make the search of /faq while nobody waits for it: it takes seconds, and a start is to be quick."""
    await asyncio.sleep(WARM_AFTER)
    try:
        await context.finder.warm(context.clock())
    except TopicsError as mistake:
        log.warning("the topics of /faq cannot be read: %s", mistake)


def finder(config: Config) -> Finder:
    """Give what finds the topics of /faq: in the folder set for them, or in the one that ships."""
    return Finder(folder_of_topics(config), accepted(config))


def folder_of_topics(config: Config) -> Path:
    """Name the folder of the topics."""
    return ROOT / Path(config.support.faq).expanduser() if config.support.faq else i18n.LOCALES


def accepted(config: Config) -> Accepted:
    """Say what topics may speak of: as buttons, what every borrower may do and there is a label for."""
    known = i18n.catalogue(config.bot.fallback_language)
    shown = [name for name in USES if Role.BORROWER in TABLE[Action(name)] and f"button.{name}" in known]
    return Accepted(config.bot.languages, VALUES.keys(), OWN.keys(), shown)


def anchor_of(settings: Settings) -> Path:
    """Name the file that anchors the audit trail outside the database."""
    return settings.data / "anchors" / "audit.log"


async def open_vault(
    settings: Settings, clock: Callable[[], dt.datetime] = now, lost: Collection[str] = ()
) -> Vault:
    """Open the vault: the master key's file and the keyring. `lost` names purposes whose keys are done without."""
    vault = Vault(MasterKeys(settings.key_file), Database(settings.keyring_url), clock)
    try:
        await vault.open(lost)
    except BaseException:
        await vault.close()  # its thread would keep the program from ending
        raise
    return vault


def model_of(path: str) -> Scorecard:
    """Read the model that decides: the one that ships, or a lender's own scorecard on the catalogue of factors.

    Raises ModelError for a file that is damaged, another kind, or a card of columns the conversation cannot ask for.
    """
    model = engine.load(Path(path)) if path else engine.load()
    if not isinstance(model, Scorecard) or len(model.catalogue) < len(model.factors):
        raise ModelError(
            f"{path}: the bot asks for the factors of the catalogue, and this is not a scorecard of them; "
            "accepted: a model made by `python -m engine train BOOK --mapping FILE --kind scorecard`"
        )
    return model


def prepare(settings: Settings) -> None:
    """Make the data folder, for the owner's eyes only, and bring the databases up to date.

    Raises VaultError when the master key or the keyring is missing though something is sealed under it, when the
    master key is not safe, and while the index of a stopped `rebuild-index` is half of one key and half of another.
    """
    os.umask(0o077)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_open(settings.data)
    migrate.upgrade(settings.database_url)
    keyring.make(settings.keyring_url)
    if not os.path.lexists(settings.key_file) and keyring.in_use(settings.keyring_url):
        raise VaultError(
            f"{settings.key_file}: the master key is missing, and the keyring was wrapped under it; put it back"
        )
    reindexing.refuse_unready(settings.database_url, with_keys=keyring.in_use(settings.keyring_url))
    MasterKeys.make(settings.key_file)


async def run(settings: Settings, say: Callable[[str], None], clock: Callable[[], dt.datetime] = now) -> None:
    """Run until the process is told to stop. `say` hears the page's address once it can be opened."""
    context = await build(settings, clock)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(context.database.close)
        stack.push_async_callback(context.vault.close)
        token, api_url = settings.token, settings.api_url
        if settings.local:
            token = LOCAL_TOKEN
            chat = LocalBotApi(
                token, path=settings.data / "local-chat.db", key=context.vault.secret("local-chat")
            )
            api_url = await chat.start(port=settings.port)
            stack.push_async_callback(chat.stop)
            say(f"Candor is ready: open {api_url} in a browser.  Ctrl+C stops it.")
        if settings.api_port is not None:
            await _open_api(context, stack, say)
        front = Front(context, token, api_url, beside=jobs.running)
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, front.stop)
        if not settings.local:
            say("Candor is ready and fetches updates from the Bot API.  Ctrl+C stops it.")
        warming = asyncio.create_task(_warm(context))
        stack.callback(warming.cancel)
        await front.run()


async def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve lenders' programs alone, beside a bot that runs elsewhere on the same database, until told to stop."""
    if settings.api_port is None:
        raise SettingsError("CANDOR_API_PORT is not set: accepted is a port such as 8090")
    context, stopping = await build(settings), asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(context.database.close)
        stack.push_async_callback(context.vault.close)
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, stopping.set)
        await _open_api(context, stack, say)
        await stopping.wait()


async def _open_api(context: Context, stack: AsyncExitStack, say: Callable[[str], None]) -> None:
    """Let lenders' programs in, once the database is known to be right. Raises SettingsError for a port in use."""
    await opening.open_up(context)
    api, told = Api(context), context.settings
    port = await api.start(told.api_host, told.api_port or 0)
    stack.push_async_callback(api.stop)
    host = f"[{told.api_host}]" if ":" in told.api_host else told.api_host
    say(f"Lenders' programs reach Candor at http://{host}:{port}; what they can ask: /v1/openapi.json")

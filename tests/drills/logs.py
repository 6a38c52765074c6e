"""T18, nothing personal in any log: `python -m tests.drills.logs [--quick]`.

The real program runs in a process of its own at DEBUG, with three commands spoilt: one raises, one has the database
refuse a statement, one leaves behind what nobody catches. People sign up, ask for a score, type badly, export and
delete. Everything they say is a canary; each is looked for, in every spelling, wherever the program wrote or shows
itself.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil

from bot import wire
from bot.channels.local import LocalBotApi, Person
from tests import unhurried
from tests.chat import IDS, Somebody, age, text_of

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = (
    "8642013579:" + "AAF-kDq0abcdefghijklmnopqrstuvwxyzQ"
)  # apart, so that no scan takes it for somebody's
MARK = "left behind by the drill"
SIGNS = {
    MARK.encode(): 3,
    b"DEBUG": 3,
    b"RuntimeError": 3,
    b"ProgrammingError": 3,
    b"RuntimeWarning": 1,
    b"KeyError": 3,
}
"""What the log must hold all the same: without it nothing was tried."""

SAID = {
    "card": "4556 7375 8689 9855", "code": "my otp is 739105", "password": "my password is Zanzibar77!",
    "seed phrase": "my seed phrase is zebra yellow wolf vivid umbrella topple sunset royal quantum pistol orbit own",
    "question": "does Ximena Pemberton owe me anything", "edited": "Wolfgang Abernathy lives at 4711 Elm Street",
    "deep link": "/start QXVyb3JhX0JvcmVhbGlz", "nonsense": "' OR 1=1-- Rumpelstiltskin",
    "other id": "330102199003074518",
    "clabe": "CLABE 012180001234567891", "iban": "ES91 2100 0418 4502 0005 1332",
    "email": "ottoline.ravenscroft@example.org",
}  # fmt: skip
"""What is typed where it is not asked for."""
ANSWERED = {
    "income": "8642013",
    "owed": "7391046",
    "spending": "6480257",
    "repayments": "5293",
    "loan": "918273",
}


@dataclass
class Report:
    """What was looked for, where, and what was found."""

    canaries: int = 0
    spellings: int = 0
    places: dict[str, int] = field(default_factory=dict)
    hits: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.hits and not self.wrong

    def __str__(self) -> str:
        places = ", ".join(f"{name} ({size:,} bytes)" for name, size in self.places.items())
        line = (
            f"T18 | canaries {self.canaries} x {self.spellings} spellings | {len(self.places)} places: {places}"
            f" | hits {len(self.hits)}" + (f" | not as played {len(self.wrong)}" if self.wrong else "")
        )
        return "\n".join([*self.hits, *self.wrong, line])


class Elsewhere:
    """A bot in another process, for the people of tests.chat to talk to."""

    def __init__(self, api: LocalBotApi) -> None:
        self.api = api

    async def quiet(self) -> None:
        await self.api.idle(0.12, within=30)


def spellings(canary: str) -> Iterator[tuple[str, bytes]]:
    """Give every way in which a canary might be written down."""
    yield "plain", canary.encode()
    bare = re.sub(r"\W", "", canary)
    if bare.isdigit() or re.fullmatch(r"[A-Z]{4}[0-9]{6}\w+", bare):
        for apart in ("-", " "):
            yield (
                f"parted by {apart!r}",
                apart.join(bare[at : at + 4] for at in range(0, len(bare), 4)).encode(),
            )
        yield "bare", bare.encode()
    yield "url-encoded", quote(canary, safe="").encode()
    yield "url-encoded throughout", "".join(f"%{byte:02X}" for byte in canary.encode()).encode()
    for shift in range(3):  # wherever it begins within what was packed
        packed = base64.b64encode(b"\0" * shift + canary.encode())
        yield f"base64 {shift}", packed[(0, 2, 3)[shift] : len(packed) // 4 * 4 - 4]
    yield "repr", repr(canary)[1:-1].encode()
    yield "json", json.dumps(canary)[1:-1].encode()
    yield "hex", canary.encode().hex().encode()
    yield "utf-16", canary.encode("utf-16-le")


class Drill:
    """One run of the program, and the people who use it."""

    def __init__(self, folder: Path, people: int = 3) -> None:
        self._people = people
        self._data, self._written = folder / "data", folder / "written"
        self._config = folder / "config.toml"
        self._report = Report()
        self._canaries: dict[str, str] = {"token": TOKEN.partition(":")[2], **SAID, **ANSWERED}
        for name, said in SAID.items():  # the secret itself, without what introduces it
            self._canaries[name] = re.sub(r"^(my .* is |/start |CLABE |' OR 1=1-- )", "", said)

    async def run(self) -> Report:
        settings = (
            Path(unhurried.config(self._config.parent))
            .read_text()
            .replace('level = "INFO"', 'level = "DEBUG"')
        )
        assert 'level = "DEBUG"' in settings
        self._config.write_text(settings)
        async with LocalBotApi(TOKEN, people=()) as api:
            keep = {k: v for k, v in os.environ.items() if not k.startswith(("CANDOR_", "DATABASE_", "BOT_"))}
            environ = {**keep, "BOT_TOKEN": TOKEN, "BOT_API_URL": api.url, "CANDOR_DATA": str(self._data)}
            environ["DRILL_CONFIG"] = str(self._config)
            environ["DRILL_CANARIES"] = str(self._config.with_suffix(".json"))
            Path(environ["DRILL_CANARIES"]).write_text(
                json.dumps(["Thrown Nightshade", "110101199003071233"])
            )
            self._canaries |= {"exception": "Thrown Nightshade", "parameter": "110101199003071233"}
            with self._written.open("wb") as log:
                bot = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "tests.drills.logs",
                    "--bot",
                    cwd=ROOT,
                    env=environ,
                    stdout=log,
                    stderr=log,
                )
            try:
                async with asyncio.timeout(60):
                    while not any(call.method == "getUpdates" for call in api.log):
                        await asyncio.sleep(0.05)
                await self._play(api)
                self._look_at(bot.pid)
            except Exception:
                print(self._written.read_text()[-3000:], file=sys.stderr)
                raise
            finally:
                if bot.returncode is None:
                    bot.terminate()
                try:
                    code = await asyncio.wait_for(bot.wait(), 30)
                except TimeoutError:
                    bot.kill()
                    code = await bot.wait()
                    print(self._written.read_text()[-2000:], file=sys.stderr)
            if code != 0:
                self._report.wrong.append(f"the bot ended with {code}")
        self._look_into_files()
        return self._report

    async def _play(self, api: LocalBotApi) -> None:
        people = (("us", "en", "Quetzalcoatl Nightingale", "+12025550173", "739281"),
                  ("cn", "zh-hans", "欧阳慕容", "+8613912345670", "806142"),
                  ("mx", "es", "Xiomara Villalobos", "+525598761234", "915374"))  # fmt: skip
        for number, (country, language, name, phone, pin) in enumerate(people[: self._people]):
            profile = Person(
                880_000_001 + number,
                f"Profile{name[::-1]}",
                "Lastname" + name[:3],
                f"user_{phone[-6:]}",
                language,
            )
            person = Somebody(Elsewhere(api), api.add_person(profile))  # type: ignore[arg-type]  # whatever the settings hold
            mine = {
                "name": name,
                "phone": phone.removeprefix("+"),
                "id": IDS[country],
                "pin": pin,
                "profile": profile.first_name,
            }
            self._canaries |= {f"{what} ({country})": value for what, value in mine.items()}
            await self._one(person, country, name, phone, pin)

    async def _one(self, person: Somebody, country: str, name: str, phone: str, pin: str) -> None:
        await person.says("/start")
        await person.presses(f"={person.language}")
        await person.presses(f"={country}")
        await person.decides({})
        for said in (
            name,
            "12 NaN <b>",
            phone,
            age(country, wire.now()),
            f"{IDS[country]}9",
            IDS[country],
            pin,
        ):
            await person.says(said)
        answers = {"monthly_income": ANSWERED["income"], "total_owed": ANSWERED["owed"],
                   "monthly_spending": ANSWERED["spending"], "monthly_repayments": ANSWERED["repayments"],
                   "loan_amount": ANSWERED["loan"], "purchase_price": "1000000"}  # fmt: skip
        await person.answers(**answers)
        for said in SAID.values():
            await person.says(said)
        typed = await person.player.say("Lorem ipsum")
        await person.player.edit(typed, SAID["edited"])
        await person.candor.quiet()
        await person.sends("document")
        await person.shares_contact("+34911234567", owner=4242)
        await person.press_raw(person.last["message_id"], "m|set|Zanzibar77!")
        await person.presses("=confirm") if any("=confirm" in str(m) for m in person.chat) else None
        for command in ("/about", "/model", "/privacy", "/history", "/status"):  # the first three are spoilt
            await person.says(command)
        before = len(person.chat)
        for command in (
            ("/export",) if country == "us" else ("/export", "/delete")
        ):  # one stays, to be looked for
            await person.says(command)
            await person.says(pin)
            for wanted in ("=yes", "=delete", "=confirm"):
                try:
                    await person.presses(wanted)
                except AssertionError:
                    continue
                break
            await person.says(pin)
        if not any("document" in m for m in person.chat) and len(person.chat) <= before:
            self._report.wrong.append(f"{country}: no export, and sees {text_of(person.last)[:80]!r}")

    def _look_at(self, pid: int) -> None:
        process = psutil.Process(pid)
        self._search(
            "command lines",
            "\0".join(process.cmdline() + [w for c in process.children() for w in c.cmdline()]).encode(),
        )
        children = "\0".join(
            f"{k}={v}" for c in process.children(recursive=True) for k, v in c.environ().items()
        )
        self._search("children's environments", children.encode())
        self._look_into_data("running: ")

    def _look_into_files(self) -> None:
        written = self._written.read_bytes()
        self._report.wrong += [
            f"the log never says {sign.decode()!r}" for sign in SIGNS if sign not in written
        ]
        self._search("stdout and stderr", written)
        self._look_into_data("after the end: ")

    def _look_into_data(self, when: str) -> None:
        for path in sorted(self._data.rglob("*")):
            if path.is_file() and path.name != "master.key" and (held := path.read_bytes()):
                name = re.sub(r"-\w{16}-\w+", "", path.relative_to(self._data).as_posix())
                self._search(f"{when}{name}", held)

    def _search(self, place: str, held: bytes) -> None:
        self._report.places[place] = len(held)
        self._report.canaries = len(self._canaries)
        for name, canary in self._canaries.items():
            ways = list(spellings(canary))
            self._report.spellings = max(self._report.spellings, len(ways))
            for way, spelt in ways:
                if len(spelt) >= 4 and spelt in held:
                    near = held[max(held.index(spelt) - 60, 0) : held.index(spelt) + len(spelt) + 20]
                    self._report.hits.append(f"{place}: {name}, {way}: {near!r}")


# --- the program, with three commands spoilt ------------------------------------------------------------


def bot() -> int:
    """Run `python -m bot run` at DEBUG, in this process."""
    import logging  # noqa: PLC0415 - the parent needs none of this
    import threading  # noqa: PLC0415 - only here
    import warnings  # noqa: PLC0415 - only here

    import sqlalchemy as sa  # noqa: PLC0415 - only here

    from bot import __main__, settings  # noqa: PLC0415 - only here
    from bot.services import uses  # noqa: PLC0415 - only here
    from bot.services.context import Answering  # noqa: PLC0415 - only here

    canaries = json.loads(Path(os.environ["DRILL_CANARIES"]).read_text())
    load = settings.load

    def loaded() -> settings.Settings:
        return load(config=Path(os.environ["DRILL_CONFIG"]))

    settings.load = loaded  # type: ignore[assignment]  # the settings of the drill

    async def raises(_: object) -> None:
        try:
            raise ValueError(f"bad {canaries}")
        except ValueError as trouble:
            raise RuntimeError(canaries[0], canaries) from trouble

    async def refused(a: Answering) -> None:
        # an OperationalError would be taken for a database that is away, and tried again
        values = {"a": canaries[0], "b": canaries[1], "c": object()}
        await a.read.execute(sa.text("SELECT :a, :b, :c"), values)

    async def left_behind(_: object) -> None:
        def thread() -> None:
            raise RuntimeError(canaries[0])

        loop = asyncio.get_running_loop()
        loop.create_task(raises(None), name=canaries[0])  # noqa: RUF006 - it is to be lost
        loop.call_soon(lambda: {}[canaries[0]])
        threading.Thread(target=thread, name=canaries[0]).start()
        warnings.warn(canaries[0], RuntimeWarning, stacklevel=1)
        for name in ("bot", "telegram.ext", "sqlalchemy.engine", "aiohttp.client", "asyncio", "some.library"):
            logging.getLogger(name).log(logging.ERROR if name != "bot" else logging.DEBUG, "%s", canaries[1])
        logging.getLogger("bot").debug(MARK)
        logging.getLogger("bot").error("%d items", canaries[1])

    uses.USES |= {"about": raises, "model": refused, "privacy": left_behind}
    sys.argv = ["bot", "run"]
    return __main__.main()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.logs", description=__doc__)
    parser.add_argument("--bot", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="one person instead of three")
    chosen = parser.parse_args()
    if chosen.bot:
        return bot()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(Drill(Path(folder), 1 if chosen.quick else 3).run())
    print(report)
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main())

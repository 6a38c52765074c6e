"""T17, hostile uploads against the local chat: `python -m tests.drills.files [--quick]`.

The chat server runs in a process of its own. Files, forms and bombs are thrown at it over real sockets while somebody
else, in a third process, goes on chatting. Every one must be answered as it deserves within two seconds, the server may
grow by 50 MiB at most, and the other person must not notice.
"""

import argparse
import asyncio
import contextlib
import gzip
import io
import itertools
import sys
import tempfile
import time
import zipfile
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from types import TracebackType
from typing import Self

import aiohttp
import psutil

TOKEN = "1:LOCAL"
ALEX, LI = 700002, 700001
MIB = 2**20
MOST_SECONDS, MOST_GROWTH = 2.0, 50 * MIB
PAUSE = (
    0.1  # between one pair of attacks and the next: the neighbour is to be measured, not this machine's cores
)
BOUNDARY = "----drill"


@dataclass(frozen=True)
class Attack:
    """One request: how it is named, addressed and made, and which answers are right."""

    name: str
    wanted: frozenset[int]
    path: str
    headers: dict[str, str]
    body: Callable[[], Iterable[bytes]]
    length: int | None = None  # None sends it in chunks, and says nothing about its size beforehand


@dataclass
class Outcome:
    """How one attack ended; status 0 is a connection without an answer."""

    name: str
    status: int
    seconds: float


@dataclass
class Report:
    """What the drill found."""

    outcomes: list[Outcome] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    growth: int = 0
    quiet: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        calm = _p95(self.during) <= 1.5 * _p95(self.quiet) + 0.02
        return not self.wrong and self.growth <= MOST_GROWTH and calm

    def __str__(self) -> str:
        slowest = max(self.outcomes, key=lambda outcome: outcome.seconds)
        line = (
            f"T17 | {len(self.outcomes)} attacks of {len({o.name for o in self.outcomes})} kinds"
            f" | slowest answer {slowest.seconds:.2f} s ({slowest.name}) | RSS growth {self.growth / MIB:.0f} MiB"
            f" | neighbour's p95 {_p95(self.quiet) * 1e3:.1f} -> {_p95(self.during) * 1e3:.1f} ms"
            f" ({len(self.during)} calls) | wrong {len(self.wrong)}"
        )
        return "\n".join([*self.wrong, line])


class Server:
    """`python -m bot.channels.local` on a free port, its chat on disk as in real life."""

    url = ""
    _folder: tempfile.TemporaryDirectory[str]
    _process: asyncio.subprocess.Process

    async def __aenter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        command = ("-m", "bot.channels.local", "--port", "0", "--token", TOKEN, "--data", self._folder.name)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(20):
            self.url = (await self._process.stdout.readline()).split()[2].decode().rstrip("/")
        await _chat(self.url, 0.3)  # so that everything is loaded
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()
        self._folder.cleanup()

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def memory(self) -> int:
        """Give the bytes the server holds now."""
        return int(psutil.Process(self._process.pid).memory_info().rss)


async def attack(server: Server, chosen: Attack) -> Outcome:
    """Make one attack; its time ends with the first line of the answer."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    sending = asyncio.create_task(_send(writer, chosen))
    status = 0
    try:
        async with asyncio.timeout(10):
            line = await reader.readline()
        status = int(line.split()[1]) if line.startswith(b"HTTP/") else 0
    except (TimeoutError, ConnectionError):
        pass
    seconds = time.perf_counter() - began
    sending.cancel()
    with contextlib.suppress(asyncio.CancelledError, ConnectionError):
        await sending
    writer.close()
    return Outcome(chosen.name, status, seconds)


async def _send(writer: asyncio.StreamWriter, chosen: Attack) -> None:
    headers = {"Host": "localhost", "X-Local-Chat": "1", **chosen.headers}
    headers |= (
        {"Transfer-Encoding": "chunked"} if chosen.length is None else {"Content-Length": str(chosen.length)}
    )
    writer.write(f"POST {chosen.path} HTTP/1.1\r\n".encode())
    writer.write("".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n")
    for piece in chosen.body():
        writer.write(piece if chosen.length is not None else b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
    writer.write(b"" if chosen.length is not None else b"0\r\n\r\n")
    await writer.drain()


def neighbour(url: str, seconds: float) -> list[float]:
    """Chat for so long, as the page does it and as the bot does, and give how long each call took."""
    return asyncio.run(_chat(url, seconds))


async def _chat(url: str, seconds: float) -> list[float]:
    times: list[float] = []
    end = time.perf_counter() + seconds
    async with aiohttp.ClientSession() as session:
        for number in itertools.count():
            began = time.perf_counter()
            act = {"person": LI, "act": "say", "text": f"hello {number}"}
            async with session.post(f"{url}/chat/act", json=act, headers={"X-Local-Chat": "1"}) as answer:
                assert answer.status == 200
            async with session.post(
                f"{url}/bot{TOKEN}/sendMessage", json={"chat_id": LI, "text": "x"}
            ) as answer:
                assert answer.status == 200
            times.append(time.perf_counter() - began)
            if time.perf_counter() >= end:
                return times
            await asyncio.sleep(0.005)
    return times


async def drill(rounds: int) -> Report:
    """Make every attack so many times, two at once."""
    report = Report()
    loop = asyncio.get_running_loop()
    for made in ATTACKS:
        await asyncio.to_thread(deque, made.body(), 0)  # bombs take time to make
    with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:
        await loop.run_in_executor(elsewhere, time.time)
        await _drill(
            report, rounds, lambda url, seconds: loop.run_in_executor(elsewhere, neighbour, url, seconds)
        )
    return report


async def _drill(report: Report, rounds: int, chat: Callable[[str, float], Awaitable[list[float]]]) -> None:
    async with Server() as server:
        report.quiet = await chat(server.url, 3.0)
        before = most = server.memory()
        over = asyncio.Event()

        async def watch() -> None:
            nonlocal most
            while not over.is_set():
                most = max(most, server.memory())
                await asyncio.sleep(0.01)

        async def live() -> None:
            while not over.is_set():
                report.during += await chat(server.url, 0.5)

        async def throw(chosen: Attack) -> None:
            outcome = await attack(server, chosen)
            report.outcomes.append(outcome)
            if outcome.status not in chosen.wanted or outcome.seconds > MOST_SECONDS:
                report.wrong.append(f"{outcome.name}: {outcome.status} after {outcome.seconds:.2f} s")

        watching, living = asyncio.create_task(watch()), asyncio.create_task(live())
        for _ in range(rounds):
            for pair in _pairs(ATTACKS):
                await asyncio.gather(*map(throw, pair))
                await asyncio.sleep(PAUSE)
        over.set()
        await asyncio.gather(watching, living)
        report.growth = most - before


def _pairs(attacks: tuple[Attack, ...]) -> Iterator[tuple[Attack, ...]]:
    return (attacks[at : at + 2] for at in range(0, len(attacks), 2))


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)] if times else 0.0


# --- what is thrown --------------------------------------------------------------------------------


def _fill(pattern: bytes, size: int) -> Callable[[], Iterator[bytes]]:
    block = (pattern * (2**16 // len(pattern) + 1))[: 2**16]

    def pieces() -> Iterator[bytes]:
        for _ in range(size // len(block)):
            yield block

    return pieces


def _whole(make: Callable[[], bytes]) -> Callable[[], Iterator[bytes]]:
    kept: list[bytes] = []

    def pieces() -> Iterator[bytes]:
        if not kept:
            kept.append(make())
        for at in range(0, len(kept[0]), 2**16):
            yield kept[0][at : at + 2**16]

    return pieces


def _form(*parts: Iterable[bytes]) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        for part in parts:
            yield f"--{BOUNDARY}\r\n".encode()
            yield from part
            yield b"\r\n"
        yield f"--{BOUNDARY}--\r\n".encode()

    return pieces


def _head(name: str, filename: str = "", *more: str) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{name}"' + (
        f'; filename="{filename}"' if filename else ""
    )
    return "\r\n".join([disposition, *more, "", ""]).encode()


class _Again:
    """A body that can be sent more than once."""

    def __init__(self, *parts: bytes | Callable[[], Iterable[bytes]]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
            else:
                yield from part()


def zip_of(files: int, size: int = 0, *, within: bytes = b"") -> bytes:
    """Make a zip of so many files of zeros, or of one that holds `within`."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(files):
            made.writestr(str(number), within or bytes(size))
    return held.getvalue()


def _nested() -> bytes:
    inner = zip_of(1, 20 * MIB)
    for _ in range(5):
        inner = zip_of(10, within=inner)
    return inner


def _bomb() -> bytes:
    """200 MiB of zeros in 200 KB."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(200)) + packer.flush()


UPLOAD = f"/chat/upload?person={ALEX}&kind=document&name=a.csv"
SEND = f"/bot{TOKEN}/sendDocument?chat_id={ALEX}"
CSV = {"Content-Type": "text/csv"}
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
JSON = {"Content-Type": "application/json"}
GZIP = {"Content-Encoding": "gzip"}
NO, KEPT = frozenset({400, 413, 429}), frozenset({200, 413})
_csv, _packed = _fill(b"1,2,3\r\n", 50 * MIB), _whole(_bomb)
_file = _head("document", "a.csv")

ATTACKS = (
    Attack("50 MiB announced", NO, UPLOAD, CSV, _csv, 50 * MIB),
    Attack("50 MiB in chunks", NO, UPLOAD, CSV, _csv),
    Attack("1 TiB announced", NO, UPLOAD, CSV, _csv, 2**40),
    Attack("form of 50 MiB", NO, SEND, FORM, _form(_Again(_file, _csv))),
    Attack("form of 50 MiB, announced", NO, SEND, FORM, _form(_Again(_file, _csv)), 50 * MIB + 200),
    Attack("form with a 50 MiB field", NO, SEND, FORM, _form(_Again(_head("caption"), _csv))),
    Attack(
        "form of 100,000 parts",
        NO,
        SEND,
        FORM,
        _whole(lambda: b"".join(_form(*[[_head("a"), b"1"]] * 100_000)())),
    ),
    Attack(
        "50 MiB before the first part", NO, SEND, FORM, lambda: _Again(_fill(b"x\r\n", 50 * MIB), _form())
    ),
    Attack("50 MiB after the last part", NO, SEND, FORM, lambda: _Again(_form(), _fill(b"x\r\n", 50 * MIB))),
    Attack("1 MiB of a part's head", NO, SEND, FORM, _form([b"X: " + b"x" * MIB + b"\r\n\r\n1"])),
    Attack(
        "a part packed by gzip",
        NO,
        SEND,
        FORM,
        _form(_Again(_head("document", "a", "Content-Encoding: gzip"), _packed)),
    ),
    Attack(
        "forms in forms",
        NO,
        SEND,
        FORM,
        _form([_head("a", "", "Content-Type: multipart/mixed; boundary=y") * 50]),
    ),
    Attack("gzip 1:1000 from the page", NO, UPLOAD, {**CSV, **GZIP}, _packed),
    Attack(
        "gzip 1:1000 form",
        NO,
        SEND,
        {**FORM, **GZIP},
        _whole(lambda: gzip.compress(b"".join(_form(_Again(_file, _csv))()))),
    ),
    Attack("gzip 1:1000 json", NO, SEND, {**JSON, **GZIP}, _packed),
    Attack("deflate", NO, SEND, {**JSON, "Content-Encoding": "deflate"}, _packed),
    Attack("br, zstd, twice gzip", NO, SEND, {**JSON, "Content-Encoding": "br, zstd, gzip, gzip"}, _packed),
    Attack("json of 50 MiB", NO, SEND, JSON, _fill(b"[", 50 * MIB)),
    Attack("json of 900,000 brackets", NO, SEND, JSON, _whole(lambda: b"[" * 900_000)),
    Attack(
        "fields of 50 MiB",
        NO,
        SEND,
        {"Content-Type": "application/x-www-form-urlencoded"},
        _fill(b"a=1&", 50 * MIB),
    ),
    Attack(
        "200,000 fields",
        NO,
        SEND,
        {"Content-Type": "application/x-www-form-urlencoded"},
        _fill(b"a=1&", 800_000),
    ),
    Attack("1 MiB in one header", NO, SEND, {"X-Long": "x" * MIB}, lambda: (), 0),
    Attack("10,000 headers", NO, SEND, {f"X-{n}": "x" for n in range(10_000)}, lambda: (), 0),
    Attack("zip of 100,000 files", KEPT, UPLOAD, CSV, _whole(lambda: zip_of(100_000))),
    Attack("zip 1:1000", KEPT, UPLOAD, CSV, _whole(lambda: zip_of(1, 50 * MIB))),
    Attack("zip in zip in zip", KEPT, UPLOAD, CSV, _whole(_nested)),
)
"""A zip is a file like any other: nothing opens it, so it may be kept."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.files", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round instead of five")
    chosen = parser.parse_args()
    report = asyncio.run(drill(1 if chosen.quick else 5))
    print(report)
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main())

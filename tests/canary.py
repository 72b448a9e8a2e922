"""A customer whose every text is like nobody else's, and a life that leaves traces everywhere.

The sandbox cannot be told to answer every field of a customer, so what it answers about a canary is dressed
on the way: each field of the model gets a text, a number or a row of its own. Which texts these are is
known, and so they can be looked for, in a way that shares nothing with ucsync.
"""

import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.flow.push.by_hand import begun, land, merge, send, update
from tests.flow.windows import ByHand
from tests.house import QUICK, House, small
from tests.lakes import NAME, Noting, Shop
from tests.store.faulty import QuickFiles
from tests.watch import KEY, WatchedClient
from ucsync import Secret, SimpleKey
from ucsync.config.mapping import read_mapping
from ucsync.flow import Stop
from ucsync.flow.push.planning import PlanWishes, plan_push
from ucsync.model import Stopped
from ucsync.model.pushes import Limits
from ucsync.net import AiohttpTransport, NoPacer, Transport
from ucsync.plan import KeepPolicy
from ucsync.sandbox import SANDBOX, make_application
from ucsync.store import Files, Lake, Staging
from ucsync.store.forgetting import Grounds
from ucsync.store.pushes import Pushes
from ucsync.store.schema import MODEL
from ucsync.store.written import Written
from ucsync.testing import MemoryServer, VirtualClock
from ucsync.ultracart import RawAnswer, Request
from ucsync.ultracart.fields import Kind, Model

#: Fields of a canary that stay what the sandbox says: by these it is told, or a push goes by them.
_REAL: Final = {"customer_profile_oid", "merchant_id", "last_modified_dts", "website_url"}
_LIMITS: Final = Limits(customers_max=1000, percent_max=100, cleared_max=99, deletes_max=99)
#: Rows a page, of scans and windows.
PAGE: Final = 5
FORGOTTEN_AT: Final = datetime(2026, 12, 1, tzinfo=UTC)
CUSTOMERS: Final = 14


@dataclass
class Dressing:
    """A transport that dresses canaries.

    Attributes:
        marks: of each canary the mark that all its texts have now.
        bad: canaries whose answers cannot be decoded now.
        texts: all that were ever answered.
    """

    inner: Transport
    marks: dict[int, str] = field(default_factory=dict)
    bad: set[int] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    async def send(self, request: Request) -> RawAnswer:
        """See `Transport`."""
        answer = await self.inner.send(request)
        if not any(str(oid).encode() in answer.body for oid in self.marks):
            return answer
        told = json.loads(answer.body)
        for one in [*(told.get("customers") or []), *([told["customer"]] if told.get("customer") else [])]:
            mark = self.marks.get(one.get("customer_profile_oid"))
            if mark is not None:
                one |= self._dressed(one, mark)
        return replace(answer, body=json.dumps(told).encode())

    async def close(self) -> None:
        """See `Transport`."""
        await self.inner.close()

    def _dressed(self, real: Mapping[str, Any], mark: str) -> dict[str, Any]:
        oid = real["customer_profile_oid"]
        made = _document(MODEL, mark, "") | {"email": f"{mark}@canary.example", "favourite": f"{mark}-extra"}
        made = {name: held for name, held in made.items() if name not in _REAL}
        self.texts.update(text for text in _texts(made) if mark in text)
        return made | ({"qb_tax_exemption_reason_code": 3.5} if oid in self.bad else {})


def _document(model: Model, mark: str, path: str) -> dict[str, Any]:
    """Something of its own in every field of a model."""
    made: dict[str, Any] = {}
    for number, (name, one) in enumerate(model.fields.items(), 1):
        if one.write_only:
            continue
        place = f"{path}.{name}" if path else name
        plain: dict[Kind, Any] = {
            Kind.TEXT: f"{mark}-{place}", Kind.INSTANT: "2024-03-01T10:00:00+00:00", Kind.INT32: 700 + number,
            Kind.INT64: 700 + number, Kind.NUMBER: 1.25, Kind.FLAG: True,
            Kind.OPAQUE: {"any": f"{mark}-{place}"},
        }  # fmt: skip
        if one.kind is Kind.ARRAY:
            held = _document(one.model, mark, place) if one.model else plain[one.item or Kind.TEXT]
            made[name] = [held]
        else:
            made[name] = _document(one.model, mark, place) if one.model else plain[one.kind]
    return made


def _texts(held: Any) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    elif isinstance(held, Mapping):
        for value in held.values():
            yield from _texts(value)
    elif isinstance(held, list):
        for value in held:
            yield from _texts(value)


@dataclass
class Life:
    """A shop in which a canary has lived.

    Attributes:
        shop: with lake and state.
        dressing: of the wire.
        canary, absorbed: its oid, and that of a customer who was merged into it, and is one, too.
        others: who stays.
    """

    shop: Shop
    dressing: Dressing
    canary: int
    absorbed: int
    others: list[int]

    @property
    def lake(self) -> Path:
        return self.shop.lake.folder

    @property
    def state(self) -> Path:
        return self.shop.folder / "state"

    def touch(self, *oids: int) -> None:
        """Somebody edits customers at the server."""
        for oid in oids:
            self.shop.house.sandbox.merchant.update(oid, {"referral_source": f"fair {oid}"})

    async def wait(self, hours: float = 1) -> None:
        await self.shop.house.clock.sleep(timedelta(hours=hours).total_seconds())

    async def half_full_scan(self) -> None:
        """A scan of everything is stopped after its second page."""
        stop = Stop()
        watcher = Noting(lambda progress: stop.ask() if progress.pages >= 2 else None)
        try:
            await self.shop.sync(watcher, stop, full=True)
        except Stopped:
            return
        raise AssertionError("it was to be stopped")


def grounds_in(folder: Path, files: Files | None = None, name: str = NAME) -> Grounds:
    """What a forgetting is given, of a merchant in a folder."""
    files, state = files or QuickFiles(), folder / "state"
    return Grounds(
        files=files, lake=Lake(files, folder / "lake" / name),
        stagings=[Staging(files, state / kind / name) for kind in ("staging", "windows")],
        pushes=Pushes(files, state / "pushes" / name), plans=state / "plans" / name,
        written=Written(files, state / "written" / name), beside=[state], now=lambda: FORGOTTEN_AT,
    )  # fmt: skip


@asynccontextmanager
async def canary_shop(folder: Path, customers: int = CUSTOMERS) -> AsyncIterator[Life]:
    """A shop whose third and fourth customer are canaries; nothing is read yet."""
    clock = VirtualClock()
    application = make_application(small(customers), clock)
    credential = SimpleKey(Secret(KEY))
    async with MemoryServer(application) as memory:
        inner = AiohttpTransport("http://localhost", credential, QUICK, connector=memory.connector())
        dressing = Dressing(inner)
        async with WatchedClient(
            credential, transport=dressing, settings=QUICK, clock=clock, pacer=NoPacer(), chance=lambda: 0.5
        ) as client:
            house = House(client, application[SANDBOX], clock)
            shop = Shop(house, folder, files=QuickFiles()).with_settings(page_size=PAGE, tax_ids=True)
            oids = list(house.sandbox.merchant.oids())
            canary, absorbed = oids[2], oids[3]
            dressing.marks = {canary: "qxcanary-v1", absorbed: "qxabsorbed-v1"}
            others = [oid for oid in oids if oid not in (canary, absorbed)]
            yield Life(shop, dressing, canary, absorbed, others)


async def live(life: Life) -> None:
    """First full scan, edits, quarantine, a push with a merge, an unapplied plan with rejects, a half-read
    window, pruned snapshots, a half-done full scan."""
    shop, marks = life.shop, life.dressing.marks
    await shop.sync()
    for version in ("v2", "v3"):  # edits; of the second one only the changes will be left
        await life.wait()
        marks[life.canary] = f"qxcanary-{version}"
        life.touch(life.canary, life.others[0])
        await shop.sync()
    await life.wait()
    marks[life.canary] = "qxcanary-bad"
    life.dressing.bad = {life.canary}
    life.touch(life.canary)
    assert (await shop.sync()).receipt.quarantined == 1
    life.dressing.bad = set()
    marks[life.canary] = "qxcanary-v4"
    await life.wait()
    await shop.sync()
    await push(life)
    await _plan(life)
    await life.wait(24)
    backfill = ByHand(shop, pages=2, page_size=PAGE)
    await backfill.begin(newest_first=False)
    assert not await backfill.read(1)
    with backfill.shop.database() as database:
        staged = backfill.shop.place(database).windows
    assert staged.open_scan() is not None
    assert shop.lake.prune(KeepPolicy(1, 0, 0)) != []
    await life.half_full_scan()


async def push(life: Life) -> str:
    """Applied and published, with what was there before in the journal; a step of another customer, too."""
    shop = life.shop
    life.dressing.texts.add("https://qxpushed.example")
    steps = [
        update(life.canary, website_url="https://qxpushed.example"), merge(life.canary, life.absorbed),
        update(life.others[1], website_url="https://other.example"),
    ]  # fmt: skip
    with begun(shop, steps) as journal:
        for entry in list(journal.steps()):
            for oid in {entry.step.oid, entry.step.absorbed} - {None}:
                found = await shop.house.client.get_customer(oid or 0, expand=shop.settings.expansions)
                document = json.dumps(found, default=float).encode()
                journal.archive(entry.step.number, oid or 0, document, shop.house.clock.now())
        await send(shop, journal)
        assert await land(shop, journal) is not None
        return journal.id


async def _plan(life: Life) -> None:
    """A change of the canary that waits; a row that names it by an address that it had once is rejected."""
    folder = life.state / "plans" / NAME
    folder.mkdir(parents=True)
    rules, source = life.shop.folder / "crm.toml", life.shop.folder / "crm.csv"
    rules.write_text(
        '[match]\nby = "email"\ncolumn = "email"\n[columns]\nnote = "business_notes"\n', encoding="utf-8"
    )
    told = f"{life.dressing.marks[life.canary]}@canary.example,qxcrm-note"
    source.write_text(f"email,note\n{told}\nqxcanary-v1@canary.example,again\n", encoding="utf-8")
    life.dressing.texts.add("qxcrm-note")
    with life.shop.database() as database:
        result = await plan_push(
            life.shop.place(database),
            PlanWishes(
                source=source, sql=None, mapping=read_mapping(rules), base=None, limits=_LIMITS, out=folder
            ),
        )
    assert result.plan.header.steps == {"update": 1}
    assert result.rejects is not None


# Looking, without anything of ucsync's.

_STAGED: Final = re.compile(rb"^(....)(....)(....)", re.DOTALL)


def found_in(folder: Path, texts: Iterable[str]) -> dict[str, list[str]]:
    """Which of these texts are in which files, raw or decoded."""
    needles = {text: {text.encode(), json.dumps(text)[1:-1].encode()} for text in texts}
    found: dict[str, list[str]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = b"\n".join(_contents(path)).lower()
        for text, ways in needles.items():
            if any(way.lower() in content for way in ways):
                found.setdefault(path.relative_to(folder).as_posix(), []).append(text)
    return found


def _contents(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    yield data
    if path.suffix == ".parquet":
        rows = pq.ParquetFile(path).read()
        yield json.dumps(rows.to_pylist(), default=str, ensure_ascii=False).encode()
    elif path.name.endswith(".json.zst"):
        yield _unpacked(data[8 + int.from_bytes(data[4:8], "little") :])
    elif path.suffix == ".db":
        yield from _cells(path)


def _unpacked(data: bytes) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        return bytes(stream.read())


def _cells(path: Path) -> Iterator[bytes]:
    """Every cell of every table; what is squeezed, as it was."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.text_factory = bytes
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f"SELECT * FROM {table.decode()}"):  # noqa: S608  (a name of the file's)
                for cell in row:
                    if isinstance(cell, bytes):
                        yield cell
                        at = cell.find(b"\x28\xb5\x2f\xfd")  # of zstd
                        if at >= 0:
                            yield _unpacked(cell[at:])


def rows_of_others(lake: Path, without: Iterable[int]) -> dict[str, list[str]]:
    """Each row of everybody else in every table of a lake, as text, by file."""
    gone = set(without)
    return {
        path.relative_to(lake).as_posix(): [
            repr(row) for row in pq.ParquetFile(path).read().to_pylist()
            if not gone & {row.get(name) for name in ("customer_profile_oid", "absorbed_oid", "survivor_oid")}
        ]
        for path in sorted(lake.rglob("snapshots/**/*.parquet"))
    }  # fmt: skip

"""Scenes of the durable things by themselves: what a sync does seldom, or only when there is much of it."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Final

import pyarrow.parquet as pq

from tests.shim.synced import ENDED, GRANTED, Mark
from tests.store.books import START, HandClock, book_of
from tests.store.samples import DRAFT, HEADER, MIDNIGHT, NOTE, a_snapshot
from tests.store.shop import Row, body_of, version_of
from ucsync.model import UcsyncError
from ucsync.plan import KeepPolicy
from ucsync.plan.quota import Grant, Lane
from ucsync.store import Database, DiskFiles, Lake, Staging
from ucsync.store.decoding import Decoder
from ucsync.store.memory import recall, remember
from ucsync.store.merges import Merge
from ucsync.store.publishing import Reading, Watch, publish
from ucsync.store.runs import begin_run, end_run, last_runs
from ucsync.store.verifying import verify

_DISK: Final = DiskFiles()
#: Of SQLite's file; its log has newer versions of some.
_PAGE_BYTES: Final = 4096
_BAD: Final = b"?"


def ended(mark: Mark, work: Callable[[], object]) -> int:
    """Do it; the exit code that the command would have."""
    try:
        work()
        code = 0
    except UcsyncError as failure:
        code = failure.exit_code
    mark(f"{ENDED} {code}")
    return code


def lake_in(folder: Path) -> Lake:
    return Lake(_DISK, folder / "lake" / "shop")


def unsound(lake: Lake) -> list[str]:
    """What is not as it was published."""
    wrong = [f"{one.snapshot}: {fault}" for one in lake.receipts() for fault in verify(lake, one.snapshot)]
    return [*wrong, *(f"{snapshot}: damaged" for snapshot in lake.damaged_ids())]


class Publishing:
    """A publication that sets a row aside and notes a merge."""

    _OLD: Sequence[Sequence[Row]] = [[(1, 1), (2, 1)]]
    _MERGE: Final = Merge(absorbed=9, survivor=1, merged_at=MIDNIGHT, push="push")

    def __init__(self, name: str, page: Sequence[Row]) -> None:
        """`page` is what is read."""
        self.name = name
        self._new = [page]
        sound = {oid: version for oid, version in page if version > 0}
        self._state = {1: 1, 2: 1, **sound}

    def prepare(self, folder: Path) -> None:
        folder.mkdir()
        self._staged(folder, 1, self._OLD)
        self._publish(folder, 1, self._OLD)
        self._staged(folder, 2, self._new)

    def act(self, folder: Path, mark: Mark, late_s: float = 0) -> int:
        def work() -> None:
            lake = lake_in(folder)
            lake.recover()
            if len(lake.receipts()) == 1:
                self._publish(folder, 2, self._new, [self._MERGE])

        return ended(mark, work)

    def wrong(self, folder: Path) -> list[str]:
        return []

    def untrue(self, folder: Path) -> list[str]:
        lake = lake_in(folder)
        receipt = lake.current()
        assert receipt is not None
        parts = sorted(lake.path_of(receipt.snapshot).glob("customers/*.parquet"))
        rows = [row for part in parts for row in pq.read_table(part).to_pylist()]
        state = {row["customer_profile_oid"]: version_of(row) for row in rows}
        wrong = unsound(lake)
        wrong += [] if state == self._state else [f"the lake has {state}"]
        return wrong + ([] if receipt.quarantined == 1 else ["nothing was set aside"])

    def behind(self, folder: Path) -> list[str]:
        return unsound(lake_in(folder))

    def lost(self, folder: Path, marks: Sequence[str]) -> list[str]:
        return []

    def _staging(self, folder: Path, number: int) -> Staging:
        return Staging(_DISK, folder / f"pages-{number}")

    def _staged(self, folder: Path, number: int, pages: Sequence[Sequence[Row]]) -> None:
        scan = self._staging(folder, number).begin(replace(HEADER, scan=_scan(number)))
        for rows in pages:
            scan.append(replace(NOTE, observed_at=MIDNIGHT + timedelta(hours=number)), body_of(rows))

    def _publish(
        self, folder: Path, number: int, pages: Sequence[Sequence[Row]], merges: Sequence[Merge] = ()
    ) -> None:
        staged, lake = self._staging(folder, number).open_scan(), lake_in(folder)
        assert staged is not None
        oids = [array("q", (oid or -1 for oid, _ in rows)) for rows in pages]
        parent = lake.current()
        publish(
            lake,
            Reading(staged, oids, Decoder(_scan(number)), merges=merges),
            replace(DRAFT, scan=_scan(number), parent=parent.snapshot if parent else None),
            files=_DISK,
            parent=parent,
            watch=Watch(now=lambda: MIDNIGHT + timedelta(hours=number, minutes=30)),
            rows_part=1,
        )


def _scan(number: int) -> str:
    return f"20261122T120000Z-{number:08x}"


class Pruning:
    """Old full states go."""

    name = "prune"

    _POLICY: Final = KeepPolicy(daily=1, weekly=0, monthly=0)

    def prepare(self, folder: Path) -> None:
        folder.mkdir()
        for minutes in range(5):
            a_snapshot(lake_in(folder), finished_at=MIDNIGHT + timedelta(minutes=minutes))

    def act(self, folder: Path, mark: Mark, late_s: float = 0) -> int:
        def work() -> None:
            lake_in(folder).recover()
            lake_in(folder).prune(self._POLICY)

        return ended(mark, work)

    def wrong(self, folder: Path) -> list[str]:
        return []

    def untrue(self, folder: Path) -> list[str]:
        lake = lake_in(folder)
        whole = [lake.has_rows(one.snapshot) for one in lake.receipts()]
        pruned = [] if whole == [True, False, False, True, True] else [f"full states: {whole}"]
        return [*unsound(lake), *pruned]

    def behind(self, folder: Path) -> list[str]:
        return unsound(lake_in(folder))

    def lost(self, folder: Path, marks: Sequence[str]) -> list[str]:
        return []


class Keeping:
    """The state: opened, or made, or made anew; quota book, memory, runs."""

    _RUNS: Final = "run"

    def __init__(self, name: str, *, damaged: bool = False) -> None:
        """`damaged` for a database that a killed run has left, its log beside it, and then a bad block."""
        self.name = name
        self._damaged = damaged

    def prepare(self, folder: Path) -> None:
        state = folder / "state"
        state.mkdir(parents=True)
        if not self._damaged:
            return
        with TemporaryDirectory() as other:
            Database.open(_DISK, Path(other), START).close()
            with Database.open(_DISK, Path(other), START) as database:
                remember(database, "shop", "kept", "since yesterday", START)
                for path in Path(other).glob("ucsync.db*"):
                    if not path.name.endswith("-shm"):
                        copyfile(path, state / path.name)
        path = state / "ucsync.db"
        whole = path.read_bytes()
        path.write_bytes(whole[:_PAGE_BYTES].ljust(len(whole), _BAD))

    def act(self, folder: Path, mark: Mark, late_s: float = 0) -> int:
        clock = HandClock()
        clock.move(late_s)
        return ended(mark, partial(self._use, folder, clock, mark))

    def wrong(self, folder: Path) -> list[str]:
        state = folder / "state"
        asides = [path for path in state.glob("ucsync.db.damaged-*") if path.name.endswith("Z")]
        bad = [_BAD * _PAGE_BYTES in path.read_bytes() for path in asides]
        wrong = [] if bad == [True] * self._damaged else ["what was found is not kept"]
        with Database.open(_DISK, state, START) as database:
            for key in ("order", *(["kept"] if self._damaged else [])):
                wrong += [] if recall(database, "shop", key) is not None else [f"{key} is forgotten"]
            return wrong + ([] if last_runs(database)[0].exit_code == 0 else ["the last run has no end"])

    def untrue(self, folder: Path) -> list[str]:
        return []

    def behind(self, folder: Path) -> list[str]:
        return []

    def lost(self, folder: Path, marks: Sequence[str]) -> list[str]:
        clock = HandClock()
        with Database.open(_DISK, folder / "state", START) as database:
            used = book_of(database, clock, (1000, 86_400)).spent(Lane.PUSH)[0].used
            runs = len(last_runs(database, count=100))
        counted = {GRANTED: used, self._RUNS: runs}
        return [f"{name}: {found}" for name, found in counted.items() if found < marks.count(name)]

    def _use(self, folder: Path, clock: HandClock, mark: Mark) -> None:
        with Database.open(_DISK, folder / "state", clock.now()) as database:
            book = book_of(database, clock, (1000, 86_400))
            number = begin_run(database, "shop", "full", clock.now())
            mark(self._RUNS)
            for _ in range(2):
                while not isinstance(grant := book.try_take(Lane.PUSH), Grant):
                    clock.move(grant.seconds)
                mark(GRANTED)
                clock.move(0.3)
                book.settle(grant)
            book.learn(900, 60)
            remember(database, "shop", "order", "email", clock.now())
            end_run(database, number, clock.now(), exit_code=0, requests=2)


class Mending:
    """Staging that a death has left, gone on with, dropped and begun anew."""

    name = "staging"

    _KEPT: Final = "page"
    _DROPPED: Final = "dropping"

    def prepare(self, folder: Path) -> None:
        staging = self._staging(folder)
        staging.begin(replace(HEADER, scan=_scan(1)))
        torn = staging.begin(replace(HEADER, scan=_scan(2)))
        for _ in range(3):
            torn.append(NOTE, body_of([(1, 1)]))
        page = folder / "state" / "staging" / "shop" / _scan(2) / "000002.json.zst"
        page.write_bytes(page.read_bytes()[:-3])

    def act(self, folder: Path, mark: Mark, late_s: float = 0) -> int:
        return ended(mark, partial(self._work, folder, mark))

    def wrong(self, folder: Path) -> list[str]:
        left = [path.name for path in (folder / "state" / "staging" / "shop").iterdir()]
        return [] if left == [_scan(3)] else [f"staging holds {left}"]

    def untrue(self, folder: Path) -> list[str]:
        return []

    def behind(self, folder: Path) -> list[str]:
        return []

    def lost(self, folder: Path, marks: Sequence[str]) -> list[str]:
        """A page that was said to be kept is there, as long as nobody has begun to drop it."""
        if self._DROPPED in marks or self._KEPT not in marks:
            return []
        scan = self._staging(folder).open_scan()
        return [] if scan is not None and scan.count == 2 else ["a page is lost"]

    def _work(self, folder: Path, mark: Mark) -> None:
        staging = self._staging(folder)
        scan = staging.open_scan()
        if scan is not None and scan.header.scan != _scan(3):
            scan.append(NOTE, body_of([(2, 1)]))
            mark(self._KEPT)
            mark(self._DROPPED)
            scan.discard()
            scan = None
        if scan is None:
            staging.begin(replace(HEADER, scan=_scan(3)))

    def _staging(self, folder: Path) -> Staging:
        return Staging(_DISK, folder / "state" / "staging" / "shop")

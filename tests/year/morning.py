"""What is looked at every morning: what must be so after every run, and what the night had to come to."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from tests.year.diary import Diary
from tests.year.machine import NAME, Machine, Ran
from tests.year.script import Night
from tests.year.server import Server
from ucsync.flow import disagreements
from ucsync.model import Proof, Receipt, ScanKind
from ucsync.store import DiskFiles, Lake
from ucsync.store.lake import CUSTOMERS, RECEIPT
from ucsync.store.parts import is_part, read_oids
from ucsync.store.receipts import from_json
from ucsync.store.verifying import digest_faults, receipt_faults, verify
from ucsync.testing import START

#: Every so many snapshots one is looked into.
LOOK_INTO: Final = 4
SPENT: Final = 76
DISK: Final = 74


class YearFailed(AssertionError):
    """Something went otherwise than was promised; `night` is when."""

    def __init__(self, night: int, text: str) -> None:
        super().__init__(f"night {night}: {text}")
        self.night = night


@dataclass
class Tally:
    """What was in the year.

    Attributes:
        nights: there were.
        quiet: nights on which the lake was compared with the truth, and was equal to it.
        snapshots: published, by kind of scan.
        ended: processes of the nightly job, by exit code.
        met: faults that came to pass.
        acts: of the merchant's people.
        requests, faulted: sent, and how many of them met a fault.
        changes: of the shape of things.
        paused, resumed: runs that ended for want of quota, and such that went on the night after.
        backfill: processes of the backfill, by exit code.
        backfill_days: from its first request to its end.
        gaps_h: hours from one night to the next.
        story: how each night's runs ended, and whether the lake was found equal to the truth.
    """

    nights: int = 0
    quiet: int = 0
    snapshots: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    faulted: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    paused: int = 0
    resumed: int = 0
    backfill: Counter[str] = field(default_factory=Counter)
    backfill_days: float = 0.0
    gaps_h: Counter[float] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)


class Morning:
    """Looks at the lake of a machine, with the truth from the server beside it.

    Attributes:
        was_paused: whether the last night ended for want of quota.
        acted_at: when somebody last worked on the customers.
        reshaped_at: when the server began to answer in another shape, until everything is read anew.
    """

    def __init__(self, machine: Machine, server: Server, diary: Diary, tally: Tally) -> None:
        self._machine = machine
        self._server = server
        self._diary = diary
        self._tally = tally
        self._folder: Path = machine.folder / "lake" / NAME
        self._lake = Lake(DiskFiles(), self._folder)
        self._known: set[str] = set()
        self._last: str | None = None
        self.was_paused = False
        self.acted_at = START
        self.reshaped_at: datetime | None = None

    def forget(self) -> None:
        """The lake is lost."""
        self._known, self._last = set(), None

    def look(self, night: int) -> None:
        """What must be so at any time."""
        machine, server = self._machine, self._server
        counters = server.sandbox.counters
        expect(night, not machine.wrong, "; ".join(machine.wrong))
        expect(night, not counters.too_many["rate"], "the server refused a request for its rate")
        expect(night, not counters.too_many["concurrency"], "the server refused a second request at once")
        expect(night, counters.in_flight_most <= 1, "two requests were under way at once")
        expect(night, machine.sent - server.connections in (0, 1), "a request took more than one connection")
        snapshots = self._folder / "snapshots"
        found = {path.name for path in snapshots.iterdir()} if snapshots.exists() else set()
        new = {receipt.parent: receipt for receipt in map(self._receipt, sorted(found - self._known))}
        while self._last in new:
            receipt = new.pop(self._last)
            self._read(night, receipt)
            self._last = receipt.snapshot
        expect(night, not new, f"snapshots that do not follow from the last one: {[*new]}")
        expect(night, self._known == found, "snapshots have gone")

    def judge(self, night: Night, ran: Ran, *, on_full_disk: bool) -> None:
        """What the night's last run came to, against what it had to."""
        was_paused, self.was_paused = self.was_paused, night.left is not None
        if night.left is not None:
            expect(
                night.number, ran.code == SPENT, f"with {night.left} requests left it ended with {ran.code}"
            )
            self._tally.paused += 1
            return
        if on_full_disk:
            expect(night.number, ran.code == DISK, f"on a full disk it ended with {ran.code}")
            return
        if night.calm:
            expect(night.number, ran.code == 0, f"a calm night ended with {ran.code}: {ran.said}")
        if was_paused:
            expect(night.number, "going on" in ran.why, f"what was paused was not gone on with: {ran.why}")
            self._tally.resumed += 1
        if ran.code == 0 and not ran.disturbed and self.reshaped_at is None:
            self._compare(night.number, looked_for=ran.looked_for_deletions)

    def _receipt(self, snapshot: str) -> Receipt:
        return from_json((self._lake.path_of(snapshot) / RECEIPT).read_bytes())

    def _read(self, night: int, receipt: Receipt) -> None:
        """A new snapshot."""
        self._diary.note("snapshot", receipt.snapshot, receipt.kind.value, receipt.proof.value, receipt.rows)
        faults = self._faults(receipt)
        expect(night, not faults, f"{receipt.snapshot}: {faults}")
        server_s = self._server.sandbox.clock.now()
        expect(night, receipt.watermark <= server_s, "the watermark is ahead of the server's clock")
        self._known.add(receipt.snapshot)
        self._tally.snapshots[receipt.kind.value] += 1
        shaped, full = self.reshaped_at, receipt.kind is ScanKind.FULL and receipt.proof is Proof.PROVEN
        if shaped is not None and full and receipt.started_at >= shaped:
            self.reshaped_at = None

    def _faults(self, receipt: Receipt) -> list[str]:
        """Of a snapshot: every byte of it, and of some, which takes longer, what the bytes say, too."""
        if self._tally.snapshots.total() % LOOK_INTO == 0:
            return verify(self._lake, receipt.snapshot)
        folder = self._lake.path_of(receipt.snapshot)
        faults = receipt_faults(receipt.snapshot, (folder / RECEIPT).read_bytes())
        for entry in receipt.files if (folder / CUSTOMERS).exists() else ():
            faults += digest_faults(entry, [(folder / entry.path).read_bytes()])
        return faults

    def _compare(self, night: int, *, looked_for: bool) -> None:
        """Every customer, field by field.

        Who is gone is known for sure after a reconciliation, and after a scan of everything, unless that
        was gone on with: then who was deleted since may be on one of its older pages. A lake that a
        backfill is still filling lacks customers.
        """
        receipt, merchant = self._lake.current(), self._server.merchant
        assert receipt is not None
        customers = [merchant.truth(oid) or {} for oid in merchant.oids()]
        wrong = disagreements(self._lake, receipt, self._machine.settings, customers)
        at_work = receipt.backfill is not None
        fresh = receipt.kind is not ScanKind.FULL or receipt.started_at > self.acted_at
        if at_work or not fresh or not (looked_for or receipt.kind is not ScanKind.INCREMENTAL):
            there = self._oids(receipt) if at_work and receipt.full_at is None else None
            unclear = {
                oid
                for oid in wrong
                if merchant.truth(oid) is None or (there is not None and oid not in there)
            }
        else:
            unclear = set()
        bad = [oid for oid in wrong if oid not in unclear]
        expect(night, not bad, f"not as on the server: customers {bad}")
        self._tally.quiet += not wrong

    def _oids(self, receipt: Receipt) -> set[int]:
        folder = self._lake.path_of(receipt.snapshot)
        return {
            oid for entry in filter(is_part, receipt.files) for oid in read_oids(folder, entry).to_pylist()
        }


def expect(night: int, held: bool, otherwise: str) -> None:
    """Raises YearFailed when something does not hold."""
    if not held:
        raise YearFailed(night, otherwise)

"""The newest that is known of customers without asking for each: the lake, just brought up to date."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from ucsync.flow.push.run import Known, Run, whom
from ucsync.flow.sync import Wishes, sync
from ucsync.model import Proof, Receipt
from ucsync.model.pushes import Action
from ucsync.store.customers_at import CustomersAt
from ucsync.store.journal import JournalStep
from ucsync.store.matching import match_emails
from ucsync.store.merges import merges_of
from ucsync.ultracart.records import record_of

#: Where quota comes one request at a time, and each long after the other, what is read for an update is old
#: whenever it leaves. After so many reads it leaves all the same, and its window tells.
READS_MAX: Final = 3


class Newest:
    """Rows of the lake, as of the last refresh.

    Args:
        run: of the push.

    Attributes:
        notes: for a person, one line each.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._place = run.place
        self._refreshed_at: datetime | None = None
        self._receipt: Receipt | None = None
        self._rows: dict[int, Known] = {}
        self._emails: Mapping[str, Sequence[int]] = {}
        self._idle = 0
        self.notes: list[str] = []

    async def refresh(self) -> None:
        """Bring the lake up to date.

        Raises:
            Misused: only reading everything would do, which a push does not begin.
            Guarded, Stopped, CallFailed, QuotaSpent, StorageFailed: as `sync`.
        """
        asked_at = self._run.leaves_at()
        told = await sync(self._place, Wishes(refresh=True))
        self._receipt, self._refreshed_at = told.receipt, asked_at
        self._idle += 1
        self._rows, self._emails = {}, {}
        self._run.answered()
        if told.receipt.proof is not Proof.PROVEN and any(walk.reasons for walk in told.receipt.passes):
            if not self._run.read_first:
                self.notes.append("a refresh may have missed rows, so each customer is read before an update")
            self._run.read_first = True

    def is_stale(self) -> bool:
        """Whether the next update would leave when the rows are too old to rest on.

        The time for which it would have to wait for quota counts: it is waited before they are read.
        """
        if self._refreshed_at is None:
            return True
        if self._run.read_first or self._idle >= READS_MAX:
            return False
        return self._run.leaves_at() - self._refreshed_at >= self._recheck

    def waits_long(self) -> bool:
        """Whether quota is so short that what is read now would be old when the next update leaves."""
        return self._run.leaves_at() - self._run.now > self._recheck

    @property
    def _recheck(self) -> timedelta:
        return timedelta(minutes=self._place.push.recheck_min)

    async def load(self, entries: Sequence[JournalStep]) -> None:
        """Have the rows of the customers at hand whom these steps are about, and forget the others."""
        receipt = self._receipt
        if receipt is None:
            raise AssertionError("refresh first")
        inserts = [entry.step.email for entry in entries if entry.step.action is Action.INSERT]
        emails = [email for email in inserts if email]
        oids = {oid for entry in entries if entry.step.action is Action.UPDATE for oid in whom(entry)}
        self._emails, self._rows = await asyncio.to_thread(self._read, receipt, emails, oids)

    def row(self, oid: int) -> Known | None:
        """A customer of a step that was loaded, None when the lake has none."""
        self._idle = 0
        return self._rows.get(oid)

    def holder(self, email: str) -> Known | None:
        """Somebody who has an insert's e-mail address; of an insert that was loaded."""
        self._idle = 0
        held = self._emails.get(email.lower(), ())
        return self._rows.get(held[0]) if held else None

    @property
    def is_partial(self) -> bool:
        """Whether somebody whom the lake does not have may be there all the same."""
        return self._receipt is not None and self._receipt.is_partial

    def is_doubtful(self, oid: int) -> bool:
        """Whether the lake may know less of a customer than was seen."""
        return oid in self._run.seen or (self._receipt is not None and oid in self._receipt.aside)

    def survivor_of(self, oid: int) -> int | None:
        """Into whom a customer was merged, as far as pushes know."""
        return merges_of(self._place.lake).get(oid)

    def _read(
        self, receipt: Receipt, emails: Sequence[str], oids: set[int]
    ) -> tuple[Mapping[str, Sequence[int]], dict[int, Known]]:
        lake = self._place.lake
        holders = match_emails(lake, receipt, emails) if emails else {}
        wanted = sorted(oids.union(*holders.values()))
        if not wanted:
            return holders, {}
        asked_at = self._refreshed_at or receipt.started_at
        rows = CustomersAt(lake, receipt, None).read(wanted)
        return holders, {
            oid: Known(record_of(row), max(asked_at, observed_at), None, observed_at)
            for oid, (row, observed_at) in rows.items()
        }

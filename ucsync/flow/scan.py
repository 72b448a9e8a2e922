"""Carry a scan to its end: ask, stage, ask again; from wherever it was left."""

import asyncio
from array import array
from collections.abc import Callable
from dataclasses import replace

from ucsync.flow.course import Course, Step
from ucsync.flow.listing import complaint
from ucsync.flow.progress import Progress
from ucsync.flow.workplace import Workplace
from ucsync.model import AnswerUnusable, BadRequest, PageNote, Pass, StorageFailed
from ucsync.store import StagedScan
from ucsync.ultracart.codec import encode_json
from ucsync.ultracart.listing import Listing, listing_of, look_at
from ucsync.ultracart.scanning import NO_OID, Ask


class Scan:
    """A staged scan and its course, kept in step: a page is staged and on the disk before the next
    request leaves (design §6.4).

    Args:
        place: of the merchant.
        staged: where its pages are kept.
        course: at its start; `read` first puts into it the pages that are staged already.
        base: the current snapshot; what later ones have changed is newer than the pages that come now.
        check: is called before each request, and may raise to leave it at the pages that are staged.

    Attributes:
        bases: of each staged page, the snapshot that was current when it came.
        total: customers that the server counted on the newest page of the list, None when it told none.
    """

    def __init__(
        self, place: Workplace, staged: StagedScan, course: Course, base: str | None = None,
        check: Callable[["Scan"], None] | None = None,
    ) -> None:  # fmt: skip
        self.staged = staged
        self.course = course
        self.bases: list[str | None] = []
        self.total: int | None = None
        self._place = place
        self._base = base
        self._check = check
        self._forgotten = place.lake.suppression()
        self._confirmed: dict[int, bool] = {}
        self._customers = 0
        self._requests_before = -place.lister.requests_sent

    @property
    def requests(self) -> int:
        """Sent for this scan so far."""
        return self._requests_before + self._place.lister.requests_sent

    @property
    def customers(self) -> int:
        """Rows on the pages of the list so far; who came twice counts twice."""
        return self._customers

    @property
    def alive(self) -> set[int]:
        """Those read singly who are there."""
        return {oid for oid, gone in self._confirmed.items() if not gone}

    async def read(self) -> None:
        """Page after page to the end.

        Raises:
            Stopped: asked to; what is staged stays.
            CallFailed: the server gives no answer to rely on; what is staged stays.
            Guarded: the key belongs to another merchant.
            StorageFailed: the disk is full or failing.
            What `check` raises.
        """
        await self._go_on()
        while (step := self.course.step()) is not None:
            self._before_request()
            asking = self._place.lister.page(step.ask, step.since, step.filters)
            try:
                page, body = await self._place.stop.unless(asking)
            except BadRequest as refusal:
                if not self.course.refuse(step.ask, complaint(refusal)):
                    raise
                continue
            page, body = self._without_forgotten(page, body)
            observed_at = self._place.clock.now()
            if self.course.accept(step.ask, page, observed_at):
                self._stage(step, page, body)

    async def is_gone(self, oid: int) -> bool:
        """Whether the server has a customer no more; one that is there is staged as a page of its own."""
        if oid not in self._confirmed:
            self._before_request()
            found = await self._place.stop.unless(self._place.lister.customer(oid))
            rows = [] if found is None else [found]
            note = PageNote(
                walk=Pass.CONFIRM, offset=oid, limit=1, sort=None, since=None, server_time=None,
                observed_at=self._place.clock.now(), requests=self.requests, base=self._base,
            )  # fmt: skip
            self._keep(note, self._forgotten.stubbed(encode_json({"customers": rows})))
            self._confirm(oid, array("q", [oid] if rows else []))
        return self._confirmed[oid]

    async def _go_on(self) -> None:
        """Bring the course to where the staged pages end; other merchants' requests go on meanwhile."""
        before = 0
        for number in range(1, self.staged.count + 1):
            note, body = self.staged.read(number)
            before = note.requests
            self._replay(note, body)
            self.bases.append(note.base)
            await asyncio.sleep(0)
            self._place.stop.check()
        self._requests_before += before

    def _stage(self, step: Step, page: Listing, body: bytes) -> None:
        ask = step.ask
        note = PageNote(
            walk=step.walk, offset=ask.offset, limit=ask.limit, sort=ask.sort, since=step.since,
            server_time=page.server_time, observed_at=self._place.clock.now(), requests=self.requests,
            base=self._base,
        )  # fmt: skip
        self._keep(note, body)
        self._count(page)
        count, total = self._customers, page.total
        told = Progress(step.walk, count, total, self.staged.count, self.requests, self._place.ledger.left)
        self._place.watcher.on_scan(told)

    def _without_forgotten(self, page: Listing, body: bytes) -> tuple[Listing, bytes]:
        """Of those who were forgotten no more than stubs: neither staging nor the walk has the rest."""
        stubbed = self._forgotten.stubbed(body)
        if stubbed is body:
            return page, body
        return replace(page, rows=look_at(stubbed)["customers"]), stubbed

    def _before_request(self) -> None:
        if self._check is not None:
            self._check(self)

    def _keep(self, note: PageNote, body: bytes) -> None:
        self.staged.append(note, body)
        self.bases.append(note.base)

    def _count(self, page: Listing) -> None:
        self._customers += len(page.rows)
        self.total = page.total

    def _replay(self, note: PageNote, body: bytes) -> None:
        listing = _listing_of(note, body)
        if note.walk is Pass.CONFIRM:
            self._confirm(note.offset, array("q", (row.oid or NO_OID for row in listing.rows)))
            return
        try:
            kept = self.course.step() is not None and self.course.accept(
                Ask(note.offset, note.limit, note.sort), listing, note.observed_at
            )
        except AnswerUnusable:
            kept = False
        if not kept:
            raise StorageFailed("a staged page does not fit its scan; run it again with --restart")
        self._count(listing)

    def _confirm(self, oid: int, rows: "array[int]") -> None:
        self._confirmed[oid] = not rows
        self.course.add(rows)


def _listing_of(note: PageNote, body: bytes) -> Listing:
    """A staged page as the walk saw it."""
    envelope = look_at(body)
    metadata = envelope.get("metadata") or {}
    said = metadata.get("result_set") or {}
    return listing_of(envelope.get("customers") or [], said, note.server_time)

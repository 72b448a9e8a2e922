"""A backfill driven by hand, page by page, so that a test can do anything between two of them."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tests.lakes import Shop
from ucsync.flow import SyncResult, Workplace
from ucsync.flow.backfill.publication import publish_beginning, publish_window, set_back
from ucsync.flow.course import Course
from ucsync.flow.scan import Scan
from ucsync.flow.workplace import header_of
from ucsync.model import Backfill, By, Receipt, ScanKind, Window
from ucsync.plan.windows import next_window, unfit_window
from ucsync.store import SCHEMA_ID, StagedScan


class Enough(Exception):
    """So many pages were to be read."""


@dataclass
class ByHand:
    """The backfill of a shop; each call is a process of its own.

    Attributes:
        pages: of a window, about.
        page_size: rows.
    """

    shop: Shop
    pages: int = 2
    page_size: int = 5

    def __post_init__(self) -> None:
        self.shop = self.shop.with_settings(page_size=self.page_size)

    @property
    def backfill(self) -> Backfill:
        """How far it is, as the lake says."""
        told = self.shop.receipt.backfill
        assert told is not None
        return told

    @property
    def is_done(self) -> bool:
        """Whether no window is left."""
        told = self.shop.receipt.backfill
        return told is None or told.finished

    async def begin(self, by: By = By.OID, **more: Any) -> Receipt:
        """Publish that it has begun."""
        with self.shop.database() as database:
            place = self.shop.place(database)
            parent = _current(place)
            told = await place.lister.begin()
            now = told.server_time or place.clock.now()
            header = header_of(place, ScanKind.WINDOW, parent)
            backfill = Backfill(
                backfill=header.scan, by=by, newest_first=True, low=None, high=None, started_at=now,
                fingerprint=place.fingerprint, schema=SCHEMA_ID, total=told.total, on_nothing=parent is None,
                requests=1,
            )  # fmt: skip
            backfill = replace(backfill, **more)
            watermark = min(now, place.clock.now()) - timedelta(seconds=place.settings.lag_s)
            return await publish_beginning(place, parent, backfill, watermark, told.merchant_id)

    async def read(self, pages: int) -> bool:
        """So many pages more of the window under way; whether it is read to its end."""
        with self.shop.database() as database:
            try:
                await self.scan(self.shop.place(database), pages)
            except Enough:
                return False
            return True

    async def publish(self, accepted: int | None = None, counted: int | None = None) -> Receipt:
        """Read the window to its end, and publish it."""
        with self.shop.database() as database:
            return await self._publish(self.shop.place(database), accepted, counted)

    async def windows(self) -> Receipt:
        """All that are left."""
        with self.shop.database() as database:
            while not self.is_done:
                await self._publish(self.shop.place(database), None, None)
        return self.shop.receipt

    async def close(self) -> SyncResult:
        """What changed since it began."""
        return await self.shop.sync(refresh=True)

    def staged(self) -> StagedScan | None:
        """The window under way."""
        with self.shop.database() as database:
            return self.shop.place(database).windows.open_scan()

    async def scan(self, place: Workplace, pages: int = 10_000) -> Scan:
        """The window under way, read to its end. Raises Enough before, after so many pages more."""
        parent = _current(place)
        assert parent is not None
        staged = self._half_read(place, parent) or self._begun(place, parent)
        before = staged.count

        def check(scan: Scan) -> None:
            if scan.staged.count - before >= pages:
                raise Enough

        size, lag_s = place.settings.page_size, place.settings.lag_s
        course = Course(staged.header, size, lag_s, None, parent.merchant_id)
        scan = Scan(place, staged, course, parent.snapshot, check)
        await scan.read()
        return scan

    async def _publish(self, place: Workplace, accepted: int | None, counted: int | None) -> Receipt:
        scan = await self.scan(place)
        parent, window = self.shop.receipt, scan.staged.header.window
        assert window is not None
        if counted is None and window.by is not By.OID and self._is_last(window):
            counted = self.shop.house.sandbox.merchant.count()
        receipt = await publish_window(place, scan, parent, self.backfill, window, accepted, counted=counted)
        scan.staged.discard()
        return receipt

    def _is_last(self, window: Window) -> bool:
        return (window.low if self.backfill.newest_first else window.high) is None

    def _half_read(self, place: Workplace, parent: Receipt) -> StagedScan | None:
        staged = place.windows.open_scan()
        if staged is None:
            return None
        why = unfit_window(staged.header, self.backfill, place.origin) or set_back(place, staged, parent)
        if why is not None:
            staged.discard()
            return None
        return staged

    def _begun(self, place: Workplace, parent: Receipt) -> StagedScan:
        backfill, size = self.backfill, place.settings.page_size
        window = next_window(backfill, limit=size, pages=self.pages, now=place.clock.now())
        header = replace(header_of(place, ScanKind.WINDOW, parent), backfill=backfill.backfill, window=window)
        return place.windows.begin(header)


def _current(place: Workplace) -> Receipt | None:
    place.lake.recover()
    return place.lake.current()

"""A stint: windows are read and published one after the other, with the locks of a run held."""

from dataclasses import dataclass, field, replace
from typing import Final

from ucsync.flow.backfill.asking import check_same
from ucsync.flow.backfill.backfill_result import BackfillWishes
from ucsync.flow.backfill.beginning import begin, instead
from ucsync.flow.backfill.meter import Meter
from ucsync.flow.backfill.publication import check_no_full_scan, publish_window, set_back
from ucsync.flow.backfill.shift import StintStop
from ucsync.flow.backfill.sizing import counted_at_the_end, narrowed
from ucsync.flow.scan import Scan
from ucsync.flow.sync import Wishes, course_of, forgotten_in_words, keep_learned, sync
from ucsync.flow.workplace import Workplace, header_of, pruned
from ucsync.model import Backfill, By, Receipt, ScanKind, Window
from ucsync.plan.windows import next_window, unfit_window
from ucsync.store import SCHEMA_ID, Lake, StagedScan

#: After so many windows the full states that nobody keeps are removed.
PRUNE_EVERY: Final = 8


@dataclass(slots=True)
class Going:
    """What a run knows of its backfill from stint to stint.

    Attributes:
        wishes: what was asked for.
        backfill: as far as it is; None until it is found or begun.
        lake: of the merchant, likewise.
        limit: rows a page of the window before; None before there was one.
        beside: requests for the window under way, but not of its scan.
        is_going: whether a window was looked for by this run.
        told: for the user, each line once.
    """

    wishes: BackfillWishes
    backfill: Backfill | None = None
    lake: Lake | None = None
    limit: int | None = None
    beside: int = 0
    is_going: bool = False
    told: dict[str, None] = field(default_factory=dict)

    def note(self, *lines: str | None) -> None:
        """Something to tell the user."""
        self.told.update(dict.fromkeys(line for line in lines if line is not None))


class Stint:
    """Work on one merchant's backfill until it is done, or has to make way.

    Args:
        place: of the merchant; its `stop` is `stop`.
        going: what the run knows; kept up to date.
        stop: says when to make way.
        meter: is told which window is read.
    """

    def __init__(self, place: Workplace, going: Going, stop: StintStop, meter: Meter) -> None:
        self._place = place
        self._going = going
        self._stop = stop
        self._meter = meter

    async def work(self) -> None:
        """To the end of the backfill, the closing sync included.

        Raises:
            StintOver: it is time to pause, or another run waits.
            Stopped, CallFailed, QuotaSpent, Guarded, Misused, StorageFailed: what is published stands,
                and the pages of a half-read window are kept.
        """
        place, going = self._place, self._going
        self._meter.close()
        going.note(place.database.take_notice(), place.lake.recover())
        parent = place.lake.current()
        if self._is_overtaken(parent) or self._is_needless(parent):
            return
        going.note(*check_no_full_scan(place))
        parent, backfill = await self._found_or_begun(parent)
        self._know(backfill)
        while not backfill.finished:
            parent, backfill = await self._window(parent, backfill)
            self._know(backfill)
        if (staged := place.windows.open_scan()) is not None:
            staged.discard()  # a run that died had published the last window, and not dropped its pages
        result = await sync(place, Wishes(refresh=True))
        going.note(*result.notes, *pruned(place))

    def _is_overtaken(self, parent: Receipt | None) -> bool:
        """Whether another run has read everything since the stint before, or what was left after the last
        window: then there is nothing more to do."""
        own = self._going.backfill
        if own is None or parent is None or not self._is_alike(parent):
            return False
        is_there = parent.backfill is not None and parent.backfill.backfill == own.backfill
        if is_there or parent.full_at is None or parent.full_at < own.started_at:
            return False
        self._discard("they are there already")
        if not own.finished:
            self._going.note("everything was read by a full scan meanwhile")
        self._know(replace(own, finished=True))
        return True

    def _is_needless(self, parent: Receipt | None) -> bool:
        """Whether every customer is there already, and that is enough for the user."""
        wishes = self._going.wishes
        if not wishes.if_needed or parent is None or parent.backfill is not None or parent.full_at is None:
            return False
        if self._going.backfill is not None or not self._is_alike(parent):
            return False
        self._going.note(f"every customer is there, read in full from {parent.full_at:%Y-%m-%d %H:%M} UTC on")
        self._know(
            Backfill(
                backfill="", by=wishes.by or By.OID, newest_first=not wishes.oldest_first, low=wishes.low,
                high=wishes.high, started_at=parent.full_at, fingerprint=parent.fingerprint,
                schema=parent.schema, total=None, on_nothing=False, finished=True,
            )
        )  # fmt: skip
        return True

    async def _found_or_begun(self, parent: Receipt | None) -> tuple[Receipt, Backfill]:
        """The one that is under way, or a new one."""
        told, wishes = parent.backfill if parent else None, self._going.wishes
        if parent is None or told is None:
            return await self._begun(parent)
        own = self._going.backfill
        if own is not None and own.backfill == told.backfill:
            return parent, told
        if wishes.restart:
            return await self._begun(parent)
        if not self._is_alike(told):
            self._going.note("the backfill under way was for another configuration; it is begun anew")
            return await self._begun(parent)
        is_to_be_closed = parent.kind is ScanKind.WINDOW or told.concludes
        if told.finished and not is_to_be_closed:
            return await self._begun(parent)
        check_same(told, wishes)
        return parent, told

    async def _begun(self, parent: Receipt | None) -> tuple[Receipt, Backfill]:
        begun = await begin(self._place, parent, self._going.wishes, self._going.note)
        self._discard("another backfill is begun")
        return begun

    async def _window(self, parent: Receipt, backfill: Backfill) -> tuple[Receipt, Backfill]:
        """Read one, from where it was left, and publish it."""
        place, going = self._place, self._going
        staged = self._half_read(parent, backfill) or await self._new_window(parent, backfill)
        going.is_going, window = True, _window_of(staged)
        self._meter.read(place, backfill, window, self._limit, going.wishes.window_pages)
        scan = Scan(place, staged, course_of(place, staged, parent), base=parent.snapshot)
        await scan.read()
        self._meter.close()
        if scan.course.unordered:
            staged.discard()
            return await instead(place, parent, backfill, going.wishes, going.note)
        counted = await counted_at_the_end(place, parent, backfill, window, scan.course.window_read)
        self._stop.make_way()
        receipt = await publish_window(
            place, scan, parent, backfill, window, going.wishes.accept_deletes, going.beside, counted
        )
        going.note(*forgotten_in_words(receipt))
        going.beside, going.limit = 0, scan.course.window_read.limit
        if receipt.backfill is not None and receipt.backfill.doubts == backfill.doubts:
            keep_learned(place, scan.course)  # else it may be what went wrong
        staged.discard()
        if window.number % PRUNE_EVERY == 0:
            pruned(place)
        if receipt.backfill is None:
            raise AssertionError("the receipt of a window tells how far the backfill is")
        return receipt, receipt.backfill

    def _half_read(self, parent: Receipt, backfill: Backfill) -> StagedScan | None:
        """The window that was left, if it can be gone on with; else it is discarded, and said."""
        place, going = self._place, self._going
        staged = place.windows.open_scan()
        going.note(*place.windows.mended)
        if staged is None:
            return None
        why = unfit_window(staged.header, backfill, place.origin) or set_back(place, staged, parent)
        if why is None:
            if staged.count and not going.is_going:
                going.note(f"{staged.count} pages of window {_window_of(staged).number} were there already")
            return staged
        header = staged.header
        is_ours = header.backfill == backfill.backfill and header.window is not None
        if not is_ours or _window_of(staged).number > backfill.windows:  # else it is published already
            going.note(f"discarded {staged.count} pages of a window: {why}")
        staged.discard()
        return None

    async def _new_window(self, parent: Receipt, backfill: Backfill) -> StagedScan:
        place, going = self._place, self._going
        pages, before = going.wishes.window_pages, place.lister.requests_sent
        window = next_window(backfill, limit=self._limit, pages=pages, now=place.clock.now())
        if window is None:
            raise AssertionError("a backfill that is not finished has a next window")
        try:
            window = await narrowed(place, backfill, window, self._limit, pages)
        finally:
            going.beside += place.lister.requests_sent - before
        header = header_of(place, ScanKind.WINDOW, parent)
        return place.windows.begin(replace(header, backfill=backfill.backfill, window=window))

    @property
    def _limit(self) -> int:
        """Rows a page, as far as is known."""
        return self._going.limit or self._place.settings.page_size

    def _is_alike(self, what: Receipt | Backfill) -> bool:
        """Whether it holds what would be read now."""
        return (what.fingerprint, what.schema) == (self._place.fingerprint, SCHEMA_ID)

    def _discard(self, why: str) -> None:
        """Drop the pages of a half-read window."""
        staged = self._place.windows.open_scan()
        if staged is not None:
            self._going.note(f"discarded {staged.count} pages of a window: {why}")
            staged.discard()

    def _know(self, backfill: Backfill) -> None:
        self._going.backfill, self._going.lake = backfill, self._place.lake


def _window_of(staged: StagedScan) -> Window:
    assert staged.header.window is not None  # noqa: S101  (one without is unfit)
    return staged.header.window

"""The snapshot that a plan is made against: as new as can be had, with all that earlier pushes have done."""

from ucsync.flow.push.landing import publish_left_behind
from ucsync.flow.sync import Wishes, sync
from ucsync.flow.workplace import Workplace
from ucsync.model import Misused, Receipt
from ucsync.model.scans import ScanKind
from ucsync.plan import Basis, decide
from ucsync.store import SCHEMA_ID


async def newest_snapshot(place: Workplace, *, refresh: bool) -> tuple[Receipt, list[str]]:
    """The snapshot to compare with, and what a person should know of it.

    What a push has done and died before it could say is published, before the refresh and after it: a new
    customer may be on no page of a refresh, and only after it may there be a snapshot to build on.

    Args:
        place: of the merchant.
        refresh: whether to read first what has changed.

    Raises:
        Misused: `sync` has to come first.
        Stopped, CallFailed, QuotaSpent, Guarded, StorageFailed: as `sync`.
    """
    await publish_left_behind(place)
    notes = []
    if refresh:
        receipt = (await sync(place, Wishes(refresh=True))).receipt
        if not receipt.sound_so_far:
            notes.append("the refresh of the lake is not proven complete")
        await publish_left_behind(place)
    current = place.lake.current()
    basis = Basis(place.fingerprint, SCHEMA_ID)
    decision = decide(
        current, basis, place.settings, place.clock.now(),
        full=False, finish=place.ledger.finished_at, refresh=True,
    )  # fmt: skip
    if current is None or decision.kind is ScanKind.FULL:
        raise Misused(f"{place.merchant}: {decision.why}; run `ucsync sync {place.merchant}` first")
    if current.is_partial and current.backfill is not None:
        notes.append(f"{current.backfill.lacks}; who is not there yet cannot be told from who is new")
    if not refresh:
        notes.append(f"the lake was not refreshed: it is as of {current.watermark:%Y-%m-%d %H:%M:%S} UTC")
    return current, notes

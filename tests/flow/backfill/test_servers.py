"""Whatever the server's ways are, a backfill brings in all that is there, or says what is missing."""

import asyncio
import os
from typing import Any

import pytest

from tests.flow.backfill.meddling import Meddler
from tests.flow.backfill.yard import Yard, in_yard
from tests.flow.test_quirks import UNTOUCHED
from ucsync.model import By, Guarded, Misused, Proof
from ucsync.sandbox.quirks import CUSTOMER_QUIRKS

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
SMALL: dict[str, Any] = {"page_size": 10}

#: What is worth a look each time: no order, no totals, bounds that are not part of a window.
SAMPLE = (
    (None, ("no-result-set",)),
    (By.SIGNUP, ("windows-exclusive", "windows-start-exclusive", "sort-refused")),
)
ALL = [(by, (quirk,)) for quirk in CUSTOMER_QUIRKS for by in (None, *By)]

#: By these orders rows move faster here than any catch-up, and it is said.
MOVING = "sort-email-only"
#: Without an instant of change nobody is found by it.
UNMODIFIED = "insert-unmodified"


@pytest.mark.parametrize(("by", "quirks"), ALL if DEEP else SAMPLE)
def test_all_that_is_there_is_brought_in_or_missed_aloud(by: By | None, quirks: tuple[str, ...]) -> None:
    async def scenario(yard: Yard) -> None:
        meddler = Meddler(yard, 3)
        backfill = asyncio.ensure_future(yard.backfill(by=by, watcher=meddler.watcher))
        await asyncio.sleep(7.5)
        await yard.sync()
        done = await backfill
        if by is By.MODIFIED and UNMODIFIED in quirks:
            assert "some have no date of change" in done.receipt.reasons[0]
            assert done.exit_code == 3
            return
        assert meddler.wrong() <= (meddler.survivors if UNTOUCHED in quirks else set())
        if MOVING in quirks and by in (By.MODIFIED, By.SIGNUP):
            assert done.exit_code == 3
        else:
            assert (done.exit_code, done.receipt.proof) == (0, Proof.PROVEN)

    in_yard(scenario, 80, sync=SMALL, quirks=frozenset(quirks))


NO_ORDER = (
    ("sort-email-only", "order-by-email"),
    ("sort-email-only", "order-last-modified"),
    ("sort-email-only", "order-by-email", "sort-unknown-ignored"),
)


@pytest.mark.parametrize("quirks", NO_ORDER if DEEP else NO_ORDER[:1])
def test_where_the_server_has_no_order_by_oid_the_windows_are_cut_by_time_of_change(
    quirks: tuple[str, ...],
) -> None:
    async def scenario(yard: Yard) -> None:
        for asked in ({"by": By.OID}, {"low": 1_000_050}):
            with pytest.raises(Guarded, match="say --by modified"):
                await yard.backfill(restart=True, **asked)
        done = await yard.backfill(restart=True)
        assert (done.exit_code, done.backfill.by) == (0, By.MODIFIED)
        assert "the server has no order by oid: the windows are cut by time of change" in done.notes
        assert (yard.receipt.proof, yard.disagreements()) == (Proof.PROVEN, [])

    in_yard(scenario, 40, sync=SMALL, quirks=frozenset(quirks))


def test_where_the_server_does_not_select_by_time_it_is_said_before_anything_is_read() -> None:
    async def scenario(yard: Yard) -> None:
        with pytest.raises(Guarded, match="does not select customers by modified; say --by oid"):
            await yard.backfill(by=By.MODIFIED)
        with pytest.raises(Misused, match="has its own bounds there; say --by oid"):
            await yard.backfill(by=By.SIGNUP)
        assert yard.lake.current() is None

    query = {"signup_dts_start": "2000-01-01T00:00:00+00:00"}
    in_yard(scenario, 40, sync={**SMALL, "query": query}, quirks=frozenset({"filters-any"}))


def test_of_an_empty_shop_all_is_there_at_once() -> None:
    async def scenario(yard: Yard) -> None:
        done = await yard.backfill()
        assert (done.exit_code, done.receipt.rows, yard.requests) == (0, 0, 3)
        yard.sandbox.merchant.insert({"email": "first@example.com"})
        await yard.sync()
        assert yard.disagreements() == []

    in_yard(scenario, 0, sync=SMALL)

"""A backfill under way as `ucsync status` and `ucsync snapshots` show it."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.cli.conftest import Shop as Desk
from tests.flow.windows import ByHand
from tests.house import House, in_memory, small
from tests.lakes import NAME, Shop
from tests.store.faulty import QuickFiles
from ucsync.cli.status import in_words
from ucsync.flow.status import Status, status
from ucsync.model import Receipt

CUSTOMERS = 12


def seen(shop: Shop, hours: float = 1) -> Status:
    """How it stands so many hours after it began."""
    state = shop.folder / "state"
    begun = shop.lake.receipts()[0]
    return status(
        NAME, shop.lake, state / "staging" / NAME, state / "windows" / NAME, shop.settings, None, None,
        now=begun.finished_at + timedelta(hours=hours), notes=(),
    )  # fmt: skip


def test_it_is_shown_how_far_it_is_and_it_is_no_fault_that_it_is_not_done(tmp_path: Path) -> None:
    async def scenario(house: House) -> Receipt:
        hand = ByHand(Shop(house, tmp_path, files=QuickFiles()), pages=1)
        await hand.begin()
        begun = seen(hand.shop)
        assert (begun.exit_code, begun.stale) == (0, False)
        await house.clock.sleep(3600)
        await hand.publish()
        await hand.read(1)
        found = seen(hand.shop)
        told = found.document()["backfill"]
        assert isinstance(told, dict)
        shown = ("by", "newest_first", "windows", "customers", "total", "requests", "finished", "pages_there")
        assert [told[name] for name in shown] == ["oid", True, 1, 5, 12, 2, False, 1]
        assert told["lacks"] == "a backfill is under way: 5 of about 12 customers are there"
        words = in_words(found)
        assert f"{hand.backfill.backfill} by oid, newest first: under way" in words
        assert "1 window with 5 of about 12 customers, 2 requests" in words
        assert "1 page of the next window" in words
        assert seen(hand.shop, 27).stale  # a window says nothing of who has changed
        finished = await hand.windows()
        done = replace(hand.backfill, doubts=("window 1: why",))
        words = in_words(replace(seen(hand.shop), receipts=(replace(finished, backfill=done),)))
        assert "newest first: finished" in words
        assert "doubt: window 1: why" in words
        await hand.close()
        assert seen(hand.shop).document()["backfill"] is None
        return finished

    finished = in_memory(scenario, small(CUSTOMERS))
    desk = Desk(tmp_path, "https://shop.example")
    (tmp_path / "ucsync.toml").write_text(f'[merchants.{NAME}]\nkey_env = "K"\n', encoding="utf-8")
    words = desk.run("snapshots", "show", finished.snapshot).out
    assert "window of a backfill, on top of the scan begun 2026-03-01 07:00 UTC" in words
    assert "by oid: 3 windows with 12 customers, finished" in words
    told = json.loads(desk.run("snapshots", "show", finished.snapshot, "--json").out)
    assert (told["kind"], told["backfill"]["windows"]) == ("window", 3)
    assert "window" in desk.run("snapshots", "list").out

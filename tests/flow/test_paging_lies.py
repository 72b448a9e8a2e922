"""Pages that contradict themselves, each other or what was asked: a clear error, or an end that says so."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.flow.liars import Page, Refuse, behind
from tests.house import House, in_memory, small
from tests.lakes import Shop
from tests.store.faulty import QuickFiles
from ucsync import ClientSettings
from ucsync.model import AnswerUnusable, BadRequest, Guarded, Proof, ScanKind
from ucsync.model.errors import CallFailed
from ucsync.plan import RetryPolicy
from ucsync.sandbox import FAULTS

CUSTOMERS = 130
PAGE = 20


def says(**more: object) -> Callable[[Page], None]:
    """Every page says so of itself."""
    return lambda page: page.said.update(more)


def from_page(number: int, lie: Callable[[Page], None]) -> Callable[[Page], None]:
    """The first pages are honest."""
    return lambda page: lie(page) if page.number >= number else None


def leave_out_result_set(page: Page) -> None:
    page.document["metadata"].pop("result_set", None)


def say_nothing_but_rows(page: Page) -> None:
    page.document["metadata"] = {}


def empty_with_more(page: Page) -> None:
    page.rows.clear()
    page.said.update(count=0, more=True)


def empty_without_more(page: Page) -> None:
    page.rows.clear()
    page.said.update(count=0)
    page.said.pop("more")


def twice(page: Page) -> None:
    half = page.rows[: len(page.rows) // 2]
    page.rows[: 2 * len(half)] = [row for row in half for _ in (0, 1)]


def twice_without_a_word(page: Page) -> None:
    twice(page)
    say_nothing_but_rows(page)


def no_way_on(page: Page) -> None:
    page.said.update(more=True, next_offset=page.offset)


class FirstPageAgain:
    """Whatever is asked for, the first page comes, with its own claims."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._first: list[dict[str, Any]] = []

    def __call__(self, page: Page) -> None:
        self._first = self._first or list(page.rows)
        page.rows[:] = self._first
        if self._silent:
            page.document["metadata"] = {}
        else:
            page.said.update(count=len(self._first), more=True, total_records=None)


def one_row_less(page: Page) -> None:
    if page.rows:
        page.rows.pop()


def hide_every_tenth(page: Page) -> None:
    page.rows[:] = [row for row in page.rows if row["customer_profile_oid"] % 10]
    page.said["count"] = len(page.rows)


def ten_rows(page: Page) -> None:
    """No more than that, whatever was asked for; said honestly."""
    if len(page.rows) > 10:
        del page.rows[10:]
        page.said.update(count=10, limit=10, more=True, next_offset=page.offset + 10)


def ten_rows_without_a_word(page: Page) -> None:
    ten_rows(page)
    say_nothing_but_rows(page)


def ten_rows_or_400(page: Page) -> None:
    if page.limit > 10:
        raise Refuse("_limit must be between 1 and 10.")


def ten_rows_or_400_for_no_reason(page: Page) -> None:
    if page.limit > 10:
        raise Refuse("Try again.")


def nothing_behind_a_hundred(page: Page) -> None:
    if page.offset + page.limit > 100:
        raise Refuse("Too far.")


Outcome = str | Proof

#: Name, what the pages are made to say, and what the sync must come to: an error that matches, or a proof; a
#: pair where it differs by oid and by e-mail.
LIES: list[tuple[str, Callable[[Page], None], Outcome | tuple[Outcome, Outcome]]] = [
    ("null totals", says(total_records=None), Proof.PROVEN),
    ("no result set", leave_out_result_set, Proof.PROVEN),
    ("no metadata", say_nothing_but_rows, Proof.PROVEN),
    ("no next_offset", lambda page: page.said.pop("next_offset", None), Proof.PROVEN),
    ("next_offset stands still", no_way_on, r"goes on|repeats|empty page"),
    ("next_offset runs away", says(next_offset=100_000), Proof.PROVEN),
    ("limit not echoed", says(limit=None), Proof.PROVEN),
    ("limit echoed as 0", says(limit=0), Proof.PROVEN),
    ("limit echoed as less than nothing", says(limit=-5), Proof.PROVEN),
    ("limit echoed as more than asked", says(limit=10_000), Proof.PROVEN),
    ("another offset echoed", from_page(3, says(offset=7)), r"asked for offset \d+, answered 7"),
    ("another count echoed", from_page(2, says(count=3)), r"counts 3 rows, holds \d+"),
    ("a row less than counted", from_page(2, one_row_less), r"counts \d+ rows, holds \d+"),
    ("empty pages with more", empty_with_more, "an empty page that says there is more"),
    ("empty pages with more, later", from_page(3, empty_with_more), "an empty page that says there is more"),
    ("empty pages, and a total", empty_without_more, "repeats the same rows"),
    ("empty pages, and a total, later", from_page(3, empty_without_more), "repeats the same rows"),
    ("never an end", says(more=True, total_records=None), r"repeats|empty page"),
    ("never an end, with a total", says(more=True), r"an empty page that says there is more"),
    ("never an end of a long list", lambda page: page.said.update(more=bool(page.rows)), Proof.UNPROVEN),
    ("the end at once", says(more=False), Proof.UNPROVEN),
    ("a total that is too high", says(total_records=10_000), Proof.UNPROVEN),
    ("a total that is too low", says(total_records=90), Proof.UNPROVEN),
    ("a total of nothing", says(total_records=0), r"goes on at \d+, but counts 0"),
    ("a total below nothing", says(total_records=-5), r"goes on at \d+, but counts -5"),
    ("the first page for ever", FirstPageAgain(silent=False), "repeats the same rows"),
    ("the first page for ever, without a word", FirstPageAgain(silent=True), "repeats the same rows"),
    ("rows twice on a page", twice, (Proof.UNPROVEN, "over and over")),
    ("rows twice on a page, without a word", twice_without_a_word, (Proof.UNPROVEN, "over and over")),
    ("customers left out", hide_every_tenth, Proof.UNPROVEN),
    ("fewer rows from the middle on", from_page(4, ten_rows), Proof.PROVEN),
    ("fewer rows from the middle on, without a word", from_page(4, ten_rows_without_a_word), Proof.PROVEN),
    ("fewer rows or a 400, from the middle on", from_page(4, ten_rows_or_400), Proof.PROVEN),
    ("fewer rows or a 400 without reason", from_page(4, ten_rows_or_400_for_no_reason), Proof.PROVEN),
    ("nothing behind a hundred", nothing_behind_a_hundred, r"Too far|repeats"),
]  # fmt: skip


@pytest.mark.parametrize("order", ["by-oid", "by-email"])
@pytest.mark.parametrize(("lie", "comes"), [one[1:] for one in LIES], ids=[one[0] for one in LIES])
def test_a_lie_ends_in_a_clear_error_or_an_honest_end(
    tmp_path: Path, lie: Callable[[Page], None], comes: Outcome | tuple[Outcome, Outcome], order: str
) -> None:
    by_email = order == "by-email"
    must = comes[by_email] if isinstance(comes, tuple) else comes

    async def scenario(house: House) -> None:
        shop = _bare(house, tmp_path)
        if isinstance(must, str):
            with pytest.raises((AnswerUnusable, BadRequest), match=must):
                await shop.sync()
            assert shop.lake.current() is None
            return
        receipt = (await shop.sync()).receipt
        assert receipt.proof is must, receipt.reasons
        assert bool(receipt.reasons) == (must is Proof.UNPROVEN)
        if must is Proof.PROVEN:
            assert shop.disagreements() == []

    behind(lie, scenario, small(CUSTOMERS, quirks=frozenset({"sort-email-only"} if by_email else ())))


def _bare(house: House, folder: Path) -> Shop:
    """Without parts, which would only take time, and without fsyncs."""
    return Shop(house, folder, files=QuickFiles()).with_settings(expansions=(), page_size=PAGE)


def test_a_server_that_consistently_denies_most_customers_stops_for_a_person(tmp_path: Path) -> None:
    """No page shows such a lie, but the lake knows better."""
    denying = False

    def deny(page: Page) -> None:
        if denying:
            total = min(30, page.said["total_records"])
            del page.rows[max(0, total - page.offset) :]
            end = page.offset + len(page.rows)
            page.said.update(count=len(page.rows), total_records=total, more=end < total)

    async def scenario(house: House) -> None:
        nonlocal denying
        shop = _bare(house, tmp_path)
        await shop.sync()
        denying = True
        with pytest.raises(Guarded, match="100 of 130"):
            await shop.sync(full=True)
        assert shop.disagreements() == []

    behind(deny, scenario, small(CUSTOMERS))


@pytest.mark.parametrize("fault", [*FAULTS, "all of them"])
def test_faults_cost_time_but_no_customer(tmp_path: Path, fault: str) -> None:
    """A run may give up; the next goes on where it was, and at last all are there."""
    rates = dict.fromkeys(FAULTS, 0.05) if fault == "all of them" else {fault: 0.4}

    async def scenario(house: House) -> None:
        shop, given_up = _bare(house, tmp_path), 0
        for _ in range(30):
            try:
                receipt = (await shop.sync()).receipt
                break
            except CallFailed as failure:
                assert failure.exit_code == 69, failure
                given_up += 1
        assert receipt.proof is Proof.PROVEN
        assert shop.disagreements() == []
        assert sum(house.sandbox.counters.faults.values()) > 0
        assert house.sandbox.counters.requests < 200
        if fault in ("500", "503-html", "429"):
            assert receipt.requests == house.client.requests_sent

    once = ClientSettings(requests_per_s=None, retry=RetryPolicy(attempts_max=3))
    in_memory(scenario, small(CUSTOMERS, faults=rates, seed=3), once)


def test_what_an_unproven_scan_missed_is_read_by_the_next_one(tmp_path: Path) -> None:
    """Nothing that stands on an unproven scan may call itself proven without having read what that missed."""
    hidden: set[int] = set()

    def hide(page: Page) -> None:
        page.rows[:] = [row for row in page.rows if row["customer_profile_oid"] not in hidden]
        page.said["count"] = len(page.rows)

    async def scenario(house: House) -> None:
        shop, merchant = _bare(house, tmp_path), house.sandbox.merchant
        assert (await shop.sync()).receipt.proof is Proof.PROVEN
        await asyncio.sleep(3600)
        changed = next(iter(merchant.oids()))
        merchant.update(changed, {"business_notes": "called"})
        hidden.update({changed, merchant.insert({"email": "new@example.com"})})
        await asyncio.sleep(3600)
        unproven = (await shop.sync(full=True)).receipt
        assert unproven.proof is Proof.UNPROVEN
        assert set(shop.disagreements()) == hidden
        hidden.clear()
        await asyncio.sleep(3600)
        assert (await shop.sync()).receipt.proof is Proof.PROVEN
        assert shop.disagreements() == []

    behind(hide, scenario, small(CUSTOMERS))


def test_an_unproven_scan_under_a_new_configuration_is_followed_by_a_full_one(tmp_path: Path) -> None:
    """What it missed has the parts that were wanted before, and no scan of changes brings the others."""
    hidden: set[int] = set()

    def hide(page: Page) -> None:
        page.rows[:] = [row for row in page.rows if row["customer_profile_oid"] not in hidden]
        page.said["count"] = len(page.rows)

    async def scenario(house: House) -> None:
        before = _bare(house, tmp_path)
        await before.sync()
        shop = replace(before.with_settings(expansions=("billing",)), fingerprint="f" * 16)
        hidden.update(list(house.sandbox.merchant.oids())[:7])
        await asyncio.sleep(3600)
        assert (await shop.sync()).receipt.proof is Proof.UNPROVEN
        hidden.clear()
        await asyncio.sleep(3600)
        receipt = (await shop.sync()).receipt
        assert (receipt.kind, receipt.proof) == (ScanKind.FULL, Proof.PROVEN)
        assert shop.disagreements() == []

    behind(hide, scenario, small(CUSTOMERS))

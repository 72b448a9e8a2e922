"""Whatever the server's ways are: after quiet the lake is the truth, row by row and field by field."""

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from tests.house import House, in_memory, small
from tests.lakes import Shop
from tests.store.faulty import QuickFiles
from ucsync.flow import disagreements
from ucsync.model import InvalidRequest, Proof, ScanKind
from ucsync.sandbox.quirks import CUSTOMER_QUIRKS

DEEP = bool(os.environ.get("UCSYNC_DEEP"))

#: `signup_dts` is text in the API (§2.9), so the lake has it as the server writes it. These write another
#: text for the same instant; every other instant is one in the lake, whatever its offset was.
TEXTS: Final = {"timestamps-utc": "+00:00", "timestamps-z": "Z"}

#: Without totals there is nothing to count by, so deletions wait for a full scan, and `reconcile` says so.
UNCOUNTABLE: Final = frozenset({"no-total", "no-result-set"})

#: A survivor of a merge whose last_modified_dts stands still shows in no incremental scan, by nature; a
#: full scan has it.
UNTOUCHED: Final = "merge-does-not-touch"

#: Of two that answer one question in different ways only one can be on.
EITHER: Final = (
    {"filter-contains", "filter-prefix"},
    {"zoneless-utc", "zoneless-is-400"},
    {"put-array-append", "put-array-merge"},
    {"order-by-email", "order-last-modified"},
    {"timestamps-utc", "timestamps-z"},
    {"missing-is-400", "missing-is-200-empty"},
)

#: More than one page, some of them full, at this page size.
CUSTOMERS: Final = 44
PAGE: Final = 20


def differing(shop: Shop, quirks: frozenset[str]) -> set[int]:
    """The customers of which any field is not as the sandbox has it."""
    form = next((TEXTS[quirk] for quirk in sorted(quirks) if quirk in TEXTS), None)
    truth = [one if form is None else {**one, **_signed_up(one, form)} for one in shop.truth()]
    return set(disagreements(shop.lake, shop.receipt, shop.settings, truth))


def _signed_up(customer: Mapping[str, Any], form: str) -> dict[str, str]:
    text = customer.get("signup_dts")
    if text is None:
        return {}
    return {"signup_dts": datetime.fromisoformat(text).astimezone(UTC).strftime(f"%Y-%m-%dT%H:%M:%S{form}")}


def work(merchant: Any, seed: int) -> set[int]:
    """A day's changes of every kind; those who survived a merge."""
    oids = list(merchant.oids())
    Random(seed).shuffle(oids)  # noqa: S311  (a test's choice)
    for number, oid in enumerate(oids[:8]):
        merchant.update(oid, {"terms": f"Net {number}", "business_notes": None, "company": "Ümlaut & Söhne"})
    for oid in oids[8:14]:
        parts = {
            "billing": [{"city": "Ulm", "first_name": "A"}],
            "tags": [{"tag_value": "t"}],
            "cc_emails": [],
        }
        merchant.update(oid, parts)
    for number, oid in enumerate(oids[14:18]):
        merchant.update(oid, {"email": f"moved-{number}@example.com"})
    for number in range(5):
        shipping = [{"city": "Bonn", "address1": "1"}] * number
        merchant.insert({"email": f"new-{number}@example.com", "shipping": shipping})
    for oid in oids[20:24]:
        merchant.delete(oid)
    merchant.merge(oids[30], oids[31])
    merchant.merge(oids[32], oids[0])
    return {oids[30], oids[32]}


async def through_the_days(house: House, folder: Path, quirks: frozenset[str], seed: int) -> None:
    """A first sync; a day's work and an incremental one; reconciling; a full one."""
    shop = Shop(house, folder, files=QuickFiles()).with_settings(page_size=PAGE)
    merchant = house.sandbox.merchant
    first = (await shop.sync()).receipt
    assert (first.kind, first.rows, first.quarantined) == (ScanKind.FULL, CUSTOMERS, 0)
    assert differing(shop, quirks) == set()
    await asyncio.sleep(3600)
    survivors = work(merchant, seed)
    await asyncio.sleep(3600)
    second = (await shop.sync()).receipt
    assert second.kind is (ScanKind.INCREMENTAL if first.proof is Proof.PROVEN else ScanKind.FULL)
    there = set(merchant.oids())
    assert differing(shop, quirks) & there <= (survivors if UNTOUCHED in quirks else set())
    if first.proof is Proof.PROVEN:
        await _reconcile(shop, quirks)
    last = (await shop.sync(full=True)).receipt
    assert last.quarantined == 0
    assert first.proof is second.proof is last.proof
    if last.proof is Proof.PROVEN:
        assert differing(shop, quirks) == set()
    else:  # nothing may be removed on the strength of it, and it says why
        assert last.reasons
        assert not differing(shop, quirks) & there


async def _reconcile(shop: Shop, quirks: frozenset[str]) -> None:
    """Without a full scan the deleted are gone, too; or it is said that they cannot be found."""
    there = set(shop.house.sandbox.merchant.oids())
    if quirks & UNCOUNTABLE:
        with pytest.raises(InvalidRequest, match="the server names none"):
            await shop.reconcile()
        return
    await shop.reconcile()
    assert differing(shop, quirks) - there == set()


@pytest.mark.parametrize("quirk", ["", *sorted(CUSTOMER_QUIRKS)])
def test_under_every_switch_the_lake_comes_to_be_the_truth(tmp_path: Path, quirk: str) -> None:
    quirks = frozenset({quirk} - {""})
    in_memory(lambda house: through_the_days(house, tmp_path, quirks, 1), small(CUSTOMERS, quirks=quirks))


@pytest.mark.parametrize("seed", range(200 if DEEP else 8))
def test_under_any_set_of_switches_the_lake_comes_to_be_the_truth(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)  # noqa: S311  (a test's choice)
    drawn = {quirk for quirk in sorted(CUSTOMER_QUIRKS) if chance.random() < chance.choice((0.1, 0.5))}
    for pair in EITHER:
        drawn -= {chance.choice(sorted(pair))} if pair <= drawn else set()
    quirks = frozenset(drawn)
    print(f"quirks: {sorted(quirks)}")  # noqa: T201  (what failed)
    in_memory(
        lambda house: through_the_days(house, tmp_path, quirks, seed),
        small(CUSTOMERS, seed=seed, quirks=quirks),
    )

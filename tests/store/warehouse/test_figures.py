"""Every figure is the one that plain Python finds in the sandbox's truth."""

from array import array
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.house import House, in_memory, small
from tests.lakes import SETTINGS, Shop
from tests.store.documents import snapshot_of
from tests.store.faulty import QuickFiles
from tests.store.samples import DRAFT, HEADER, NOTE
from tests.store.shop import NOON
from tests.store.warehouse.marts import SIGNUPS, figures_in, odd_customers, opened, warehouse_of
from tests.truth import TOP, figures_of
from tests.truth_people import read_instant
from ucsync.model import StorageFailed, Tier, parse_instant
from ucsync.model.figures import MEASURES
from ucsync.sandbox.merchant import Merchant
from ucsync.sandbox.reply import Refusal
from ucsync.store.decoding import Decoder
from ucsync.store.merges import Merge
from ucsync.store.publishing import Reading, Watch, publish
from ucsync.store.staging import Staging
from ucsync.store.warehouse.figures import read_figures

EVERY_PART = replace(SETTINGS, expansions=(*SETTINGS.expansions, "activity"))


def meddle(merchant: Merchant, seed: int) -> None:
    """A day of a merchant: customers come, change, go, and are merged."""
    chance = Random(seed)  # noqa: S311  (a test's choice)
    acts: tuple[Callable[[int, int], object], ...] = (
        lambda oid, other: merchant.insert({"email": f"new{oid}-{other}@example.com", "tags": []}),
        lambda oid, other: merchant.update(oid, {"email": f"Moved+{oid}@Example.com"}),
        lambda oid, other: merchant.update(oid, {"billing": [{"country_code": "NZ", "first_name": "Ann"}]}),
        lambda oid, other: merchant.update(oid, {"shipping": [], "billing": [], "do_not_send_mail": True}),
        lambda oid, other: merchant.update(oid, {"privacy": {"marketing": True}}),
        lambda oid, other: merchant.delete(oid),
        lambda oid, other: merchant.merge(oid, other),
    )
    for _ in range(60):
        try:
            chance.choice(acts)(*chance.sample(list(merchant.oids()), 2))
        except Refusal:
            continue


@pytest.mark.parametrize(
    ("seed", "tier", "quirks"),
    [
        (1, Tier.STANDARD, ()),
        (2, Tier.MEDIUM, ("timestamps-z", "send-nulls")),
        (3, Tier.HIGH, ("order-by-email", "timestamps-utc", "merge-drops-children", "email-case-matters")),
    ],
)
def test_every_figure_is_that_of_the_sandboxs_customers(
    tmp_path: Path, seed: int, tier: Tier, quirks: tuple[str, ...]
) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path, EVERY_PART)
        await shop.sync()
        for day, full in enumerate((False, True)):
            meddle(house.sandbox.merchant, 10 * seed + day)
            house.sandbox.clock.move(86_400)
            await shop.sync(full=full, accept_deletes=1000)
        expected = figures_of(shop.truth(), shop.lake.receipts(), tier=tier)
        assert figures_in(shop.lake, tier) == expected
        assert expected.changes.rows == 1
        assert sum(map(int, expected.changes.values[3])) > 5  # type: ignore[arg-type]  # whole numbers
        assert expected.syncs.rows == 3

    in_memory(scenario, small(400, seed=seed, quirks=frozenset(quirks)))


@pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.MEDIUM])
def test_every_figure_is_right_for_odd_customers(tmp_path: Path, tier: Tier) -> None:
    documents = odd_customers(seed=len(tier.value), count=2500)
    lake, receipt = snapshot_of(tmp_path, documents, rows_part=1000)
    assert receipt.rows == len(documents), "each of them can be decoded"
    expected = figures_of(documents, [receipt], tier=tier)
    found = figures_in(lake, tier)
    assert found == expected
    assert all(int(count or 0) > 0 for count in found.quality.values[2]), "every check has found somebody"
    assert set(found.cube.values[2]) == set(found.segments.values[0]), "every segment has somebody"
    assert {"*", ""} < set(found.cube.values[1])
    assert len(set(found.cube.values[1])) == 14


def test_a_lake_without_customers_has_figures_of_nobody(tmp_path: Path) -> None:
    lake, receipt = snapshot_of(tmp_path, [])
    found = figures_in(lake)
    assert found == figures_of([], [receipt])
    assert (found.cube.rows, found.top.rows, found.customers) == (0, 0, 0)
    assert found.segments.rows == 11
    assert set(found.quality.values[2]) == {0}


def test_a_lake_of_one_customer_has_figures_of_that_one(tmp_path: Path) -> None:
    last = {"first_order_dts": "2026-11-20T00:00:00Z", "last_order_dts": "2026-11-20T00:00:00Z"}
    one = {
        "customer_profile_oid": 5,
        "email": "ann@example.com",
        "signup_dts": "2026-11-19T20:00:00-05:00",
        "billing": [{"country_code": "US", "state_region": "NY", "first_name": "Ann"}],
        "orders_summary": {"order_count": 1, "total": 12.5, **last},
    }
    lake, receipt = snapshot_of(tmp_path, [one])
    found = figures_in(lake, Tier.MEDIUM)
    assert found == figures_of([one], [receipt], tier=Tier.MEDIUM)
    assert [value[0] for value in found.cube.values[:8]] == ["2026-11", "US", "New", 1, 1, 0, 1, 125_000]
    assert found.regions.values[1] == (None,), "one customer of a region is not told from the others"
    assert [value[0] for value in found.top.values][-2:] == ["Ann", "ann@example.com"]


def test_equal_orders_are_equal_scores(tmp_path: Path) -> None:
    def customer(oid: int) -> dict[str, Any]:
        day = "2026-11-20T00:00:00Z" if oid % 2 else "2026-01-20T00:00:00Z"
        summary = {"order_count": 1 + oid % 3, "total": 10 * (oid % 3), "last_order_dts": day}
        return {"customer_profile_oid": oid, "orders_summary": {**summary, "first_order_dts": day}}

    documents = [customer(oid) for oid in range(1, 61)]
    lake, receipt = snapshot_of(tmp_path, documents, rows_part=7)
    assert figures_in(lake) == figures_of(documents, [receipt])
    with warehouse_of(lake) as path, opened(path) as connection:
        scores = connection.execute(
            "SELECT count(DISTINCT (r, f, m, segment)) FROM customer_facts "
            "GROUP BY last_order_at, order_count, total"
        ).fetchall()
        assert scores == [(1,)] * 6
        fifths = connection.execute("SELECT DISTINCT r FROM customer_facts ORDER BY r").fetchall()
        assert fifths == [(3,), (5,)]  # half of them are newer than the others


def test_buyers_of_whom_no_last_order_is_told_count_as_the_oldest(tmp_path: Path) -> None:
    dated = {"first_order_dts": "2020-01-01T00:00:00Z", "last_order_dts": "2020-01-01T00:00:00Z"}
    summaries = [{"order_count": 1, "total": 5, **(dated if oid == 1 else {})} for oid in range(1, 12)]
    documents = [
        {"customer_profile_oid": oid, "orders_summary": summary} for oid, summary in enumerate(summaries, 1)
    ]
    lake, receipt = snapshot_of(tmp_path, documents, rows_part=20)
    found = figures_in(lake)
    assert found == figures_of(documents, [receipt])
    assert found.cube.values[2:4] == (("New", "Lost"), (1, 10))


def test_of_countries_of_one_size_the_first_by_name_stand_alone(tmp_path: Path) -> None:
    codes = ["ZA", "US", "SE", "PT", "PL", "NO", "NL", "MX", "JP", "IT", "IE", "FR", "ES", "DE"]
    documents = [
        {"customer_profile_oid": oid, "billing": [{"country_code": code}]}
        for oid, code in enumerate(codes, 1)
    ]
    lake, receipt = snapshot_of(tmp_path, documents, rows_part=20)
    found = figures_in(lake)
    assert found == figures_of(documents, [receipt])
    assert found.cube.values[1] == (*sorted(codes)[:12], "*")


@pytest.mark.parametrize("text", [text for text in SIGNUPS if text not in ("absent", None)])
def test_a_sign_up_is_read_as_every_instant_of_the_api_is(text: str) -> None:
    """What the truth reads is what `parse_instant` reads, but for forms that no API writes."""
    try:
        instant = parse_instant(text)
    except ValueError:
        assert read_instant(text) is None
    else:
        unusual = "t" in text or text.endswith(("z", " Z"))
        assert read_instant(text) == (None if unusual else instant)


def test_regions_of_few_customers_are_named_nowhere(tmp_path: Path) -> None:
    regions = ["NY"] * 5 + ["GA"] * 4 + ["Ann Lee's", None]
    documents = [
        {"customer_profile_oid": oid, "billing": [{"country_code": "US", "state_region": region}]}
        for oid, region in enumerate(regions, 1)
    ]
    lake, receipt = snapshot_of(tmp_path, documents)
    found = figures_in(lake)
    assert found == figures_of(documents, [receipt])
    assert found.regions.values[:3] == (("US", "US"), (None, "NY"), (6, 5))


def test_a_snapshot_of_a_pushs_merges_tells_them_from_deletions(tmp_path: Path) -> None:
    documents = [{"customer_profile_oid": oid, "email": f"{oid}@example.com"} for oid in range(1, 9)]
    lake, first = snapshot_of(tmp_path, documents)
    staged = Staging(QuickFiles(), tmp_path / "more").begin(replace(HEADER, scan="later"))
    staged.append(replace(NOTE, observed_at=NOON), b'{"success": true, "customers": []}')
    merges = [Merge(3, 1, NOON, "a-push"), Merge(4, 1, NOON, "a-push")]
    second = publish(
        lake,
        Reading(staged, [array("q")], Decoder("later"), [7], merges),
        replace(DRAFT, scan="later", parent=first.snapshot, started_at=NOON),
        files=QuickFiles(),
        parent=first,
        watch=Watch(now=lambda: NOON + timedelta(hours=13)),
    )
    found = figures_in(lake)
    left = [document for document in documents if document["customer_profile_oid"] not in (3, 4, 7)]
    assert found == figures_of(left, [first, second], merged={second.snapshot: 2})
    assert [value[0] for value in found.changes.values] == ["2026-11-23", 0, 0, 1, 2]


def test_only_the_newest_days_and_syncs_are_shown(tmp_path: Path) -> None:
    lake, _ = snapshot_of(tmp_path, [{"customer_profile_oid": 1}])
    with warehouse_of(lake) as path:
        with opened(path) as connection:
            connection.execute(
                "INSERT INTO changes BY NAME "
                "SELECT 1 AS customer_profile_oid, 'update' AS op, 's' AS snapshot, "
                "TIMESTAMPTZ '2020-01-01 00:00:00Z' + INTERVAL 1 DAY * day AS changed_at "
                "FROM range(1500) AS days (day)"
            )
            connection.execute("INSERT INTO receipts SELECT receipts.* FROM receipts, range(600)")
        found = read_figures(path, stale_after_h=26)
    assert found.changes.rows == 1100
    assert found.changes.values[0][-1] == "2024-02-08"
    assert found.syncs.rows == 400


def test_a_warehouse_of_other_views_is_refused(tmp_path: Path) -> None:
    lake, _ = snapshot_of(tmp_path, [{"customer_profile_oid": 1}])
    with warehouse_of(lake) as path:
        with opened(path) as connection:
            connection.execute("DROP VIEW mart_loyalty")
        with pytest.raises(StorageFailed, match="another version"):
            read_figures(path, stale_after_h=26)


def test_what_is_shown_is_told_as_it_is(tmp_path: Path) -> None:
    documents = odd_customers(1, 60)
    lake, receipt = snapshot_of(tmp_path, documents)
    found = figures_in(lake)
    assert found.top.columns[-1] == "last_order", "nobody's name or e-mail address"
    assert found.top.rows == TOP
    assert found.cube.columns == ("month", "country", "segment", *MEASURES)
    assert (found.snapshot, found.proof, found.merchant) == (receipt.snapshot, "proven", "shop")
    assert (found.taken_at, found.watermark) == (receipt.finished_at, receipt.watermark)

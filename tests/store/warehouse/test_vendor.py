"""`uc_customers`: queries as the vendor's analysts write them run here, and find what is in the lake."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.store.warehouse.nights import Document, Nights, asked
from ucsync.model import Tier
from ucsync.store.warehouse import Warehouse, open_warehouse

#: The columns of the vendor's published table, in its order.
COLUMNS = [
    "partition_oid", "customer_profile_oid", "merchant_id", "email", "terms", "qb_class", "qb_code",
    "track_separately", "tax_exempt", "billing", "shipping", "cards", "last_modified_dts",
    "last_modified_by", "allow_purchase_order", "auto_approve_purchase_order", "allow_cod",
    "allow_drop_shipping", "auto_approve_cod", "free_shipping", "free_shipping_minimum", "tax_id",
    "unapproved", "business_notes", "send_signup_notification", "minimum_subtotal",
    "minimum_item_count", "maximum_item_count", "no_realtime_charge", "sales_rep_code",
    "allow_selection_of_address_type", "exempt_shipping_handling_charge", "no_free_shipping",
    "allow_3rd_party_billing", "signup_dts", "no_coupons", "ups_account_number", "fedex_account_number",
    "dhl_account_number", "dhl_duty_account_number", "suppress_buysafe", "website_url",
    "referral_source", "affiliate_oid", "allow_quote_request", "automatic_merchant_notes",
    "pricing_tiers", "cc_emails", "orders", "orders_summary", "tax_codes", "quotes_summary", "privacy",
    "reviewer", "software_entitlements", "activity", "tags", "properties", "loyalty", "edi",
    "email_hash", "tax_id_hash", "qb_tax_exemption_reason_code", "do_not_send_mail", "fax",
]  # fmt: skip

CUSTOMERS: list[Document] = [
    {
        "customer_profile_oid": 1,
        "merchant_id": "DEMO",
        "email": "ann@example.com",
        "tax_id": "12-3456789",
        "last_modified_dts": "2026-11-01T02:30:00Z",
        "signup_dts": "2024-05-01T10:00:00Z",
        "billing": [
            {"customer_billing_oid": 11, "first_name": "Ann", "country_code": "US", "state_region": "NY"},
            {"customer_billing_oid": 12, "first_name": "Ann", "country_code": "DE", "default_billing": True},
        ],
        "orders_summary": {
            "order_count": 3,
            "total": Decimal("120.50"),
            "last_order_dts": "2026-10-31T23:00:00Z",
        },
        "tags": [{"tag_value": "VIP"}, {"tag_value": "wholesale"}],
        "properties": [{"name": "size", "value": "M"}],
        "pricing_tiers": [{"pricing_tier_oid": 7, "name": "Gold"}],
        "loyalty": {"current_points": 40, "ledger_entries": [{"loyalty_points": 15}, {"loyalty_points": 25}]},
    },
    {
        "customer_profile_oid": 2,
        "merchant_id": "DEMO",
        "email": "bob@example.com",
        "billing": [
            {"customer_billing_oid": 21, "first_name": "Bob", "country_code": "US", "state_region": "CA"}
        ],
        "orders_summary": {"order_count": 1, "total": Decimal("9.99")},
        "cc_emails": [{"email": "office@example.com", "receipt_notification": True}],
    },
    {"customer_profile_oid": 3, "merchant_id": "DEMO"},
]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    made = Nights(tmp_path_factory.mktemp("vendor"))
    made.publish(CUSTOMERS)
    return made


@pytest.fixture(scope="module")
def standard(nights: Nights) -> Iterator[Warehouse]:
    with open_warehouse(nights.build()) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def medium(nights: Nights) -> Iterator[Warehouse]:
    with open_warehouse(nights.build(Tier.MEDIUM)) as warehouse:
        yield warehouse


def answer(warehouse: Warehouse, query: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in asked(warehouse, query)]


def test_it_has_the_vendors_columns_in_the_vendors_order(standard: Warehouse, medium: Warehouse) -> None:
    tables = ((standard, "ultracart_dw"), (medium, "ultracart_dw"), (medium, "ultracart_dw_medium"))
    for warehouse, dataset in tables:
        held = warehouse.connection.sql(f"FROM {dataset}.uc_customers")
        assert held.columns == COLUMNS
        kinds = dict(zip(held.columns, map(str, held.types), strict=True))
        assert kinds["last_modified_dts"] == "TIMESTAMP"
        assert kinds["minimum_subtotal"] == "DECIMAL(38,9)"
        assert "WITH TIME ZONE" not in "".join(kinds.values())
        assert (
            kinds["cards"].endswith('"last_used_dts" TIMESTAMP)[]')
            or "last_used_dts TIMESTAMP" in kinds["cards"]
        )


def test_sample_queries_run(standard: Warehouse) -> None:
    by_state = """
        SELECT b.country_code, b.state_region, COUNT(DISTINCT c.customer_profile_oid) AS customers
        FROM `ultracart_dw`.`uc_customers` AS c, UNNEST(c.billing) AS b
        WHERE b.country_code = 'US'
        GROUP BY 1, 2 ORDER BY 2
    """
    assert answer(standard, by_state) == [("US", "CA", 1), ("US", "NY", 1)]
    by_value = """
        SELECT customer_profile_oid,
            ROUND(orders_summary.total / NULLIF(orders_summary.order_count, 0), 2) AS average
        FROM ultracart_dw.uc_customers WHERE orders_summary.order_count > 1
    """
    assert answer(standard, by_value) == [(1, 40.17)]
    tagged = """
        SELECT customer_profile_oid FROM ultracart_dw.uc_customers
        WHERE EXISTS (SELECT 1 FROM UNNEST(tags) AS t WHERE t.tag_value = 'VIP')
    """
    assert answer(standard, tagged) == [(1,)]
    points = """
        SELECT c.customer_profile_oid, SUM(l.loyalty_points) AS earned
        FROM ultracart_dw.uc_customers c CROSS JOIN UNNEST(c.loyalty.ledger_entries) AS l GROUP BY 1
    """
    assert answer(standard, points) == [(1, 40)]
    optional = """
        SELECT c.customer_profile_oid, p.name FROM ultracart_dw.uc_customers c
        LEFT JOIN UNNEST(c.properties) AS p ON TRUE ORDER BY 1
    """
    assert answer(standard, optional) == [(1, "size"), (2, None), (3, None)]


def test_instants_are_utc_and_shown_in_another_zone_by_whoever_wants_that(standard: Warehouse) -> None:
    eastern = """
        SELECT last_modified_dts,
            last_modified_dts AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York' AS eastern
        FROM ultracart_dw.uc_customers WHERE last_modified_dts IS NOT NULL
    """
    assert answer(standard, eastern) == [(datetime(2026, 11, 1, 2, 30), datetime(2026, 10, 31, 22, 30))]


def test_what_is_restricted_is_null_and_its_hash_is_there_at_every_tier(
    standard: Warehouse, medium: Warehouse
) -> None:
    query = """
        SELECT c.email, c.email_hash, c.tax_id, c.tax_id_hash, b.first_name, b.first_name_hash
        FROM ultracart_dw.uc_customers c, UNNEST(c.billing) b WHERE b.customer_billing_oid = 12
    """
    (hidden,), (shown,) = answer(standard, query), answer(medium, query)
    assert hidden[0] is hidden[2] is hidden[4] is None
    assert (shown[0], shown[2], shown[4]) == ("ann@example.com", None, "Ann")
    assert hidden[1::2] == shown[1::2]
    assert all(hidden[1::2])


def test_joins_by_a_hash_find_the_same_person(standard: Warehouse) -> None:
    query = """
        SELECT a.customer_profile_oid FROM ultracart_dw.uc_customers a
        JOIN customers b ON a.email_hash = b.email_hash ORDER BY 1
    """
    assert answer(standard, query) == [(1,), (2,)]


def test_nothing_of_it_is_lost_at_the_highest_tier(nights: Nights, tmp_path: Path) -> None:
    with open_warehouse(nights.build(Tier.HIGH)) as warehouse:
        (row,) = asked(warehouse, "FROM ultracart_dw_high.uc_customers WHERE customer_profile_oid = 1")
        assert asked(warehouse, "SELECT count(*) AS n FROM ultracart_dw.uc_customers") == [{"n": 3}]
    assert (row["tax_id"], row["email"], row["partition_oid"]) == ("12-3456789", "ann@example.com", None)
    assert row["pricing_tiers"] == [{"pricing_tier_oid": 7, "name": "Gold"}]
    assert row["orders_summary"]["total"] == Decimal("120.50")
    assert row["orders_summary"]["last_order_dts"] == datetime(2026, 10, 31, 23)

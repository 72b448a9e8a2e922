"""Orders and cases in a warehouse: whatever a customer has put into one, nothing of it shows at standard."""

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.store.account_canary import PATHS, Canary
from tests.store.faulty import QuickFiles
from tests.store.lake_accounts import FINISHED, note, put, rows_of, written
from tests.store.samples import flipped
from tests.store.warehouse.nights import Nights, asked, texts_in
from ucsync.model import Hashing, StorageFailed, Tier
from ucsync.store.account_archive.columns import TABLES as SCHEMAS
from ucsync.store.account_lake import TABLES, accounts_digest, publish_account
from ucsync.store.exporting import ExportKind
from ucsync.store.exporting_views import export_views
from ucsync.store.warehouse import open_warehouse, warehouse_path
from ucsync.store.warehouse.account_privacy import ACCOUNT_RULES
from ucsync.store.warehouse.privacy import is_shown
from ucsync.store.written import Deed, Written, Wrote, partial_of

STANDARD, MEDIUM, HIGH = Tier


def test_every_text_of_an_order_or_a_case_has_a_rule_of_its_own_and_no_rule_is_of_nothing() -> None:
    ruled = {(table, path) for table, rules in ACCOUNT_RULES.items() for path in rules}
    assert set(PATHS) == ruled
    assert len(PATHS) > 100


def test_what_a_tier_shows_a_higher_one_shows_too() -> None:
    for table, path in PATHS:
        shown = [is_shown(ACCOUNT_RULES[table][path], tier) for tier in Tier]
        assert shown == sorted(shown)
        assert shown[-1]


CANARIES = (
    Canary(7, "Qanari{}xyz", everywhere=False),
    Canary(8, "zoë.{}.qanary@mail.example", everywhere=True),
)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A lake with their exports."""
    made = Nights(tmp_path_factory.mktemp("accounts"))
    made.publish([{"customer_profile_oid": oid} for oid in (7, 8, 9)])
    for canary in CANARIES:
        put(made.home, canary.oid, canary.rows)
    return made


@pytest.fixture(scope="module")
def tiers(nights: Nights) -> dict[Tier, Path]:
    """A warehouse of each."""
    return {tier: nights.build(tier) for tier in Tier}


def pieces() -> Iterator[str]:
    """Whatever would tell who one of them is, in small letters."""
    yield from ("qanari", "qanary", "zoë.")
    for canary in CANARIES:
        for text in canary.texts.values():
            yield from (text[:-1].lower(), text[1:].lower())


@pytest.mark.parametrize("hashing", Hashing)
def test_at_standard_no_byte_and_no_value_tells_a_person(
    nights: Nights, tiers: dict[Tier, Path], hashing: Hashing
) -> None:
    own = hashing is Hashing.HMAC_SHA256
    path = tiers[STANDARD] if own else nights.build(STANDARD, hashing, name="other")
    raw, decoded = path.read_bytes().lower(), texts_in(path).lower()
    for table in TABLES:
        assert f"\n{table} " in decoded
    for piece in pieces():
        assert piece not in decoded
        assert piece.encode() not in raw


@pytest.mark.parametrize("tier", [MEDIUM, HIGH])
def test_higher_tiers_show_what_is_theirs_and_no_more(tiers: dict[Tier, Path], tier: Tier) -> None:
    decoded = texts_in(tiers[tier])
    for canary in CANARIES:
        for (table, path), text in canary.texts.items():
            assert (text in decoded) == is_shown(ACCOUNT_RULES[table][path], tier), (table, path)


def test_what_is_hidden_has_no_column_at_standard_but_its_hash(tiers: dict[Tier, Path]) -> None:
    with open_warehouse(tiers[STANDARD]) as warehouse:
        (row,) = asked(warehouse, "FROM orders WHERE customer_profile_oid = 8")
        (message,) = asked(warehouse, "FROM case_messages WHERE customer_profile_oid = 8")
    hidden = {
        "email", "billToFirstName", "shipToLastName", "shipToAddress1", "billToDayPhone", "giftMessage",
        "comments", "specialInstructions", "cardNumber", "trackingNumbers", "labels", "_extras",
    }  # fmt: skip
    assert hidden.isdisjoint(row)
    assert {"email_hash", "billToLastName_hash", "shipToCity_hash", "total", "creationDate"} <= set(row)
    assert (row["total"], row["creationDate"], row["customerProfileId"]) == (Decimal(3), FINISHED, 3)
    assert (row["billToCountry"], row["totalFormatted"]) == (None, None)  # this person has put something else
    assert {"message", "_extras"}.isdisjoint(message)
    assert message["messageSender"] is None


@pytest.mark.parametrize("kind", list(ExportKind))
def test_no_exported_file_of_standard_tells_a_person(
    tiers: dict[Tier, Path], tmp_path: Path, kind: ExportKind
) -> None:
    targets = [tmp_path / f"{table}.{kind.value}" for table in TABLES]
    with open_warehouse(tiers[STANDARD], exports=[partial_of(path) for path in targets]) as warehouse:
        deeds = [Deed(what=Wrote.EXPORT, of=table, tier=STANDARD, at=FINISHED) for table in TABLES]
        wishes = list(zip(targets, deeds, strict=True))
        export_views(warehouse.connection, Written(QuickFiles(), tmp_path / "state"), wishes, kind)
    for path in targets:
        text = path.read_bytes().lower()
        if kind is ExportKind.PARQUET:
            text += (
                json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False).lower().encode()
            )
        for mark in ("qanari", "qanary", "zoë"):
            assert mark.encode() not in text, path.name


def test_money_days_places_and_the_merchants_own_words_are_open_at_standard(tmp_path: Path) -> None:
    nights, target = Nights(tmp_path), tmp_path / "orders.csv"
    nights.publish([{"customer_profile_oid": 7, "email": "Ann@example.com"}, {"customer_profile_oid": 8}])
    told = {
        "status": "Quote Sent", "totalFormatted": "$1,234.50", "taxRateFormatted": "8.25%",
        "discountFormatted": "(£3.00)", "creationDateFormatted": "22-NOV-2026", "deliveryDate": "2026-11-22",
        "billToCountry": "United States", "shipToCountry": "côte d'ivoire", "billToState": "CA",
        "shippingMethod": "FedEx: Ground", "paymentMethod": "Credit Card", "orderId": "DEMO-0009101",
    }  # fmt: skip
    item = {"itemId": "TEA", "description": "Green tea", "viewUrl": "https://shop.example/tea?session=7"}
    odd = {"billToCountry": "Utopia", "billToState": "California", "creationDateFormatted": "22-ANN-2026"}
    put(nights.home, 7, {
        "orders": [{"customer_profile_oid": 7, "email": " ann@example.com", "total": Decimal("0.10"), **told},
                   {"customer_profile_oid": 7, "shippingMethod": "=1+1", **odd}],
        "order_items": [{"customer_profile_oid": 7, **item}],
        "cases": [{"customer_profile_oid": 7, "status": "Reply Received", "caseOid": "4711"}],
        "case_messages": [{"customer_profile_oid": 7, "messageSender": "Customer Service",
                           "messageDateFormatted": "22 Nov 2026 03:15:00"}],
    })  # fmt: skip
    with open_warehouse(nights.build(), exports=[partial_of(target)]) as warehouse:
        first, second = asked(warehouse, "FROM orders")
        assert {name: first[name] for name in told} == told
        assert {name: second[name] for name in odd} == dict.fromkeys(odd)
        (shown,) = asked(warehouse, "FROM order_items")
        assert (shown["description"], shown["viewUrl"]) == ("Green tea", None)
        (case,) = asked(warehouse, "SELECT status, caseOid FROM cases")
        assert list(case.values()) == ["Reply Received", "4711"]
        (message,) = asked(warehouse, "SELECT messageSender, messageDateFormatted FROM case_messages")
        assert list(message.values()) == ["Customer Service", "22 Nov 2026 03:15:00"]
        joined = "SELECT count(*) AS n FROM orders JOIN customers USING (customer_profile_oid, email_hash)"
        assert asked(warehouse, joined) == [{"n": 1}]  # without a clear address
        deeds = [(target, Deed(what=Wrote.EXPORT, of="orders", tier=STANDARD, at=FINISHED))]
        export_views(warehouse.connection, Written(QuickFiles(), tmp_path / "state"), deeds, ExportKind.CSV)
    with target.open(encoding="utf-8", newline="") as file:
        one, other = csv.DictReader(file)
    assert (one["total"], one["totalFormatted"]) == ("0.100000000", "$1,234.50")
    assert (other["total"], other["shippingMethod"]) == ("", "'=1+1")  # no formula


def test_the_tables_are_there_with_their_columns_where_no_account_was_exported(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.publish([{"customer_profile_oid": 7}])
    columns, digests = [], []
    for _ in range(2):
        with open_warehouse(nights.build()) as warehouse:
            digests.append(warehouse.about.accounts)
            assert digests[-1] == accounts_digest(nights.home)
            names = {view.name: warehouse.rows(view) for view in warehouse.views}
            columns.append([warehouse.connection.table(table).columns for table in TABLES])
            types = [warehouse.connection.table(table).types for table in TABLES]
            columns[-1].append([str(type_) for held in types for type_ in held])
        put(nights.home, 7)
    assert columns[0] == columns[1]
    assert digests[0] == ""
    assert digests[1]
    assert [names[table] for table in TABLES] == [2, 2, 2, 4]


def test_exports_of_many_and_of_older_versions_stand_together_by_the_names_of_columns(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.publish([{"customer_profile_oid": 7}])
    put(nights.home, 8, rows_of(8, orders=3, total=Decimal("12.50")))
    tables = written(tmp_path / "old", rows_of(7, orders=1, total=Decimal("7.25"), fax="none of these days"))
    old = pq.read_table(tables[0])
    odd = pa.array([7], pa.int32())
    old = old.drop_columns(["fax", "status"]).append_column("unknown", pa.array(["?"])).set_column(
        old.schema.get_field_index("customerProfileId"), "customerProfileId", odd
    )  # fmt: skip
    pq.write_table(old, tables[0])
    publish_account(QuickFiles(), nights.home, 7, tables, note())
    with open_warehouse(nights.build(HIGH)) as warehouse:
        rows = asked(
            warehouse, "SELECT customer_profile_oid, orderId, status, fax, total FROM orders ORDER BY ALL"
        )
        assert [tuple(row.values()) for row in rows] == [
            (7, "DEMO-7-0", None, None, Decimal("7.25")),
            *((8, f"DEMO-8-{one}", "Completed", None, Decimal("12.50")) for one in range(3)),
        ]  # fmt: skip
        assert warehouse.connection.table("orders").columns == SCHEMAS["orders"].names[:5] + [
            name for one in SCHEMAS["orders"].names[5:] for name in _with_hash("orders", one)
        ]


def _with_hash(table: str, name: str) -> list[str]:
    rule = ACCOUNT_RULES[table].get(name)
    return [name, f"{name}_hash"] if rule is not None and rule.hashed else [name]


def test_a_damaged_export_is_told_and_the_warehouse_stands(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.publish([{"customer_profile_oid": 7}])
    place = put(nights.home, 7)
    path, orders = warehouse_path(nights.home, STANDARD), place / "orders.parquet"
    path.write_bytes(b"the one before")
    sound = orders.read_bytes()
    for broken in (sound[:-1], flipped(sound, 8 * (len(sound) - 6))):
        orders.write_bytes(broken)
        with pytest.raises(StorageFailed) as told:
            nights.build()
        assert "ucsync snapshots verify" in str(told.value.mend)
        assert path.read_bytes() == b"the one before"

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.documents import snapshot_of
from tests.store.shop import NOON
from ucsync.model import Receipt, StorageFailed
from ucsync.store.customers_at import CustomersAt
from ucsync.store.lake import Lake
from ucsync.ultracart.records import record_of

OIDS = range(2, 60, 3)


def customer(oid: int) -> dict[str, Any]:
    return {
        "customer_profile_oid": oid,
        "email": f"{oid}@example.com",
        "last_modified_dts": "2026-11-22T03:15:00-05:00",
        "minimum_subtotal": oid / 4,
        "billing": [{"customer_billing_oid": oid, "city": "Bern"}] * (oid % 3),
        "tags": [{"tag_value": f"t{number}"} for number in range(oid % 4)],
        "privacy": {"marketing": bool(oid % 2)},
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Receipt]:
    return snapshot_of(tmp_path_factory.mktemp("shop"), [customer(oid) for oid in OIDS], rows_part=4)


@given(st.lists(st.lists(st.integers(0, 70), unique=True).map(sorted), max_size=3))
def test_customers_are_read_by_oid_in_any_number_of_calls(
    shop: tuple[Lake, Receipt], asked: list[list[int]]
) -> None:
    customers = CustomersAt(*shop, None)
    for oids in asked:
        found = customers.read(oids)
        assert list(found) == [oid for oid in oids if oid in OIDS]
        for oid, (row, observed_at) in found.items():
            assert record_of(row) == record_of(customer(oid))
            assert observed_at == NOON


def test_only_what_is_wanted_is_read(shop: tuple[Lake, Receipt]) -> None:
    found = CustomersAt(*shop, ["tags", "email"]).read([5])
    assert record_of(found[5][0]) == {
        "customer_profile_oid": 5,
        "email": "5@example.com",
        "tags": [{"tag_value": "t0"}],
    }


def test_a_part_is_read_once_while_oids_ascend(tmp_path: Path) -> None:
    lake, receipt = snapshot_of(tmp_path, [customer(oid) for oid in OIDS], rows_part=4)
    customers = CustomersAt(lake, receipt, ["tags"])
    folder = lake.path_of(receipt.snapshot)
    for entry in receipt.files:
        first = entry.oid_first or 0
        assert list(customers.read([first])) == [first]
        (folder / entry.path).unlink()
        assert list(customers.read([first + 3])) == [first + 3]
    with pytest.raises(StorageFailed):
        customers.read([OIDS[0]])


def test_a_damaged_part_is_refused(tmp_path: Path) -> None:
    lake, receipt = snapshot_of(tmp_path, [customer(oid) for oid in OIDS])
    part = lake.path_of(receipt.snapshot) / receipt.files[0].path
    part.write_bytes(part.read_bytes()[:-1] + b"?")
    with pytest.raises(StorageFailed):
        CustomersAt(lake, receipt, None).read([OIDS[0]])

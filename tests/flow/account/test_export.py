"""An export has everything, says what it is sure of, and asks for nothing twice."""

import json
import re
import stat
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.flow.account.bureau import EMAIL, OID, PASSWORD, START, Bureau, Document, exported, order
from tests.flow.account.reading import everything, listed, received, rows
from tests.store.faulty import QuickFiles
from ucsync.model import BadRequest, Guarded
from ucsync.store.account_archive import OPERATIONS, TABLES, address_of, result_of, verify_archive
from ucsync.store.written import Standing, Written, Wrote
from ucsync.testing import VirtualClock
from ucsync.ultracart.my_account import Paging


def some(count: int) -> Bureau:
    """A customer with this many orders, some sent, some with a case."""
    bureau = Bureau(orders=[order(number) for number in range(count, 0, -1)])
    for one in bureau.orders[::3]:
        one["trackingNumbers"] = ["9400 1"]
        bureau.tracking[one["orderId"]] = [{"orderId": one["orderId"], "trackingNumber": "9400 1"}]
    for one in bureau.orders[::7]:
        case = {"caseOid": f"C{one['orderId']}", "orderId": one["orderId"], "subject": "Where is it?"}
        one["orderCase"] = case
        bureau.cases[one["orderId"]] = case
        bureau.messages[one["orderId"]] = [
            {"caseOid": case["caseOid"], "caseMessageOid": f"{number}", "message": f"Line {number}"}
            for number in range(2)
        ]
    return bureau


def test_everything_is_there_and_proven(tmp_path: Path) -> None:
    bureau = some(43)
    told = exported(bureau, tmp_path)
    out = tmp_path / "out"
    assert (told.exit_code, told.proven, told.unreadable) == (0, True, ())
    assert (told.customer_profile_oid, told.merchant, told.requests) == (OID, "shop", len(bureau.asked))
    assert listed(out, "getOrders") == json.loads(json.dumps(bureau.orders), parse_float=Decimal)
    assert [row["orderId"] for row in rows(out, "orders")] == [one["orderId"] for one in bureau.orders]
    assert len(rows(out, "order_items")) == 43
    assert len(rows(out, "tracking")) == len(bureau.tracking) == 15
    assert len(rows(out, "cases")) == len(bureau.cases) == 7
    assert len(rows(out, "case_messages")) == 14
    assert {path.stem for path in (out / "received").iterdir()} == set(OPERATIONS)
    assert {path.stem for path in (out / "tables").iterdir()} == set(TABLES)
    assert verify_archive(out) == []
    assert (result_of(out), address_of(out)) == (told, EMAIL.lower())
    assert bureau.times("getOrders") == 5, "a page each, and no more"
    assert bureau.times("getOrderTracking") == 15, "an empty list of parcels says that there are none"
    assert bureau.times("getOrderCaseMessages") == bureau.times("getOrderCase") == 7
    summary = (out / "summary.html").read_text(encoding="utf-8")
    assert all(one["orderId"] in summary for one in bureau.orders)
    assert "Everything that the customer can read is here" in summary


def test_answers_are_kept_byte_for_byte(tmp_path: Path) -> None:
    body = b'[ {"id":1.0e2,  "city":"S\\u00e3o \\ud83d\\ude00 <b>","z":[ ] ,"z":0.10}\n]'
    bureau = Bureau(spoil=lambda operation, *_: body if operation == "getBillingAddresses" else None)
    exported(bureau, tmp_path)
    kept = (tmp_path / "out" / "received" / "getBillingAddresses.json").read_bytes()
    assert b'"body":' + body in kept
    (answer,) = received(tmp_path / "out", "getBillingAddresses")
    assert answer["request"] == {"path": {}, "query": {}}
    assert answer["headers"] == {}
    (page,) = received(tmp_path / "out", "getOrders")
    assert page["headers"]["uc-pagination-total-records"] == "0"


def test_only_its_owner_may_read_it_and_every_file_is_registered(tmp_path: Path) -> None:
    exported(some(3), tmp_path)
    out = tmp_path / "out"
    for path in (out, *out.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    entries = Written(QuickFiles(), tmp_path / "state" / "written" / "shop").entries()
    assert {entry.place for entry in entries} == {str(path) for path in out.rglob("*") if path.is_file()}
    for entry in entries:
        assert (entry.deed.what, entry.deed.of) == (Wrote.ACCOUNT, f"{OID}")
        assert entry.standing() is Standing.SAME
        assert not entry.unfinished


def test_an_absent_field_says_nothing_and_is_asked_about(tmp_path: Path) -> None:
    bureau = some(12)
    for one in bureau.orders:
        del one["trackingNumbers"], one["orderCase"]
    told = exported(bureau, tmp_path)
    assert told.exit_code == 0
    assert bureau.times("getOrderTracking") == bureau.times("getOrderCase") == 12
    assert bureau.times("getOrderCaseMessages") == len(bureau.cases) == 2
    assert len(rows(tmp_path / "out", "tracking")) == 4


def test_every_order_can_be_asked_about(tmp_path: Path) -> None:
    bureau = some(12)
    bureau.tracking["DEMO-000001"] = [{"trackingNumber": "not in the list of orders"}]
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    exported(bureau, tmp_path / "a")
    assert bureau.times("getOrderTracking") == 4
    exported(bureau, tmp_path / "b", every_order=True)
    assert bureau.times("getOrderTracking") == 4 + 12
    assert len(rows(tmp_path / "b" / "out", "tracking")) == 5


def test_an_order_placed_meanwhile_is_read_and_the_list_is_proven_in_the_end(tmp_path: Path) -> None:
    def place(bureau: Bureau, answers: int) -> None:
        if answers == 7:
            bureau.orders.insert(0, order(900))

    bureau = some(43)
    bureau.meanwhile = place
    told = exported(bureau, tmp_path)
    assert told.exit_code == 0
    assert [row["orderId"] for row in rows(tmp_path / "out", "orders")] == [
        one["orderId"] for one in bureau.orders
    ]
    assert bureau.times("getOrders") == 10
    assert len(received(tmp_path / "out", "getOrders")) == 5, "those of the reading that is proven"


def test_a_list_that_never_holds_still_is_not_proven_and_loses_no_order(tmp_path: Path) -> None:
    def place(bureau: Bureau, answers: int) -> None:
        if answers % 2:
            bureau.orders.insert(0, order(900 + answers))

    bureau = some(43)
    bureau.meanwhile = place
    told = exported(bureau, tmp_path)
    assert told.exit_code == 3
    (listed_,) = [one for one in told.lists if one.name == "getOrders"]
    assert not listed_.proven
    assert re.search(r"the server counted \d+ at first and \d+ in the end; \d+ came twice", listed_.reason)
    found = [row["orderId"] for row in rows(tmp_path / "out", "orders")]
    assert len(found) == len(set(found))
    assert {order(number)["orderId"] for number in range(1, 44)} <= set(found)
    assert "Orders: the server counted" in (tmp_path / "out" / "summary.html").read_text(encoding="utf-8")


def test_an_uncounted_list_is_read_to_its_end_and_not_proven(tmp_path: Path) -> None:
    bureau = some(20)
    bureau.headers = False
    told = exported(bureau, tmp_path)
    assert told.exit_code == 3
    assert len(rows(tmp_path / "out", "orders")) == 20
    assert bureau.times("getOrders") == 3, "two full pages, and one that shows the end"
    assert {one.reason for one in told.lists if not one.proven} == {
        "the server does not say how many there are"
    }


def test_an_order_whose_id_comes_twice_is_one_row_and_the_list_is_not_proven(tmp_path: Path) -> None:
    bureau = some(23)
    bureau.orders[12] = {**order(50, total=1), "orderId": bureau.orders[2]["orderId"]}
    told = exported(bureau, tmp_path)
    (orders,) = [one for one in told.lists if one.name == "getOrders"]
    assert (orders.rows, orders.proven, told.exit_code) == (22, False, 3)
    assert orders.reason == "1 came twice; 22 different ones of 23 came"
    assert bureau.times("getOrders") == 6, "as the server showed the same twice, it is not asked a third time"
    assert len(received(tmp_path / "out", "getOrders")) == 6


def test_orders_that_only_a_year_shows_are_found(tmp_path: Path) -> None:
    """A server may show six months unless it is asked for more: no source says which orders come unasked."""
    ages = [*range(0, 400, 40), *range(400, 3000, 100)]
    orders = [
        order(number, creationDate=(START - timedelta(days=age)).isoformat())
        for number, age in enumerate(ages)
    ]
    young = [one for one, age in zip(orders, ages, strict=True) if age < 180]

    class SixMonths(Bureau):
        def _page(self, operation: str, query: Document) -> tuple[Any, Paging | None]:
            if operation != "getOrders" or query.get("_filterTime"):
                return super()._page(operation, query)
            return young, Paging(10, 1, len(young), 1)

    bureau = SixMonths(orders=orders)
    told = exported(bureau, tmp_path, clock=VirtualClock(START))
    assert told.exit_code == 0
    assert {row["orderId"] for row in rows(tmp_path / "out", "orders")} == {one["orderId"] for one in orders}
    assert [one.name for one in told.lists if one.name.startswith("getOrders")] == [
        "getOrders", *(f"getOrders year-{year}" for year in range(2026, 2017, -1)),
    ]  # fmt: skip


def test_a_server_without_filters_by_year_misses_nothing(tmp_path: Path) -> None:
    def refuse(operation: str, path: Document, query: Document) -> None:
        if "_filterTime" in query:
            raise BadRequest(operation, "400", status=400)

    bureau = Bureau(orders=[order(1, creationDate=START.isoformat())], spoil=refuse)
    told = exported(bureau, tmp_path, clock=VirtualClock(START))
    assert (told.exit_code, told.unreadable, [one.rows for one in told.lists][4]) == (0, (), 1)


def test_a_server_that_does_not_heed_the_year_is_not_asked_for_every_one(tmp_path: Path) -> None:
    class Deaf(Bureau):
        def _page(self, operation: str, query: Document) -> tuple[Any, Paging | None]:
            return super()._page(operation, {**query, "_filterTime": ""})

    days = (START - timedelta(days=number) for number in range(25))
    bureau = Deaf(orders=[order(number, creationDate=day.isoformat()) for number, day in enumerate(days)])
    told = exported(bureau, tmp_path, clock=VirtualClock(START))
    assert told.exit_code == 0
    assert bureau.times("getOrders") == 3 * 3, "unasked, of this year, and of the year before"


def test_a_year_of_which_more_is_counted_than_shown_is_not_proven(tmp_path: Path) -> None:
    class Hiding(Bureau):
        def _page(self, operation: str, query: Document) -> tuple[Any, Paging | None]:
            shown, paging = super()._page(operation, query)
            hides = operation == "getOrders" and query.get("_filterTime") == "year-2026"
            return shown, Paging(10, 1, len(shown) + 3, 1) if hides else paging

    days = (START - timedelta(days=number) for number in range(10))
    bureau = Hiding(orders=[order(number, creationDate=day.isoformat()) for number, day in enumerate(days)])
    told = exported(bureau, tmp_path, clock=VirtualClock(START))
    doubted = [one for one in told.lists if not one.proven]
    assert (told.exit_code, [one.name for one in doubted]) == (3, ["getOrders year-2026"])
    assert doubted[0].reason == "10 different ones of 13 came"


def test_what_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    exported(some(3), tmp_path)
    before = (tmp_path / "out" / "manifest.json").read_bytes()
    bureau = some(4)
    with pytest.raises(Guarded, match="has an archive already") as guarded:
        exported(bureau, tmp_path)
    assert "--out" in guarded.value.mend
    assert "--force" in guarded.value.mend
    assert (bureau.asked, (tmp_path / "out" / "manifest.json").read_bytes()) == ([], before)
    exported(bureau, tmp_path, replace=True)
    assert len(rows(tmp_path / "out", "orders")) == 4
    assert verify_archive(tmp_path / "out") == []
    assert PASSWORD.encode() not in everything(tmp_path / "out")

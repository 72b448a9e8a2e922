"""Orders in the portal and in REST v2 are the same ones, whatever becomes of the customers."""

from datetime import datetime
from typing import Any

import pytest

from tests.sandbox.driver import Driver
from tests.sandbox.my_account.shopper import FIRST, MANY, Shopper
from ucsync.sandbox.my_account.countries import NAMES
from ucsync.sandbox.my_account.placing import place
from ucsync.sandbox.people import Population
from ucsync.sandbox.reply import Refusal
from ucsync.sandbox.settings import SandboxSettings

EXPAND = "orders,orders_summary"
STATES = {"Completed Order": "Completed", "Rejected": "Rejected", "Pre-ordered": "Pre-Order Item"}


def in_both(shopper: Shopper) -> None:
    """What REST v2 has of whom the test looks at is what the portal has, as far as it goes."""
    v2 = shopper.driver.customer(shopper.oid, EXPAND)
    rows = [row["order"] for row in shopper.truth()["orders"]]
    newest = rows[: len(v2["orders"])]
    assert [facts_of_v2(order) for order in v2["orders"]] == [facts_of_portal(row) for row in newest]
    summary = v2["orders_summary"]
    assert summary["order_count"] == len(rows)
    assert summary["total"] == sum(row["total"] for row in rows)
    if rows:
        assert summary["first_order_dts"] == rows[-1]["creationDate"]
        assert summary["last_order_dts"] == rows[0]["creationDate"]


def facts_of_v2(order: Any) -> Any:
    items = [(item["merchant_item_id"], item["description"], item["quantity"]) for item in order["items"]]
    name, sums = order["billing"], {held: order["summary"][held]["value"] for held in order["summary"]}
    return {
        "id": order["order_id"],
        "at": order["creation_dts"],
        "items": items,
        "name": (name.get("first_name"), name.get("last_name")),
        "country": NAMES[name["country_code"]] if "country_code" in name else None,
        "status": STATES.get(order["current_stage"], "Pending"),
        "sums": (sums["subtotal"], sums["shipping_handling_total"], sums["total"]),
    }


def facts_of_portal(order: Any) -> Any:
    return {
        "id": order["orderId"],
        "at": order["creationDate"],
        "items": [(item["itemId"], item["description"], item["quantity"]) for item in order["items"]],
        "name": (order["billToFirstName"], order["billToLastName"]),
        "country": order["billToCountry"],
        "status": order["status"],
        "sums": (
            order["subtotal"] + order["subtotalRefunded"],
            order["shippingHandlingTotal"] + order["shippingHandlingRefunded"],
            order["total"],
        ),
    }


def test_both_apis_show_the_same_orders_of_everybody() -> None:
    shopper = Shopper(customers=120)
    for oid in shopper.shop.store.oids:
        shopper.oid = oid
        in_both(shopper)


def test_every_order_that_rest_v2_refers_to_is_in_the_portal() -> None:
    shopper = Shopper(customers=120)
    referred = 0
    for oid in shopper.shop.store.oids:
        customer = shopper.driver.customer(oid, "loyalty,software_entitlements")
        earned = [entry.get("order_id") for entry in customer["loyalty"].get("ledger_entries", ())]
        bought = [row["purchased_via_order_id"] for row in customer["software_entitlements"]]
        wanted = {order_id for order_id in (*earned, *bought) if order_id}
        assert wanted <= shopper.portal.office.desk.orders(oid).by_id.keys()
        referred += len(wanted)
    assert referred > 50


def test_an_order_placed_meanwhile_is_the_newest_in_both() -> None:
    shopper = Shopper()
    before = shopper.order_ids()
    modified = shopper.driver.customer(FIRST)["last_modified_dts"]
    placed = [shopper.place(), shopper.place()]
    in_both(shopper)
    assert shopper.order_ids() == [*reversed(placed), *before]
    customer = shopper.driver.customer(FIRST)
    assert customer["last_modified_dts"] == "2026-06-01T08:00:00-04:00" > modified
    assert customer["last_modified_by"] == "checkout"
    assert shopper.driver.listed(_since="2026-06-01T08:00:00-04:00") == [FIRST]
    order = shopper.ask("getOrder", orderId=placed[-1])
    assert (order["status"], order["trackingNumbers"], order["orderCase"]) == ("Pending", [], None)


def test_a_clock_put_back_places_an_order_among_the_older_ones() -> None:
    shopper = Shopper(orders={FIRST: 3})
    newest, oldest = shopper.order_ids()[0], shopper.order_ids()[-1]
    shopper.later(at=datetime.fromisoformat(shopper.ask("getOrder", orderId=newest)["creationDate"]), days=-1)
    placed = shopper.place()
    assert shopper.order_ids()[1] == placed
    in_both(shopper)
    shopper.later(days=-20_000)
    shopper.place()
    assert shopper.order_ids()[-2] == oldest
    in_both(shopper)


def test_a_page_shifts_under_its_reader() -> None:
    shopper = Shopper()
    first = [row["orderId"] for row in shopper.ask("getOrders", pageNumber=1)]
    shopper.place()
    second = [row["orderId"] for row in shopper.ask("getOrders", pageNumber=2)]
    assert second[0] == first[-1]
    assert shopper.paging()["total-records"] == MANY + 1


def test_a_placed_order_keeps_the_addresses_of_its_time() -> None:
    shopper = Shopper(orders={FIRST: 0})
    shopper.driver.update(FIRST, "billing,shipping", billing=[row("Old")], shipping=[row("Store")])
    order_id = shopper.place()
    shopper.driver.update(FIRST, "billing", billing=[row("New")])
    order = shopper.ask("getOrder", orderId=order_id)
    assert (order["billToLastName"], order["shipToLastName"]) == ("Old", "Store")
    assert (order["billToCountry"], order["billToAddress2"]) == ("Germany", None)
    in_both(shopper)


def row(last_name: str) -> dict[str, str]:
    return {"first_name": "Änne", "last_name": last_name, "address1": "Gasse 1", "city": "Ulm",
            "country_code": "DE"}  # fmt: skip


def test_who_came_later_has_only_what_was_placed() -> None:
    shopper = Shopper()
    oid = shopper.driver.insert(email="later@example.com", password="password-later", billing=[row("Later")])
    shopper.log_in(oid)
    assert shopper.ask("getOrders") == shopper.ask("getReviews") == shopper.ask("getNotReviewedYet") == []
    order_id = shopper.place()
    assert shopper.order_ids() == [order_id]
    assert [each["itemId"] for each in shopper.ask("getNotReviewedYet")] == [
        each["itemId"] for each in shopper.ask("getOrder", orderId=order_id)["items"]
    ]
    in_both(shopper)


def test_who_absorbs_others_has_their_orders_too() -> None:
    shopper = Shopper(orders={FIRST: 12, FIRST + 1: 5, FIRST + 2: 0, FIRST + 3: 25})
    ids = {}
    for oid in range(FIRST, FIRST + 4):
        shopper.log_in(oid)
        ids[oid] = [*shopper.order_ids(), *([shopper.place()] if oid < FIRST + 3 else [])]
    shopper.driver.merchant.merge(FIRST + 1, FIRST + 2)
    shopper.driver.merchant.merge(FIRST + 3, FIRST + 1)
    shopper.driver.merchant.merge(FIRST + 3, FIRST)
    shopper.log_in(FIRST + 3)
    found = shopper.order_ids()
    assert len(found) == 45
    assert set(found) == {order_id for each in ids.values() for order_id in each}
    assert {row["customerProfileId"] for row in shopper.pages()} == {FIRST + 3}
    instants = [row["creationDate"][:19] for row in shopper.pages()]
    assert instants == sorted(instants, reverse=True)
    placed = [shopper.place(), shopper.place()]
    rows = list(shopper.pages())
    assert [row["orderId"] for row in rows] == [*reversed(placed), *found]
    customer = shopper.driver.customer(FIRST + 3, EXPAND)
    assert {order["order_id"] for order in customer["orders"]} <= {row["orderId"] for row in rows}
    assert customer["orders_summary"] == {
        "first_order_dts": rows[-1]["creationDate"],
        "last_order_dts": rows[0]["creationDate"],
        "order_count": 47,
        "total": sum(row["total"] for row in rows),
    }


def test_orders_of_a_deleted_customer_are_gone_from_both() -> None:
    shopper = Shopper()
    order_id = shopper.order_ids()[0]
    shopper.driver.merchant.delete(FIRST)
    assert shopper.portal.truth(FIRST) is None
    assert shopper.status("getOrder", orderId=order_id) == 401
    shopper.log_in(FIRST + 1)
    assert shopper.status("getOrder", orderId=order_id) == 404


@pytest.mark.parametrize("wish", [{}, {"customer_profile_oid": 5}, {"customer_profile_oid": str(FIRST)},
                                  {"customer_profile_oid": FIRST, "item": "x"}, {"oid": FIRST}])  # fmt: skip
def test_only_who_is_there_can_be_made_to_buy(wish: dict[str, object]) -> None:
    with pytest.raises(Refusal, match="of a customer that is there"):
        place(Shopper().portal.office, wish)


def test_a_given_number_of_orders_is_what_both_apis_have() -> None:
    driver = Driver(SandboxSettings(customers=10, orders={FIRST: 2000, FIRST + 3: 0, FIRST + 9: 1}))
    counts = [driver.customer(FIRST + more, EXPAND)["orders_summary"]["order_count"] for more in (0, 3, 9)]
    assert counts == [2000, 0, 1]
    assert len(driver.customer(FIRST, EXPAND)["orders"]) == 20


def test_of_two_thousand_orders_no_two_are_alike() -> None:
    shopper = Shopper(orders={FIRST: 2000})
    entries = shopper.portal.office.desk.orders(FIRST).newest_first
    assert len({entry.at_s for entry in entries}) == len({entry.order_id for entry in entries}) == 2000
    signup_s, modified_s = shopper.shop.store.signup_s(FIRST), shopper.shop.store.modified_s(FIRST)
    assert modified_s is not None
    assert signup_s <= entries[-1].at_s < entries[0].at_s <= modified_s


def test_a_given_number_changes_nobody_else() -> None:
    plain = Population(seed=7, count=40, merchant_id="DEMO")
    given = Population(seed=7, count=40, merchant_id="DEMO", orders={FIRST + 5: 300})
    for oid in plain.oids:
        same = all(plain.part(oid, name) == given.part(oid, name) for name in ("orders", "loyalty", "quotes"))
        assert same == (oid != FIRST + 5)
        assert plain.email(oid) == given.email(oid)
        assert (plain.base(oid) == given.base(oid)) == (oid != FIRST + 5)


def test_an_order_stays_what_it_is_from_release_to_release() -> None:
    told = ("orderId", "totalFormatted", "paymentMethod", "shippingMethod")
    plain, many = Shopper(orders={}), Shopper()
    first, third = plain.ask("getOrders")[0], many.ask("getOrders")[2]
    assert [first[name] for name in told] == [
        "DEMO-202508241909-112648", "$13.94", "Credit Card", "USPS: Priority",
    ]  # fmt: skip
    assert [third[name] for name in told] == [
        "DEMO-202210130134-663285", "$60.95", "Google Checkout", "Courier",
    ]  # fmt: skip
    case = many.ask("getOrderCase", orderId=many.some(case="Open"))
    assert case["caseOid"] == "E5E35C61A6FD4317AA488514EC2CA5A1"
    assert many.ask("getReviews")[0]["title"] == "香りがよい"


def test_who_is_given_many_orders_has_a_lifetime_for_them() -> None:
    oids = range(FIRST, FIRST + 300)
    people = Population(seed=3, count=300, merchant_id="DEMO", orders=dict.fromkeys(oids, 100_000))
    years_s = 365 * 86_400
    for oid in oids:
        bought = people.purchases(oid)
        assert bought.size == 100_000
        assert people.modified_s(oid) - people.signup_s(oid) > 9 * years_s
        newest = [bought.at_s(number) for number in range(99_900, 100_000)]
        assert newest == sorted(set(newest))

"""Whatever is done in whatever order, lists hold exactly the customers that there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.driver import Driver, Open

FIRST = 1_000_001
BORN = 7
ADDRESSES = [f"{name}@Example.com" for name in "abcdef"]
QUIRKS = ["", "insert-unmodified", "email-shared", "children-touch", "merge-does-not-touch"]

places = st.integers(0, 40)
addresses = st.sampled_from(ADDRESSES)
steps = st.one_of(
    st.tuples(st.just("insert"), places, addresses),
    st.tuples(st.just("update"), places, addresses),
    st.tuples(st.just("note"), places, addresses),
    st.tuples(st.just("delete"), places, addresses),
    st.tuples(st.just("merge"), places, addresses),
    st.tuples(st.just("credit"), places, addresses),
)

#: What a list must be in the order of, by the `_sort` that asks for it.
KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "email": lambda row: row["email"].lower(),
    "signup_dts": lambda row: row["signup_s"],
    "last_modified_dts": lambda row: row["modified_s"],
}


class Model:
    """The customers as a plain dictionary: oid -> email, signup_s, modified_s."""

    def __init__(self, shop: Driver, quirk: str) -> None:
        self.shop = shop
        self.quirk = quirk
        self.rows: dict[int, dict[str, Any]] = {oid: read(shop, oid) for oid in shop.merchant.oids()}

    def step(self, act: str, place: int, address: str) -> None:
        """One step on both sides; the clock goes on by a second every other place."""
        self.shop.clock.move(place % 2)
        oids = sorted(self.rows)
        oid = oids[place % len(oids)] if oids else 0
        if act == "insert":
            self.insert(address if place % 3 else f"new-{place}@example.com")
        elif oids:
            getattr(self, act)(oid, oids[(place * 7 + 1) % len(oids)], address)

    def now_s(self) -> int:
        return self.shop.clock.now_s()

    def free(self, address: str, own: int = 0) -> bool:
        taken = {row["email"].lower() for oid, row in self.rows.items() if oid != own}
        return self.quirk == "email-shared" or address.lower() not in taken

    def insert(self, address: str) -> None:
        reply = self.shop.send("insertCustomer", body={"email": address})
        assert (reply.status == 200) == self.free(address)
        if reply.status == 200 and reply.document is not None:
            modified_s = -1 if self.quirk == "insert-unmodified" else self.now_s()
            row = {"email": address, "signup_s": self.now_s(), "modified_s": modified_s}
            oid = reply.document["customer"]["customer_profile_oid"]
            assert oid > max(self.rows, default=0)
            self.rows[oid] = row

    def update(self, oid: int, _other: int, address: str) -> None:
        free = self.free(address, oid)
        status = self.shop.status("updateCustomer", oid=oid, body={"email": address})
        assert (status == 200) == free
        if free:
            self.rows[oid] |= {"email": address, "modified_s": self.now_s()}

    def note(self, oid: int, _other: int, _address: str) -> None:
        self.shop.update(oid, business_notes="seen")
        self.rows[oid]["modified_s"] = self.now_s()

    def delete(self, oid: int, _other: int, _address: str) -> None:
        assert self.shop.status("deleteCustomer", oid=oid) == 204
        del self.rows[oid]

    def merge(self, oid: int, other: int, _address: str) -> None:
        body = {"customer_profile_oid": other}
        assert self.shop.status("mergeCustomer", oid=oid, body=body) == (400 if oid == other else 204)
        if oid != other:
            del self.rows[other]
            if self.quirk != "merge-does-not-touch":
                self.rows[oid]["modified_s"] = self.now_s()

    def credit(self, oid: int, _other: int, _address: str) -> None:
        self.shop.answer("addCustomerStoreCredit", oid=oid, body={"amount": 1})
        if self.quirk == "children-touch":
            self.rows[oid]["modified_s"] = self.now_s()

    def check(self, limit: int) -> None:
        shop, rows = self.shop, self.rows
        assert list(shop.merchant.oids()) == sorted(rows)
        assert shop.merchant.count() == len(rows)
        assert shop.paged(limit=limit) == sorted(rows)
        assert shop.paged(limit=limit, _sort="-customer_profile_oid") == sorted(rows, reverse=True)
        for sort, key in KEYS.items():
            for sign, down in (("", False), ("-", True)):
                ordered = sorted(sorted(rows), key=lambda oid: key(rows[oid]), reverse=down)
                assert shop.paged(limit=limit, _sort=sign + sort) == ordered
                searched = shop.paged(limit=limit, _sort=f"{sign}{sort},billing.tax_county,shipping.title")
                assert [key(rows[oid]) for oid in searched] == [key(rows[oid]) for oid in ordered]
        for oid in rows:
            assert read(shop, oid) == rows[oid]
        for address in ADDRESSES:
            self.check_address(address)

    def check_address(self, address: str) -> None:
        holders = sorted(oid for oid, row in self.rows.items() if row["email"].lower() == address.lower())
        reply = self.shop.send("getCustomerByEmail", address=address.upper())
        assert reply.status == (200 if holders else 404)
        assert self.shop.listed(email=address) == holders


def read(shop: Driver, oid: int) -> dict[str, Any]:
    """What the model knows of a customer, as the merchant has it."""
    customer = shop.merchant.truth(oid)
    assert customer is not None
    modified = customer.get("last_modified_dts")
    return {
        "email": customer.get("email", ""),
        "signup_s": epoch_s(customer["signup_dts"]),
        "modified_s": -1 if modified is None else epoch_s(modified),
    }


def epoch_s(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize("quirk", QUIRKS)
@given(done=st.lists(steps, max_size=25), limit=st.sampled_from([1, 3, 200]), early=st.booleans())
def test_paging_through_everything_finds_everyone_once(
    open_shop: Open, quirk: str, done: list[tuple[str, int, str]], limit: int, early: bool
) -> None:
    shop = open_shop(*filter(None, [quirk]), customers=BORN)
    model = Model(shop, quirk)
    if early:  # orders that are there before the changes have to follow them
        model.check(200)
    for act, place, address in done:
        model.step(act, place, address)
    model.check(limit)


@given(done=st.lists(steps, max_size=25), start=st.integers(0, 20), width=st.integers(0, 20))
def test_windows_find_exactly_who_is_inside(
    open_shop: Open, done: list[tuple[str, int, str]], start: int, width: int
) -> None:
    shop = open_shop(customers=BORN)
    model, begin_s = Model(shop, ""), shop.clock.now_s()
    for act, place, address in done:
        model.step(act, place, address)
        low_s, high_s = begin_s + start, begin_s + start + width
        query = {"last_modified_dts_start": text(low_s), "last_modified_dts_end": text(high_s)}
        inside = [oid for oid, row in sorted(model.rows.items()) if low_s <= row["modified_s"] <= high_s]
        assert shop.paged(limit=3, **query) == inside
        since = [oid for oid, row in sorted(model.rows.items()) if row["modified_s"] >= low_s]
        assert shop.paged(limit=2, _since=text(low_s)) == since
        newest = sorted(since, key=lambda oid: -model.rows[oid]["modified_s"])
        assert shop.paged(limit=2, _since=text(low_s), _sort="-last_modified_dts") == newest


def text(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()


@given(data=st.data())
def test_a_refused_request_changes_nothing(open_shop: Open, data: st.DataObject) -> None:
    shop = open_shop(customers=4)
    before = [shop.merchant.truth(oid) for oid in shop.merchant.oids()]
    scalar = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=40))
    names = st.sampled_from(["email", "terms", "billing", "tags", "privacy", "loyalty", "tax_id", "cards"])
    rows = st.dictionaries(st.sampled_from(["city", "customer_billing_oid", "tag_value"]), scalar)
    body = data.draw(st.dictionaries(names, st.one_of(scalar, rows, st.lists(st.one_of(scalar, rows)))))
    operation_id = data.draw(st.sampled_from(["insertCustomer", "updateCustomer", "mergeCustomer"]))
    reply = shop.send(operation_id, oid=FIRST, body=body)
    assert reply.status in (200, 204, 400, 404)
    if reply.status >= 400:
        assert [shop.merchant.truth(oid) for oid in shop.merchant.oids()] == before

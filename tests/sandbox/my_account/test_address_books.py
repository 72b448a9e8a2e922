"""The address books: what is taken, what is refused, and the same rows on the merchant's side."""

from typing import Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.sandbox.my_account.visitor import ADDRESS, FIRST, Shopfront, Visitor, document

BOOKS: Final = ("shippingAddresses", "billingAddresses")
OPTIONAL: Final = {"company": "Tea & Co", "address2": "Unit 4", "title": "Owner", "dayPhone": "+49 731 000"}
PARTS: Final = {"shippingAddresses": "shipping", "billingAddresses": "billing"}
OIDS: Final = {"shippingAddresses": "customer_shipping_oid", "billingAddresses": "customer_billing_oid"}

of_both = pytest.mark.parametrize("book", BOOKS)


@of_both
def test_an_address_comes_back_with_an_id_and_is_the_merchants_too(visitor: Visitor, book: str) -> None:
    sent = {**ADDRESS, **OPTIONAL}
    given = visitor.send("POST", f"/{book}", sent)
    assert given == {**sent, "id": given["id"], "eveningPhone": None}
    assert visitor.get(f"/{book}/{given['id']}") == given == visitor.get(f"/{book}")[-1]
    row = visitor.shop.customer(FIRST)[PARTS[book]][-1]
    assert row[OIDS[book]] == given["id"]
    assert row["customer_profile_oid"] == FIRST
    assert (row["country_code"], row["state_region"], row["day_phone_e164"]) == ("DE", "Baden", "+49731000")
    assert "evening_phone" not in row


@of_both
def test_what_the_merchant_writes_is_the_customers(visitor: Visitor, book: str) -> None:
    row = {"city": "Jena", "country_code": "US", "address1": "x" * 50, "first_name": "Bo"}
    visitor.shop.merchant_asks("updateCustomer", FIRST, {PARTS[book]: [row]})
    (address,) = visitor.get(f"/{book}")
    assert (address["city"], address["country"], address["firstName"]) == ("Jena", "United States", "Bo")
    assert address["address1"] == "x" * 50
    assert address["lastName"] is None


@of_both
@pytest.mark.parametrize("fresh", [0, -1, None, "0", "-1"])
def test_an_id_of_nothing_yet_is_taken_on_insert(visitor: Visitor, book: str, fresh: object) -> None:
    assert visitor.send("POST", f"/{book}", {**ADDRESS, "id": fresh})["id"] > 0


@of_both
@pytest.mark.parametrize("made_up", [1, 77, "77", FIRST, "DEMO", "", " ", "x", 1.5, True, [], 2**31, 2**63])
def test_an_id_that_a_client_made_up_is_refused(visitor: Visitor, book: str, made_up: object) -> None:
    before = visitor.get(f"/{book}")
    assert "address.id" in visitor.complaint("POST", f"/{book}", {**ADDRESS, "id": made_up})
    assert visitor.get(f"/{book}") == before


@of_both
def test_a_duplicate_is_refused_however_it_is_spaced_and_capitalised(visitor: Visitor, book: str) -> None:
    given = visitor.send("POST", f"/{book}", {**ADDRESS, "company": None})
    for twin in ({"city": " ULM "}, {"company": ""}, {"title": "  "}, {"country": "GERMANY"}):
        assert "exists" in visitor.complaint("POST", f"/{book}", {**ADDRESS, **twin})
    other = visitor.send("POST", f"/{book}", {**ADDRESS, "company": "Tea"})
    assert "exists" in visitor.complaint("PUT", f"/{book}/{other['id']}", ADDRESS)
    assert visitor.get(f"/{book}/{other['id']}") == other
    assert visitor.send("PUT", f"/{book}/{given['id']}", {**ADDRESS, "city": "ulm"})["city"] == "ulm"


def test_the_two_books_are_apart(visitor: Visitor) -> None:
    ids = [visitor.send("POST", f"/{book}", ADDRESS)["id"] for book in BOOKS]
    assert visitor.status("GET", f"/shippingAddresses/{ids[1]}") == 404
    assert visitor.status("GET", f"/billingAddresses/{ids[0]}") == 404


@of_both
def test_a_change_replaces_all_but_what_the_portal_does_not_show(visitor: Visitor, book: str) -> None:
    part = PARTS[book]
    before = visitor.shop.customer(FIRST)[part][0]
    row_id = before[OIDS[book]]
    assert before[f"default_{part}"] is True
    visitor.shop.clock.move(60)
    changed = visitor.send("PUT", f"/{book}/{row_id}", {**ADDRESS, "id": str(row_id), "merchantId": "?"})
    assert changed == {**dict.fromkeys((*OPTIONAL, "eveningPhone")), **ADDRESS, "id": row_id}
    customer = visitor.shop.customer(FIRST)
    row = customer[part][0]
    assert row[f"default_{part}"] is True
    assert row.get("last_used_dts") == before.get("last_used_dts")
    assert "day_phone_e164" not in row
    assert customer["last_modified_by"] == "customer"
    assert visitor.shop.merchant.shop.store.modified_s(FIRST) == visitor.shop.clock.now_s()


@of_both
def test_what_only_the_merchant_sees_of_a_row_stays(book: str) -> None:
    part, shop = PARTS[book], Shopfront(customers=200)
    unseen = {"tax_county", "last_used_dts", f"default_{part}"}
    oid, before = next(
        (oid, row)
        for oid in shop.merchant.oids()
        for row in shop.customer(oid)[part]
        if row.keys() >= unseen and "email" in shop.customer(oid)
    )
    row_id = before[OIDS[book]]
    shop.visitor(oid).send("PUT", f"/{book}/{row_id}", ADDRESS)
    (after,) = (row for row in shop.customer(oid)[part] if row[OIDS[book]] == row_id)
    assert {name: after[name] for name in unseen} == {name: before[name] for name in unseen}


@of_both
def test_ids_in_path_and_body_must_be_one(visitor: Visitor, book: str) -> None:
    row_id = visitor.get(f"/{book}")[0]["id"]
    for other in (row_id + 1, 0, -1, ""):
        assert "address.id" in visitor.complaint("PUT", f"/{book}/{row_id}", {**ADDRESS, "id": other})
    assert visitor.status("PUT", f"/{book}/{row_id}", {**ADDRESS, "id": None}) == 200


@of_both
def test_what_is_nobodys_or_anothers_is_404(visitor: Visitor, book: str) -> None:
    another = visitor.shop.visitor(FIRST + 1)
    theirs = another.send("POST", f"/{book}", ADDRESS)
    for row_id in (theirs["id"], 12, 2**31 - 1):
        assert visitor.status("GET", f"/{book}/{row_id}") == 404
        assert visitor.status("PUT", f"/{book}/{row_id}", ADDRESS) == 404
        assert visitor.status("DELETE", f"/{book}/{row_id}") == 404
    assert another.get(f"/{book}/{theirs['id']}") == theirs


@of_both
def test_a_deleted_address_is_gone_on_both_sides(visitor: Visitor, book: str) -> None:
    given = visitor.send("POST", f"/{book}", ADDRESS)
    reply = visitor.ask("DELETE", f"/{book}/{given['id']}", given)
    assert (reply.status, reply.content) == (204, None)
    assert visitor.status("DELETE", f"/{book}/{given['id']}") == 404
    assert given["id"] not in [row[OIDS[book]] for row in visitor.shop.customer(FIRST)[PARTS[book]]]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Germany", "DE"),
        ("germany", "DE"),
        ("US", "US"),
        ("usa", "US"),
        ("Atlantis", None),
        ("Österreich", None),
    ],
)
def test_a_country_stays_as_written_until_the_merchant_changes_it(
    visitor: Visitor, written: str, code: str | None
) -> None:
    given = visitor.send("POST", "/shippingAddresses", {**ADDRESS, "country": written})
    assert given["country"] == written
    row = visitor.shop.customer(FIRST)["shipping"][-1]
    assert row.get("country_code") == code
    visitor.shop.merchant_asks("updateCustomer", FIRST, {"shipping": [{**row, "country_code": "FR"}]})
    assert visitor.get("/shippingAddresses")[0]["country"] == "France"


TEXTS: Final = st.sampled_from(["", "A", "a ", "Ü", "\U0001f375", "x" * 20]) | st.text(max_size=10)
NAMED: Final = st.text(min_size=1, max_size=8).filter(str.strip)
ADDRESSES: Final = st.fixed_dictionaries(
    dict.fromkeys(ADDRESS, NAMED),
    optional={
        name: st.none() | TEXTS for name in ("company", "address2", "title", "dayPhone", "eveningPhone")
    },
)


def kept(address: dict[str, Any]) -> dict[str, Any]:
    """What of an address is there afterwards."""
    names = (*ADDRESS, "company", "address2", "title", "dayPhone", "eveningPhone")
    return {name: address.get(name) or None for name in names}


def mark(address: dict[str, Any]) -> tuple[str, ...]:
    return tuple((held or "").strip().lower() for _, held in sorted(kept(address).items()))


class AddressBook(RuleBasedStateMachine):
    """A book against a dictionary, while the merchant's side says the same."""

    @initialize(book=st.sampled_from(BOOKS))
    def opened(self, book: str) -> None:
        self.visitor = Shopfront(customers=2).visitor(FIRST)
        self.book = book
        self.model = {row.pop("id"): row for row in self.visitor.get(f"/{book}")}
        self.known: list[int] = [*self.model, 999]

    @rule(address=ADDRESSES, fresh=st.sampled_from([None, 0, -1]))
    def insert(self, address: dict[str, Any], fresh: int | None) -> None:
        reply = self.visitor.ask("POST", f"/{self.book}", {**address, "id": fresh})
        if mark(address) in map(mark, self.model.values()):
            assert reply.status == 400
            return
        given = document(reply)
        row_id = given.pop("id")
        assert row_id not in self.known
        self.known.append(row_id)
        self.model[row_id] = kept(address)

    @rule(address=ADDRESSES, pick=st.integers(0, 20))
    def update(self, address: dict[str, Any], pick: int) -> None:
        row_id = self.known[pick % len(self.known)]
        status = self.visitor.status("PUT", f"/{self.book}/{row_id}", address)
        others = [mark(held) for other, held in self.model.items() if other != row_id]
        expected = 404 if row_id not in self.model else 400 if mark(address) in others else 200
        assert status == expected
        if status == 200:
            self.model[row_id] = kept(address)

    @rule(pick=st.integers(0, 20), twin=st.integers(0, 20))
    def repeat(self, pick: int, twin: int) -> None:
        if self.model:
            rows = list(self.model.values())
            twin_row = {name: held for name, held in rows[twin % len(rows)].items() if held}
            self.update({**dict.fromkeys(ADDRESS, "x"), **twin_row}, pick)

    @rule(pick=st.integers(0, 20))
    def delete(self, pick: int) -> None:
        row_id = self.known[pick % len(self.known)]
        expected = 204 if row_id in self.model else 404
        assert self.visitor.status("DELETE", f"/{self.book}/{row_id}") == expected
        self.model.pop(row_id, None)

    @rule(pick=st.integers(0, 20), city=NAMED)
    def the_merchant_writes(self, pick: int, city: str) -> None:
        """One row goes, the others move to another city, a new one comes."""
        part = PARTS[self.book]
        rows = self.visitor.shop.customer(FIRST)[part]
        gone = rows.pop(pick % len(rows))[OIDS[self.book]] if rows else None
        rows = [{**row, "city": city} for row in rows]
        new = {"city": city, "country_code": "FR", "first_name": f"New {len(self.known)}"}
        self.visitor.shop.merchant_asks("updateCustomer", FIRST, {part: [*rows, new]})
        self.model = {row_id: {**row, "city": city} for row_id, row in self.model.items() if row_id != gone}
        row_id = self.visitor.shop.customer(FIRST)[part][-1][OIDS[self.book]]
        self.model[row_id] = {"city": city, "country": "France", "firstName": new["first_name"]}
        self.known.append(row_id)

    @invariant()
    def the_book_is_the_model_and_the_merchants_rows(self) -> None:
        listed = {row.pop("id"): row for row in self.visitor.get(f"/{self.book}")}
        assert {row_id: kept(row) for row_id, row in listed.items()} == {
            row_id: kept(row) for row_id, row in self.model.items()
        }
        rows = self.visitor.shop.customer(FIRST)[PARTS[self.book]]
        assert [row[OIDS[self.book]] for row in rows] == list(self.model)
        assert [row.get("city") for row in rows] == [row["city"] for row in self.model.values()]


def test_a_book_does_what_a_dictionary_does() -> None:
    run_state_machine_as_test(
        AddressBook, settings=settings(max_examples=25, stateful_step_count=12, deadline=None)
    )

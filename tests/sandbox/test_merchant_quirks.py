"""Every switch of the sandbox really changes what the server does, just as its row says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pytest

from tests.sandbox.driver import Driver, Open
from ucsync.sandbox.quirks import CUSTOMER_QUIRKS

#: Switches of what comes before an operation; the tests of the HTTP shell have them.
OF_THE_SHELL: Final = frozenset(
    {
        *("no-version-is-401", "scope-is-403", "no-retry-after"),
        *("retry-after-date", "refused-counts", "errors-are-free"),
    }
)
FIRST: Final = 1_000_001
NOBODY: Final = 9_999_999


def missing_read(shop: Driver) -> object:
    reply = shop.send("getCustomer", oid=NOBODY)
    return reply.status, reply.document is not None and "error" in reply.document


def deleted(shop: Driver) -> object:
    reply = shop.send("deleteCustomer", oid=FIRST)
    return reply.status, reply.document is None


def refused(shop: Driver) -> object:
    reply = shop.send("insertCustomer", body={})
    assert reply.document is not None
    return reply.status, "error" in reply.document


def keys_of_answer(shop: Driver) -> object:
    return set(shop.answer("getCustomer", oid=FIRST))


def null_in_answer(shop: Driver) -> object:
    oid = shop.insert(billing=[{"city": "Ulm"}])
    customer = shop.customer(oid, "billing")
    assert "password" not in customer
    return "terms" in customer, "company" in customer["billing"][0], "cards" in customer


def payload_name(shop: Driver) -> object:
    return shop.answer("getCustomer", oid=FIRST)["metadata"].get("payload_name")


def timestamp(shop: Driver) -> object:
    oid = shop.insert(properties=[{"name": "n", "expiration_dts": "2030-01-01T00:00:00Z"}])
    customer = shop.customer(oid, "properties")
    return customer["signup_dts"], customer["properties"][0]["expiration_dts"]


def warned(shop: Driver) -> object:
    reply = shop.answer("updateCustomer", oid=FIRST, body={"terms": "Net 30"})
    return "warning" in reply, "warning" in shop.answer("insertCustomer", body={"email": "w@example.com"})


def status_of(**query: object) -> Callable[[Driver], object]:
    def read(shop: Driver) -> object:
        reply = shop.send("getCustomers", **query)  # type: ignore[arg-type]
        assert reply.document is not None
        return reply.status, len(reply.document.get("customers", ()))

    return read


def result_set(shop: Driver) -> object:
    held = shop.answer("getCustomers")["metadata"].get("result_set", {})
    return bool(held), held.get("total_records")


def order(shop: Driver) -> object:
    rows = shop.answer("getCustomers", _limit=200)["customers"]
    emails = [row.get("email", "").lower() for row in rows]
    modified = [row["customer_profile_oid"] for row in rows]
    newest = max(shop.merchant.oids(), key=lambda oid: _modified(shop, oid))
    return emails == sorted(emails), modified == sorted(modified), modified[0] == newest


def _modified(shop: Driver, oid: int) -> str:
    document = shop.merchant.truth(oid)
    assert document is not None
    return str(document["last_modified_dts"])[:19]


def raw_plus(shop: Driver) -> object:
    raw = "_sort=+email"
    return shop.status("getCustomers", _sort=" email", raw_query=raw)


def extra_expansion(shop: Driver) -> object:
    return "orders" in shop.customer(FIRST, "orders,billing")


def text_filter(sought: str) -> Callable[[Driver], object]:
    def read(shop: Driver) -> object:
        oid = shop.insert(billing=[{"city": "Nether Wallop"}])
        return oid in shop.listed(billing_city=sought)

    return read


def two_filters(shop: Driver) -> object:
    oid = shop.insert(billing=[{"city": "Ulm", "last_name": "Quux"}])
    return oid in shop.listed(billing_city="Ulm", billing_last_name="Other")


def email_and_emails(shop: Driver) -> object:
    oids = [shop.insert(email=f"{name}@example.com") for name in "abc"]
    query = {"email": "a@example.com", "emails": ["a@example.com", "b@example.com"]}
    return [oid in shop.listed("getCustomersByQuery", body=query) for oid in oids]


def since_exactly(shop: Driver) -> object:
    oid = shop.insert()
    return oid in shop.listed(_since=shop.customer(oid)["last_modified_dts"])


def window_end(shop: Driver) -> object:
    oid = shop.insert()
    now = shop.customer(oid)["signup_dts"]
    return oid in shop.listed(signup_dts_start=now, signup_dts_end=now)


def window_start(shop: Driver) -> object:
    oid = shop.insert()
    now = shop.customer(oid)["signup_dts"]
    assert oid in shop.listed(_since=now)  # which has a switch of its own
    return [oid in shop.listed(**{f"{name}_start": now}) for name in ("signup_dts", "last_modified_dts")]


def addresses(shop: Driver) -> object:
    rows = [{"city": "Ulm"}, {"city": "Bonn", "default_billing": True}]
    oid = shop.insert(billing=rows, shipping=[{"city": "Kiel"}, {"city": "Jena"}])
    sought = {"Ulm": "billing", "Bonn": "billing", "Kiel": "shipping", "Jena": "shipping"}
    return [city for city, part in sought.items() if oid in shop.listed(**{f"{part}_city": city})]


def z_taken(shop: Driver) -> object:
    body = {"properties": [{"name": "n", "expiration_dts": "2030-01-01T00:00:00Z"}]}
    assert shop.status("getCustomers", _since="2030-01-01T00:00:00+00:00") == 200
    return shop.status("getCustomers", _since="2030-01-01T00:00:00Z"), shop.status(
        "updateCustomer", oid=FIRST, body=body
    )


def created(shop: Driver) -> object:
    shop.clock.move(5)
    since = shop.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    oid = shop.insert()
    assert oid in shop.listed(_since=since)  # whichever instant `_since` looks at
    explicit = oid in shop.listed(last_modified_dts_start=since)
    return "last_modified_dts" in shop.customer(oid), explicit


def zoneless(shop: Driver) -> object:
    oid = shop.insert()  # at 12:00 UTC, 08:00 Eastern
    reply = shop.send("getCustomers", signup_dts_start="2026-06-01T10:00:00")
    if reply.status != 200 or reply.document is None:
        return reply.status
    return oid in [row["customer_profile_oid"] for row in reply.document["customers"]]


def child_touches(shop: Driver) -> object:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("addCustomerStoreCredit", {"body": {"amount": 5}}),
        ("adjustInternalCertificate", {"body": {"adjustment_amount": 5}}),
        ("insertWishListItem", {"body": {"merchant_item_oid": 1}}),
        ("updateCustomerEmailLists", {"body": {"add_to_lists": []}}),
    ]
    oid, moved = shop.insert(), []
    for operation_id, request in calls:
        before = shop.customer(oid)["last_modified_dts"]
        shop.clock.move(10)
        shop.answer(operation_id, oid=oid, **request)
        moved.append(shop.customer(oid)["last_modified_dts"] != before)
    assert len(set(moved)) == 1
    return moved[0]


def merge_touches(shop: Driver) -> object:
    oid, other = shop.insert(), shop.insert()
    before = shop.customer(oid)["last_modified_dts"]
    shop.clock.move(10)
    shop.send("mergeCustomer", oid=oid, body={"customer_profile_oid": other})
    return shop.customer(oid)["last_modified_dts"] != before


def null_scalar(shop: Driver) -> object:
    oid = shop.insert(terms="Net 30")
    return shop.update(oid, terms=None).get("terms")


def absent_part(shop: Driver) -> object:
    oid = shop.insert(tags=[{"tag_value": "a"}], privacy={"marketing": True}, billing=[{"city": "Ulm"}])
    customer = shop.update(oid, "tags,privacy,billing", terms="Net 30")
    return customer["tags"], customer["privacy"].get("marketing"), len(customer["billing"])


def array_sent(shop: Driver) -> object:
    oid = shop.insert(billing=[{"city": "Ulm"}, {"city": "Bonn"}])
    first = shop.customer(oid, "billing")["billing"][0]["customer_billing_oid"]
    row = {"customer_billing_oid": first, "city": "Jena"}
    return [row["city"] for row in shop.update(oid, "billing", billing=[row])["billing"]]


def unknown_child(shop: Driver) -> object:
    return shop.status("updateCustomer", oid=FIRST, body={"billing": [{"customer_billing_oid": 7}]})


def read_only_field(shop: Driver) -> object:
    body = {"email": "r@example.com", "merchant_id": "OTHER"}
    return shop.status("insertCustomer", body=body)


def overlong(shop: Driver) -> object:
    reply = shop.send("insertCustomer", body={"email": "o@example.com", "tax_id": "1" * 16})
    assert reply.document is not None
    return reply.status, reply.document.get("customer", {}).get("tax_id")


def mismatch(shop: Driver) -> object:
    return shop.status("updateCustomer", oid=FIRST, body={"customer_profile_oid": FIRST + 1})


def shared_email(shop: Driver) -> object:
    shop.insert(email="one@example.com")
    return shop.status("insertCustomer", body={"email": "ONE@example.com"})


def other_case(shop: Driver) -> object:
    first = shop.insert(email="one@example.com")
    merged = shop.status("mergeCustomer", oid=FIRST, body={"email": "oNE@example.com"})
    assert len(shop.listed(email="One@EXAMPLE.com")) == (merged == 404)  # a filter has its own switch
    inserted = shop.status("insertCustomer", body={"email": "ONE@example.com"})
    found = shop.status("getCustomerByEmail", address="One@example.com")
    return merged, shop.status("getCustomer", oid=first), inserted, found


def no_email(shop: Driver) -> object:
    assert shop.status("insertCustomer", body={"email": " "}) == 400  # one that is given is never blank
    assert shop.status("updateCustomer", oid=FIRST, body={"email": None}) == 400
    return [shop.status("insertCustomer", body=body) for body in ({}, {"email": None})]


def merged_children(shop: Driver) -> object:
    oid = shop.insert()
    other = shop.insert(tags=[{"tag_value": "a"}], software_entitlements=[{"software_sku": "X"}])
    shop.answer("addCustomerStoreCredit", oid=other, body={"amount": 5})
    shop.send("mergeCustomer", oid=oid, body={"customer_profile_oid": other})
    customer = shop.customer(oid, "tags,software_entitlements")
    credit = shop.answer("getCustomerStoreCredit", oid=oid)["customer_store_credit"]["total"]
    assert len(customer["software_entitlements"]) == 1  # stated by the vendor, quirk or not
    return customer["tags"], credit


def merge_blanks(shop: Driver) -> object:
    oid, other = shop.insert(), shop.insert(terms="Net 30")
    shop.send("mergeCustomer", oid=oid, body={"customer_profile_oid": other})
    return shop.customer(oid).get("terms")


def negative_cashback(shop: Driver) -> object:
    shop.answer("adjustInternalCertificate", oid=FIRST, body={"adjustment_amount": 9})
    return shop.status("adjustInternalCertificate", oid=FIRST, body={"adjustment_amount": -1})


def wrong_password(shop: Driver) -> object:
    body = {"email": shop.customer(FIRST)["email"], "password": "wrong"}
    reply = shop.send("getEmailVerificationToken", body=body)
    assert reply.document is not None
    return reply.status, "token" in reply.document


def token_twice(shop: Driver) -> object:
    body = {"email": "t@example.com", "password": "open sesame"}
    shop.insert(**body)
    token = shop.answer("getEmailVerificationToken", body=body)["token"]
    asked = {"body": {"token": token}}
    assert shop.answer("validateEmailVerificationToken", **asked)["success"] is True
    return shop.answer("validateEmailVerificationToken", **asked)["success"]


def list_named(shop: Driver) -> object:
    name = shop.answer("getCustomerEmailLists")["lists"][5]["name"]
    return shop.status("updateCustomerEmailLists", oid=FIRST, body={"add_to_lists": [name]})


EASTERN = ("2026-06-01T08:00:00-04:00", "2029-12-31T19:00:00-05:00")
UTC_OFFSET = ("2026-06-01T12:00:00+00:00", "2030-01-01T00:00:00+00:00")
UTC_Z = ("2026-06-01T12:00:00Z", "2030-01-01T00:00:00Z")
ANSWER_KEYS = {"customer", "metadata", "success"}
A_TAG = [{"tag_value": "a"}]

# quirk -> (what is done, what comes without it, what comes with it)
SHOWN: dict[str, tuple[Callable[[Driver], object], object, object]] = {
    "delete-answers-200": (deleted, (204, True), (200, False)),
    "missing-is-400": (missing_read, (404, True), (400, True)),
    "missing-is-200-empty": (missing_read, (404, True), (200, False)),
    "error-in-200": (refused, (400, True), (200, True)),
    "no-success-key": (keys_of_answer, ANSWER_KEYS, ANSWER_KEYS - {"success"}),
    "send-nulls": (null_in_answer, (False, False, False), (True, True, False)),
    "no-payload-name": (payload_name, "customer", None),
    "timestamps-utc": (timestamp, EASTERN, UTC_OFFSET),
    "timestamps-z": (timestamp, EASTERN, UTC_Z),
    "warn-on-write": (warned, (False, False), (True, True)),
    "limit-cap-100": (status_of(_limit=101), (200, 101), (400, 0)),
    "limit-clamped": (status_of(_limit=201), (400, 0), (200, 200)),
    "limit-zero-is-default": (status_of(_limit=0), (400, 0), (200, 100)),
    "bad-paging-ignored": (status_of(_limit="x", _offset=-1), (400, 0), (200, 100)),
    "past-end-is-400": (status_of(_offset=300), (200, 0), (400, 0)),
    "no-total": (result_set, (True, 300), (True, None)),
    "no-result-set": (result_set, (True, 300), (False, None)),
    "order-by-email": (order, (False, True, False), (True, False, False)),
    "order-last-modified": (order, (False, True, False), (False, False, True)),
    "sort-email-only": (status_of(_sort="signup_dts"), (200, 100), (400, 0)),
    "sort-refused": (status_of(_sort="email"), (200, 100), (400, 0)),
    "sort-unknown-ignored": (status_of(_sort="height"), (400, 0), (200, 100)),
    "sort-plus-accepted": (raw_plus, 400, 200),
    "expand-unknown-is-400": (status_of(_expand="billing,shoes"), (200, 100), (400, 0)),
    "expand-documented-only": (extra_expansion, True, False),
    "filter-contains": (text_filter("er wal"), False, True),
    "filter-prefix": (text_filter("nether"), False, True),
    "filter-case-sensitive": (text_filter("nether wallop"), True, False),
    "filters-any": (two_filters, False, True),
    "address-default-only": (addresses, ["Ulm", "Bonn", "Kiel", "Jena"], ["Bonn", "Kiel"]),
    "emails-intersect": (email_and_emails, [True, True, False], [True, False, False]),
    "since-exclusive": (since_exactly, True, False),
    "windows-exclusive": (window_end, True, False),
    "windows-start-exclusive": (window_start, [True, True], [False, False]),
    "insert-unmodified": (created, (True, True), (False, False)),
    "zoneless-utc": (zoneless, False, True),
    "zoneless-is-400": (zoneless, False, 400),
    "z-is-400": (z_taken, (200, 200), (400, 400)),
    "children-touch": (child_touches, False, True),
    "merge-does-not-touch": (merge_touches, True, False),
    "put-null-ignored": (null_scalar, None, "Net 30"),
    "put-absent-clears": (absent_part, (A_TAG, True, 1), ([], None, 0)),
    "put-array-append": (array_sent, ["Jena"], ["Ulm", "Bonn", "Jena"]),
    "put-array-merge": (array_sent, ["Jena"], ["Jena", "Bonn"]),
    "unknown-child-inserts": (unknown_child, 400, 200),
    "read-only-is-400": (read_only_field, 200, 400),
    "overlong-cut": (overlong, (400, None), (200, "1" * 15)),
    "oid-mismatch-is-400": (mismatch, 200, 400),
    "email-shared": (shared_email, 400, 200),
    "email-case-matters": (other_case, (204, 404, 200, 200), (404, 200, 200, 404)),
    "email-optional": (no_email, [400, 400], [200, 200]),
    "email-strict": (lambda shop: shop.status("insertCustomer", body={"email": "x.test"}), 200, 400),
    "merge-drops-children": (merged_children, (A_TAG, Decimal(5)), ([], Decimal(0))),
    "merge-fills": (merge_blanks, None, "Net 30"),
    "negative-cashback-is-400": (negative_cashback, 200, 400),
    "wrong-password-is-200": (wrong_password, (400, False), (200, False)),
    "token-single-use": (token_twice, True, False),
    "lists-by-name": (list_named, 400, 200),
}


def test_no_switch_is_forgotten() -> None:
    assert SHOWN.keys() | OF_THE_SHELL == CUSTOMER_QUIRKS.keys()
    assert not SHOWN.keys() & OF_THE_SHELL


@pytest.mark.parametrize("quirk", sorted(SHOWN))
def test_a_switch_makes_the_difference_that_its_row_says(open_shop: Open, quirk: str) -> None:
    act, without, with_it = SHOWN[quirk]
    assert without != with_it
    assert act(open_shop()) == without
    assert act(open_shop(quirk)) == with_it


@pytest.mark.parametrize(
    "quirk", ["timestamps-utc", "timestamps-z", "send-nulls", "error-in-200", "no-success-key"]
)
def test_what_a_merchant_holds_does_not_depend_on_how_it_answers(open_shop: Open, quirk: str) -> None:
    assert open_shop(quirk).merchant.truth(FIRST) == open_shop().merchant.truth(FIRST)

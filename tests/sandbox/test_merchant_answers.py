"""Every answer has the shape that the API declares, and the vendor's own client takes it."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from ultracart import ApiClient
from ultracart import models as vendor
from ultracart.exceptions import ApiTypeError

from tests.sandbox.driver import Driver, Open
from ucsync.sandbox.reply import Reply
from ucsync.ultracart.check import answer_faults
from ucsync.ultracart.codec import decode_json, encode_json
from ucsync.ultracart.operations import OPERATIONS, PARTS

FIRST = 1_000_001
EVERYTHING = ",".join(PARTS)


def requests(shop: Driver) -> dict[str, dict[str, Any]]:
    """A request for each operation that succeeds, in the order in which they can follow each other."""
    verify = {"email": "judge@example.com", "password": "p"}
    oid = shop.insert(**verify, tags=[{"tag_value": "t"}])
    spare = shop.insert()
    wish = shop.answer("insertWishListItem", oid=oid, body={"merchant_item_oid": 1})
    token = shop.answer("getEmailVerificationToken", body=verify)["token"]
    uuid = shop.answer("getCustomerEmailLists")["lists"][0]["email_list_uuid"]
    item = {"oid": oid, "wish": wish["customer_wishlist_item_oid"]}
    return {
        "addCustomerStoreCredit": {"oid": oid, "body": {"amount": 5, "vesting_days": 3}},
        "adjustInternalCertificate": {"oid": oid, "body": {"adjustment_amount": 5}},
        "getCustomer": {"oid": oid, "_expand": EVERYTHING},
        "getCustomerByEmail": {"address": "judge@example.com", "_expand": EVERYTHING},
        "getCustomerEditorValues": {},
        "getCustomerEmailLists": {},
        "getCustomerStoreCredit": {"oid": oid},
        "getCustomerWishList": {"oid": oid},
        "getCustomerWishListItem": item,
        "getCustomers": {"_expand": EVERYTHING, "_limit": 200},
        "getCustomersByQuery": {"body": {"any_tags": ["t"]}, "_expand": EVERYTHING},
        "getCustomersForDataTables": {"_expand": EVERYTHING},
        "getEmailVerificationToken": {"body": verify},
        "getMagicLink": {"oid": oid, "host": "www.demo.example"},
        "insertCustomer": {"body": {"email": "other@example.com"}, "_expand": EVERYTHING},
        "insertWishListItem": {"oid": oid, "body": {"merchant_item_oid": 2}},
        "searchCustomerProfileValues": {"body": {"matches": ""}},
        "searchCustomers": {"search_string": "e", "_expand": EVERYTHING},
        "updateCustomer": {"oid": oid, "body": {"terms": "Net 30"}, "_expand": EVERYTHING},
        "updateCustomerEmailLists": {"oid": oid, "body": {"add_to_lists": [uuid]}},
        "updateWishListItem": {**item, "body": {"priority": 5}},
        "validateEmailVerificationToken": {"body": {"token": token}},
        "deleteWishListItem": item,
        "mergeCustomer": {"oid": oid, "body": {"customer_profile_oid": spare}},
        "deleteCustomer": {"oid": oid},
    }


def test_every_operation_answers_what_it_declares(open_shop: Open) -> None:
    shop = open_shop()
    asked = requests(shop)
    assert asked.keys() == OPERATIONS.keys()
    for operation_id, request in asked.items():
        operation, reply = OPERATIONS[operation_id], shop.send(operation_id, **request)
        assert reply.status in operation.success
        if operation.answer is None:
            assert (reply.status, reply.document) == (204, None)
            continue
        value = decode_json(encode_json(reply.document))
        assert list(answer_faults(operation.answer, value, operation_id)) == []
        assert value.keys() <= operation.answer.fields.keys()
        if operation.enveloped:
            assert value["success"] is True
            assert value["metadata"].get("payload_name") == operation.payload
            assert operation.payload is None or operation.payload in value


@pytest.mark.parametrize("quirks", [(), ("timestamps-z",), ("warn-on-write", "timestamps-utc")])
def test_the_vendors_client_takes_every_answer(open_shop: Open, quirks: tuple[str, ...]) -> None:
    client, shop = ApiClient(), open_shop(*quirks, customers=80)
    for operation_id, request in requests(shop).items():
        model, reply = OPERATIONS[operation_id].answer, shop.send(operation_id, **request)
        if model is not None:
            answer = SimpleNamespace(data=encode_json(reply.document))
            # raises when a value is null or of another kind than the vendor declares
            client.deserialize(answer, (getattr(vendor, model.name),), True)


def test_the_vendors_client_is_a_judge(open_shop: Open) -> None:
    reply = open_shop("send-nulls").send("getCustomer", oid=FIRST)
    answer = SimpleNamespace(data=encode_json(reply.document))
    with pytest.raises(ApiTypeError):
        ApiClient().deserialize(answer, (vendor.CustomerResponse,), True)


def test_nothing_answered_is_null(open_shop: Open) -> None:
    shop = open_shop()
    for operation_id, request in requests(shop).items():
        assert b":null" not in encode_json(shop.send(operation_id, **request).document)


def test_nulls_are_sent_for_scalars_when_asked(open_shop: Open) -> None:
    shop = open_shop("send-nulls")
    for operation_id, request in requests(shop).items():
        model, reply = OPERATIONS[operation_id].answer, shop.send(operation_id, **request)
        if model is not None:
            assert list(answer_faults(model, reply.document, operation_id)) == []


def test_a_refusal_says_why_in_body_and_header(open_shop: Open) -> None:
    reply = open_shop().send("insertCustomer", body={})
    message = "customer.email is missing and is required."
    error = {"developer_message": message, "error_code": "400", "user_message": message}
    assert reply == Reply(400, {"error": error, "metadata": {}, "success": False}, {"UC-REST-ERROR": message})


def test_a_header_cannot_be_split_by_a_message(open_shop: Open) -> None:
    reply = open_shop().merchant.error_reply(429, "rate\r\nSet-Cookie: é", {"Retry-After": "1"})
    assert reply.headers == {"UC-REST-ERROR": "rate  Set-Cookie: ?", "Retry-After": "1"}
    assert reply.status == 429


def test_only_bad_and_missing_hide_inside_a_200(open_shop: Open) -> None:
    merchant = open_shop("error-in-200").merchant
    statuses = [merchant.error_reply(status, "no").status for status in (400, 401, 404, 410, 429, 500)]
    assert statuses == [200, 401, 200, 410, 429, 500]


def test_a_message_never_holds_a_value(open_shop: Open) -> None:
    shop, secret = open_shop(), "S3cr3t"
    taken = f"{secret}@example.com"
    shop.insert(email=taken)
    sent: list[tuple[str, dict[str, Any]]] = [
        ("insertCustomer", {"body": {"email": taken}}),
        ("insertCustomer", {"body": {"email": "x", "tax_id": secret * 9}}),
        ("insertCustomer", {"body": {"email": "x", "billing": [{"last_name": secret * 9, secret: 1}]}}),
        ("insertCustomer", {"body": {"email": "x", "privacy": secret}}),
        ("insertCustomer", {"body": {"email": "x", "properties": [{"expiration_dts": secret}]}}),
        ("getCustomers", {"_since": secret}),
        ("getCustomers", {"_sort": secret}),
        ("getCustomers", {"_limit": secret}),
        ("getCustomer", {"oid": secret}),
        ("getCustomerByEmail", {"address": f"{secret}@nowhere.example"}),
        ("mergeCustomer", {"oid": FIRST, "body": {"email": f"{secret}@nowhere.example"}}),
        ("getMagicLink", {"oid": FIRST, "host": secret}),
        ("updateCustomerEmailLists", {"oid": FIRST, "body": {"add_to_lists": [secret]}}),
        ("getEmailVerificationToken", {"body": {"email": taken, "password": secret}}),
    ]
    for operation_id, request in sent:
        reply = shop.send(operation_id, **request)
        assert reply.status in (400, 404)
        assert not re.search(secret, f"{reply.document}{reply.headers}", re.IGNORECASE)


def test_the_same_requests_give_the_same_answers(open_shop: Open) -> None:
    def told() -> list[object]:
        shop = open_shop()
        return [shop.send(operation_id, **request) for operation_id, request in requests(shop).items()]

    assert told() == told()


def test_an_answer_does_not_change_after_it_was_given(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert(
        tags=[{"tag_value": "a"}], billing=[{"city": "Ulm"}], loyalty={"loyalty_tier_oid": 3001}
    )
    shop.answer("adjustInternalCertificate", oid=oid, body={"adjustment_amount": 5})
    reply = shop.send("getCustomer", oid=oid, _expand=EVERYTHING)
    before = encode_json(reply.document)
    shop.update(oid, tags=[], billing=[], terms="Net 30", loyalty={"loyalty_tier_oid": 0})
    shop.answer("adjustInternalCertificate", oid=oid, body={"adjustment_amount": 5})
    shop.send("mergeCustomer", oid=oid, body={"customer_profile_oid": FIRST})
    assert encode_json(reply.document) == before

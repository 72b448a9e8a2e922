"""One right request of every operation, what may be asked of its row, and what its answers come to."""

from copy import deepcopy
from typing import Any

import pytest

from ucsync.model import InvalidRequest, UcsyncError
from ucsync.ultracart import RawAnswer
from ucsync.ultracart.codec import decode_json, encode_json
from ucsync.ultracart.fields import Field, Kind, Model
from ucsync.ultracart.my_account import (
    ACCOUNT_OPERATIONS,
    AccountAnswer,
    AccountOperation,
    AccountRequest,
    build_account,
    decode_account,
)
from ucsync.ultracart.my_account.operations import Sends

PATH: dict[str, object] = {"id": 7, "orderId": "DEMO-0007", "itemId": "TEA-7", "wishlistOid": 7}
QUERY: dict[str, dict[str, object]] = {
    "loginByQuery": {"merchantId": "DEMO", "email": "ann@example.com", "password": "right-horse"},
}

ADDRESS: dict[str, Any] = {
    "firstName": "Ann", "lastName": "Lee", "address1": "1 Main Street", "city": "Duluth", "state": "GA",
    "postalCode": "30096", "country": "United States",
}  # fmt: skip
CARD: dict[str, Any] = {
    "cardType": "VISA", "cardExpMonth": 12, "cardExpYear": 2031, "cardNumber": "4111 1111 1111 1111",
}  # fmt: skip
BODIES: dict[str, Any] = {
    "login": QUERY["loginByQuery"],
    "changePassword": {"oldPassword": "right-horse", "newPassword": "new-horse"},
    "forgotPassword": "ann@example.com",
    "register": {"merchantId": "DEMO", "email": "ann@example.com", "password": "right-horse"},
    "updateSettings": ADDRESS,
    "insertShippingAddress": ADDRESS,
    "updateShippingAddress": ADDRESS,
    "insertBillingAddress": ADDRESS,
    "updateBillingAddress": ADDRESS,
    "insertCreditCard": CARD,
    "updateCreditCard": CARD,
    "insertOrderCase": {"subject": "Late", "messages": [{"message": "Where is it?"}]},
    "insertOrderCaseMessage": {"message": "Where is it?"},
    "insertWishlistItem": {"itemId": "TEA-7"},
    "updateWishlistItem": {"priority": 5},
    "updateReview": {
        "ratings": [{"name": "Taste", "score": 5}], "recommendToFriend": True, "title": "Good",
        "review": "I like it.", "agreeToTermsAndConditions": True,
    },
}  # fmt: skip

JSON = {"content-type": "application/json;charset=UTF-8", "date": "Sun, 22 Nov 2026 03:15:00 GMT"}
TEXT = {"content-type": "text/plain; charset=UTF-8"}
HTML = {"content-type": "text/html"}
EMPTY = {"content-length": "0"}

ROWS = tuple(ACCOUNT_OPERATIONS.values())
OBJECTS = tuple(row for row in ROWS if row.body is not None and row.body.sends is Sends.OBJECT)


def path_of(row: AccountOperation) -> dict[str, object]:
    return {parameter.name: PATH[parameter.name] for parameter in row.path_parameters}


def body_of(row: AccountOperation, **changed: object) -> Any:
    """The right body of a row; what is `...` is taken out of it."""
    body: Any = deepcopy(BODIES.get(row.operation_id))
    if changed:
        body = {name: held for name, held in (body | changed).items() if held is not ...}
    return body


def request_of(operation_id: str) -> AccountRequest:
    row = ACCOUNT_OPERATIONS[operation_id]
    return build_account(row, path_of(row), QUERY.get(operation_id), body_of(row))


def model_of(row: AccountOperation) -> Model:
    assert row.body is not None
    assert row.body.model is not None
    return row.body.model


def taken(row: AccountOperation) -> list[Field]:
    """The fields that a row sends as they are given, whatever the others hold."""
    assert row.body is not None
    apart = {"messages", "cardNumber", *path_of(row)}
    fields = [model_of(row).fields[name] for name in row.body.takes if name not in apart]
    return [field for field in fields if not (row.body.inserts and field.assigned)]


def server_assigned(field: Field) -> bool:
    return field.read_only and (field.kind is Kind.INT64 or field.assigned)


def faults_of(operation_id: str, body: object, path: dict[str, object] | None = None) -> dict[str, str]:
    """What is wrong with a body, by the place; it is an error if nothing is."""
    row = ACCOUNT_OPERATIONS[operation_id]
    with pytest.raises(InvalidRequest) as caught:
        build_account(row, path or path_of(row), None, body)
    return dict(caught.value.faults)


def sent(row: AccountOperation, body: object, path: dict[str, object] | None = None) -> Any:
    """What goes over the wire of a body."""
    encoded = build_account(row, path or path_of(row), None, body).body
    assert encoded is not None
    return decode_json(encoded)


def came(operation_id: str, raw: RawAnswer) -> AccountAnswer:
    return decode_account(request_of(operation_id), raw)


def answered(
    operation_id: str, document: Any, status: int = 200, headers: dict[str, str] | None = None
) -> AccountAnswer:
    return came(operation_id, RawAnswer(status, JSON | (headers or {}), encode_json(document)))


def refused(operation_id: str, raw: RawAnswer) -> UcsyncError:
    with pytest.raises(UcsyncError) as caught:
        came(operation_id, raw)
    return caught.value

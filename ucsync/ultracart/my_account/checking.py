"""What a body of the MyAccount API may be, by its operation's row; and what of it is sent.

Sending is strict, as the answers of this API are not: kinds exactly, lengths in UTF-16 units, required fields
neither absent nor blank, no id that a client has made up (§4). A fault names the field, never its value.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ucsync.ultracart.check import Fault, body_faults, scalar_problem, value_faults
from ucsync.ultracart.fields import Field, Kind
from ucsync.ultracart.my_account.models import MODELS
from ucsync.ultracart.my_account.operations import ACCOUNT_OPERATIONS, AccountOperation, Body, Sends

_EMAIL: Final = MODELS["CustomerCredentials"].fields["email"]
_CARD_NUMBER = re.compile(r"[0-9](?:[ -]?[0-9]){11,18}")
_CARD_MASK = re.compile(r"[0-9*xX•][0-9*xX• -]{3,38}")
_MASKS: Final = "*xX•"
_MASK_DIGITS_MAX: Final = 10  # the first six and the last four are the most that a mask may show
_MADE_UP: Final = "assigned by the server: leave it out (None, 0 and -1 count as left out)"


def sent_faults(operation: AccountOperation, path: Mapping[str, object], body: object) -> Iterator[Fault]:
    """What is wrong with sending this body.

    Args:
        operation: a row of `ACCOUNT_OPERATIONS`.
        path: the path parameters; an id in the body must be the path's.
        body: what the caller gives.
    """
    row = operation.body
    if row is None:
        if body is not None:
            yield Fault("body", "this operation has none")
    elif row.sends is Sends.TEXT:
        problem = scalar_problem(_EMAIL, body) or _blank_problem(body)
        if problem is not None:
            yield Fault(row.name, problem)
    elif row.sends is Sends.OBJECT:
        yield from _object_faults(row, path, body, row.name)
        if isinstance(body, dict):
            yield from _rules(operation, body)


def sent_body(operation: AccountOperation, body: Any) -> Any:
    """Of a body without faults, what is sent: no field that the server assigns or ignores, so that what was
    read may be changed and sent back whole."""
    row = operation.body
    return _taken(row, body) if row is not None and row.sends is Sends.OBJECT else body


def _taken(row: Body, body: dict[str, Any]) -> dict[str, Any]:
    model = row.model
    assert model is not None  # noqa: S101  (the table's own: an object has a model)
    names = [name for name in row.takes if not (row.inserts and _is_assigned(model.fields[name]))]
    taken = {name: held for name, held in body.items() if name in names}
    if model.name == "Case":
        taken["messages"] = [_taken(_message_row(), message) for message in body["messages"]]
    return taken


def _object_faults(row: Body, path: Mapping[str, object], body: object, where: str) -> Iterator[Fault]:
    """Faults of one object: unknown names, kinds and bounds, ids, what is missing."""
    model = row.model
    assert model is not None  # noqa: S101  (the table's own: an object has a model)
    if not isinstance(body, dict):
        yield from body_faults(model, body, where)
        return
    unknown = {name: held for name, held in body.items() if name not in model.fields}
    yield from body_faults(model, unknown, where)
    for name, field in model.fields.items():
        held = body.get(name)
        if name in row.required and (problem := _absence(held)) is not None:
            yield Fault(f"{where}.{name}", problem)
        elif held is None:
            continue
        elif row.inserts and _is_id(field):
            if not _is_no_id(held) and not (field.kind is Kind.TEXT and held == ""):
                yield Fault(f"{where}.{name}", _MADE_UP)
        elif name in row.takes:
            faults = list(_field_faults(field, held, f"{where}.{name}"))
            if not faults and path.get(name) not in (None, held):
                faults = [Fault(f"{where}.{name}", "another than in the path")]
            yield from faults


def _field_faults(field: Field, held: object, where: str) -> Iterator[Fault]:
    if field.name == "customerProfileId" and field.kind is Kind.TEXT and type(held) is int:
        return  # text in the vendor's page, an integer in what its portal sends (§6, 11)
    if field.name == "messages" and isinstance(held, list):
        if len(held) != 1:
            yield Fault(where, f"a case begins with exactly one message, found {len(held)}")
        for position, message in enumerate(held):
            yield from _object_faults(_message_row(), {}, message, f"{where}[{position}]")
        return
    yield from value_faults(field, held, where)


def _rules(operation: AccountOperation, body: dict[str, Any]) -> Iterator[Fault]:
    """What no column of the tables says."""
    row = operation.body
    assert row is not None  # noqa: S101  (the caller has looked)
    if row.model is not None and row.model.name == "CreditCard":
        yield from _card_faults(row, body)
    ratings = body.get("ratings") if "ratings" in row.takes else None
    for position, rating in enumerate(ratings if isinstance(ratings, list) else ()):
        if isinstance(rating, dict) and rating.get("score") is None:
            yield Fault(f"{row.name}.ratings[{position}].score", "missing")


def _card_faults(row: Body, card: dict[str, Any]) -> Iterator[Fault]:
    year, number, token = (card.get(name) for name in ("cardExpYear", "cardNumber", "creditCardNumberToken"))
    if type(year) is int and not 1000 <= year <= 9999:
        yield Fault(f"{row.name}.cardExpYear", "not a year of four digits")
    where = f"{row.name}.cardNumber"
    if _absence(number) is not None:
        if row.inserts and _absence(token) is not None:
            yield Fault(where, "missing, and no creditCardNumberToken in its place")
    elif isinstance(number, str) and not _is_card_number(number) and (row.inserts or not _is_mask(number)):
        # an update may bring the mask back, which keeps the number (§2.3)
        mask = "" if row.inserts else ", no mask"
        yield Fault(where, f"no card number{mask}: 12 to 19 digits that pass the Luhn check")


def _is_card_number(text: str) -> bool:
    if _CARD_NUMBER.fullmatch(text) is None:
        return False
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _is_mask(text: str) -> bool:
    """Whether it is a number with most of its digits hidden; the vendor's exact form is unknown (§2.3)."""
    digits = sum(character.isdigit() for character in text)
    hidden = any(character in _MASKS for character in text)
    return hidden and digits <= _MASK_DIGITS_MAX and _CARD_MASK.fullmatch(text) is not None


def _absence(held: object) -> str | None:
    return "missing" if held is None else _blank_problem(held)


def _blank_problem(held: object) -> str | None:
    return "blank" if isinstance(held, str) and not held.strip() else None


def _is_id(field: Field) -> bool:
    """Whether the field is the record's own id."""
    return field.read_only and (field.assigned or field.kind is not Kind.TEXT)


def _is_assigned(field: Field) -> bool:
    """Whether the server gives the field to what is new: its id, and a card's merchant and customer, which a
    card that was read and is sent as another brings along."""
    return field.assigned or _is_id(field)


def _is_no_id(held: object) -> bool:
    # the portal sends 0 for a new address and -1 for a new card (§2.2, §2.3); True and False are no ids
    return held is None or (type(held) is int and held in (0, -1))


def _message_row() -> Body:
    """What a new message of a case is, within a new case as alone."""
    row = ACCOUNT_OPERATIONS["insertOrderCaseMessage"].body
    assert row is not None  # noqa: S101  (the table's own)
    return row

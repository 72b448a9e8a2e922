"""Stored cards: the same rows that `/rest/v2` has as `cards`, with the numbers that nobody gets to see."""

import re
from hashlib import blake2b
from typing import Final

from ucsync.sandbox.engine import epoch_s, numbered
from ucsync.sandbox.my_account.accounts import BY_CUSTOMER, shown_id
from ucsync.sandbox.my_account.dates import day_and_time, iso
from ucsync.sandbox.my_account.forms import filled
from ucsync.sandbox.my_account.ledger import Number
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.visit import Given, Visit
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.reply import Document, Refusal
from ucsync.ultracart.my_account.models.account import CARD_TYPES

_OID: Final = "customer_profile_credit_card_id"
_TYPES: Final = {listed.lower(): listed for listed in CARD_TYPES.values}
#: `/rest/v2` spells one of them otherwise.
_V2_TYPES: Final = {"VISA": "Visa"}
#: How numbers of a type begin and how long they are, to invent those that nobody told.
_NUMBERS: Final = {
    "VISA": ("4", 16),
    "MasterCard": ("51", 16),
    "Discover": ("6011", 16),
    "Diners Club": ("36", 14),
    "JCB": ("3528", 16),
    "AMEX": ("34", 15),
}
_DIGITS: Final = re.compile(r"[0-9]{12,19}", re.ASCII)
_YEARS: Final = range(1000, 10_000)
_MASK: Final = "************"
_SHOWN: Final = 4


def list_cards(office: Office, visit: Visit) -> Given:
    return Given(document=card_documents(office, visit.oid))


def get_card(office: Office, visit: Visit) -> Given:
    return Given(document=_document(office, _row(office, visit)))


def insert_card(office: Office, visit: Visit) -> Given:
    form = _checked(filled(office, visit))
    number = _number_in(form, insert=True)
    if number is None:
        raise Refusal(400, "creditCard.cardNumber is missing or not valid.")
    rows = _rows(office, visit.oid)
    _check_new(office, number, rows)
    row: Document = {_OID: office.shop.store.new_child_oid(), "customer_profile_oid": visit.oid}
    return _stored(office, visit.oid, rows, {**row, **_fields(office, form)}, number)


def update_card(office: Office, visit: Visit) -> Given:
    """The number only changes for a valid one: a mask, a blank and nonsense keep it (fact sheet §2.3)."""
    before = _row(office, visit)
    form = _checked(filled(office, visit))
    number = _number_in(form, insert=False)
    others = [row for row in _rows(office, visit.oid) if row[_OID] != before[_OID]]
    if number is not None:
        _check_new(office, number, others)
    kept: Document = {
        name: before[name] for name in (_OID, "customer_profile_oid", "card_number") if name in before
    }
    return _stored(office, visit.oid, _rows(office, visit.oid), {**kept, **_fields(office, form)}, number)


def delete_card(office: Office, visit: Visit) -> Given:
    gone = _row(office, visit)
    _write(office, visit.oid, [row for row in _rows(office, visit.oid) if row[_OID] != gone[_OID]])
    return Given(204)


def card_documents(office: Office, oid: int) -> list[Document]:
    """All cards, masked."""
    return [_document(office, row) for row in _rows(office, oid)]


def _stored(office: Office, oid: int, rows: list[Document], row: Document, number: Number | None) -> Given:
    if number is not None:
        row["card_number"] = number.mask
        office.ledger.set_number(row[_OID], *number)
    known = any(held[_OID] == row[_OID] for held in rows)
    written = [row if held[_OID] == row[_OID] else held for held in rows] if known else [*rows, row]
    _write(office, oid, written)
    return Given(document=_document(office, row))


def _rows(office: Office, oid: int) -> list[Document]:
    rows: list[Document] = office.shop.store.part(oid, "cards")
    return rows


def _row(office: Office, visit: Visit) -> Document:
    wanted = int(visit.path["id"])
    for row in _rows(office, visit.oid):
        if row[_OID] == wanted:
            return row
    raise Refusal(404, "There is no such card.")


def _write(office: Office, oid: int, rows: list[Document]) -> None:
    with office.shop.store.changing(oid) as record:
        record.parts = {**record.parts, "cards": rows}
        office.shop.store.touch(record, BY_CUSTOMER)


def _document(office: Office, row: Document) -> Document:
    settings = office.shop.settings
    used_s = epoch_s(row["last_used_dts"]) if "last_used_dts" in row else None
    held = row.get("card_type", "")
    unmasked = settings.has("account-unmasked")
    return {
        "merchantId": settings.merchant_id,
        "customerProfileId": str(row["customer_profile_oid"]),
        "id": shown_id(settings, row[_OID]),
        "cardType": _TYPES.get(held.lower(), held or None),
        "cardExpMonth": row.get("card_expiration_month"),
        "cardExpYear": row.get("card_expiration_year"),
        "cardNumber": _whole_number(office, row) if unmasked else _MASK + row["card_number"][-_SHOWN:],
        "lastUsedDate": None if used_s is None else iso(settings, used_s),
        "lastUsedDateFormatted": None if used_s is None else day_and_time(used_s),
    }


def _checked(form: Document) -> Document:
    """The form with its type as listed. Raises Refusal for what no card has."""
    listed = _TYPES.get(form["cardType"].lower())
    if listed is None:
        raise Refusal(400, "creditCard.cardType is not one of the types.")
    if form["cardExpYear"] not in _YEARS:
        raise Refusal(400, "creditCard.cardExpYear must have four digits.")
    return {**form, "cardType": listed}


def _fields(office: Office, form: Document) -> Document:
    return {
        "card_expiration_month": form["cardExpMonth"],
        "card_expiration_year": form["cardExpYear"],
        "card_type": _V2_TYPES.get(form["cardType"], form["cardType"]),
        "last_used_dts": eastern_text(office.shop.clock.now_s()),
    }


def _number_in(form: Document, *, insert: bool) -> Number | None:
    """The number that is given, by itself or by a token of the hosted field; None when there is none.

    Raises:
        Refusal: 400, a new card's number is not valid.
    """
    if token := (form.get("creditCardNumberToken") or "").strip():
        mask = numbered({"card_number_token": token}, None, "creditCard")["card_number"]
        return Number(mask, _invented(form["cardType"], mask[-_SHOWN:], token))
    digits = re.sub(r"[ -]", "", form.get("cardNumber") or "")
    if _DIGITS.fullmatch(digits) and _luhn(digits) == 0:
        return Number("X" * (len(digits) - _SHOWN) + digits[-_SHOWN:], digits)
    if insert and digits:
        raise Refusal(400, "creditCard.cardNumber is not a valid card number.")
    return None


def _check_new(office: Office, number: Number, others: list[Document]) -> None:
    if any(_whole_number(office, row) == number.digits for row in others):
        raise Refusal(400, "The credit card already exists.")


def _whole_number(office: Office, row: Document) -> str:
    """As its owner gave it; one for those that came another way, which were never told here."""
    mask = row["card_number"]
    told = office.ledger.number(row[_OID], mask)
    listed = _TYPES.get(row.get("card_type", "").lower(), "VISA")
    return told or _invented(listed, mask[-_SHOWN:], str(row[_OID]))


def _invented(listed: str, tail: str, seed: str) -> str:
    """A number of this type and with these last digits that is valid as far as its digits tell."""
    start, length = _NUMBERS[listed]
    count = length - len(start) - _SHOWN
    drawn = int.from_bytes(blake2b(seed.encode(), digest_size=8).digest(), "big")
    middle = f"{drawn % 10 ** (count - 1):0{count - 1}d}"
    candidates = (f"{start}{middle}{digit}{tail}" for digit in range(10))
    return next(digits for digits in candidates if _luhn(digits) == 0)


def _luhn(digits: str) -> int:
    """The rest that is 0 for a valid number."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10

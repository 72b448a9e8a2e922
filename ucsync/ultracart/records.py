"""Customers in one canonical form, so that an answer, a row of the lake and a plan can be compared."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any, Final

from ucsync.model import parse_instant
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.fields import Field, Kind, Model
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.newer import EXTRAS, beyond

Record = dict[str, Any]
_Reader = Callable[[Any], Any]

#: The read-only field by which a row (or the customer) is recognised when it is sent back.
OWN_OIDS: Final[Mapping[str, str]] = {
    "Customer": "customer_profile_oid",
    "CustomerAttachment": "customer_profile_attachment_oid",
    "CustomerBilling": "customer_billing_oid",
    "CustomerCard": "customer_profile_credit_card_id",
    "CustomerEmail": "customer_profile_email_oid",
    "CustomerLoyaltyLedger": "loyalty_ledger_oid",
    "CustomerProperty": "customer_profile_property_oid",
    "CustomerShipping": "customer_shipping_oid",
    "CustomerSoftwareEntitlement": "customer_software_entitlement_oid",
    "CustomerWishListItem": "customer_wishlist_item_oid",
}


def record_of(customer: Mapping[str, Any]) -> Record:
    """A customer in canonical form.

    What is null or empty is left out at every depth, and so are write-only fields, and orders and quotes,
    which have no declared shape. Instants are texts in UTC, `2026-11-22T03:15:00+00:00`; one that cannot be
    read stays as it is written. Numbers are int where they are whole, else Decimal without trailing zeros.
    False is a value. What the model does not have stands in `EXTRAS`, by its path, as it came.

    Args:
        customer: of the kinds that the model declares: as the server answered it, decoded, or as a row
            of a snapshot with Python's own values. It is not changed, and nothing of it is shared but
            scalars.
    """
    record: Record = _read_customer(customer)
    held = customer[EXTRAS] if EXTRAS in customer else dict(beyond(_CUSTOMER, customer))
    extras = decode_json(held.encode()) if isinstance(held, str) else held
    if extras:
        record[EXTRAS] = dict(extras)
    return record


def same(held: Any, other: Any) -> bool:
    """Whether two values of a field of records are one: a flag that is absent is false."""
    return bool(held == other) or (held is None and other is False) or (held is False and other is None)


def _instant(value: Any) -> Any:
    try:
        instant = value.astimezone(UTC) if isinstance(value, datetime) else parse_instant(value)
    except ValueError:
        return value
    return instant.isoformat()


_EXACT: Final = Context(prec=100)
_DIGITS_MAX: Final = 50  # wider numbers stay as they are written: 1E+999999 must not become an int


def _number(value: Any) -> Any:
    if type(value) is not Decimal or not value.is_finite() or abs(value.adjusted()) > _DIGITS_MAX:
        return value
    if value == value.to_integral_value():
        return int(value)
    return value.normalize(_EXACT) if len(value.as_tuple().digits) <= _DIGITS_MAX else value


def _reader_of(field: Field) -> _Reader | None:
    """How a value of a field is read, None where it is taken as it is."""
    if field.model is not None:
        read = _object(field.model)
        return _list(read) if field.kind is Kind.ARRAY else read
    return {Kind.INSTANT: _instant, Kind.NUMBER: _number}.get(field.kind)


def _has_shape(field: Field) -> bool:
    return Kind.OPAQUE not in (field.kind, field.item)


def _object(model: Model) -> _Reader:
    fields = [field for field in model.fields.values() if not field.write_only and _has_shape(field)]
    readers = {field.name: _reader_of(field) for field in fields}
    plain = frozenset(name for name, read in readers.items() if read is None)
    others = {name: read for name, read in readers.items() if read is not None}

    def read_fields(document: Any) -> Record:
        record: Record = {}
        for name, held in document.items():
            # False and zero are values; null, "", [] and {} are nothing
            if not held and held is not False and (held is None or held != 0):
                continue
            if name in plain:
                record[name] = held
            elif (read := others.get(name)) is not None:
                value = read(held)
                if value or value == 0:
                    record[name] = value
        return record

    return read_fields


def _list(read: _Reader) -> _Reader:
    def read_rows(rows: Any) -> list[Any]:
        return [row for row in [read(held) for held in rows if held is not None] if row]

    return read_rows


_CUSTOMER: Final = MODELS["Customer"]
_read_customer: Final = _object(_CUSTOMER)

"""From the text of a cell to the value that a field is to hold, exactly, or why not.

Values come out canonical: text as it is, whole numbers as int, others as Decimal, instants in UTC as
`2026-11-22T03:15:00+00:00`. Nothing is guessed or shortened. No text of a fault shows the cell.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from ucsync.ultracart.check import INT32, INT64, scalar_problem
from ucsync.ultracart.countries import country_code
from ucsync.ultracart.fields import Field, Kind

#: What the lake keeps of a number; more could not be compared.
_WHOLE_DIGITS_MAX: Final = 29
_FRACTION_DIGITS_MAX: Final = 9
_CENTS: Final = 2
#: Of an oid: the vendor's int32.
_OID_MAX: Final = INT32[1]
#: Texts that may hold several lines.
_LONG_TEXTS: Final = ("automatic_merchant_notes", "business_notes", "value")

_FLAGS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NUMBER = re.compile(r"([+-]?)(\d+)(?:\.(\d+))?", re.ASCII)
_EXPONENT = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+", re.ASCII)
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_LINE_BREAK = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]")
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]((?:[01]\d|2[0-3]):[0-5]\d)(:[0-5]\d)?(?:\.(\d{1,6})0*)?"
    r"\s?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)",
    re.ASCII,
)


def read_value(field: Field, text: str) -> Any:
    """The value that a cell names.

    Args:
        field: that it is for; its kind, name, length and choices count.
        text: of the cell, not empty.

    Raises:
        ValueError: it does not fit; in one line why, and how to mend it.
    """
    if text.isspace():
        raise ValueError("nothing but blanks; leave the cell empty for no change")
    return _READERS[field.kind](field, text)


def read_oid(text: str) -> int:
    """An oid: a positive whole number.

    Raises:
        ValueError: it is none; in one line why.
    """
    return _whole(text.strip(), (1, _OID_MAX))


def read_amount(text: str, *, taken: bool) -> Decimal:
    """Money that is given to a customer, in whole cents.

    Args:
        text: of the cell.
        taken: whether it may be below nothing, and so take some back.

    Raises:
        ValueError: it is none; in one line why.
    """
    amount = _number(text.strip())
    if amount == 0 or (amount < 0 and not taken):
        raise ValueError(
            "no amount; leave the cell empty" if amount == 0 else "below 0; store credit is only given"
        )
    if _fraction_digits(amount) > _CENTS:
        raise ValueError("more than 2 digits after the point; write money in whole cents")
    return amount


def read_number(text: str) -> Decimal:
    """A number with or without a fraction, by its digits.

    Raises:
        ValueError: it is none; in one line why.
    """
    return _number(text.strip())


def email_problem(text: str) -> str | None:
    """What is wrong with an e-mail address that is to be written, or None.

    UltraCart takes addresses without an @ (fact sheet §4), yet from a CRM such a one is a slip.
    """
    if _EMAIL.fullmatch(text) and not _CONTROL.search(text):
        return None
    return "not an e-mail address: one name, one @, no blanks, commas or brackets"


def _text(field: Field, text: str) -> str:
    if problem := _text_problem(field, text):
        raise ValueError(problem)
    if field.name == "country_code":
        if code := country_code(text):
            return code
        raise ValueError("no country; write its two letters as in ISO 3166, e.g. US")
    if field.name == "email" and (problem := email_problem(text)):
        raise ValueError(problem)
    if not _plainly_fits(field, text) and (problem := scalar_problem(field, text)):
        raise ValueError(problem)
    return text


def _plainly_fits(field: Field, text: str) -> bool:
    """What nearly every cell does, told quickly."""
    return (
        text.isascii() and not field.choices and (field.max_length is None or len(text) <= field.max_length)
    )


def _text_problem(field: Field, text: str) -> str | None:
    if text.isprintable():  # nearly always, and quick
        return None
    if _CONTROL.search(text):
        return "holds a control character"
    if field.name not in _LONG_TEXTS and _LINE_BREAK.search(text):
        return "holds a line break, and the field takes one line; a mapping can take one of them: line = 1"
    if field.name not in _LONG_TEXTS and "\t" in text:
        return "holds a tab"
    return None


def _flag(_: Field, text: str) -> bool:
    flag = _FLAGS.get(text.strip().lower())
    if flag is None:
        raise ValueError("neither yes nor no; write true, yes or 1, or false, no or 0")
    return flag


def _int32(_: Field, text: str) -> int:
    return _whole(text.strip(), INT32)


def _int64(_: Field, text: str) -> int:
    return _whole(text.strip(), INT64)


def _decimal(_: Field, text: str) -> Decimal:
    return _number(text.strip())


def _whole(text: str, bounds: tuple[int, int]) -> int:
    """A whole number; `12.0` is one, as programs write it that hold all numbers with a fraction."""
    number = _number(text)
    low, high = bounds
    if _fraction_digits(number):
        raise ValueError("not a whole number")
    if not low <= number <= high:
        raise ValueError(f"outside {low} to {high}")
    return int(number)


def _number(text: str) -> Decimal:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError(_no_number(text))
    sign, whole, fraction = found.groups()
    fraction = (fraction or "").rstrip("0")
    if len(whole.lstrip("0")) > _WHOLE_DIGITS_MAX:
        raise ValueError(f"more than {_WHOLE_DIGITS_MAX} digits before the point")
    if len(fraction) > _FRACTION_DIGITS_MAX:
        raise ValueError(f"more than {_FRACTION_DIGITS_MAX} digits after the point")
    number = Decimal(f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}")
    return number or Decimal(0)  # no -0


def _fraction_digits(number: Decimal) -> int:
    return -int(number.as_tuple().exponent)


def _no_number(text: str) -> str:
    if _EXPONENT.fullmatch(text):
        return "a number that a spreadsheet has shortened; export it with all digits"
    if "," in text:
        return "not a number; write it with a point and without commas, e.g. 1234.50"
    return "not a number; write digits alone, e.g. 1234.50"


def _instant(_: Field, text: str) -> str:
    found = _INSTANT.fullmatch(text.strip())
    if found is None:
        raise ValueError("not an ISO-8601 instant with an offset, e.g. 2026-11-22T03:15:00+00:00")
    day, clock, second, fraction, offset = found.groups()
    try:
        written = datetime.fromisoformat(f"{day}T{clock}{second or ':00'}.{fraction or '0':0<6}{offset}")
        return written.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise ValueError("no instant of the calendar") from None


_READERS: Final[Mapping[Kind, Callable[[Field, str], Any]]] = {
    Kind.TEXT: _text,
    Kind.FLAG: _flag,
    Kind.INT32: _int32,
    Kind.INT64: _int64,
    Kind.NUMBER: _decimal,
    Kind.INSTANT: _instant,
}

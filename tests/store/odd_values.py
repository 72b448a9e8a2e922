"""Every kind of JSON value, and what each kind of column makes of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from ucsync.ultracart.fields import Kind

LONG: Final = "x" * 10_000_000


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


#: Values by a name for them, as they stand in a page.
VALUES: Final[dict[str, bytes]] = {
    "null": b"null",
    "true": b"true",
    "0": b"0",
    "-0": b"-0",
    "1": b"1",
    "3.5": b"3.5",
    "1.0": b"1.0",
    "1e3": b"1e3",
    "2^31-1": b"2147483647",
    "2^31": b"2147483648",
    "-2^31": b"-2147483648",
    "2^63-1": b"9223372036854775807",
    "2^63": b"9223372036854775808",
    "2^64": b"18446744073709551616",
    "5000 digits": b"9" * 5000,
    "29 and 9 digits": b"9" * 29 + b"." + b"9" * 9,
    "30 digits": b"1" + b"0" * 29,
    "30 digits that wrap round": b"355208026567562175000162742355",
    "30 digits and an exponent": b"443537045733625707864385279426e+6",
    "1e29": b"1e29",
    "7.7e-20": b"77049730308622642581.000505000E-39",
    "5e-65": b"0.00005050e-60",
    "50 zeros after the point": b"0." + b"0" * 50 + b"1",
    "0e-60": b"0e-60",
    "10 digits after the point": b"0.1234567891",
    "zeros after the point": b"1.50000000000000",
    "1e400": b"1e400",
    "1e-400": b"1e-400",
    "1e99999999999999999999": b"1e99999999999999999999",
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "empty string": b'""',
    "digits in quotes": b'"12"',
    "true in quotes": b'"true"',
    "date": b'"2016-08-11"',
    "instant": b'"2016-08-11T16:14:46-04:00"',
    "instant Z": b'"2016-08-11T16:14:46Z"',
    "instant, no zone": b'"2016-08-11T16:14:46"',
    "instant, 6 digits": b'"2016-08-11T16:14:46.123456Z"',
    "instant, 9 digits": b'"2016-08-11T16:14:46.123456789Z"',
    "instant, 9 digits, 3 of them 0": b'"2016-08-11T16:14:46.123456000Z"',
    "instant after year 9999": b'"9999-12-31T23:59:59-04:00"',
    "instant before year 1": b'"0001-01-01T00:00:00+05:00"',
    "instant at the end of years": b'"9999-12-31T23:59:59Z"',
    "30th of February": b'"2016-02-30T00:00:00Z"',
    "half a surrogate pair": b'"a\\ud800"',
    "stray byte": b'"a\xff"',
    "NUL": b'"a\\u0000b"',
    "escaped": b'"\\"\\\\\\/\\n\\u20ac\\ud83d\\ude00"',
    "10 MB": b'"' + LONG.encode() + b'"',
    "[]": b"[]",
    "{}": b"{}",
    "list": b'[1, "a", null]',
    "object": b'{"zzz": {"yyy": [1.50, 18446744073709551616]}}',
    "name given twice": b'{"zzz": 1, "zzz": 2}',
    "90 levels": nested(90),
    "150 levels": nested(150),
    "100,000 levels": nested(100_000),
}

STRINGS: Final[dict[str, Any]] = {
    "empty string": "",
    "digits in quotes": "12",
    "true in quotes": "true",
    "date": "2016-08-11",
    "instant": "2016-08-11T16:14:46-04:00",
    "instant Z": "2016-08-11T16:14:46Z",
    "instant, no zone": "2016-08-11T16:14:46",
    "instant, 6 digits": "2016-08-11T16:14:46.123456Z",
    "instant, 9 digits": "2016-08-11T16:14:46.123456789Z",
    "instant, 9 digits, 3 of them 0": "2016-08-11T16:14:46.123456000Z",
    "instant after year 9999": "9999-12-31T23:59:59-04:00",
    "instant before year 1": "0001-01-01T00:00:00+05:00",
    "instant at the end of years": "9999-12-31T23:59:59Z",
    "30th of February": "2016-02-30T00:00:00Z",
    "NUL": "a\0b",
    "escaped": '"\\/\n€😀',
    "10 MB": LONG,
}
INTEGERS: Final[dict[str, Any]] = {"0": 0, "-0": 0, "1": 1, "2^31-1": 2**31 - 1, "-2^31": -(2**31)}
WIDE: Final[dict[str, Any]] = {**INTEGERS, "2^31": 2**31, "2^63-1": 2**63 - 1}

#: What a column of each kind holds after each value; the row of any other value is set aside.
EXACT: Final[dict[Kind, dict[str, Any]]] = {
    Kind.TEXT: STRINGS,
    Kind.INT32: INTEGERS,
    Kind.INT64: WIDE,
    Kind.NUMBER: {
        **{name: Decimal(value) for name, value in WIDE.items()},
        "3.5": Decimal("3.5"),
        "1.0": Decimal(1),
        "1e3": Decimal(1000),
        "2^63": Decimal(2**63),
        "2^64": Decimal(2**64),
        "29 and 9 digits": Decimal("9" * 29 + "." + "9" * 9),
        "zeros after the point": Decimal("1.5"),
        "0e-60": Decimal(0),
    },
    Kind.FLAG: {"true": True},
    Kind.INSTANT: {
        "instant": datetime(2016, 8, 11, 20, 14, 46, tzinfo=UTC),
        "instant Z": datetime(2016, 8, 11, 16, 14, 46, tzinfo=UTC),
        "instant, 6 digits": datetime(2016, 8, 11, 16, 14, 46, 123456, tzinfo=UTC),
        "instant, 9 digits, 3 of them 0": datetime(2016, 8, 11, 16, 14, 46, 123456, tzinfo=UTC),
        "instant at the end of years": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    },
    Kind.OPAQUE: {
        "{}": "{}",
        "object": '{"zzz":{"yyy":[1.50,18446744073709551616]}}',
        "name given twice": '{"zzz":1,"zzz":2}',
    },
}

#: What a field that no version knows leaves in `_extras`: JSON with the digits as they came. The row of
#: what JSON or Unicode does not have is set aside.
NEVER_KEPT: Final = {
    "NaN", "Infinity", "-Infinity", "half a surrogate pair", "stray byte", "150 levels", "100,000 levels",
}  # fmt: skip

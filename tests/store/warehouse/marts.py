"""A lake's figures, read as a dashboard reads them; and odd customers to put into a lake."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from tests.store.faulty import QuickFiles
from tests.store.shop import NOON
from ucsync.model import Figures, Hashing, Tier
from ucsync.store.lake import Lake
from ucsync.store.warehouse import Blueprint, Shown, built
from ucsync.store.warehouse.figures import read_figures

Document = dict[str, Any]


@contextmanager
def warehouse_of(lake: Lake, tier: Tier = Tier.STANDARD, built_at: datetime = NOON) -> Iterator[Path]:
    """The file, as long as the context lasts."""
    current = lake.current()
    assert current is not None
    blueprint = Blueprint(
        lake=lake,
        receipts=lake.receipts(),
        current=current,
        shown=Shown(tier, Hashing.HMAC_SHA256),
        key=b"k" * 32,
        built_at=built_at,
        version="1",
    )
    with built(QuickFiles(), blueprint, lake.folder) as path:
        yield path


def figures_in(lake: Lake, tier: Tier = Tier.STANDARD) -> Figures:
    """Of the current snapshot; built when it was taken, to be compared with what has no warehouse."""
    with warehouse_of(lake, tier) as path:
        figures = read_figures(path, stale_after_h=26)
    assert figures.built_at == NOON
    return replace(figures, built_at=figures.taken_at)


@contextmanager
def opened(path: Path, **settings: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """As an analyst's own tool opens it: to be written to, in whatever time zone."""
    config: dict[str, Any] = {"autoinstall_known_extensions": False, "TimeZone": "UTC", **settings}
    with duckdb.connect(path, config=config) as connection:
        yield connection


def odd_customers(seed: int, count: int) -> list[Document]:
    """Customers of whom anything may be missing, odd, or the same as another's."""
    chance = Random(seed)  # noqa: S311  (invented data)
    return [{"customer_profile_oid": 1 + 3 * number, **_odd(chance)} for number in range(count)]


def _odd(chance: Random) -> Document:
    fields = {name: chance.choice(values) for name, values in _SCALARS.items()}
    fields["orders_summary"] = _orders(chance)
    fields["billing"] = [_address(chance, "billing") for _ in range(chance.choice((0, 1, 1, 2, 3)))]
    fields["shipping"] = [_address(chance, "shipping") for _ in range(chance.choice((0, 1, 2)))]
    fields["privacy"] = chance.choice(
        (None, {}, {"marketing": True}, {"marketing": False}, {"preference": True})
    )
    fields["activity"] = chance.choice(
        (None, {}, {"global_unsubscribed": True}, {"global_unsubscribed": False, "spam_complaint": True})
    )
    fields["loyalty"] = chance.choice(_LOYALTY)
    return {name: value for name, value in fields.items() if value != "absent"}


def _orders(chance: Random) -> Document | None:
    if chance.random() < 0.1:
        return None
    count = chance.choice((None, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 9, 10, 10, 2**31 - 1, -1))
    told: Document = {"order_count": count, "total": chance.choice(_TOTALS)}
    told["first_order_dts"], told["last_order_dts"] = chance.choice(_DATES), chance.choice(_DATES)
    return {name: value for name, value in told.items() if value is not None}


def _address(chance: Random, part: str) -> Document:
    told = {name: chance.choice(values) for name, values in _ADDRESSES.items()}
    told |= {f"default_{part}": chance.choice((True, False, False, None))}
    return {name: value for name, value in told.items() if value is not None}


_TOTALS = (
    None, 0, 0, 49.9999, 50, 50, 99.99995, 100, 250, 500, 999.99995, 1000, -20.5, 0.00005, -0.00005,
    12_345_678_901_234.5678, 99_999_999_999_999_999_999,
)  # fmt: skip
#: The snapshot is taken on 2026-11-22 at noon.
_DATES = (
    None, "2026-11-22T12:00:00Z", "2026-08-24T12:00:00+00:00", "2026-08-24T07:59:59-04:00",
    "2025-11-22T12:00:00Z", "2025-11-22T11:59:59Z", "2024-02-29T00:00:00Z", "2026-11-23T12:00:00Z",
    "2026-11-23T12:00:01Z", "2031-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
)  # fmt: skip
_LOYALTY: tuple[Document | None, ...] = (
    None, {}, {"current_points": 0}, {"current_points": 250, "loyalty_tier_name": "Gold"},
    {"current_points": -40, "loyalty_tier_name": " Gold "}, {"pending_points": 5},
    {"loyalty_tier_name": "Ünter=cmd|' /C calc'!A0"}, {"loyalty_tier_name": ""},
    {"loyalty_tier_name": "ann@example.com", "current_points": 2**31 - 1},
)  # fmt: skip
#: Text of sign-up; the column takes any.
SIGNUPS = (
    "absent", None, "", " ", "yesterday", "2024-05-01", "2024-05-01T10:00:00", "2024-05-01T10:00:00Z",
    "2024-04-30T23:59:59-04:00", "2024-12-31T23:59:59.999999-00:01", "2025-01-01T00:30:00+01:00",
    "2024-12-31T23:59:60Z", "2024-12-31T24:00:00Z", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z",
    "2024-02-29 00:00:00+0000", "2024-05-01T10:00Z", "2024-05-01T10:00:00.1234567891-0530",
    "2024-05-01t10:00:00Z", "2024-05-01T10:00:00z", "2024-05-01T10:00:00 Z", " 2024-05-01T10:00:00Z",
    "2024-05-01T10:00:00Z\n", "0001-01-01T00:30:00+01:00", "9999-12-31T23:30:00-01:00",
    "0000-01-01T00:00:00Z", "1989-12-31T23:59:59Z", "1990-01-01T00:00:00Z", "1990-01-01T00:59:59+01:00",
    "2024-12-31T23:59:59Z", "2026-11-23T12:00:00Z", "2026-11-23T12:00:01Z", "2999-01-01T00:00:00Z",
    "２０２４-05-01T10:00:00Z", "2024-05-01T10:00:00+24:00", "2024-05-01T10:00:00+23:59",
    "12345-05-01T10:00:00Z", "-2024-05-01T10:00:00Z",
)  # fmt: skip
_SCALARS: dict[str, tuple[Any, ...]] = {
    "email": (
        "absent", None, "", " ", "ann@example.com", "ANN@Example.com ", "ann+shop@example.com",
        "a.n.n@gmail.com", "ann+x@GoogleMail.com", "a.nn@gmail.com", "+x@example.com", "+y@example.com",
        "ann", "ann@", "@example.com", "ann@example", "ann@example..com", "ann@.com", "ann @example.com",
        "ann@b@example.com", "ann@example.com.", "ann\t@example.com", "ann\x0b@example.com",
        "ann\u00a0@example.com", "İNGRID@example.com", "ingrid@example.com", "ΟΔΟΣ@example.com",
        "οδοσ@example.com", "straße@example.com", "STRASSE@example.com", "お茶@example.jp", "'; DROP--@x.y",
        "<script>@x.y", "=1+1@x.y", *(f"nobody{number}@example.org" for number in range(40)),
    ),
    "signup_dts": SIGNUPS,
    "do_not_send_mail": ("absent", None, True, False, False),
}  # fmt: skip
_ADDRESSES: dict[str, tuple[Any, ...]] = {
    "country_code": (
        None, "", " ", "US", "US", "US", "us", " Us ", "DE", "GB", "CA", "AU", "FR", "ES", "IT", "NL", "JP",
        "AT", "CH", "NZ", "PL", "CN", "IN", "IE", "ZZ", "USA", "Germany", "ＵＳ", "ıT", "ß", "ﬁ",
        "U1", "<b", "D E",
    ),
    "state_region": (None, "", "NY", "ny", " GA ", "VIC", "Victoria", "BC", "N Y", "QLD", "Ann", "ß", "ﬁ"),
    "postal_code": (
        None, "", " ", "10001", "10001-2345", "100012345", "1 0 0 0 1", "1000", "M5V 1T6", "m5v-1t6",
        "EC1A 1BB", "ec1a1bb", "1234 AB", "100-0001", "1000001", "１０００１", "K1A0B1X", "ABCDE",
    ),
    "first_name": (None, "", "Ann", "ANN ", "İngrid", "Ingrid", "Ann\nB"),
    "last_name": (None, " ", "Lee", "lee", "O'Hara"),
    "company": (None, "", "Lee & Sons"),
    "day_phone": (
        None, "", "212-555-0101", "(212) 555 0101", "123456", "1234567", "call me", "1" * 15, "1" * 16,
    ),
    "day_phone_e164": (None, None, "+12125550101", ""),
}  # fmt: skip

"""Answers about single customers, as the pages of a scan that publishing takes."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import pyarrow.compute as pc

from ucsync.model import PageNote, Pass, Receipt
from ucsync.store.lake import Lake
from ucsync.store.lasting import damaged
from ucsync.store.merging import oids_of
from ucsync.store.parts import in_order, int64_view, is_part, read_columns
from ucsync.store.schema import OBSERVED_AT, OID
from ucsync.ultracart.listing import INT32_MAX

_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ROWS: Final = msgspec.json.Decoder(list[msgspec.Raw])


class _Customer(msgspec.Struct, frozen=True):
    customer_profile_oid: int


_CUSTOMER: Final = msgspec.json.Decoder(_Customer)


def customer_in(answer: bytes) -> bytes | None:
    """The customer's own JSON, byte for byte, in an answer; None when there is none.

    Args:
        answer: with a `customer`, or with one row in `customers`, or the customer's JSON itself.
    """
    try:
        held = _OBJECT.decode(answer)
        if "customers" in held:
            rows = _ROWS.decode(held["customers"])
            held = {"customer": rows[0]} if len(rows) == 1 else {}
        found = bytes(held["customer"]) if "customer" in held else answer
        return found if oid_in(found) is not None else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def oid_in(customer: bytes) -> int | None:
    """Whose JSON it is, None when it does not say."""
    try:
        found = _CUSTOMER.decode(customer).customer_profile_oid
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if 1 <= found <= INT32_MAX else None


@dataclass(frozen=True, slots=True)
class News:
    """An answer to publish.

    Attributes:
        number: under which it can be read.
        oid: whom it is about.
        observed_at: when it came.
    """

    number: int
    oid: int
    observed_at: datetime


class AnswerPages:
    """Answers as pages of one customer each, in the order in which they came; see `page_rows.Pages`.

    Args:
        news: what there is.
        read: gives the customer's JSON, None when it is not there.
    """

    def __init__(self, news: Sequence[News], read: Callable[[int], bytes | None]) -> None:
        self._news = sorted(news, key=lambda one: (one.observed_at, one.number))
        self._read = read

    @property
    def count(self) -> int:
        """How many pages there are."""
        return len(self._news)

    @property
    def oids(self) -> list[list[int]]:
        """Of each page, row by row."""
        return [[one.oid] for one in self._news]

    def note(self, number: int) -> PageNote:
        """What is known of the page of this number (from 1)."""
        one = self._news[number - 1]
        return PageNote(
            walk=Pass.CONFIRM, offset=one.oid, limit=1, sort=None, since=None, server_time=None,
            observed_at=one.observed_at,
        )  # fmt: skip

    def read(self, number: int) -> tuple[PageNote, bytes]:
        """The page of this number (from 1), as a list of customers.

        Raises:
            StorageFailed: it is not there any more.
        """
        held = self._read(self._news[number - 1].number)
        if held is None:
            raise damaged("an answer in a journal is gone", "run `ucsync sync`: it reads the customer anew")
        return self.note(number), b'{"customers":[' + held + b"]}"


def observed_in(lake: Lake, receipt: Receipt, oids: Iterable[int]) -> dict[int, datetime]:
    """When the rows of these customers in a snapshot were observed; those that are not in it are left out.

    Raises:
        StorageFailed: a part of it is missing or damaged.
    """
    wanted, found = in_order(oids), dict[int, datetime]()
    view, folder = int64_view(wanted), lake.path_of(receipt.snapshot)
    for entry in (entry for entry in receipt.files if is_part(entry) and entry.rows):
        low, high = bisect_left(view, entry.oid_first or 0), bisect_right(view, entry.oid_last or 0)
        if low < high:
            rows = read_columns(folder, entry, [OID, OBSERVED_AT])
            there = rows.filter(pc.is_in(oids_of(rows), value_set=wanted.slice(low, high - low)))
            found.update(zip(*(there.column(name).to_pylist() for name in (OID, OBSERVED_AT)), strict=True))
    return found

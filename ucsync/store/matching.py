"""Which customers of a snapshot are meant by e-mail addresses and by oids."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from ucsync.model import Receipt
from ucsync.store.lake import Lake
from ucsync.store.parts import in_order, int64_view, is_part, read_customers, read_oids
from ucsync.store.schema import OID

_EMAIL: Final = "email"


def match_emails(lake: Lake, receipt: Receipt, emails: Iterable[str]) -> dict[str, list[int]]:
    """Who has these addresses, in whatever case they are written here and there.

    Args:
        lake, receipt: the snapshot; one part of it is in memory at a time.
        emails: the addresses.

    Returns:
        For each address in lower case the oids of its customers, ascending: none, one, or several.

    Raises:
        StorageFailed: a part is missing or damaged.
    """
    found: dict[str, list[int]] = {email.lower(): [] for email in emails}
    wanted = pa.array([email for email in found if email.isascii()], pa.string())
    for entry in (entry for entry in receipt.files if is_part(entry) and entry.rows and found):
        rows = read_customers(lake.path_of(receipt.snapshot), entry, [OID, _EMAIL]).combine_chunks()
        for oid, email in _candidates(rows, wanted):
            held = found.get(email.lower())
            if held is not None:
                held.append(oid)
    return found


def oids_there(lake: Lake, receipt: Receipt, oids: Iterable[int]) -> set[int]:
    """Which of these customers a snapshot has.

    Args:
        lake, receipt: the snapshot; parts that can have none of them are not read.
        oids: the customers.

    Raises:
        StorageFailed: a part is missing or damaged.
    """
    found: set[int] = set()
    wanted = in_order(oids)
    view = int64_view(wanted)
    for entry in (entry for entry in receipt.files if is_part(entry) and entry.rows):
        low, high = bisect_left(view, entry.oid_first or 0), bisect_right(view, entry.oid_last or 0)
        if low < high:
            here = wanted.slice(low, high - low)
            there = read_oids(lake.path_of(receipt.snapshot), entry)
            found.update(here.filter(pc.is_in(here, value_set=there)).to_pylist())
    return found


def _candidates(rows: Any, wanted: Any) -> Iterator[tuple[int, str]]:
    """Rows that may have a wanted address, with the address as they have it.

    Only ASCII is made small by Arrow: Python, whose way counts, makes other letters small differently,
    and some of them to ASCII (the Kelvin sign to k).
    """
    emails = rows.column(_EMAIL).combine_chunks()
    beyond = pc.fill_null(pc.invert(pc.string_is_ascii(emails)), False)
    picked = rows.filter(pc.or_(beyond, pc.is_in(pc.ascii_lower(emails), value_set=wanted)))
    yield from zip(picked.column(OID).to_pylist(), picked.column(_EMAIL).to_pylist(), strict=True)

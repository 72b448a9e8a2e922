"""Compare a snapshot with the customers as they are known from elsewhere, e.g. a sandbox's truth."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ucsync.model import Receipt
from ucsync.plan import SyncSettings
from ucsync.store import Lake, disagreeing
from ucsync.store.schema import OID
from ucsync.ultracart import PARTS
from ucsync.ultracart.codec import encode_json

_PAGE_ROWS: Final = 200


def disagreements(
    lake: Lake, receipt: Receipt, settings: SyncSettings, customers: Iterable[Mapping[str, Any]]
) -> list[int]:
    """The oids of the customers that are missing, there for nothing, or not the same in any field.

    Args:
        lake, receipt: the snapshot.
        settings: what of a customer is stored.
        customers: every one, whole; parts that are not wanted do not count. Who was forgotten should not be
            there.
    """
    forgotten = lake.suppression()
    known = (one for one in customers if not forgotten.covers([one.get(OID) or 0]))
    unwanted = set(PARTS) - set(settings.expansions)
    omit = frozenset[str]() if settings.tax_ids else frozenset({"tax_id"})
    return disagreeing(lake, receipt, _pages(known, unwanted), omit=omit)


def _pages(customers: Iterable[Mapping[str, Any]], unwanted: set[str]) -> Iterator[bytes]:
    wanted = ({name: held for name, held in one.items() if name not in unwanted} for one in customers)
    page: list[dict[str, Any]] = []
    for one in wanted:
        page.append(one)
        if len(page) == _PAGE_ROWS:
            yield encode_json({"customers": page})
            page = []
    yield encode_json({"customers": page})

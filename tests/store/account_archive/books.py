"""Small accounts to be archived, and archives of them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.store.faulty import QuickFiles
from ucsync.model.accounts import AccountBook, OrderSeen, Seen
from ucsync.store import Files
from ucsync.store.account_archive import Archive, Asked, KeptPaging, Manifest, Mask, ProgressHeader
from ucsync.store.written import Written

AT: Final = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
OID: Final = 1_000_007
PASSWORD: Final = "cobalt-heron-44"
HEADER: Final = ProgressHeader(
    merchant="shop", merchant_id="DEMO", email="ruth.okafor@example.com", started_at=AT, version="0.0"
)
MASK: Final = Mask(PASSWORD)


def asked(operation: str, number: int = 1, **more: Any) -> Asked:
    """What is known of an answer."""
    return Asked(operation=operation, status=200, received_at=AT, requests=number, **more)


def page(number: int) -> Asked:
    """Of a page of orders."""
    paging = KeptPaging(10, number, 25, 3)
    return asked("getOrders", number + 1, query={"pageNumber": f"{number}"}, paging=paging)


def book(**more: Any) -> AccountBook:
    """An account that has what is given."""
    given: dict[str, Any] = {
        "merchant": "shop", "customer_profile_oid": OID, "started_at": AT, "finished_at": AT, "requests": 2,
        "version": "0.0", "account": Seen({"customerProfileId": OID, "password": "********"}, AT), **more,
    }  # fmt: skip
    return AccountBook(**given)


def of_order(document: Any, **more: Any) -> AccountBook:
    """An account with one order."""
    return book(orders=(OrderSeen(order_id="A-1", order=Seen(document, AT), **more),))


def archive_in(folder: Path, files: Files | None = None) -> Archive:
    """To be made in `folder / "out"`."""
    used = files or QuickFiles()
    return Archive(used, Written(used, folder / "state" / "written" / "shop"), folder / "out")


def made(folder: Path, about: AccountBook, bodies: dict[str, bytes] | None = None) -> Manifest:
    """A complete archive."""
    archive = archive_in(folder)
    progress = archive.begin(HEADER, OID, MASK, asked("getSettings"), b'{"customerProfileId":1000007}')
    for operation, body in (bodies or {}).items():
        progress.append(asked(operation, 2), body)
    return archive.finish(progress, progress.kept, about, ["<!doctype html>", "Ærø"])

"""The export of one customer's account: everything that the customer can read there, as one archive.

Whatever ends a run (a death, a full disk, no connection), what was answered is kept; the same command goes on
from there. The manifest says of each list whether it is proven whole, and names what could not be read.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ucsync.flow.account_asking import Asking, Reader, asked_of
from ucsync.flow.account_gathering import Gathered, Gathering, Watch
from ucsync.flow.stopping import Stop
from ucsync.model import AnswerUnusable, Clock, Guarded
from ucsync.model.accounts import AccountBook, AccountExport
from ucsync.store.account_archive import Archive, Kept, Mask, Progress, ProgressHeader, read_value
from ucsync.ultracart.my_account.answers import AccountAnswer
from ucsync.ultracart.my_account.session import Credentials

SETTINGS: Final = "getSettings"

_OID_MAX: Final = 2**63 - 1
_DIGITS: Final = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that an export needs.

    Attributes:
        reader: is logged in, or logs in by itself.
        credentials: it logs in with; the password is masked wherever it turns up.
        archive: where it goes.
        merchant, merchant_id: its name in the configuration, and UltraCart's letters.
        every_order: ask for parcels and cases of every order, not only where its list does not rule them out.
        replace: whether an archive that is there may go.
        clock: ours.
        stop: ends it.
        watch: is told of each list: its name, how much is done, and of how much.
        version: of ucsync.
        page: makes the summary.
    """

    reader: Reader
    credentials: Credentials = field(repr=False)
    archive: Archive
    merchant: str
    merchant_id: str
    every_order: bool = False
    replace: bool = False
    clock: Clock
    stop: Stop
    watch: Watch
    version: str
    page: Callable[[AccountBook], Iterable[str]]


def check_archive(
    archive: Archive,
    *,
    merchant: str,
    merchant_id: str,
    email: str,
    clock: Clock,
    version: str,
    replace: bool,
) -> ProgressHeader:
    """Say before anything is sent, a login included, whether an archive may come here.

    Args:
        archive: where it is to go.
        merchant, merchant_id, email: whose it is to be.
        clock, version: when it would be begun, and by what.
        replace: whether an archive that is there may go.

    Returns:
        Whose it is to be.

    Raises:
        Guarded: something is there that is not to be replaced.
        Misused: the folder cannot be made there.
        StorageFailed: the disk refuses.
    """
    header = ProgressHeader(
        merchant=merchant,
        merchant_id=merchant_id.upper(),
        email=email.strip().lower(),
        started_at=clock.now(),
        version=version,
    )
    archive.check(header, replace=replace)
    return header


async def export_account(desk: Desk) -> AccountExport:
    """Read everything that the customer can read, and make an archive of it.

    Returns:
        What it came to; its exit code is 3 where a list is not proven or something could not be read.

    Raises:
        Guarded: an archive is there already, or something else; or another account answers under this address
            than the one whose answers are kept.
        Misused: the folder cannot be made there.
        Stopped: asked to; what is kept stays.
        CallFailed: the login is refused or over, no connection, the server is away; what is kept stays.
        StorageFailed: the disk is full or failing; what is kept stays.
    """
    header = check_archive(
        desk.archive, merchant=desk.merchant, merchant_id=desk.merchant_id, email=desk.credentials.email,
        clock=desk.clock, version=desk.version, replace=desk.replace,
    )  # fmt: skip
    mask = Mask(desk.credentials.password.reveal())
    left = await _left(desk, header, mask)
    before = 0 if left is None else left.requests
    progress = left or await _begun(desk, header, mask)
    try:
        asking = Asking(desk.reader, progress, desk.clock, desk.stop, before)
        settings = asking.kept(SETTINGS)[0]
        gathering = Gathering(asking, desk.watch, progress.header.started_at, every_order=desk.every_order)
        found = await gathering.all(settings)
        _check_whose(settings, await asking.look(SETTINGS))
        book = _book(desk, progress, asking, found)
        manifest = desk.archive.finish(progress, found.answers, book, desk.page(book))
    finally:
        progress.close()
    return manifest.result(desk.archive.out)


async def _left(desk: Desk, header: ProgressHeader, mask: Mask) -> Progress | None:
    """What an earlier run has kept, if it is of the account that answers now: that may have been deleted
    since, and another one made of the same address."""
    left = desk.archive.resume(header, mask)
    if left is None:
        return None
    try:
        settings = next(kept for kept in left.kept if kept.asked.operation == SETTINGS)
        _check_whose(settings, await desk.stop.unless(desk.reader.call(SETTINGS)))
    except Guarded:
        left.close()
        if desk.replace:
            return None
        raise
    except BaseException:
        left.close()
        raise
    return left


def _check_whose(kept: Kept, now: AccountAnswer | None) -> None:
    """Nothing of two people comes into one archive; who cannot be asked now, is named as unreadable."""
    if now is None:
        return
    begun = _oid_of(read_value(kept.body), kept.asked.status)
    if begun != _oid_of(now.value, now.status):
        failure = Guarded("another account answers under this address than the one whose export was begun")
        failure.mend = "name another folder with --out, or begin anew with --force"
        raise failure


async def _begun(desk: Desk, header: ProgressHeader, mask: Mask) -> Progress:
    """The first answer tells whose account it is; before it nothing is written."""
    answer = await desk.stop.unless(desk.reader.call(SETTINGS))
    asked = asked_of(answer, desk.clock, desk.reader.requests_sent)
    return desk.archive.begin(header, _oid_of(answer.value, answer.status), mask, asked, answer.raw)


def _oid_of(account: Any, status: int) -> int:
    """The account's own number; a text of digits is one, too (observed: the portal spells the field both
    ways)."""
    held = account if isinstance(account, dict) else {}
    for name in ("customerProfileId", "customerProfileOid"):
        told = held.get(name)
        if isinstance(told, str) and _DIGITS.fullmatch(told):
            told = int(told)
        if type(told) is int and 0 < told <= _OID_MAX:
            return told
    raise AnswerUnusable(SETTINGS, "answer unusable: it does not say whose account it is", status=status)


def _book(desk: Desk, progress: Progress, asking: Asking, found: Gathered) -> AccountBook:
    return AccountBook(
        merchant=desk.merchant,
        customer_profile_oid=_oid_of(found.account.document, 200),
        started_at=progress.header.started_at,
        finished_at=desk.clock.now(),
        requests=asking.requests,
        version=desk.version,
        account=found.account,
        shipping=tuple(found.shipping),
        billing=tuple(found.billing),
        cards=tuple(found.cards),
        orders=tuple(found.orders),
        not_reviewed=tuple(found.not_reviewed),
        reviews=tuple(found.reviews),
        wishlist=tuple(found.wishlist),
        lists=tuple(found.lists),
        unreadable=tuple(asking.unreadable),
        masked=_masked(found.answers),
    )


def _masked(answers: Iterable[Kept]) -> dict[str, int]:
    """By operation and place."""
    places: Counter[str] = Counter()
    for kept in answers:
        for where, count in kept.asked.masked.items():
            between = "" if where.startswith("[") else "."
            places[f"{kept.asked.operation}{between}{where}"] += count
    return dict(places)

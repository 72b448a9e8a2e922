"""Staged pages without people: stubs of their rows are left, so that nothing need be fetched twice."""

from collections.abc import Iterator, Sequence

from ucsync.store.cutting import cut
from ucsync.store.forgetting.people import People
from ucsync.store.forgetting.tables import texts_in_json
from ucsync.store.staging import StagedScan, Staging
from ucsync.store.suppression import stubbed
from ucsync.ultracart.listing import RowKey, look_at


def texts_staged(staging: Staging, people: People) -> Iterator[str]:
    """The texts in staged rows of people.

    Raises:
        StorageFailed: staging cannot be read.
    """
    for _, body, _, flags in _pages(staging.open_scan(), people):
        for raw, flag in zip(cut(body), flags, strict=True):
            if flag:
                yield from texts_in_json(bytes(raw).decode(errors="replace"))


def erase_staged(staging: Staging, people: People) -> int:
    """Leave stubs of people's rows, page by page; each page is the old or the new one, whatever dies.

    Returns:
        How many pages had any.

    Raises:
        StorageFailed: the disk refuses.
    """
    scan, count = staging.open_scan(), 0
    for number, body, keys, flags in _pages(scan, people):
        if scan is not None and any(flags):
            new = stubbed(body, keys, flags)
            if new != body:
                scan.replace(number, new)
                count += 1
    return count


def _pages(
    scan: StagedScan | None, people: People
) -> Iterator[tuple[int, bytes, Sequence[RowKey], list[bool]]]:
    """Number, body, the rows' keys, and which of them are people's."""
    for number in range(1, (scan.count if scan else 0) + 1):
        assert scan is not None  # noqa: S101  (it has pages)
        _, body = scan.read(number)
        keys = look_at(body).get("customers") or []
        yield number, body, keys, [people.are(key.oid, key.email) for key in keys]

"""What the export of one customer's own account comes to: its parts, what is proven of them, the result."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Seen:
    """One object of an answer.

    Attributes:
        document: as the JSON has it: str, int, Decimal, bool, None, list, dict; of any kind, for nothing is
            refused.
        at: when its answer came.
    """

    document: Any = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """An order with what hangs on it.

    Attributes:
        order_id: that it was asked by; None where it says none that can be asked by.
        order: as the list has it.
        tracking, messages: one each parcel and message.
        case: None where there is none.
    """

    order_id: str | None = field(repr=False)
    order: Seen
    tracking: tuple[Seen, ...] = ()
    case: Seen | None = None
    messages: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSeen:
    """A review as the list has it, with the form it was written on; None where that was not to be read."""

    review: Seen
    form: Seen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRead:
    """What is known of one list.

    Attributes:
        name: of the operation that answers it.
        rows: different ones.
        proven: whether it is known to be whole.
        reason: why not.
    """

    name: str
    rows: int
    proven: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something that was asked for and not answered.

    Attributes:
        what: the operation, and of what: `getReview BASEBALL`, `getOrders page 7`.
        why: in our words, with the status.
    """

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBook:
    """Everything that there is of one account.

    Attributes:
        merchant: its name in the configuration.
        customer_profile_oid: whose it is.
        started_at, finished_at, requests: of the export, all its runs together.
        version: of ucsync.
        account: the account itself.
        shipping, billing, cards, orders, reviews, not_reviewed, wishlist: as they were answered.
        lists: what is proven.
        unreadable: what is missing.
        masked: how many places were masked, by where: `getCreditCards[].cardNumber`.
    """

    merchant: str
    customer_profile_oid: int
    started_at: datetime
    finished_at: datetime
    requests: int
    version: str
    account: Seen
    shipping: tuple[Seen, ...] = ()
    billing: tuple[Seen, ...] = ()
    cards: tuple[Seen, ...] = ()
    orders: tuple[OrderSeen, ...] = ()
    not_reviewed: tuple[Seen, ...] = ()
    reviews: tuple[ReviewSeen, ...] = ()
    wishlist: tuple[Seen, ...] = ()
    lists: tuple[ListRead, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    masked: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile:
    """One file of an archive.

    Attributes:
        path: relative to it.
        bytes, sha256: of the file.
        rows: of a table; answers in what was received; 0 of the summary.
    """

    path: str
    bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNote:
    """What stands beside an account's tables in the lake."""

    finished_at: datetime
    proven: bool
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountExport:
    """What an export came to.

    Attributes:
        out: the folder.
        requests: of all runs that it took.
        files: all of the archive but its manifest.
        masked: how many places.
        others: as in `AccountBook`.
    """

    merchant: str
    customer_profile_oid: int
    out: str
    started_at: datetime
    finished_at: datetime
    requests: int
    lists: tuple[ListRead, ...]
    files: tuple[ArchiveFile, ...]
    masked: int
    unreadable: tuple[Unreadable, ...]

    @property
    def proven(self) -> bool:
        """Whether every list is known to be whole, and everything asked for was answered."""
        return not self.unreadable and all(one.proven for one in self.lists)

    @property
    def exit_code(self) -> int:
        """0, or 3 where something is missing or may be."""
        return 0 if self.proven else 3

    @property
    def note(self) -> AccountNote:
        """For the lake."""
        return AccountNote(finished_at=self.finished_at, proven=self.proven, requests=self.requests)

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "merchant": self.merchant,
            "customer_profile_oid": self.customer_profile_oid,
            "out": self.out,
            "started_at": _text(self.started_at),
            "finished_at": _text(self.finished_at),
            "requests": self.requests,
            "proven": self.proven,
            "lists": [
                {"name": one.name, "rows": one.rows, "proven": one.proven, "reason": one.reason}
                for one in self.lists
            ],
            "files": [
                {"path": one.path, "bytes": one.bytes, "rows": one.rows, "sha256": one.sha256}
                for one in self.files
            ],
            "masked": self.masked,
            "unreadable": [{"what": one.what, "why": one.why} for one in self.unreadable],
        }


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()

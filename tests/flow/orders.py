"""Every way in which a server may order its lists, as switches of the sandbox; and scans without wires."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from tests.house import small
from tests.sandbox.driver import Driver
from ucsync.flow.course import Course, Step
from ucsync.model import PassReport, Proof, ScanHeader, ScanKind
from ucsync.plan import conclude
from ucsync.sandbox.churn import churn
from ucsync.ultracart.codec import encode_json
from ucsync.ultracart.listing import Listing, look_at
from ucsync.ultracart.scanning import BY_EMAIL, BY_OID, NO_OID, Ask

#: What other people do after each request, at the rates that the promise is made for.
BUSY: Final = {"insert": 0.1, "update": 0.3, "delete": 0.1}
BUSIER: Final = {**BUSY, "merge": 0.1}

_ANY_SORT_IGNORED: Final = ("sort-refused", "sort-unknown-ignored")
_ONLY_EMAIL: Final = ("sort-email-only", "sort-unknown-ignored")

#: Switches that decide on the order of a list, and the `_sort` that is found to hold.
ORDERS: Final[dict[tuple[str, ...], str | None]] = {
    (): BY_OID,
    ("order-by-email",): BY_OID,
    ("order-last-modified",): BY_OID,
    ("sort-unknown-ignored",): BY_OID,
    ("sort-unknown-ignored", "order-last-modified"): BY_OID,
    ("sort-email-only",): BY_EMAIL,
    ("sort-email-only", "order-by-email"): BY_EMAIL,
    ("sort-email-only", "order-last-modified"): BY_EMAIL,
    _ONLY_EMAIL: BY_OID,  # ignored, and the server's own order is that of the oids anyway
    (*_ONLY_EMAIL, "order-by-email"): BY_EMAIL,
    (*_ONLY_EMAIL, "order-last-modified"): BY_EMAIL,
    ("sort-refused",): None,
    ("sort-refused", "order-by-email"): None,
    ("sort-refused", "order-last-modified"): None,
    _ANY_SORT_IGNORED: BY_OID,
    (*_ANY_SORT_IGNORED, "order-by-email"): BY_EMAIL,
    (*_ANY_SORT_IGNORED, "order-last-modified"): None,
}

#: Where nothing tells whether the order stays, so that no scan of several pages can be proven.
UNPROVABLE: Final = frozenset({
    ("sort-refused", "order-by-email"),
    ("sort-refused", "order-last-modified"),
    (*_ANY_SORT_IGNORED, "order-last-modified"),
})  # fmt: skip

#: Switches beside the order that bear on how a list is walked through.
BESIDE: Final = (
    (), ("no-total",), ("no-result-set",), ("past-end-is-400",), ("limit-cap-100", "limit-clamped"),
    ("since-exclusive",), ("no-result-set", "past-end-is-400"), ("limit-cap-100",),
)  # fmt: skip

REQUESTS_MAX: Final = 5000


def named(quirks: tuple[str, ...]) -> str:
    """For the name of a test."""
    return "+".join(quirks) or "as-documented"


@dataclass
class DryScan:
    """A scan as `sync` does it, straight against the sandbox's merchant: no HTTP, staging or publishing.

    Args:
        churn: what other people do after each request, by the sandbox's names.
        meddle: what else happens before each request; told its number.
        second_s: seconds that a request takes.
    """

    customers: int
    page_size: int
    seed: int
    quirks: tuple[str, ...] = ()
    churn: dict[str, float] = field(default_factory=dict)
    meddle: Callable[["DryScan", int], None] = lambda scan, number: None
    second_s: float = 0.5

    def __post_init__(self) -> None:
        settings = small(self.customers, seed=self.seed, quirks=frozenset(self.quirks))
        self.driver = Driver(settings)
        self.requests = 0
        self.before = set(self.merchant.oids())
        self.taken: list[tuple[Ask, Listing]] = []
        self.course = self._begin()

    def _begin(self) -> Course:
        header = ScanHeader(scan="", kind=ScanKind.FULL, parent=None, since=None, fingerprint="", version="")
        return Course(header, self.page_size, 300, None, None)

    @property
    def merchant(self) -> Any:
        """The other side."""
        return self.driver.merchant

    def run(self, requests: int = REQUESTS_MAX) -> "DryScan":
        """To the end, which comes within `REQUESTS_MAX`; or so many requests further."""
        last = self.requests + requests
        while self.requests < last and (step := self.course.step()) is not None:
            answer = self._answer(step)
            if not isinstance(answer, Listing):
                assert self.course.refuse(step.ask, answer), "no other way to ask"
            elif self.course.accept(step.ask, answer, datetime.now(UTC)):
                self.taken.append((step.ask, answer))
        assert requests < REQUESTS_MAX or self.course.step() is None, "no end"
        return self

    def killed(self) -> "DryScan":
        """As a new process that has nothing but the pages that were staged."""
        self.course = self._begin()
        for ask, page in self.taken:
            assert self.course.step() is not None
            assert self.course.accept(ask, page, datetime.now(UTC))
        return self

    @property
    def walks(self) -> tuple[PassReport, ...]:
        return self.course.reports()

    @property
    def seen(self) -> set[int]:
        """On any page."""
        return {oid for page in self.course.oids for oid in page if oid != NO_OID}

    @property
    def lost(self) -> set[int]:
        """Who was there throughout and is on no page."""
        return (self.before & set(self.merchant.oids())) - self.seen

    @property
    def conclusion(self) -> tuple[Proof, tuple[str, ...]]:
        return conclude(self.walks, len(self.seen), (), caught_up=self.course.caught_up)

    @property
    def proven(self) -> bool:
        return self.conclusion[0] is Proof.PROVEN

    def _answer(self, step: Step) -> Listing | str | None:
        """A page, or what a 400 complains of."""
        self.requests += 1
        self.meddle(self, self.requests)
        self.driver.clock.move(self.second_s)
        asked = {name: held for name, held in _paging(step) if held is not None}
        reply = self.driver.send("getCustomers", **asked)
        try:
            return _listing(reply.document, self.driver) if reply.status == 200 else _about(reply.document)
        finally:
            churn(self.merchant, self.churn, self.seed, self.requests)


def _paging(step: Step) -> Iterator[tuple[str, Any]]:
    yield "_limit", step.ask.limit
    yield "_offset", step.ask.offset
    yield "_sort", step.ask.sort
    yield "_since", None if step.since is None else step.since.isoformat()


def _about(document: Any) -> str | None:
    words = document["error"]["user_message"]
    named = [name for name in ("sort", "limit") if name in words]
    if not named and "offset" in words:
        return "offset"
    return named[0] if len(named) == 1 else None


def _listing(document: Any, driver: Driver) -> Listing:
    envelope = look_at(encode_json(document))
    said = envelope["metadata"].get("result_set") or {}
    return Listing(
        rows=envelope["customers"], offset=said.get("offset"), limit=said.get("limit"),
        count=said.get("count"), more=said.get("more"), total=said.get("total_records"),
        server_time=driver.clock.now().replace(microsecond=0),
    )  # fmt: skip

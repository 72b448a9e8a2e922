"""Whatever is done and befalls it, in any order: after a quiet run the lake is what the server has."""

import os
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.flow.backfill.yard import Log
from tests.flow.orders import BESIDE, ORDERS
from tests.flow.test_quirks import UNCOUNTABLE, UNTOUCHED
from tests.machine.stage import Death, Stage, change_of
from tests.store.faulty import How
from ucsync.flow import Stop
from ucsync.model import Backfill, By, Guarded, InvalidRequest, Misused, Proof, Receipt, ScanKind, Stopped
from ucsync.testing import START

DEEP = "UCSYNC_DEEP" in os.environ

#: Who was inserted and never changed has no time of change.
UNMODIFIED = "insert-unmodified"
#: More than there ever are.
ANY_NUMBER = 1000
#: So few are never left, so that there is something to do.
CUSTOMERS_MIN = 6
SECOND_H = 1 / 3600
WINDOW_PAGES = 2

choices = st.integers(0, 99)
deaths = st.builds(
    Death,
    file=st.integers(1, 60),
    how=st.sampled_from([How.KILL, How.DIE_AFTER, How.SHORT]),
) | st.builds(Death, request=st.integers(1, 9), is_sent=st.booleans())


class AnyOrder(RuleBasedStateMachine):
    """A merchant's customers, lake and machine."""

    def __init__(self) -> None:
        super().__init__()
        self.deeds = 0
        self.left_at: dict[int, float] = {}
        self.changed_at: dict[int, float] = {}
        self.survivors: set[int] = set()
        self.ever_survivors: set[int] = set()
        self.begun_at: dict[str, float] = {}
        self.backups = [0]

    @initialize(
        order=st.just(()) | st.sampled_from(list(ORDERS)),
        beside=st.just(()) | st.sampled_from(BESIDE),
        more=st.sets(st.sampled_from([UNTOUCHED, UNMODIFIED, "windows-exclusive", "error-in-200"])),
        seed=choices,
    )
    def open(self, order: tuple[str, ...], beside: tuple[str, ...], more: set[str], seed: int) -> None:
        self.quirks = frozenset({*order, *beside, *more})
        self.stage = Stage(self.quirks, seed)

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.stage.close()

    # What other people do.

    @rule(choice=choices, what=st.sampled_from(["notes", "email", "tags", "emptied"]))
    def edit(self, choice: int, what: str) -> None:
        oid = self.stage.customer(choice)
        self.merchant.update(oid, change_of(what, self.number()))
        self.changed(oid)

    @rule(count=st.integers(1, 9))
    def insert(self, count: int) -> None:
        for _ in range(count):
            self.changed(self.merchant.insert({"email": f"new-{self.number()}@example.com"}))

    @rule(choice=choices, count=st.integers(1, 4))
    def delete(self, choice: int, count: int) -> None:
        for _ in range(count):
            if self.merchant.count() > CUSTOMERS_MIN:
                oid = self.stage.customer(choice)
                self.merchant.delete(oid)
                self.left_at[oid] = self.stage.now_s

    @rule(survivor=choices, absorbed=choices)
    def merge(self, survivor: int, absorbed: int) -> None:
        one, other = self.stage.customer(survivor), self.stage.customer(absorbed)
        if one != other and self.merchant.count() > CUSTOMERS_MIN:
            self.merchant.merge(one, other)
            self.left_at[other] = self.stage.now_s
            self.survivors.add(one)
            self.ever_survivors.add(one)
            self.changed(one)

    # Runs that nothing befalls.

    @rule()
    def sync(self) -> None:
        self.quietly(lambda: self.stage.yard.sync(accept_deletes=ANY_NUMBER))

    @rule(restart=st.booleans())
    def full_sync(self, restart: bool) -> None:
        self.quietly(
            lambda: self.stage.yard.sync(full=True, restart=restart, accept_deletes=ANY_NUMBER),
            anew=restart,
        )

    @rule()
    def reconcile(self) -> None:
        try:
            self.quietly(lambda: self.stage.yard.reconcile(ANY_NUMBER))
        except InvalidRequest:
            assert self.quirks & UNCOUNTABLE
        except Misused:
            receipt = self.stage.receipt
            assert receipt is not None
            assert receipt.is_partial

    @rule(by=st.none() | st.sampled_from(By), oldest_first=st.booleans(), pages=st.integers(1, 6))
    def begin_backfill(self, by: By | None, oldest_first: bool, pages: int) -> None:
        """Or go on with it, for some pages."""
        stop, now = Stop(), self.stage.now_s
        watcher = Log(lambda count: stop.ask() if count == pages else None)
        try:
            self.backfill(by, oldest_first, stop=stop, watcher=watcher)
        except Stopped:
            self.note_staged(now)

    @rule(by=st.none() | st.sampled_from(By), oldest_first=st.booleans())
    def finish_backfill(self, by: By | None, oldest_first: bool) -> None:
        self.backfill(by, oldest_first)

    # What befalls them.

    @rule(verb=st.sampled_from(["sync", "full", "reconcile", "backfill"]), death=deaths)
    def die(self, verb: str, death: Death) -> None:
        now, yard = self.stage.now_s, self.stage.mortal(death)
        work: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
            "sync": lambda: yard.sync(accept_deletes=ANY_NUMBER),
            "full": lambda: yard.sync(full=True, accept_deletes=ANY_NUMBER),
            "reconcile": lambda: yard.reconcile(ANY_NUMBER),
            "backfill": lambda: yard.backfill(
                on_quota="stop", window_pages=WINDOW_PAGES, accept_deletes=ANY_NUMBER
            ),
        }
        self.stage.survives(work[verb]())
        self.note_staged(now)

    @rule(hours=st.sampled_from([-400, -25, -2, -0.1, 0.1, 2, 25, 400]))
    def step_clock(self, hours: float) -> None:
        self.stage.clock.step(hours)

    @rule(hours=st.sampled_from([0.1, 8, 24, 24 * 7, 24 * 40]))
    def pass_time(self, hours: float) -> None:
        self.stage.pass_time(hours)

    @rule()
    def lose_state(self) -> None:
        self.stage.lose_state()
        self.begun_at = {}

    @rule()
    def back_up(self) -> None:
        self.backups.append(self.stage.back_up())

    @rule(choice=choices)
    def roll_back(self, choice: int) -> None:
        self.stage.roll_back(self.backups[choice % len(self.backups)])
        self.survivors = set(self.ever_survivors)  # what a full scan has read of them since is gone

    @rule()
    def change_what_is_read(self) -> None:
        parts = self.stage.yard.merchant.sync.expansions
        self.stage.configure(expansions=("billing", "tags") if parts == ("tags",) else ("tags",))

    @rule(rows=st.sampled_from([5, 7, 12, 100]))
    def change_page_size(self, rows: int) -> None:
        self.stage.configure(page_size=rows)

    @rule()
    def update_ucsync(self) -> None:
        self.stage.update_ucsync()

    @rule()
    def change_columns(self) -> None:
        self.stage.change_columns()

    # What must hold.

    @invariant()
    def the_lake_can_be_read(self) -> None:
        if hasattr(self, "stage"):
            self.stage.rows()

    def quietly(self, work: Any, *, anew: bool = False) -> None:
        """A run, and another one when it went on with pages that had been read before."""
        since = None if anew else self.begun_at.get("staging")
        before, now = self.stage.rows(), self.stage.now_s
        told = self.stage.run(work()).receipt
        all_read = told.kind in (ScanKind.FULL, ScanKind.RECONCILE) and told.proof is Proof.PROVEN
        if since is not None:
            self.stage.run(self.stage.yard.sync(accept_deletes=ANY_NUMBER))
        self.agrees(before, now if since is None else since, nobody_too_many=all_read)

    def backfill(self, by: By | None, oldest_first: bool, **more: Any) -> None:
        """To its end, or until it is stopped. A scan of everything that was begun goes first."""
        if self.stage.is_full_begun():
            self.sync()
        before, since = self.stage.rows(), self.begun_at.get("windows", self.stage.now_s)
        wishes = {"window_pages": WINDOW_PAGES, "accept_deletes": ANY_NUMBER, **more}
        if not self.is_under_way():
            wishes |= {"by": by, "oldest_first": oldest_first}
        try:
            self.stage.run(self.stage.yard.backfill(**wishes))
        except Guarded as refused:
            assert "in the order of their oids" in str(refused)
            assert by is By.OID
            self.note_staged(since)
            return
        if self.is_blind_to_some():
            assert self.stage.yard.receipt.proof is Proof.UNPROVEN
            self.sync()
        else:
            self.agrees(before, since, nobody_too_many=False)

    def agrees(self, before: set[int], since: float, *, nobody_too_many: bool) -> None:
        """With the server, field by field; who has left since then may be there still, on a page that was
        read before."""
        receipt, there, rows = self.stage.receipt, self.stage.there(), self.stage.rows()
        assert receipt is not None
        if receipt.kind is ScanKind.FULL:
            self.survivors.clear()
        wrong = (set(self.stage.yard.disagreements()) & there) - self.unseen()
        if receipt.backfill is not None:
            begun_s = (receipt.backfill.started_at - START).total_seconds()
            waiting = self.waiting(receipt, receipt.backfill)
            wrong -= {oid for oid in waiting if self.changed_at.get(oid, 0) < begun_s}
        assert wrong == set()
        gone = {oid for oid in rows - there if self.left_at[oid] < since}
        assert gone <= before
        assert not (nobody_too_many and gone)
        self.note_staged(self.stage.now_s)

    def is_blind_to_some(self) -> bool:
        """Whether a backfill has ended to which some never showed: windows of time do not hold those who
        were never modified, and in a lake that was there they are what they were under other settings."""
        told = self.stage.yard.receipt.backfill
        by_time = told is not None and told.by is By.MODIFIED and not told.on_nothing
        return by_time and UNMODIFIED in self.quirks

    def waiting(self, receipt: Receipt, told: Backfill) -> set[int]:
        """Those whom a backfill may not have brought in yet, or not anew where the lake was read under other
        settings."""
        there = self.stage.there()
        if not told.finished and self.stage.is_read_anew(told):
            return there
        return there - self.stage.rows() if receipt.is_partial else set()

    def unseen(self) -> set[int]:
        """Those of whom no list of changes tells that they have changed."""
        return self.survivors if UNTOUCHED in self.quirks else set()

    def is_under_way(self) -> bool:
        """Whether a backfill is, so that nothing else can be asked of it."""
        receipt = self.stage.receipt
        if receipt is None or receipt.backfill is None:
            return False
        told = receipt.backfill
        return not told.finished or told.concludes or receipt.kind is ScanKind.WINDOW

    def note_staged(self, now: float) -> None:
        """Pages that were read at this moment or later lie there, or none."""
        self.begun_at = {kept: self.begun_at.get(kept, now) for kept in self.stage.staged()}

    def changed(self, oid: int) -> None:
        self.changed_at[oid] = self.stage.now_s
        self.stage.pass_time(7 * SECOND_H)

    def number(self) -> int:
        self.deeds += 1
        return self.deeds

    @property
    def merchant(self) -> Any:
        return self.stage.yard.sandbox.merchant


TestAnyOrder = AnyOrder.TestCase
# a failure of the quick run is the change's that was just made; the deep run looks for new ones
TestAnyOrder.settings = settings(
    max_examples=200 if DEEP else 9, stateful_step_count=50 if DEEP else 20, derandomize=not DEEP
)
